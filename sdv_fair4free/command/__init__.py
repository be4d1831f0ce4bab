"""The command ``sdv-fair4free``: ``demo``, ``fit`` and ``sample``."""

import argparse
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from sdv.errors import (
    ConstraintsNotMetError,
    InvalidDataError,
    InvalidDataTypeError,
    SamplingError,
    SynthesizerInputError,
    VersionError,
)
from sdv.metadata import InvalidMetadataError

from sdv_fair4free._version import __version__
from sdv_fair4free.command.files import CommandError

# The caller can mend these: one sentence, no traceback.
_BAD_INPUT = (
    CommandError,
    OSError,
    ConstraintsNotMetError,
    InvalidDataError,
    InvalidDataTypeError,
    InvalidMetadataError,
    SamplingError,
    SynthesizerInputError,
    VersionError,
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        argv (sequence of str or None): The arguments; those of the process if None.

    Returns:
        int: 0 if all went well, 2 for a request or file that cannot be used, 130 if interrupted,
            1 for a failure of ours (with its traceback).
    """
    try:
        options = _parser().parse_args(argv)
    except SystemExit as done:  # argparse has said what there is to say
        return int(done.code or 0)
    try:
        from sdv_fair4free.command import actions  # torch and the rest: not needed for --help

        {'demo': actions.demo, 'fit': actions.fit, 'sample': actions.sample}[options.action](
            options
        )
    except _BAD_INPUT as error:
        sys.stderr.write(f'sdv-fair4free {options.action}: {_sentence(error)}\n')
        return 2
    except KeyboardInterrupt:
        sys.stderr.write(f'sdv-fair4free {options.action}: interrupted.\n')
        return 130
    except Exception:
        traceback.print_exc()
        sys.stderr.write(
            f'sdv-fair4free {options.action}: this should not happen; please report.\n'
        )
        return 1
    return 0


def _sentence(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f'{error.filename}: {error.strerror}.'
    return str(error)


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f'{text!r} is not a whole number') from None


def _positive(text: str) -> int:
    value = _whole(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f'{text} is not a whole number of 1 or more')
    return value


def _demo_rows(text: str) -> int:
    value = _whole(text)
    if value < 200:
        raise argparse.ArgumentTypeError(f'{text} is below 200: no group is left to compare')
    return value


def _strength(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f'{text!r} is not a number') from None
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f'{text} is not between 0 (as it was) and 1 (fair)')
    return value


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog='sdv-fair4free',
        description='Fair synthetic tables for the Synthetic Data Vault.',
        epilog='Start with: sdv-fair4free demo',
    )
    parser.add_argument('--version', action='version', version=f'%(prog)s {__version__}')
    actions = parser.add_subparsers(dest='action', required=True, metavar='demo | fit | sample')
    _add_demo(actions)
    _add_fit(actions)
    _add_sample(actions)
    for action in actions.choices.values():
        action.formatter_class = argparse.RawDescriptionHelpFormatter
        action.add_argument('--quiet', action='store_true', help='no progress, no remarks')
    return parser


def _add_demo(actions: 'argparse._SubParsersAction[argparse.ArgumentParser]') -> None:
    demo = actions.add_parser(
        'demo',
        help='show the main job on two embedded tables; no network',
        description='Fit two embedded tables (real student placements, simulated loans with a\n'
        'known bias), draw an unfair and a fair synthetic table from each, and compare.\n'
        'Writes demo.html, summary.csv and the synthetic tables.',
        epilog='example:\n  sdv-fair4free demo --output demo-output',
    )
    demo.add_argument(
        '--output',
        type=Path,
        default=Path('demo-output'),
        metavar='FOLDER',
        help='where to write (default: %(default)s)',
    )
    demo.add_argument(
        '--rows',
        type=_demo_rows,
        default=6000,
        metavar='N',
        help='simulated loan applications, at least 200 (default: %(default)s)',
    )


def _add_fit(actions: 'argparse._SubParsersAction[argparse.ArgumentParser]') -> None:
    fit = actions.add_parser(
        'fit',
        help='learn a table from a CSV file and save the synthesizer',
        description='Learn a table from a CSV file and save the synthesizer.',
        epilog='example:\n'
        '  sdv-fair4free fit --data train.csv --metadata metadata.json \\\n'
        '      --sensitive sex,race --target income --output model.pkl',
    )
    required = fit.add_argument_group('required')
    required.add_argument('--data', type=Path, required=True, metavar='CSV', help='rows to learn')
    required.add_argument(
        '--sensitive',
        action='append',
        required=True,
        metavar='COLUMN[,COLUMN]',
        help='columns that name the groups; may be repeated',
    )
    required.add_argument('--target', required=True, metavar='COLUMN', help='the outcome')
    required.add_argument(
        '--output', type=Path, required=True, metavar='PKL', help='the synthesizer to write'
    )
    fit.add_argument(
        '--metadata',
        type=Path,
        metavar='JSON',
        help='SDV metadata of the table (default: SDV detects the column types; check them)',
    )
    fit.add_argument(
        '--table',
        metavar='NAME',
        help='its table in the metadata (default: the only one; without metadata, the file name)',
    )
    fit.add_argument(
        '--criterion',
        choices=['demographic_parity', 'equalized_odds', 'equal_opportunity'],
        default='demographic_parity',
        help='what fair means (default: %(default)s)',
    )
    fit.add_argument(
        '--strength',
        type=_strength,
        default=1.0,
        metavar='0..1',
        help='0 the data as they were, 1 fair; `sample` may choose again (default: %(default)s)',
    )
    fit.add_argument(
        '--scope',
        choices=['target', 'all'],
        default='target',
        help='make the target alone, or every column, independent of the groups '
        '(default: %(default)s)',
    )
    fit.add_argument(
        '--favourable', metavar='VALUE', help='the outcome people hope for, as the CSV writes it'
    )
    fit.add_argument(
        '--distillation',
        choices=['data_free', 'with_data', 'none'],
        default='data_free',
        help='fit the student without reading a row, with the rows, or not at all '
        '(default: %(default)s)',
    )
    fit.add_argument('--seed', type=int, default=0, metavar='N', help='default: %(default)s')


def _add_sample(actions: 'argparse._SubParsersAction[argparse.ArgumentParser]') -> None:
    sample = actions.add_parser(
        'sample',
        help='draw synthetic rows from a saved synthesizer',
        description='Draw synthetic rows from a saved synthesizer into a CSV file.\n\n'
        'Loading a model runs code that is in the file: open only files you trust.',
        epilog='example:\n'
        '  sdv-fair4free sample --model model.pkl --rows 1000 --output synthetic.csv',
    )
    required = sample.add_argument_group('required')
    required.add_argument(
        '--model',
        type=Path,
        required=True,
        metavar='PKL',
        help='what `fit` wrote; it can run code, so only a file you trust',
    )
    required.add_argument('--rows', type=_positive, required=True, metavar='N', help='how many')
    required.add_argument(
        '--output', type=Path, required=True, metavar='CSV', help='the table to write'
    )
    sample.add_argument(
        '--strength',
        type=_strength,
        metavar='0..1',
        help='0 the data as they were, 1 fair (default: as fitted)',
    )
