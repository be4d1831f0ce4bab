"""What ``export``, ``distill``, ``inspect`` and ``card`` understand."""

import argparse
from pathlib import Path

from sdv_fair4free.command.numbers import positive, whole


def add_handover(actions: 'argparse._SubParsersAction[argparse.ArgumentParser]') -> None:
    """Add the actions for handing a generator over."""
    _add_export(actions)
    _add_distill(actions)
    _add_inspect(actions)
    _add_card(actions)


def _add_export(actions: 'argparse._SubParsersAction[argparse.ArgumentParser]') -> None:
    export = actions.add_parser(
        'export',
        help='write a student or a teacher to a file that holds no row and runs no code',
        description='Write the student of a saved synthesizer, or its teacher, to a file that\n'
        'holds no row and runs no code. From a teacher others distil students without the data.\n'
        'With --as it is what that exporter makes: of `pickle` a file that runs code when opened.',
        epilog='example:\n'
        '  sdv-fair4free export --model model.pkl --teacher --output adult.teacher',
    )
    required = export.add_argument_group('required')
    required.add_argument(
        '--model', type=Path, required=True, metavar='PKL', help='what `fit` wrote'
    )
    required.add_argument(
        '--output', type=Path, required=True, metavar='FILE', help='the file to write'
    )
    export.add_argument(
        '--teacher', action='store_true', help='write the teacher (default: the student)'
    )
    export.add_argument(
        '--as',
        dest='exporter',
        metavar='NAME',
        help='write what this exporter makes instead (built in: student, teacher, pickle; or of a '
        'plug-in); all options but --model, --output and --quiet are of no use to it, and refused',
    )
    export.add_argument(
        '--min-category-count',
        type=positive,
        metavar='N',
        help='merge and forget categories of fewer rows (default: 5)',
    )
    export.add_argument(
        '--min-quantile-count',
        type=positive,
        metavar='N',
        help='store numbers and dates as means of so many rows (default: 5)',
    )
    export.add_argument(
        '--extreme-digits',
        type=positive,
        metavar='N',
        help='round the ends of numbers and dates to so many digits (default: do not)',
    )
    export.add_argument(
        '--data',
        type=Path,
        metavar='CSV',
        help='the rows it was fitted to, with the column of the files of pictures if it paints; '
        'with --holdout, figures and attacks are measured',
    )
    export.add_argument('--holdout', type=Path, metavar='CSV', help='real rows it has not seen')
    export.add_argument(
        '--canaries',
        type=Path,
        metavar='CSV',
        help='rows planted in --data before the fit, to see how well they are remembered',
    )


def _add_distill(actions: 'argparse._SubParsersAction[argparse.ArgumentParser]') -> None:
    distill = actions.add_parser(
        'distill',
        help='make a smaller student of a teacher that was handed over, without any data',
        description='Make a smaller student of a teacher that was handed over, without any data.',
        epilog='example:\n'
        '  sdv-fair4free distill --model adult.teacher --size small --output adult.student',
    )
    required = distill.add_argument_group('required')
    required.add_argument(
        '--model', type=Path, required=True, metavar='FILE', help='what `export --teacher` wrote'
    )
    required.add_argument(
        '--output', type=Path, required=True, metavar='FILE', help='the student to write'
    )
    distill.add_argument(
        '--size',
        choices=['small', 'medium', 'large'],
        help='of the student (default: as the owner of the data set it)',
    )
    distill.add_argument(
        '--epochs', type=positive, metavar='N', help='most passes (default: as set)'
    )
    distill.add_argument('--seed', type=whole, metavar='N', help='default: as the owner set it')


def _add_inspect(actions: 'argparse._SubParsersAction[argparse.ArgumentParser]') -> None:
    inspect = actions.add_parser(
        'inspect',
        help='list everything in a file that was handed over, and what it reveals',
        description='List every text, number and array in a file that was handed over, and what\n'
        'it reveals of the real table. Needs neither torch nor sdv.',
        epilog='example:\n  sdv-fair4free inspect adult.teacher',
    )
    inspect.add_argument('model', type=Path, metavar='FILE', help='what `export` wrote')
    inspect.add_argument('--json', action='store_true', help='in full, as JSON')


def _add_card(actions: 'argparse._SubParsersAction[argparse.ArgumentParser]') -> None:
    card = actions.add_parser(
        'card',
        help='describe a file that was handed over on one page',
        description='Describe a file that was handed over: purpose, columns, fairness, figures,\n'
        'privacy, licences.',
        epilog='example:\n  sdv-fair4free card adult.student --output card.html',
    )
    card.add_argument('model', type=Path, metavar='FILE', help='what `export` wrote')
    card.add_argument(
        '--output', type=Path, required=True, metavar='FILE', help='ends in .md or .html'
    )
