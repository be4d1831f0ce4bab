"""``python -m sdv_fair4free.benchmark``: the figures of docs/benchmarks.md."""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import warnings
from pathlib import Path

from sdv_fair4free.benchmark import report_cost
from sdv_fair4free.benchmark.default_fits import own_split, strengths, student_sizes
from sdv_fair4free.benchmark.floors import floors
from sdv_fair4free.benchmark.kept import Kept, Row, digest_of
from sdv_fair4free.benchmark.page import markdown
from sdv_fair4free.benchmark.parts import written_anew
from sdv_fair4free.benchmark.suite import adult, compas
from sdv_fair4free.benchmark.tasks import Task


def main(argv: list[str] | None = None) -> int:
    """Measure, and write the page. What is in the folder is not measured again."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--data', type=Path, required=True, help='holds adult/ and compas/')
    parser.add_argument('--seeds', type=int, default=5)
    parser.add_argument('--folder', type=Path, required=True, help='where results are kept')
    parser.add_argument('--output', type=Path, required=True)
    arguments = parser.parse_args(argv)
    seeds, folder = arguments.seeds, arguments.folder
    # Small test parts and linear models that end early are part of what is measured.
    warnings.filterwarnings('ignore')
    tasks = {name: Task.load(arguments.data / name) for name in ('adult', 'compas')}

    def cost() -> list[Row]:
        # In a process of its own, so that its peak memory is its own.
        told = subprocess.run(
            [sys.executable, '-m', report_cost.__name__, '--data', str(arguments.data / 'adult')],
            check=True,
            stdout=subprocess.PIPE,
        )
        return [{'Error': None, **json.loads(told.stdout)}]

    measured_on = digest_of(tasks['adult'].train, tasks['adult'].test)
    (costs,) = Kept(folder).or_made(('report cost', measured_on), cost)
    of_compas = compas(tasks['compas'], seeds, folder)
    own = own_split(tasks['adult'], seeds, folder)
    by_strength = strengths(tasks['adult'], seeds, folder)
    sizes = student_sizes(tasks['adult'], seeds, folder)
    of_adult = adult(tasks['adult'], seeds, folder)
    found = floors(of_adult, of_compas, own, sizes, costs)
    for section in (*of_adult, *of_compas):
        name = re.sub(r'\W+', '-', f'pareto {section.title}'.lower())
        section.comparison.figure.write_html(folder / f'{name}.html', include_plotlyjs=True)
    page = markdown([*of_adult, *of_compas], own, by_strength, sizes, costs, found)
    written_anew(arguments.output, page)
    sys.stdout.write(f'{arguments.output}\n')
    return 0


if __name__ == '__main__':
    sys.exit(main())
