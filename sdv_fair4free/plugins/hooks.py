"""The questions that plug-ins may answer: each hook is one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from sdv_fair4free.codecs import ColumnCodec
    from sdv_fair4free.core.criteria import Criterion
    from sdv_fair4free.core.dependence import Penalty
    from sdv_fair4free.core.student import StudentBuilder
    from sdv_fair4free.exporters import Exporter
    from sdv_fair4free.metrics.catalogue import FairnessFigure
    from sdv_fair4free.reports.sections import ReportSection

PROJECT = 'sdv_fair4free'
"""Name of the pluggy project, and of the group of entry points."""
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
"""Marks a function or method of a plug-in as its answer to the hook of that name. pluggy's marker:
``@hookimpl``, or ``@hookimpl(specname='on_fit_end')`` where the function has another name. pluggy's
other options are refused."""


class Hooks:
    """What is asked of plug-ins.

    Those that provide something return a mapping from a name to it. A name may be taken once only,
    over all plug-ins and what is built in. They are asked whenever it matters, so that they should
    answer at once and alike.

    Those that watch training hear of it. An exception raised in one ends the fit. A fit that goes
    on from a checkpoint tells of what it does itself: nothing of stages that had ended, and of one
    that was under way the epochs that follow.
    """

    @hookspec
    def fairness_metrics(self) -> Mapping[str, FairnessFigure]:
        """Which figures of fairness does an audit have?

        Returns:
            By the name that is shown. Those of plug-ins stand beside the others in the report's
            tables, and in a section of their own on its page. They do not count in its scores,
            which would not be comparable then.
        """
        raise NotImplementedError

    @hookspec
    def report_sections(self) -> Mapping[str, ReportSection]:
        """Which sections does a fairness report have, as a page and as Markdown?

        Returns:
            By the anchor of the section on the page.
        """
        raise NotImplementedError

    @hookspec
    def dependence_penalties(self) -> Mapping[str, Penalty]:
        """How may the dependence of the latent on the sensitive values be penalised?

        Returns:
            By the name that ``TeacherConfig(dependence_penalty=...)`` takes. Each maps (n, latent)
            ``z`` and (n, sensitive) marks ``s``, n at least 4, to a scalar with a slope in ``z``:
            0 if independent, larger the more they depend on each other. A student that is distilled
            with data is penalised by it too: there ``z`` is (n, tokens of y), the probabilities of
            the outcome that it predicts.
        """
        raise NotImplementedError

    @hookspec
    def fairness_criteria(self) -> Mapping[str, Criterion]:
        """What may "fair" mean?

        Returns:
            By the name that ``Fair4FreeSynthesizer(fairness_criterion=...)`` takes.
        """
        raise NotImplementedError

    @hookspec
    def column_codecs(self) -> Mapping[str, ColumnCodec]:
        """How does a column of some kind become columns that can be learnt, and come back?

        Returns:
            By a name to speak of it. A column that two plug-ins want is an error; those built in
            take what nobody else wants.
        """
        raise NotImplementedError

    @hookspec
    def student_networks(self) -> Mapping[str, StudentBuilder]:
        """Of which networks may a student be made?

        Returns:
            By the name that ``StudentConfig(network=...)`` takes. Each makes an untrained student
            of a teacher, the settings and a generator of all randomness.
        """
        raise NotImplementedError

    @hookspec
    def artefact_exporters(self) -> Mapping[str, Exporter]:
        """As what may a fitted synthesizer be written?

        Returns:
            By the name that ``synthesizer.export_as(name, path)`` takes. Each is called with the
            synthesizer, the path to write to, and the options given.
        """
        raise NotImplementedError

    @hookspec
    def on_fit_start(self, stage: str, epochs: int) -> None:
        """Hear that a stage begins.

        Args:
            stage: Its name. In this order, each only where the settings ask for it: 'balance',
                'representation', 'columns hidden', 'transport', 'observed latent', 'decoder',
                'painter' (of pictures), and 'student'.
            epochs: The most that it will take.
        """

    @hookspec
    def on_epoch_end(self, stage: str, epoch: int, losses: dict[str, float]) -> bool | None:
        """Hear of an epoch, and stop the stage by returning True.

        Args:
            stage: Its name.
            epoch: From 0.
            losses: Held-out loss by term, and their sum as 'total'; lower is better. Each plug-in
                has a mapping of its own.

        Returns:
            True to stop, False or None to go on; anything else is an error.
        """

    @hookspec
    def on_fit_end(self, stage: str) -> None:
        """Hear that a stage has ended, whatever the reason: also where it failed.

        Args:
            stage: Its name.
        """


QUESTIONS = (
    'fairness_metrics',
    'report_sections',
    'dependence_penalties',
    'fairness_criteria',
    'column_codecs',
    'student_networks',
    'artefact_exporters',
)
"""Hooks that provide something by name."""
