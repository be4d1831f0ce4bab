"""Keys by arithmetic are those that RDT gives one by one."""

from itertools import islice

import numpy as np
import pytest
from rdt.transformers.utils import strings_from_regex

from sdv_fair4free.key_patterns import PatternError, of_placeholders, of_regex

PATTERNS = [
    'B[0-9]{6}',
    '[A-Z]{3}-[0-9]{4}',
    r'ID_\d{2,4}',
    '[a-cx]{1,3}',
    r'\w{2}',
    'x?[01]{3}',
    '(ab[01]){2}c',
    '^[!-~]{2}$',
    '.a',
    '[0-1a-z]{5}',
]


def first_of(pattern, rows):
    return pattern.texts(np.arange(min(rows, pattern.size))).tolist()


@pytest.mark.parametrize('regex', PATTERNS)
def test_texts_come_in_the_order_of_rdt(regex):
    texts, _ = strings_from_regex(regex)
    assert first_of(of_regex(regex), 2000) == list(islice(texts, 2000))


@pytest.mark.parametrize('regex', PATTERNS)
def test_a_text_does_not_depend_on_those_before(regex):
    pattern = of_regex(regex)
    places = np.array([7, 3, pattern.size - 1, 3])
    assert pattern.texts(places).tolist() == [pattern.texts(places[[i]])[0] for i in range(4)]


@pytest.mark.parametrize('regex', PATTERNS)
def test_texts_that_are_told_apart_are_unique(regex):
    pattern = of_regex(regex)
    texts = first_of(pattern, 5000)
    assert pattern.told_apart
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize('regex', ['[01]{1,2}[01]{1,2}', '([01]{1,2}){2}', 'a{1,2}[ab]{1,2}'])
def test_patterns_that_may_repeat_a_text_are_known(regex):
    assert not of_regex(regex).told_apart


def test_the_last_texts_of_a_pattern_beyond_64_bits_are_not_needed():
    pattern = of_regex(r'\d{30}')
    assert pattern.size == 10**30
    assert pattern.texts(np.array([2**61]))[0] == str(2**61).zfill(30)


@pytest.mark.parametrize('regex', ['aa|bb', '[^a]', 'a{0}'])
def test_what_rdt_cannot_generate_is_refused(regex):
    with pytest.raises(PatternError):
        of_regex(regex)


def test_placeholders_of_faker_are_digits_and_letters():
    pattern = of_placeholders('id-%#?', letters='xy')
    assert pattern.size == 9 * 10 * 2
    assert first_of(pattern, 3) == ['id-10x', 'id-10y', 'id-11x']
    assert len(set(first_of(pattern, 180))) == 180
    with pytest.raises(PatternError, match='placeholders'):
        of_placeholders('!')
