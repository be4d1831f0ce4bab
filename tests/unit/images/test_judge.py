import numpy as np
import pytest
import torch
from coloured import coloured_digits

from sdv_fair4free.images.judge import PictureJudge


@pytest.fixture(scope='module')
def digits():
    return coloured_digits(0, 1200, bias=0.5), coloured_digits(1200, 1797, bias=0.5, seed=1)


@pytest.fixture(scope='module')
def judge(digits):
    return PictureJudge().fit(digits[0].images, digits[0].table['digit'])


def test_it_learns_digits_whatever_their_colour(judge, digits):
    unseen = digits[1]
    right = judge.predict(unseen.images) == unseen.table['digit'].to_numpy()
    assert right.mean() > 0.9
    assert judge.probabilities(unseen.images).sum(axis=1) == pytest.approx(1, abs=1e-5)


def test_the_same_seed_gives_the_same_judge_and_another_seed_another(digits):
    images, labels = digits[0].images[:300], digits[0].table['color'][:300]
    first, again, other = (
        PictureJudge().fit(images, labels, seed=seed, epochs=1).features(images)
        for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 1e-3


def test_nobody_elses_random_numbers_or_threads_change(digits):
    threads = torch.get_num_threads()
    torch.manual_seed(0)
    np.random.seed(0)  # noqa: NPY002
    expected = torch.rand(3), np.random.random(3)  # noqa: NPY002
    torch.manual_seed(0)
    np.random.seed(0)  # noqa: NPY002
    images = digits[0].images[:100]
    PictureJudge().fit(images, digits[0].table['color'][:100], epochs=1).features(images)
    assert torch.equal(torch.rand(3), expected[0])
    np.testing.assert_array_equal(np.random.random(3), expected[1])  # noqa: NPY002
    assert torch.get_num_threads() == threads


def test_features_have_one_scale_and_all_of_them_live(judge, digits):
    features = judge.features(digits[0].images)
    assert features.shape == (1200, 64)
    assert features.var(axis=0).sum() == pytest.approx(1, rel=1e-3)
    assert (features.var(axis=0) > 0).all()


@pytest.mark.parametrize('shape', [(8, 8, 1), (9, 33, 3), (28, 28, 1), (128, 100, 3)])
def test_pictures_of_any_size_and_depth_are_taken(shape):
    bright = np.arange(40) % 2
    images = np.full((40, *shape), 60, np.uint8)
    images[bright == 1, : shape[0] // 2] = 200
    images.flags.writeable = False
    judge = PictureJudge(hidden=8).fit(images, bright, batch_size=8)
    assert (judge.predict(images) == bright).all()
    assert judge.features(images[:0]).shape == (0, 8)


def test_one_class_and_labels_of_text_are_borne():
    images = np.random.default_rng(0).integers(0, 256, (30, 8, 8, 1), dtype=np.uint8)
    judge = PictureJudge().fit(images, ['only'] * 30)
    assert set(judge.predict(images)) == {'only'}


@pytest.mark.parametrize(
    ('images', 'labels', 'reasons'),
    [
        (np.zeros((3, 8, 8, 3)), [1, 2, 3], ['float64', 'uint8']),
        (np.zeros((3, 8, 8, 2), np.uint8), [1, 2], ['1 channel', 'one label for each']),
        (np.zeros((3, 200, 8, 1), np.uint8), [1, 2, 3], ['200 x 8', '8 to 128']),
        (np.zeros((0, 8, 8, 1), np.uint8), [], ['no pictures']),
    ],
)
def test_what_is_wrong_with_pictures_is_said_all_at_once(images, labels, reasons):
    with pytest.raises(ValueError, match='.*'.join(reasons)):
        PictureJudge().fit(images, labels)


def test_pictures_of_another_size_are_refused(judge):
    with pytest.raises(ValueError, match=r'\(9, 9, 3\).*\(8, 8, 3\)'):
        judge.features(np.zeros((2, 9, 9, 3), np.uint8))
