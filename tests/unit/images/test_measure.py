import numpy as np
import pytest
from coloured import coloured_digits

from sdv_fair4free.images.definitions import FRECHET
from sdv_fair4free.images.measure import Measurement
from sdv_fair4free.images.metrics import frechet_distance
from sdv_fair4free.images.question import HELD_OUT, REAL, SYNTHETIC, read_question


def measurement(rows=60):
    """Of few real pictures, several times as many of which are said to be synthetic."""
    given = {
        REAL: coloured_digits(0, 300, bias=0.9),
        HELD_OUT: coloured_digits(300, 300 + rows, bias=0.5, seed=1),
        SYNTHETIC: coloured_digits(400, 900, bias=0.5, seed=2),
    }
    question = read_question(given, None, 'color', 'digit', None, 0, rows)
    return Measurement(question, max_rows=rows, random_state=0)


@pytest.mark.parametrize(('count', 'rows'), [(60, 60), (119, 60), (500, 60)])
def test_all_pictures_are_compared_in_parts_of_one_size_that_share_none(count, rows):
    parts = [*measurement()._parts(count, rows)]
    assert [len(part) for part in parts] == [rows] * (count // rows)
    places = np.concatenate(parts)
    assert len(np.unique(places)) == len(places)
    assert places.min() >= 0
    assert places.max() < count


def test_figures_of_likeness_are_the_mean_over_the_parts(monkeypatch):
    found = []

    def noted(held_out, part):
        found.append(frechet_distance(held_out, part))
        return found[-1]

    monkeypatch.setattr('sdv_fair4free.images.measure.frechet_distance', noted)
    told = measurement()
    told.likeness()
    figures = told.figures().set_index(['Figure', 'Rows'])['Value'][FRECHET]
    assert len(set(found)) == 9  # one part of the real pictures kept, eight of the synthetic ones
    assert figures[REAL] == found[0]
    assert figures[SYNTHETIC] == pytest.approx(np.mean(found[1:]))
