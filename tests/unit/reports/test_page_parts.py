import numpy as np
import pandas as pd

from sdv_fair4free.html import breakable, table_block
from sdv_fair4free.reports.page_parts import spread_in_words
from sdv_fair4free.reports.sentences import listed_groups


def bars(source, metric, **values):
    """Rows as of ``group_values``; a number, or the rows that were too few."""
    return pd.DataFrame(
        [
            {
                'Source': source,
                'Metric': metric,
                'Outcome': None,
                'Group': group,
                'Value': value if isinstance(value, float) else np.nan,
                'Error': None if isinstance(value, float) else f'insufficient data (n = {value})',
            }
            for group, value in values.items()
        ]
    )


def test_the_lowest_and_the_highest_group_are_named():
    rates = bars('Real', 'Label rate', a=0.3, b=0.1, c=0.52)
    assert spread_in_words(rates) == 'Real, label rate: from 0.10 (b) to 0.52 (c).'


def test_small_groups_are_counted_and_named_for_the_table_they_are_small_in():
    both = pd.concat(
        [
            bars('Real', 'Label rate', man=0.5, woman=0.25, other=7),
            bars('Men only', 'Label rate', man=0.55, woman=0, other=0),
            bars('Few', 'Label rate', man=3, woman=2, other=1),
        ]
    )
    assert spread_in_words(both) == (
        'Real, label rate: from 0.25 (woman) to 0.50 (man); insufficient data for 1 group (other). '
        'Men only, label rate: 0.55 (man), one group only; insufficient data for 2 groups (woman; '
        'other). Few, label rate: insufficient data for 3 groups (man; woman; other).'
    )


def test_of_several_outcomes_groups_are_compared_by_one():
    rates = pd.concat(
        [
            bars('Real', 'Label rate', **{'man: a': 0.1, 'woman: a': 0.15}).assign(Outcome='a'),
            bars('Real', 'Label rate', **{'man: b': 0.9, 'woman: b': 0.7}).assign(Outcome='b'),
        ]
    )
    assert spread_in_words(rates) == (
        'Real, label rate: farthest apart from 0.70 (woman: b) to 0.90 (man: b).'
    )


def test_of_many_groups_the_first_are_named():
    assert listed_groups(['a', 'b', 'c']) == 'a; b; c'
    assert listed_groups(['a', 'b', 'c', 'd', 'e']) == 'a; b; c; and 2 more'


def test_captions_are_plain_text():
    table = table_block('<b>sex & "gender"</b>: every group', ['', 'x'], [['a', '1']])
    assert '<span>&lt;b&gt;sex &amp; &quot;gender&quot;&lt;/b&gt;: every group</span>' in table
    assert 'aria-label="&lt;b&gt;sex &amp; &quot;gender&quot;&lt;/b&gt;: every group"' in table


def test_names_break_between_their_parts():
    assert breakable('GaussianCopula') == 'Gaussian<wbr>Copula'
    assert breakable('my_CTGAN-2') == 'my_<wbr>CTGAN-<wbr>2'
    assert breakable('<b>aB</b>') == '&lt;b&gt;a<wbr>B&lt;/b&gt;'
