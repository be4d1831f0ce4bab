"""Your own plug-in: a penalty, a figure, and a callback that stops training early.

It is an object of this script. examples/plugin_package is a package to copy from, which is found as
soon as it is installed; `sdv-fair4free plugins` lists what is active.

Run it from a clean clone, after `make demo`: .venv/bin/python examples/1000_your_own_plugin.py
"""

import numpy as np

from sdv_fair4free import Fair4FreeSynthesizer, TeacherConfig, evaluate_fairness
from sdv_fair4free.datasets import simulate_loans
from sdv_fair4free.metrics.catalogue import FairnessFigure
from sdv_fair4free.plugins import hookimpl, manager


def covariance(z, s):
    """A penalty: the squared covariances of each latent with each sensitive mark, added up.

    It sees straight lines only; the one that is built in, distance covariance, sees everything.
    """
    return ((z - z.mean(0)).T @ (s - s.mean(0)) / len(z)).square().sum()


def wrong_refusals(outcome, decision, group):
    """A figure: of those who should be approved, how many are not, in the worst group."""
    deserving = outcome == 1
    groups = np.unique(group[deserving])
    rates = [(1 - decision[deserving & (group == one)]).mean() for one in groups]
    return max(rates, default=float('nan'))  # NaN: there is no such figure here


class Mine:
    """Functions marked with ``hookimpl`` answer the hook of their name."""

    @hookimpl
    def dependence_penalties(self):
        return {'covariance': covariance}

    @hookimpl
    def fairness_metrics(self):
        figure = FairnessFigure(
            topic='Error Parity',
            compute=wrong_refusals,
            best=0.0,
            worst=1.0,
            definition='The share of those wrongly refused, in the group where it is largest.',
        )
        return {'Worst wrong refusals': figure}

    @hookimpl
    def on_fit_start(self, stage, epochs):
        self.before = float('inf')
        print(f'{stage}: at most {epochs} epochs')

    @hookimpl
    def on_epoch_end(self, stage, epoch, losses):
        print(f'  epoch {epoch}: {losses["total"]:.3f}')
        gained, self.before = self.before - losses['total'], losses['total']
        return epoch >= 2 and gained < 0.005  # True ends the stage


plugin = Mine()
manager().register(plugin)
try:
    data, metadata = simulate_loans(num_rows=3_000)
    unseen, _ = simulate_loans(num_rows=2_000, random_state=1)
    synthesizer = Fair4FreeSynthesizer(
        metadata,
        sensitive_columns=['sex'],
        target_column='approved',
        teacher=TeacherConfig(dependence_penalty='covariance'),
    )
    synthesizer.fit({'loans': data})
    losses = synthesizer.get_loss_values()
    print('The penalty, by epoch:')
    dependence = losses[losses['Term'] == 'dependence']
    print(dependence[['Epoch', 'Training Loss', 'Held-out Loss']].to_string(index=False))

    report = evaluate_fairness(
        data,
        synthesizer.sample(num_rows=3_000)['loans'],
        metadata,
        sensitive_columns=['sex'],
        target_column='approved',
        real_validation_data=unseen,
        favourable_outcome='yes',
        bootstrap_samples=50,  # only to be quick here
        include_quality=False,
        include_privacy=False,
        verbose=False,
    )
    figures = report.get_audit().figures
    print('The figure, in the report beside the others:')
    mine = figures[figures['Metric'] == 'Worst wrong refusals']
    print(mine[['Metric', 'Source', 'Value', 'Low', 'High']].round(3).to_string(index=False))
finally:
    manager().unregister(plugin)  # so that nothing of it is left where more is run
