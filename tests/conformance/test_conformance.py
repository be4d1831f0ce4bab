"""Every behaviour that users of SDV expect, for our synthesizer; docs/conformance.md shows TVAE."""

import pytest

from .registry import reason, refused
from .results import ALL
from .subjects import ours


@pytest.mark.parametrize('check', ALL, ids=lambda check: check.name)
def test_ours_behaves_as_expected(check):
    check(ours)


def test_checks_have_different_names():
    names = [check.name for check in ALL]
    assert len(set(names)) == len(names)


def test_a_reason_names_the_error_and_no_place():
    assert reason(KeyError('a')) == "KeyError: 'a'"
    assert reason(ValueError('no file /home/someone/a.csv here\nmore')) == (
        'ValueError: no file ... here'
    )
    assert reason(AssertionError('rows are missing')) == 'rows are missing'


def test_what_is_not_refused_fails():
    with pytest.raises(AssertionError, match='nothing was refused'), refused(ValueError):
        pass
