"""The reference names every public name, and all that these take, give and hold."""

import re

import pytest

pytest.importorskip('griffe')

from reference import PublicNames, fields


@pytest.fixture(scope='module')
def names():
    return PublicNames()


def test_every_public_name_and_all_that_it_mentions_is_in_the_reference(names):
    missing = {path: by for path, by in names.reached().items() if path not in names.shown()}
    assert missing == {}, 'write "::: NAME" on a page of docs/reference'


def test_mentions_are_followed_through_results_fields_parameters_and_names_of_types(names):
    evaluation = 'sdv_fair4free.evaluation'
    found = names.reached(f'{evaluation}.evaluate_tstr')
    assert found[f'{evaluation}.Evaluation'] == f'{evaluation}.evaluate_tstr'
    assert found[f'{evaluation}.GroupFairness'] == f'{evaluation}.Evaluation'
    for start, end in [
        ('evaluate_images', 'images.source.PictureSource'),
        ('FairnessReport', 'reports.nearness.Privacy'),
        ('Fair4FreeImageSynthesizer', 'images.latents.Data'),
        ('handover.inventory.inspect_file', 'handover.manifest_parts.Disclosure'),
        ('plugins.Hooks', 'core.generator.RowGenerator'),
        ('plugins.Hooks', 'metrics.catalogue.Compute'),
    ]:
        assert f'sdv_fair4free.{end}' in names.reached(f'sdv_fair4free.{start}')


def test_all_of_the_lists_of_public_names_is_looked_at(names):
    listed = names.listed()
    assert {f'sdv_fair4free.plugins.hooks.{name}' for name in ('hookimpl', 'PROJECT')} <= listed
    assert 'sdv_fair4free.images.colours.PALETTE' in listed
    assert 'sdv_fair4free.metrics.utility.UtilityRetainedMAE' in listed


def test_every_metric_names_where_it_comes_from(names):
    undated = [
        path
        for path in names.listed()
        if path.startswith('sdv_fair4free.metrics.')
        and not re.search(r'\b(?:19|20)\d\d\b', names.object(path).docstring.value)
    ]
    assert undated == []


def test_all_that_is_in_the_reference_says_what_it_is_and_every_class_what_it_holds(names):
    silent = {}
    for path in sorted(names.shown()):
        thing = names.object(path)
        told = thing.docstring.value if thing.docstring else ''
        if not told:
            silent[path] = 'everything'
        elif thing.is_class:
            left = {each for each in fields(thing) if not is_told(each, thing, told)}
            if left:
                silent[path] = left
    assert silent == {}


def is_told(name, thing, docstring):
    """In the docstring of the class, or in one of its own."""
    own = thing.members[name].docstring
    return own is not None or re.search(rf'^    {name}\b.*:', docstring, re.MULTILINE)
