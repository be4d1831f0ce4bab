"""Metadata: when a change is warned of, and what is kept."""

from __future__ import annotations

import tempfile
from pathlib import Path

from sdv.errors import SynthesizerInputError
from sdv.metadata import InvalidMetadataError, Metadata

from .example import NAME, described, part, people, people_metadata
from .registry import Make, check, refused, warned
from .subjects import own

THEME = 'Metadata'
SAVE = 'strongly recommend saving the metadata'


@check(THEME, 'Metadata that were loaded or saved, and not changed since, raise no warning.')
def unchanged_metadata_raise_no_warning(make: Make) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / 'metadata.json'
        detected = Metadata.detect_from_dataframes({NAME: people()})
        detected.save_to_json(path)
        loaded = Metadata.load_from_json(path)
    for metadata in (detected, loaded, people_metadata()):
        with warned(SAVE, expected=False):
            make(metadata)


@check(THEME, 'Metadata that were detected and not saved raise a warning, once.')
def detected_metadata_raise_a_warning(make: Make) -> None:
    metadata = Metadata.detect_from_dataframes({NAME: people()})
    with warned(SAVE):
        make(metadata)
    with warned(SAVE, expected=False):
        make(metadata)


@check(THEME, 'Metadata that were changed and not saved raise a warning, whatever the change.')
def changed_metadata_raise_a_warning(make: Make) -> None:
    changes = (
        lambda metadata: metadata.update_column('age', table_name=NAME, sdtype='categorical'),
        lambda metadata: metadata.update_columns(['age'], table_name=NAME, sdtype='categorical'),
        lambda metadata: metadata.add_column('extra', table_name=NAME, sdtype='numerical'),
        lambda metadata: metadata.set_primary_key('code', table_name=NAME),
        lambda metadata: metadata.add_alternate_keys(['code'], table_name=NAME),
    )
    for change in changes:
        metadata = people_metadata()
        change(metadata)
        with warned(SAVE):
            make(metadata)


@check(THEME, 'Metadata changed after the synthesizer was made: `fit` and `sample` warn.')
def late_changes_raise_a_warning(make: Make) -> None:
    table, metadata = part('age')
    synthesizer = make(metadata)
    with warned('has been modified', expected=False):
        synthesizer.fit({NAME: table})
    metadata.update_column('age', table_name=NAME, sdtype='numerical', decimal_places=0)
    with warned('has been modified'):
        synthesizer.sample(3)


@check(THEME, '`get_metadata` gives back the metadata that the synthesizer was made with.')
def metadata_are_given_back(make: Make) -> None:
    kept = own(make).get_metadata()
    assert kept.to_dict() == people_metadata().to_dict(), 'they are other ones'


@check(THEME, 'Metadata with an entry that its sdtype does not have are refused.')
def bad_metadata_are_refused(make: Make) -> None:
    with refused(InvalidMetadataError, saying='datetime_format'):
        make(described({'age': {'sdtype': 'numerical', 'datetime_format': '%Y'}}))


@check(THEME, 'Data that do not fit the metadata are refused, and the column is named.')
def data_must_fit_the_metadata(make: Make) -> None:
    table, metadata = part('age')
    with refused(Exception, saying='age'):
        make(metadata).fit({NAME: table.assign(age='old')})
    with refused(Exception, saying='age'):
        make(metadata).fit({NAME: table.drop(columns='age')})
    with refused(Exception, saying='extra'):
        make(metadata).fit({NAME: table.assign(extra=1)})


@check(THEME, 'Bad parameters are refused when the synthesizer is made.')
def bad_parameters_are_refused(make: Make) -> None:
    for name in ('enforce_min_max_values', 'enforce_rounding'):
        with refused(SynthesizerInputError, saying=name):
            make(people_metadata(), **{name: 'yes'})
