"""``python -m sdv_fair4free.benchmark --data FOLDER --output PAGE``."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

from sdv_fair4free.benchmark import report_cost
from sdv_fair4free.benchmark.measure import Task, our_rows, reference_rows, tvae_rows
from sdv_fair4free.benchmark.page import markdown


def main(argv: list[str] | None = None) -> int:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(prog='python -m sdv_fair4free.benchmark', description=__doc__)
    parser.add_argument(
        '--data', type=Path, required=True, help='folder of train.csv, test.csv, *.json'
    )
    parser.add_argument('--seeds', type=int, default=3, help='how many (default 3)')
    parser.add_argument(
        '--tvae-seeds', type=int, help='how many for the slow TVAE (default: as many)'
    )
    parser.add_argument('--output', type=Path, required=True, help='Markdown page to write')
    arguments = parser.parse_args(argv)
    if not (arguments.data / 'task.json').exists():
        parser.error(f'{arguments.data} has no task.json: name the folder of a benchmark table')
    task = Task.load(arguments.data)
    described = (
        f'{len(task.train):,} rows to train on, {len(task.test):,} real rows to test on; sensitive '
        f'column {task.sensitive_column}, target {task.target_column}.'
    )
    tvae_seeds = arguments.seeds if arguments.tvae_seeds is None else arguments.tvae_seeds
    told = subprocess.run(
        [sys.executable, '-m', report_cost.__name__, '--data', str(arguments.data)],
        check=True,
        stdout=subprocess.PIPE,
    )
    cost = json.loads(told.stdout)
    _say('fairness report: done')
    measured = [reference_rows(task)]
    work = [
        (measure, seed)
        for seed in range(arguments.seeds)
        for measure in (our_rows, tvae_rows)
        if measure is our_rows or seed < tvae_seeds
    ]
    for measure, seed in work:
        measured.append(measure(task, seed))
        # Written anew after each part: what is measured is not lost, and the page says how much.
        arguments.output.write_text(markdown(task.name.capitalize(), measured, described, cost))
        _say(f'{measure.__name__}, seed {seed}: done')
    sys.stdout.write(f'{arguments.output}\n')
    return 0


def _say(line: str) -> None:
    sys.stderr.write(line + '\n')
    sys.stderr.flush()


if __name__ == '__main__':
    sys.exit(main())
