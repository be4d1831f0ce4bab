"""What the whole fairness report costs, and real rows against real rows.

Run in a process of its own, so that its peak memory is its own:
``python -m sdv_fair4free.benchmark.report_cost --data FOLDER``.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
from pathlib import Path
from typing import Any

from sdv.single_table import GaussianCopulaSynthesizer

from sdv_fair4free.benchmark.cost import measured
from sdv_fair4free.benchmark.tasks import Task
from sdv_fair4free.metrics.audit import audit
from sdv_fair4free.reports.evaluate import evaluate_fairness

ROWS = 30_000


def measure(task: Task) -> dict[str, Any]:
    """Time a report on ``ROWS`` real and synthetic rows, two sensitive columns.

    The synthetic rows are SDV's GaussianCopula's: the report judges any table.

    Returns:
        Seconds, peak memory in MB, the numbers of rows and columns, the overall score, and DPR, EOR
        and AUC of a model trained on the real rows.
    """
    other = GaussianCopulaSynthesizer(task.metadata)
    other.fit({task.name: task.train})
    synthetic = other.sample(ROWS)[task.name]
    real = task.train.sample(ROWS, random_state=0).reset_index(drop=True)
    before = _peak()
    with measured() as spent, tempfile.TemporaryDirectory() as folder:
        report = evaluate_fairness(
            real,
            synthetic,
            task.metadata,
            list(task.sensitive_columns),
            task.target_column,
            task.test,
            favourable_outcome=task.favourable,
            verbose=False,
        )
        report.to_html(Path(folder) / 'report.html')
    figures = audit(
        task.train,
        task.train,
        task.metadata,
        [task.sensitive_columns[0]],
        task.target_column,
        task.test,
        task.favourable,
        metrics=['Demographic parity ratio', 'Equalized odds ratio', 'AUC'],
    ).figures
    real_rows = figures[figures['Source'] == 'real'].drop_duplicates('Metric').set_index('Metric')
    return {
        'seconds': spent.seconds,
        'peak_mb': _peak(),
        'peak_before_mb': before,
        'real_rows': len(real),
        'synthetic_rows': len(synthetic),
        'validation_rows': len(task.test),
        'columns': len(real.columns),
        'sensitive_columns': len(task.sensitive_columns),
        'score': float(report.get_score()),
        'DPR': float(real_rows['Value']['Demographic parity ratio']),
        'EOR': float(real_rows['Value']['Equalized odds ratio']),
        'AUC': float(real_rows['Value']['AUC']),
    }


def _peak() -> float:
    """Peak memory of this process in MB (Linux counts in kB, macOS in bytes)."""
    unit = 1024**2 if sys.platform == 'darwin' else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def main(argv: list[str] | None = None) -> int:
    """Measure, and write JSON to standard output."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--data', type=Path, required=True)
    sys.stdout.write(json.dumps(measure(Task.load(parser.parse_args(argv).data))) + '\n')
    return 0


if __name__ == '__main__':
    sys.exit(main())
