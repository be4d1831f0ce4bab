"""What a synthesizer can do about handing itself over."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar, cast

import pandas as pd

from sdv_fair4free.handover.coarsening import Coarsening
from sdv_fair4free.pictures import Pictures
from sdv_fair4free.validation import strength_problems

if TYPE_CHECKING:
    from sdv_fair4free.handover.manifest_parts import Disclosure
    from sdv_fair4free.quantiles import Quantiles
    from sdv_fair4free.synthesizer import Fair4FreeSynthesizer

Tables = Mapping[str, pd.DataFrame] | Pictures
"""The table by its name, as SDV takes it; with images, such tables and their pictures."""
Synthesizer = TypeVar('Synthesizer', bound='HandoverMixin')


class HandoverMixin:
    """Export to, and opening of, files that hold a generator and no row; see ``docs/handover.md``.

    Attributes:
        _disclosure: What was held back, if the synthesizer was opened from a file.
        _parent: Digest of the teacher's file that it was opened from.
        _constrained: Quantiles of columns that constraints replace, by name, for their ends; none
            if it was opened from a file, whose ends are coarse already.
    """

    _disclosure: Disclosure | None = None
    _parent: str | None = None
    _constrained: Mapping[str, Quantiles] = MappingProxyType({})

    def _validate_transform_constraints(
        self, table_data: pd.DataFrame, enforce_constraint_fitting: bool = False
    ) -> pd.DataFrame:
        known = self._constraints_fitted and not enforce_constraint_fitting  # type: ignore[attr-defined]
        table: pd.DataFrame = super()._validate_transform_constraints(  # type: ignore[misc]
            table_data, enforce_constraint_fitting
        )
        if not known:
            from sdv_fair4free.handover.ends import constrained_quantiles

            constraints = self._chained_constraints  # type: ignore[attr-defined]
            self._constrained = constrained_quantiles(constraints, table_data)
        return table

    def export_teacher(
        self,
        filepath: str | os.PathLike[str],
        *,
        min_category_count: int = 5,
        min_quantile_count: int = 5,
        extreme_digits: int | None = None,
        data: Tables | None = None,
        holdout: Tables | None = None,
        canaries: Tables | None = None,
    ) -> dict[str, Any]:
        """Write the teacher to a file, from which others distil students without the data.

        The file is a zip archive of JSON and numbers that runs no code when it is opened. It holds
        no row, no id, no key and no free text; it does hold categories, averaged quantiles, group
        shares and weights, which ``sdv-fair4free inspect`` lists one by one. That is no guarantee
        of privacy: weights can remember. ``data`` and ``holdout`` have attacks tried.

        Args:
            filepath: Where to; written whole or not at all.
            min_category_count: Categories in fewer rows are merged - texts into ``<rare>``, ordinal
                values into their neighbour, others (and texts that are rare even together) into the
                most frequent value - and what was learnt of them is removed from the weights;
                crossings of sensitive categories of fewer rows are left out. 1 keeps all.
            min_quantile_count: Numbers and dates are stored as means of at least so many rows, or
                as values that so many rows share. 1 stores exact values of single rows.
            extreme_digits: Digits to which the smallest and the largest number or date are rounded,
                inwards: of the value itself or, where that is finer, of the range; None for none.
            data: The rows it was fitted to, with their pictures if it paints; with ``holdout``,
                figures and evidence of privacy are measured and written into the manifest.
            holdout: Real rows it has not seen.
            canaries: Rows planted in ``data`` on purpose, to see how well they are remembered.

        Returns:
            What was held back: options, ``merged_values`` and ``merged_rows`` by column,
            ``made_up`` columns, ``groups_left_out`` and ``rows_left_out``.

        Raises:
            SamplingError: If it is not fitted.
            HandoverError: If it cannot be written as data, with every reason.
            SynthesizerInputError: If ``data``, ``holdout`` or ``canaries`` are no such tables.
        """
        return self._export(
            filepath,
            'teacher',
            Coarsening(
                min_category_count=min_category_count,
                min_quantile_count=min_quantile_count,
                extreme_digits=extreme_digits,
            ),
            data,
            holdout,
            canaries,
        )

    def export(
        self,
        filepath: str | os.PathLike[str],
        *,
        min_category_count: int = 5,
        min_quantile_count: int = 5,
        extreme_digits: int | None = None,
        data: Tables | None = None,
        holdout: Tables | None = None,
        canaries: Tables | None = None,
    ) -> dict[str, Any]:
        """Write the student to a file, from which anyone samples: :meth:`export_teacher`, smaller.

        A student distilled from a teacher that was opened from a file tells what that file told:
        the options then have no effect on what the owner of the data decided, and a warning says so
        where they ask for more to be held back.

        Args:
            filepath: As there.
            min_category_count: As there.
            min_quantile_count: As there.
            extreme_digits: As there.
            data: As there.
            holdout: As there.
            canaries: As there.

        Returns:
            What was held back, as there.

        Raises:
            SamplingError: If it is not fitted.
            HandoverError: If there is no student, or it cannot be written as data.
            SynthesizerInputError: As there.
        """
        return self._export(
            filepath,
            'student',
            Coarsening(
                min_category_count=min_category_count,
                min_quantile_count=min_quantile_count,
                extreme_digits=extreme_digits,
            ),
            data,
            holdout,
            canaries,
        )

    def export_as(self, exporter: str, filepath: str | os.PathLike[str], /, **options: Any) -> Any:
        """Write it by an exporter: one of ours, or one that a plug-in provides.

        Args:
            exporter: 'student' (as :meth:`export`), 'teacher' (as :meth:`export_teacher`), 'pickle'
                (as ``save``, which may run code when it is opened), or one of a plug-in.
            filepath: Where to; written whole or not at all.
            **options: As the exporter takes them.

        Returns:
            What the exporter tells.

        Raises:
            SamplingError: If it is not fitted.
            PluginError: If there is no such exporter, or a plug-in's fails.
            SynthesizerInputError: If it does not take the options, or lacks one.
            OSError: If it cannot be written there.
        """
        from sdv_fair4free.exporters import exported

        synthesizer = cast('Fair4FreeSynthesizer', self)
        synthesizer._validate_fit_before_sample()
        return exported(synthesizer, exporter, filepath, options)

    def _export(
        self,
        filepath: str | os.PathLike[str],
        kind: str,
        coarsening: Coarsening,
        data: Tables | None,
        holdout: Tables | None,
        canaries: Tables | None,
    ) -> dict[str, Any]:
        from sdv_fair4free.handover.writing import export

        synthesizer = cast('Fair4FreeSynthesizer', self)
        return export(
            synthesizer, filepath, kind, coarsening, data=data, holdout=holdout, canaries=canaries
        ).model_dump()

    @classmethod
    def from_teacher(
        cls: type[Synthesizer],
        filepath: str | os.PathLike[str],
        *,
        fairness_strength: float | None = None,
        random_state: int | None = None,
        enable_gpu: bool = True,
        verbose: bool = False,
    ) -> Synthesizer:
        """Open a teacher that was handed over: sample from it, or ``distill`` a student first.

        Nothing in the file is run. It is refused, with the reason, if anything in it is unknown,
        damaged, changed, or does not fit together.

        Args:
            filepath: What :meth:`export_teacher` wrote.
            fairness_strength: From 0 to 1; None for that of the file.
            random_state: Seed of distillation and sampling, 0 or more; None for that of the file.
            enable_gpu: Whether to distil on a GPU, if there is one.
            verbose: Whether to show progress bars.

        Returns:
            A fitted synthesizer: metadata, ids, personal data, dates and constraints as SDV has
            them.

        Raises:
            HandoverError: If the file cannot be used.
            OSError: If it cannot be opened.
            SynthesizerInputError: If a parameter is out of its range.
        """
        return cls._opened(
            filepath, 'teacher', fairness_strength, random_state, enable_gpu, verbose
        )

    @classmethod
    def from_student(
        cls: type[Synthesizer],
        filepath: str | os.PathLike[str],
        *,
        fairness_strength: float | None = None,
        random_state: int | None = None,
        verbose: bool = False,
    ) -> Synthesizer:
        """Open a student that was handed over, and sample; see :meth:`from_teacher`.

        Args:
            filepath: What :meth:`export` wrote.
            fairness_strength: From 0 to 1; None for that of the file.
            random_state: Seed of sampling, 0 or more; None for that of the file.
            verbose: Whether to show progress bars.

        Returns:
            A fitted synthesizer without a teacher.

        Raises:
            HandoverError: If the file cannot be used.
            OSError: If it cannot be opened.
            SynthesizerInputError: If a parameter is out of its range.
        """
        return cls._opened(filepath, 'student', fairness_strength, random_state, True, verbose)

    @staticmethod
    def card(
        filepath: str | os.PathLike[str], output: str | os.PathLike[str] | None = None
    ) -> list[Path]:
        """Write a card of a file that was handed over: what it is, and what it is not good for.

        Purpose, columns, the fairness criterion and its limits, figures with intervals, what was
        held back, evidence of privacy, licences and how to reproduce: all from the file's manifest.
        What was not measured at export is said to be missing.

        Args:
            filepath: What :meth:`export` or :meth:`export_teacher` wrote.
            output: A name ending in ``.md`` or ``.html``; None writes both beside the file.

        Returns:
            What was written.

        Raises:
            HandoverError: If the file cannot be used, or ``output`` has another ending.
            OSError: If a file cannot be opened or written.
        """
        from sdv_fair4free.handover.card import write_card

        beside = [Path(f'{os.fspath(filepath)}.{suffix}') for suffix in ('md', 'html')]
        outputs = beside if output is None else [Path(output)]
        for path in outputs:
            write_card(filepath, path)
        return outputs

    @classmethod
    def _opened(
        cls: type[Synthesizer],
        filepath: str | os.PathLike[str],
        kind: str,
        fairness_strength: float | None,
        random_state: int | None,
        enable_gpu: bool,
        verbose: bool,
    ) -> Synthesizer:
        from sdv.errors import SynthesizerInputError

        from sdv_fair4free.handover.reading import opened
        from sdv_fair4free.validation import listed, training_problems

        problems = training_problems(None, None, random_state, None)
        if fairness_strength is not None:
            problems += strength_problems(fairness_strength)
        problems += [
            f'{name}={value!r} must be True or False.'
            for name, value in (('enable_gpu', enable_gpu), ('verbose', verbose))
            if not isinstance(value, bool)
        ]
        if problems:
            raise SynthesizerInputError(listed(problems, 'the arguments'))
        synthesizer = opened(filepath, kind, cast('type[Fair4FreeSynthesizer]', cls))
        synthesizer.enable_gpu, synthesizer.verbose = enable_gpu, verbose
        if fairness_strength is not None:
            synthesizer.fairness_strength = fairness_strength
        if random_state is not None:
            synthesizer.random_state = random_state
            synthesizer._model.set_random_state(random_state)
        return cast('Synthesizer', synthesizer)
