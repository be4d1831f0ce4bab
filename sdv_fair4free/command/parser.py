"""What the command ``sdv-fair4free`` understands."""

import argparse
from pathlib import Path

from sdv_fair4free._version import __version__
from sdv_fair4free.command.handover_parser import add_handover
from sdv_fair4free.command.numbers import positive, whole


def _demo_rows(text: str) -> int:
    value = whole(text)
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


def _named_file(text: str) -> tuple[str, Path]:
    name, equals, path = text.partition('=')
    if not (name and equals and path):
        raise argparse.ArgumentTypeError(f'{text} is not NAME=FILE')
    return name, Path(path)


def build_parser() -> argparse.ArgumentParser:
    """Everything that may be typed, with its help."""
    parser = argparse.ArgumentParser(
        prog='sdv-fair4free',
        description='Fair synthetic tables for the Synthetic Data Vault.',
        epilog='Start with: sdv-fair4free demo',
    )
    parser.add_argument('--version', action='version', version=f'%(prog)s {__version__}')
    actions = parser.add_subparsers(
        dest='action',
        required=True,
        metavar='demo | fit | sample | report | benchmark | export | distill | inspect | card '
        '| plugins',
    )
    _add_demo(actions)
    _add_fit(actions)
    _add_sample(actions)
    _add_report(actions)
    _add_benchmark(actions)
    add_handover(actions)
    plugins = _add_plugins(actions)
    for action in actions.choices.values():
        action.formatter_class = argparse.RawDescriptionHelpFormatter
        if action is not plugins:  # whose own means more
            action.add_argument('--quiet', action='store_true', help='no progress, no remarks')
    return parser


def _add_rows_to_learn(action: argparse.ArgumentParser) -> 'argparse._ArgumentGroup':
    required = action.add_argument_group('required')
    required.add_argument('--data', type=Path, required=True, metavar='CSV', help='rows to learn')
    _add_roles(required)
    return required


def _add_roles(required: 'argparse._ArgumentGroup') -> None:
    required.add_argument(
        '--sensitive',
        action='append',
        required=True,
        metavar='COLUMN[,COLUMN]',
        help='columns that name the groups; may be repeated',
    )
    required.add_argument('--target', required=True, metavar='COLUMN', help='the outcome')


def _add_description(action: argparse.ArgumentParser) -> None:
    action.add_argument(
        '--metadata',
        type=Path,
        metavar='JSON',
        help='SDV metadata of the table (default: SDV detects the column types; check them)',
    )
    action.add_argument(
        '--table',
        metavar='NAME',
        help='its table in the metadata (default: the only one; without metadata, the file name)',
    )


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


def _add_plugins(
    actions: 'argparse._SubParsersAction[argparse.ArgumentParser]',
) -> argparse.ArgumentParser:
    plugins = actions.add_parser(
        'plugins',
        help='list what is built in, the plug-ins that are active, and from where they come',
        description='List what is built in, the plug-ins that are active, and from where they\n'
        'come; and those that cannot be used, with the reason.',
        epilog='example:\n  sdv-fair4free plugins',
    )
    how = plugins.add_mutually_exclusive_group()
    how.add_argument('--json', action='store_true', help='as JSON')
    how.add_argument(
        '--quiet', action='store_true', help='no list: the status says if all can be used'
    )
    return plugins


def _add_fit(actions: 'argparse._SubParsersAction[argparse.ArgumentParser]') -> None:
    fit = actions.add_parser(
        'fit',
        help='learn a table from a CSV file and save the synthesizer',
        description='Learn a table from a CSV file and save the synthesizer.',
        epilog='example:\n'
        '  sdv-fair4free fit --data train.csv --metadata metadata.json \\\n'
        '      --sensitive sex,race --target income --output model.pkl',
    )
    required = _add_rows_to_learn(fit)
    required.add_argument(
        '--output', type=Path, required=True, metavar='PKL', help='the synthesizer to write'
    )
    _add_description(fit)
    fit.add_argument(
        '--criterion',
        metavar='NAME',
        default='demographic_parity',
        help='what fair means: demographic_parity, equalized_odds, equal_opportunity, or what a '
        'plug-in defines (default: %(default)s)',
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
    fit.add_argument(
        '--checkpoint-dir',
        type=Path,
        metavar='FOLDER',
        help='write there how far the fit has come; the same command goes on from it after an '
        'interruption',
    )


def _add_sample(actions: 'argparse._SubParsersAction[argparse.ArgumentParser]') -> None:
    sample = actions.add_parser(
        'sample',
        help='draw synthetic rows from a saved synthesizer',
        description='Draw synthetic rows from a synthesizer into a CSV file. If it paints, draw\n'
        'pictures into a folder of PNG files, with metadata.csv beside them.\n\n'
        'Loading what `fit` wrote runs code that is in the file: open only files you trust.\n'
        'What `distill`, or `export` without --as, wrote runs none.',
        epilog='example:\n'
        '  sdv-fair4free sample --model model.pkl --rows 1000 --output synthetic.csv\n'
        '  sdv-fair4free sample --model model.pkl --rows 100000000 --output rows --parquet\n'
        '  sdv-fair4free sample --model digits.student --rows 1000 --output pictures',
    )
    required = sample.add_argument_group('required')
    required.add_argument(
        '--model',
        type=Path,
        required=True,
        metavar='FILE',
        help='what `export` or `distill` wrote; or what `fit` wrote, which can run code',
    )
    required.add_argument('--rows', type=positive, required=True, metavar='N', help='how many')
    required.add_argument(
        '--output',
        type=Path,
        required=True,
        metavar='CSV',
        help='the table to write; of pictures, the folder, which must be new or empty',
    )
    sample.add_argument(
        '--parquet',
        action='store_true',
        help='write a folder of Parquet files, in the memory of one of them; the same command goes '
        'on from it after an interruption',
    )
    sample.add_argument(
        '--strength',
        type=_strength,
        metavar='0..1',
        help='0 the data as they were, 1 fair (default: as fitted)',
    )


def _add_report(actions: 'argparse._SubParsersAction[argparse.ArgumentParser]') -> None:
    report = actions.add_parser(
        'report',
        help='judge the fairness of a synthetic table, whoever made it, on one page',
        description='Judge the fairness, utility, quality and privacy of a synthetic table,\n'
        'whoever made it: models are trained on it and tested on real rows.',
        epilog='example:\n'
        '  sdv-fair4free report --real train.csv --synthetic synth.csv --validation test.csv \\\n'
        '      --sensitive sex --target income --favourable ">50K" --html report.html',
    )
    required = report.add_argument_group('required')
    required.add_argument(
        '--real', type=Path, required=True, metavar='CSV', help='rows the synthesizer learnt from'
    )
    required.add_argument(
        '--synthetic', type=Path, required=True, metavar='CSV', help='the rows to judge'
    )
    _add_roles(required)
    report.add_argument(
        '--validation',
        type=Path,
        metavar='CSV',
        help='real rows the synthesizer has not seen, to test on (default: a quarter of --real, '
        'which flatters the synthetic rows; then privacy is not measured)',
    )
    report.add_argument(
        '--favourable', metavar='VALUE', help='the outcome people hope for, as the CSV writes it'
    )
    report.add_argument(
        '--compare',
        action='append',
        default=[],
        type=_named_file,
        metavar='NAME=CSV',
        help='another synthetic table to set beside it; may be repeated',
    )
    report.add_argument(
        '--name',
        default='Synthetic',
        help='what to call the synthetic table (default: %(default)s)',
    )
    report.add_argument('--html', type=Path, metavar='FILE', help='the page to write')
    report.add_argument('--markdown', type=Path, metavar='FILE', help='the summary to write')
    _add_description(report)
    report.add_argument(
        '--smallest-group',
        type=positive,
        default=50,
        metavar='N',
        help='groups of fewer rows get no figure (default: %(default)s)',
    )
    report.add_argument(
        '--withhold',
        action='append',
        default=[],
        metavar='COLUMNS',
        help='columns that the models are not given, such as sex,race (default: none)',
    )
    report.add_argument('--seed', type=int, default=0, metavar='N', help='default: %(default)s')


def _add_benchmark(actions: 'argparse._SubParsersAction[argparse.ArgumentParser]') -> None:
    benchmark = actions.add_parser(
        'benchmark',
        help='compare synthesizers on your own table',
        description='Fit synthesizers on the same rows and judge what they make on the same real\n'
        'rows: utility, fairness, quality, privacy, time and memory.',
        epilog='example:\n'
        '  sdv-fair4free benchmark --data train.csv --sensitive sex --target income \\\n'
        '      --favourable ">50K" --synthesizers Fair4Free,GaussianCopula --html pareto.html',
    )
    required = _add_rows_to_learn(benchmark)
    required.add_argument(
        '--favourable', metavar='VALUE', help='the outcome people hope for, as the CSV writes it'
    )
    benchmark.add_argument(
        '--validation',
        type=Path,
        metavar='CSV',
        help='real rows to judge on (default: three in ten rows of --data, held out)',
    )
    benchmark.add_argument(
        '--new-splits',
        action='store_true',
        help='hold other rows of --data out for each seed; for small tables',
    )
    benchmark.add_argument(
        '--synthesizers',
        action='append',
        default=[],
        metavar='NAME[,NAME]',
        help='Fair4Free, GaussianCopula, TVAE, CTGAN, ... (default: the first two)',
    )
    benchmark.add_argument(
        '--seeds', type=positive, default=1, metavar='N', help='fits of each (default: 1)'
    )
    benchmark.add_argument(
        '--folder',
        type=Path,
        metavar='FOLDER',
        help='keep each result there, and go on from those that are there',
    )
    benchmark.add_argument('--csv', type=Path, metavar='FILE', help='the table to write')
    benchmark.add_argument('--html', type=Path, metavar='FILE', help='the plot to write')
    _add_description(benchmark)
