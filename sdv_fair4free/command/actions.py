"""What ``fit``, ``sample`` and ``demo`` do, once the command line is understood."""

import argparse
import sys
import warnings
from pathlib import Path

from sdv.utils import load_synthesizer

from sdv_fair4free.command.columns import favourable, read_described, say
from sdv_fair4free.command.errors import CommandError
from sdv_fair4free.command.files import require_new_folder, require_writable
from sdv_fair4free.exporters import PICKLES
from sdv_fair4free.files import replacing
from sdv_fair4free.handover.reading import opened
from sdv_fair4free.images.synthesizer import Fair4FreeImageSynthesizer
from sdv_fair4free.images.writing import ATTRIBUTES
from sdv_fair4free.synthesizer import Fair4FreeSynthesizer


def fit(options: argparse.Namespace) -> None:
    """Fit a synthesizer to a CSV file and save it."""
    require_writable(options.output)
    if options.output.suffix not in PICKLES:
        raise CommandError(
            f'{options.output} must end in .pkl: what is saved here can run code when it is '
            'opened, and its name has to say so.'
        )
    data, metadata, sensitive = read_described(options, options.data)
    (table,) = metadata.tables
    with warnings.catch_warnings():
        # The metadata are ours, made a moment ago: SDV's advice to save them is not for the user.
        warnings.filterwarnings('ignore', message='We strongly recommend saving the metadata')
        synthesizer = Fair4FreeSynthesizer(
            metadata,
            sensitive_columns=sensitive,
            target_column=options.target,
            fairness_criterion=options.criterion,
            fairness_strength=options.strength,
            fairness_scope=options.scope,
            favourable_outcome=favourable(options.favourable, data[options.target]),
            distillation=None if options.distillation == 'none' else options.distillation,
            random_state=options.seed,
            checkpoint_dir=options.checkpoint_dir,
            verbose=not options.quiet,
        )
        synthesizer.fit({table: data})
    with replacing(options.output) as temporary:
        synthesizer.save(str(temporary))
    say(options, f'Wrote {options.output}, fitted to {len(data):,} rows.')


def sample(options: argparse.Namespace) -> None:
    """Draw rows from a synthesizer into a CSV file or, like pictures, into a folder."""
    # Before a large file is read; of pictures and of Parquet, a folder may be there.
    if not options.output.is_dir():
        require_writable(options.output)
    synthesizer = loaded(options.model)
    if options.parquet:
        _sample_parts(options, synthesizer)
        return
    if isinstance(synthesizer, Fair4FreeImageSynthesizer):
        _sample_pictures(options, synthesizer)
        return
    require_writable(options.output)
    (rows,) = synthesizer.sample(options.rows, fairness_strength=options.strength).values()
    with replacing(options.output) as temporary:
        rows.to_csv(temporary, index=False)
    say(options, f'Wrote {options.output}, {len(rows):,} synthetic rows.')


def _sample_parts(options: argparse.Namespace, synthesizer: Fair4FreeSynthesizer) -> None:
    synthesizer.verbose = not options.quiet
    try:
        made = synthesizer.sample_to_parquet(
            options.output, options.rows, fairness_strength=options.strength
        )
    except ImportError as error:
        raise CommandError(str(error)) from error
    say(
        options,
        f'Wrote {options.output}, {made.num_rows:,} synthetic rows in {len(made.files):,} Parquet '
        f'files, {made.made:,} of them now.',
    )


def _sample_pictures(options: argparse.Namespace, synthesizer: Fair4FreeImageSynthesizer) -> None:
    require_new_folder(options.output)
    try:
        from sdv_fair4free.images import pillow  # noqa: F401 - told before any picture is made
    except ImportError as error:
        raise CommandError(str(error)) from error
    written = synthesizer.save_images(
        options.output, num_rows=options.rows, fairness_strength=options.strength
    )
    say(
        options,
        f'Wrote {len(written):,} synthetic pictures to {options.output}, and their attributes to '
        f'{options.output / ATTRIBUTES}.',
    )


def loaded(path: Path) -> Fair4FreeSynthesizer:
    """A synthesizer from a file: handed over or, if named ``.pkl`` or ``.pickle``, saved.

    Raises:
        CommandError: If the file holds something else.
    """
    if path.suffix not in PICKLES:
        return opened(path)
    with path.open('rb'):  # a missing or closed file is told apart from a broken one
        pass
    try:
        synthesizer = load_synthesizer(str(path))
    except Exception as error:  # bytes that are no pickle may raise anything
        raise CommandError(f'{path} is not a saved synthesizer: {error}') from error
    if not isinstance(synthesizer, Fair4FreeSynthesizer):
        raise CommandError(
            f'{path} holds a {type(synthesizer).__name__}, not a Fair4FreeSynthesizer.'
        )
    return synthesizer


def demo(options: argparse.Namespace) -> None:
    """Show the main job on two tables that need no download."""
    from sdv_fair4free.demo import run_demo  # plotly and the judges: not needed by fit and sample

    summary = run_demo(options.output, rows=options.rows, verbose=not options.quiet)
    table = summary.to_string(index=False, float_format='{:.3f}'.format)
    sys.stdout.write(f'{table}\n\nOpen {options.output / "demo.html"} in a browser.\n')
