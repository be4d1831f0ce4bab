"""The ugliest table that Hypothesis can think of is learnt, or refused with the reason."""

import pytest
from hypothesis import event, given

from property.checks import check
from property.profiles import tables
from property.tables import Case, cases


@pytest.mark.slow
@tables()
@given(case=cases())
def test_any_table_is_learnt_and_made_up_or_refused_with_the_reason(case: Case):
    event(check(case))
