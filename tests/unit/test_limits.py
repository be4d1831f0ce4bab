import numpy as np
import pandas as pd
import pytest
from sdv.metadata import Metadata

from sdv_fair4free.benchmark.limits import bound, parity_by_chance

METADATA = Metadata.load_from_dict(
    {
        'tables': {
            'people': {
                'columns': {
                    'group': {'sdtype': 'categorical'},
                    'score': {'sdtype': 'numerical'},
                    'chosen': {'sdtype': 'categorical'},
                }
            }
        }
    }
)


def people(rows, seed):
    """The score tells the outcome, and lies one higher in group a."""
    rng = np.random.default_rng(seed)
    group = rng.choice(['a', 'b'], rows)
    score = rng.normal(size=rows) + (group == 'a')
    chosen = np.where(score + rng.logistic(size=rows) > 0.5, 'yes', 'no')
    return pd.DataFrame({'group': group, 'score': score, 'chosen': chosen})


def chance_of(table):
    return parity_by_chance(table['chosen'], table[['group']], 'yes')


def test_the_bound_is_fair_and_pays_for_it():
    train, test = people(4000, 0), people(4000, 1)
    found = bound(train, test, 'chosen', 'yes', METADATA, train[['group']], test[['group']])
    assert found['DPR'] > 0.9
    rates = (test['score'] > 0.5).groupby(test['group']).mean()
    assert rates.min() / rates.max() < 0.7  # the score as it is
    assert 0.65 < found['AUC'] < 0.8


def test_a_group_that_training_never_saw_is_repaired_like_everybody():
    train, test = people(2000, 0), people(2000, 1)
    test.loc[:99, 'group'] = 'c'
    found = bound(train, test, 'chosen', 'yes', METADATA, train[['group']], test[['group']])
    assert 0 < found['DPR'] <= 1


def test_chance_takes_the_more_the_smaller_the_groups():
    def chance(rows):
        table = pd.DataFrame(
            {'group': list('ab') * (rows // 2), 'chosen': ['yes', 'no'] * (rows // 2)}
        )
        return chance_of(table)

    small, large = chance(200), chance(20_000)
    assert small[1] < small[0] < small[2] <= 1
    assert small[0] < 0.9 < 0.98 < large[0] < 1
    # 1 - ratio is |difference| / rate, and the difference is normal.
    spread = np.sqrt(2 * 0.25 / 10_000)
    assert 1 - large[0] == pytest.approx(np.sqrt(2 / np.pi) * spread / 0.5, rel=0.05)


def test_groups_of_too_few_rows_do_not_count_and_missing_is_a_group():
    table = people(200, 0)
    table.loc[:10, 'group'] = 'rare'
    mean, *_ = chance_of(table)
    assert mean > 0.8  # eleven people would bring it near 0.7
    table.loc[:3, 'group'] = None
    again, *_ = chance_of(table)
    assert again > 0.8
    table.loc[:60, 'group'] = None  # now large enough to count
    counted, *_ = chance_of(table)
    assert counted < again


def test_without_two_groups_to_compare_nothing_is_claimed():
    table = people(200, 0).assign(group='a')
    assert np.isnan(chance_of(table)).all()


def test_people_of_unknown_outcome_do_not_count():
    table = people(400, 0)
    half = table.assign(chosen=table['chosen'].where(table.index < 200))
    known = chance_of(table[:200])
    assert chance_of(half) == known
