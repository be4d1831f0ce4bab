"""The command ``sdv-fair4free``: learn, sample, hand over, judge."""

import argparse
import os
import sys
import traceback
from collections.abc import Callable, Sequence

from sdv_fair4free.command.errors import CommandError
from sdv_fair4free.command.parser import build_parser
from sdv_fair4free.handover.errors import HandoverError


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        argv (sequence of str or None): The arguments; those of the process if None.

    Returns:
        int: 0 if all went well, 2 for a request or file that cannot be used, 130 if interrupted,
            1 for a failure of ours (with its traceback).
    """
    try:
        status = _status(argv)
        sys.stdout.flush()
    except BrokenPipeError:
        if not _nobody_reads():
            raise
        return 0
    return status


def _nobody_reads() -> bool:
    """Whether whoever reads what is said has enough, as `head` does; then nothing more is said."""
    try:
        sys.stdout.write('\n')  # with nothing to write nothing would break
        sys.stdout.flush()
    except BrokenPipeError:
        # What is left is not to fail anew when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return True
    return False


def _status(argv: Sequence[str] | None) -> int:
    try:
        options = build_parser().parse_args(argv)
    except SystemExit as done:  # argparse has said what there is to say
        return int(done.code or 0)
    try:
        _action(options.action)(options)
    except KeyboardInterrupt:
        sys.stderr.write(f'sdv-fair4free {options.action}: interrupted.\n')
        return 130
    except Exception as error:
        if isinstance(error, BrokenPipeError) and _nobody_reads():
            return 0
        if _can_be_mended(error):
            sys.stderr.write(f'sdv-fair4free {options.action}: {_sentence(error)}\n')
            return 2
        traceback.print_exc()
        sys.stderr.write(
            f'sdv-fair4free {options.action}: this should not happen; please report.\n'
        )
        return 1
    return 0


def _can_be_mended(error: Exception) -> bool:
    """Whether the caller can mend it: one sentence, no traceback."""
    if isinstance(error, CommandError | HandoverError | OSError):
        return True
    if 'sdv' not in sys.modules:
        return False
    from rdt.errors import TransformerInputError
    from sdv import errors
    from sdv.metadata import InvalidMetadataError

    from sdv_fair4free.images.checks import ImageError
    from sdv_fair4free.metrics.checks import FairnessInputError
    from sdv_fair4free.plugins import PluginError

    return isinstance(
        error,
        FairnessInputError
        | ImageError
        | InvalidMetadataError
        | PluginError
        | TransformerInputError
        | errors.ConstraintsNotMetError
        | errors.InvalidDataError
        | errors.InvalidDataTypeError
        | errors.SamplingError
        | errors.SynthesizerInputError
        | errors.VersionError,
    )


def _action(name: str) -> Callable[[argparse.Namespace], None]:
    # What an action needs (torch, plotly) is imported for it alone, and not for --help.
    if name == 'report':
        from sdv_fair4free.command.report import report

        return report
    if name == 'benchmark':
        from sdv_fair4free.command.benchmark import benchmark

        return benchmark
    if name in ('export', 'distill', 'inspect', 'card'):
        from sdv_fair4free.command import handover

        return getattr(handover, name)  # type: ignore[no-any-return]
    if name == 'plugins':
        from sdv_fair4free.command.plugins import plugins

        return plugins
    from sdv_fair4free.command import actions

    return {'demo': actions.demo, 'fit': actions.fit, 'sample': actions.sample}[name]


def _sentence(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        where = '' if error.filename is None else f'{error.filename}: '
        return f'{where}{error.strerror}.'
    return str(error)
