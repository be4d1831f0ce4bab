"""Latents, reconstructions and counterfactuals of pictures; no latent tells the colour."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch
from pictured import (
    BETTER,
    digits,
    digits_metadata,
    fitted_pictures,
    part,
    picture_synthesizer,
    plain_pictures,
    redness,
    with_columns,
)
from sdv.errors import InvalidDataError, SamplingError, SynthesizerInputError

from sdv_fair4free.core.criteria import CRITERIA
from sdv_fair4free.core.teacher import fit_teacher
from sdv_fair4free.options import drawing_from_teacher


def test_latents_and_reconstructions_are_of_their_rows(learnt_digits):
    given = digits(2000)
    latents, painted = (
        learnt_digits.encode(given),
        learnt_digits.reconstruct(given.data, given.images),
    )
    assert latents.shape == (len(given.table), 6)
    assert latents.dtype == np.float32
    assert painted.shape == given.images.shape
    assert painted.dtype == np.uint8
    order = np.random.default_rng(0).permutation(len(given.table))[:50]
    some = part(given, order)
    np.testing.assert_allclose(learnt_digits.encode(some), latents[order], atol=1e-4)
    close = np.abs(learnt_digits.reconstruct(some).astype(int) - painted[order])
    assert close.max() <= 1  # what rounding moves
    red = given.table['color'] == 'red'
    assert ((redness(painted) > 0) == red).mean() > 0.95
    # Nearer to its own picture than to another of the same colour.
    real, made = given.images.astype(float), painted.astype(float)
    own = ((made - real) ** 2).mean(axis=(1, 2, 3))
    places = np.flatnonzero(red)
    other = ((made[places] - real[np.roll(places, 1)]) ** 2).mean(axis=(1, 2, 3))
    assert (own[places] < other).mean() > 0.6


def test_latents_need_no_target_and_no_files_beside_an_array(fitted_digits):
    given = digits(20)
    with_files = given.table.assign(image='nowhere.png')
    assert (
        fitted_digits.encode({'digits': with_files}, given.images) == fitted_digits.encode(given)
    ).all()
    other = given.table.assign(high=~given.table['high'])
    assert (
        fitted_digits.encode({'digits': other}, given.images) == fitted_digits.encode(given)
    ).all()


def test_latents_are_refused_with_every_problem(fitted_digits):
    given = digits(20)
    with pytest.raises(InvalidDataError, match='19 images for 20 rows'):
        fitted_digits.encode(given.data, given.images[1:])
    with pytest.raises(SamplingError, match='not been fit'):
        picture_synthesizer().encode(given)
    other = plain_pictures(20, 9, 13, 3)
    with pytest.raises(InvalidDataError, match='9 pixels high and 13 wide') as told:
        fitted_digits.encode({'digits': other.table.assign(surplus=1)}, other.images)
    assert 'surplus' in str(told.value)
    with pytest.raises(InvalidDataError, match='8 wide, of 1 channel; those'):
        fitted_digits.reconstruct(plain_pictures(20, 8, 8, 1))
    with pytest.raises(InvalidDataError, match="'color' has 20 rows with values that were not"):
        fitted_digits.encode({'digits': given.table.assign(color='mauve')}, given.images)
    for data in (None, {}, 5):
        with pytest.raises(InvalidDataError, match='must be pictures, or one table'):
            fitted_digits.encode(data, given.images)


def test_a_single_picture_has_a_latent(learnt_digits):
    given = digits(30)
    alone = [learnt_digits.encode(part(given, slice(row, row + 1))) for row in range(3)]
    np.testing.assert_allclose(np.concatenate(alone), learnt_digits.encode(given)[:3], atol=1e-4)
    one = learnt_digits.reconstruct(part(given, slice(0, 1)))
    assert one.shape == (1, 8, 8, 3)


def test_counterfactuals_differ_by_the_group_alone(learnt_digits):
    learnt_digits.reset_sampling()
    groups, images = learnt_digits.counterfactuals(100)
    assert groups['color'].tolist() == ['green', 'red']
    assert images.shape == (2, 100, 8, 8, 3)
    assert images.dtype == np.uint8
    for color, painted in zip(groups['color'], images, strict=True):
        assert ((redness(painted) > 0) == (color == 'red')).mean() > 0.9
    with drawing_from_teacher():
        _, of_teacher = learnt_digits.counterfactuals(100)
    # The same stroke: brightness is alike within a column, and less so across columns.
    bright = of_teacher.max(axis=4).astype(float).reshape(2, 100, -1)
    same = ((bright[0] - bright[1]) ** 2).mean(axis=1)
    other = ((bright[0] - np.roll(bright[1], 1, axis=0)) ** 2).mean(axis=1)
    assert (same < other).mean() > 0.7
    learnt_digits.reset_sampling()
    assert (learnt_digits.counterfactuals(100)[1] == images).all()
    for rows in (0, 2.5, None):
        with pytest.raises(SamplingError, match='num_rows'):
            learnt_digits.counterfactuals(rows)


def test_counterfactuals_cross_all_categories_and_keep_numbers():
    rng = np.random.default_rng(0)
    given = with_columns(digits(), age=rng.normal(40, 9, 300), site=rng.choice(['a', 'b'], 300))
    metadata = digits_metadata(age={'sdtype': 'numerical'}, site={'sdtype': 'categorical'})
    synthesizer = fitted_pictures(given, metadata, sensitive_columns=['age', 'site', 'color'])
    groups, images = synthesizer.counterfactuals(7)
    assert list(groups) == ['site', 'color']
    crossed = {*itertools.product(['a', 'b'], ['green', 'red'])}
    assert {*groups.itertuples(index=False, name=None)} == crossed
    assert images.shape == (4, 7, 8, 8, 3)
    numbers = fitted_pictures(given, metadata, sensitive_columns=['age'])
    with pytest.raises(SynthesizerInputError, match='no groups'):
        numbers.counterfactuals(3)


def permutation_p(latents, s, times=200):
    """Of distance covariance: the share of orders in which chance alone gives as much."""

    def centred(rows):
        apart = np.sqrt(((rows[:, None] - rows[None]) ** 2).sum(-1))
        return apart - apart.mean(0) - apart.mean(1)[:, None] + apart.mean()

    of_latents, rng = centred(latents), np.random.default_rng(0)
    of_s = centred(s[:, None].astype(float))
    found = (of_latents * of_s).mean()
    orders = (rng.permutation(len(s)) for _ in range(times))
    chance = [(of_latents * of_s[np.ix_(order, order)]).mean() for order in orders]
    return (1 + sum(value >= found for value in chance)) / (1 + times)


def balanced_rows(table, each=60, seed=0):
    """As many of every crossing of colour and outcome."""
    cells = table.groupby(['color', 'high']).groups.values()
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.choice(rows, min(map(len, cells)), False)[:each] for rows in cells])


def test_what_the_teacher_makes_of_real_pictures_does_not_tell_the_colour(learnt_digits):
    given = digits(2000)
    places = balanced_rows(given.table)
    red = (given.table['color'] == 'red').to_numpy()[places]
    assert permutation_p(given.images[places].reshape(len(places), -1) / 255, red) < 0.01
    rows = learnt_digits._rows_of(given, None)
    fit = fit_teacher(
        rows,
        learnt_digits._model.generator.schema,
        criterion=CRITERIA['demographic_parity'],
        favourable=0,
        config=BETTER,
        generator=torch.Generator().manual_seed(0),
    )
    assert permutation_p(fit.u.numpy()[places], red) > 0.01
    plain = replace(BETTER, dependence_weight=0.0, dream_weight=0.0, transport=None)
    unfair = fit_teacher(
        rows,
        learnt_digits._model.generator.schema,
        criterion=CRITERIA['demographic_parity'],
        favourable=0,
        config=plain,
        generator=torch.Generator().manual_seed(0),
    )
    assert permutation_p(unfair.u.numpy()[places], red) < 0.01
