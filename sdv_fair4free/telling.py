"""What a fitted synthesizer tells of itself: losses, weights, groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go
from sdv.single_table.base import BaseSingleTableSynthesizer
from sdv.single_table.ctgan import LossValuesMixin

from sdv_fair4free.groups import described_groups
from sdv_fair4free.loss_plot import plot_losses
from sdv_fair4free.model import FairModel
from sdv_fair4free.validation import as_list


class TellingMixin(LossValuesMixin, BaseSingleTableSynthesizer):  # type: ignore[misc]
    """What :class:`~sdv_fair4free.Fair4FreeSynthesizer` tells of its fit."""

    sensitive_columns: Sequence[str] | str | None
    _model: FairModel
    _fitted_package_version: str | None

    def get_loss_values(self) -> pd.DataFrame:
        """Losses by stage, epoch and term, on training and on held-out rows.

        Returns:
            Columns Stage ('representation', 'decoder', 'student', and what the criterion, the
            sensitive columns and pictures ask for besides), Epoch, Term, Training Loss and
            Held-out Loss; the Term 'total' is the sum that is minimised. Lower is better.

        Raises:
            NotFittedError: If it is not fitted.
        """
        table: pd.DataFrame = super().get_loss_values()
        return table

    def get_loss_values_plot(self, title: str = 'Fair4Free loss values') -> go.Figure:
        """Plot the total loss of teacher and student over epochs.

        Args:
            title: Of the figure.

        Raises:
            NotFittedError: If it is not fitted.
        """
        return plot_losses(self.get_loss_values(), title)

    def get_info(self) -> dict[str, Any]:
        """What SDV tells of a synthesizer, and ours.

        Returns:
            SDV's entries, and ``fitted_sdv_fair4free_version``; once fitted also
            ``parameter_counts`` and ``fit_seconds`` of teacher and student;
            ``generator_parameter_counts`` and ``weight_bytes``, what their weights take where they
            are stored, both of the teacher without its encoder, which sampling does not use; and
            ``sensitive_groups``: by a tuple of the
            sensitive categories, the ``rows`` and the ``share`` of that crossing, and
            ``own_share``: below 1 the group is rare (under a criterion that looks at the outcome:
            with that outcome), and what is learnt about its fairness comes to that share from its
            own rows, and for the rest from its parent group (the columns named first; then
            everybody); None where the groups share nothing, because the teacher has no map of each
            group. ``sensitive_missing_rows``: by sensitive column of numbers or dates, how many
            rows have no value; they are told apart from all others.
        """
        info: dict[str, Any] = super().get_info()
        info['fitted_sdv_fair4free_version'] = self._fitted_package_version
        if self._fitted and self._model:  # there is none where nothing is modelled
            names = as_list(self.sensitive_columns)
            transformers = self._data_processor._hyper_transformer.field_transformers
            law = self._model.generator.law
            known = [
                transformers[names[place]].values_to_categories for place in law.layout.categories
            ]
            info['parameter_counts'] = self._model.parameter_counts()
            info['generator_parameter_counts'] = self._model.generator_parameter_counts()
            info['weight_bytes'] = self._model.weight_bytes()
            info['fit_seconds'] = dict(self._model.fit_seconds)
            info['sensitive_groups'] = described_groups(
                known, law.groups, self._model.group_counts, self._model.group_trust
            )
            info['sensitive_missing_rows'] = dict(self._model.missing_counts)
        return info
