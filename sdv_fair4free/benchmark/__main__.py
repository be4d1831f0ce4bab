"""``python -m sdv_fair4free.benchmark --data FOLDER --output PAGE``."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from sdv_fair4free.benchmark.measure import Task, one_seed, reference_rows
from sdv_fair4free.benchmark.page import markdown


def main(argv: list[str] | None = None) -> int:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(prog='python -m sdv_fair4free.benchmark', description=__doc__)
    parser.add_argument(
        '--data', type=Path, required=True, help='folder of train.csv, test.csv, *.json'
    )
    parser.add_argument('--seeds', type=int, default=3, help='how many (default 3)')
    parser.add_argument('--output', type=Path, required=True, help='Markdown page to write')
    parser.add_argument(
        '--keep', type=Path, default=Path('bench-output'), help='folder for finished seeds'
    )
    parser.add_argument(
        '--resume', action='store_true', help='take finished seeds from there, not anew'
    )
    arguments = parser.parse_args(argv)
    if not (arguments.data / 'task.json').exists():
        parser.error(f'{arguments.data} has no task.json: name the folder of a benchmark table')
    task = Task.load(arguments.data)
    arguments.keep.mkdir(parents=True, exist_ok=True)
    references = reference_rows(task)
    rows = []
    for seed in range(arguments.seeds):
        kept = arguments.keep / f'{task.name}-{seed}.json'
        if not (arguments.resume and kept.exists()):
            measured = one_seed(task, seed, _say)
            kept.write_text(json.dumps(measured, indent=1))
        rows.append({**references, **json.loads(kept.read_text())})
    described = (
        f'{len(task.train):,} rows to train on, {len(task.test):,} real rows to test on; sensitive '
        f'column {task.sensitive_column}, target {task.target_column}.'
    )
    arguments.output.write_text(markdown(task.name.capitalize(), rows, described))
    sys.stdout.write(f'{arguments.output}\n')
    return 0


def _say(line: str) -> None:
    sys.stderr.write(line + '\n')
    sys.stderr.flush()


if __name__ == '__main__':
    sys.exit(main())
