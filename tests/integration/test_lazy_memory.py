"""Tables in partitions are never held as a whole: few parts are alive, codes lie in files."""

import threading
import weakref

import numpy as np
import pandas as pd
import pytest
import torch
from conftest import hiring_metadata, hiring_table, small_synthesizer
from partitioned import ROWS, cut

pytest.importorskip('distributed')
import dask
import dask.dataframe as dd

pytestmark = pytest.mark.usefixtures('in_this_thread')
ALIVE, MOST, LOCK = weakref.WeakSet(), [], threading.Lock()


def watched_part(number):
    values = hiring_table(50, number).assign(person_id=np.arange(50) + 50 * number)
    part = WatchedTable(values)
    with LOCK:
        ALIVE.add(part)
        MOST.append(len(ALIVE))
    return part


class WatchedTable(pd.DataFrame):
    """Tables are unhashable; these are told apart by who they are."""

    __hash__ = object.__hash__


def test_only_a_few_partitions_are_alive_at_a_time(small_sample):
    table = dd.from_map(watched_part, range(24), meta=hiring_table(1).iloc[:0])
    MOST.clear()
    with dask.config.set(scheduler='threads', num_workers=2):
        small_synthesizer(epochs=1).fit({'hiring': table})
    assert len(MOST) >= 48  # read twice
    assert max(MOST) <= 4


def test_codes_lie_in_small_files_that_are_gone_afterwards(tmp_path, small_sample):
    seen = []

    class Watching(type(small_synthesizer())):
        def _callbacks(self):
            (folder,) = tmp_path.glob('fair4free-codes-*')
            seen.extend((path.name, path.stat().st_size) for path in sorted(folder.iterdir()))
            raise KeyboardInterrupt

    synthesizer = Watching(
        hiring_metadata(), sensitive_columns=['sex'], target_column='hired', checkpoint_dir=tmp_path
    )
    with pytest.raises(KeyboardInterrupt):
        synthesizer.fit({'hiring': cut(hiring_table(ROWS), 3)})
    assert dict(seen) == {
        'key0.codes': 8 * ROWS,
        'x.codes': 6 * ROWS,
        's.codes': ROWS,
        's_positions.codes': 4 * ROWS,
        'y.codes': ROWS,
    }
    assert not [*tmp_path.glob('fair4free-codes-*')]
    assert synthesizer._lazy is None


def test_the_rows_of_a_fit_in_files_are_never_copied_as_a_whole(small_sample, monkeypatch):
    """The tensors that are trained on are the files themselves."""
    from sdv_fair4free import model_fitting

    given = {}
    fit_teacher = model_fitting.fit_teacher
    monkeypatch.setattr(
        model_fitting,
        'fit_teacher',
        lambda rows, *a, **k: given.update(rows=rows) or fit_teacher(rows, *a, **k),
    )
    small_synthesizer(epochs=1).fit({'hiring': cut(hiring_table(ROWS), 3)})
    rows = given['rows']
    assert rows.x.dtype == rows.s.dtype == torch.uint8
    assert not rows.x.numpy().flags.owndata
    assert rows.x.untyped_storage().nbytes() == 6 * ROWS
