"""What every figure, rate and word of the page means, for readers who are no statisticians."""

from __future__ import annotations

from collections.abc import Collection

RATE_DEFINITIONS = {
    'Label rate': 'Share of the rows of a group that have the favourable outcome in the table.',
    'Label mean': 'Mean of the outcome in the rows of a group.',
    'Selection rate': 'Share of a group about whom the model decides favourably.',
    'Prediction mean': 'Mean of what the model predicts for a group.',
    'True positive rate': 'Of those in a group who really had the favourable outcome, the share '
    'about whom the model decides favourably.',
    'False positive rate': 'Of those in a group who really did not have the favourable outcome, '
    'the share about whom the model decides favourably.',
    'Residual mean': 'What the model predicts minus what really happened, averaged over a group: '
    'above 0 it predicts too much, below 0 too little.',
}
"""The rates of groups that the figures of the page draw."""

METRIC_DEFINITIONS = {
    'Label parity ratio': 'The label rate of the group where it is lowest, divided by that of the '
    'group where it is highest: 1 is parity.',
    'Label parity difference': 'The highest label rate of a group minus the lowest: 0 is parity.',
    'Label mean difference': 'The highest label mean of a group minus the lowest, in the units of '
    'the target: 0 is parity.',
    'Label Wasserstein distance': 'How far the outcomes of a group would have to be moved, on '
    'average, to be spread like those of all others; of the group where that is farthest. 0 is '
    'parity.',
    'Distance correlation': 'How strongly one other column is related to the sensitive one, '
    'whatever the shape of the relation: 0 is not at all, 1 is fully. Values below about 0.05 '
    'are chance.',
    'Mutual information': 'Share of what there is to know about the group of a row that one other '
    'column tells: 0 is nothing, 1 is all.',
    'Sensitive AUC': 'How well a model recovers the sensitive column from all other columns '
    'together: how often it tells a row of a group from a row of another. 0.5 is chance, 1 is '
    'always.',
    'Demographic parity ratio': 'The selection rate of the group where it is lowest, divided by '
    'that of the group where it is highest: 1 is parity.',
    'Demographic parity difference': 'The highest selection rate of a group minus the lowest: 0 '
    'is parity.',
    'Equalized odds ratio': 'The lowest true positive rate of a group divided by the highest, and '
    'the same for false positive rates; the lower of the two. 1 is parity.',
    'Equalized odds difference': 'The highest true positive rate of a group minus the lowest, and '
    'the same for false positive rates; the larger of the two. 0 is parity.',
    'Equal opportunity ratio': 'The lowest true positive rate of a group divided by the highest: '
    '1 is parity.',
    'Equal opportunity difference': 'The highest true positive rate of a group minus the lowest: '
    '0 is parity.',
    'Predictive parity ratio': 'Of those in a group about whom the model decides favourably, the '
    'share who really had the favourable outcome (precision); the lowest divided by the highest. '
    '1 is parity.',
    'Predictive parity difference': 'The highest precision of a group minus the lowest: 0 is '
    'parity.',
    'Worst-group accuracy': 'Share of people about whom the model is right, in the group where it '
    'is lowest: 1 is best.',
    'Counterfactual flip rate': 'Share of real people about whom the model decides otherwise if '
    'nothing but the sensitive value is changed. It is blind to columns that stand in for the '
    'sensitive one.',
    'Counterfactual change': 'By how much the predicted number changes if nothing but the '
    'sensitive value is changed, averaged over real people; in the units of the target. It is '
    'blind to columns that stand in for the sensitive one.',
    'Prediction mean difference': 'The highest prediction mean of a group minus the lowest, in the '
    'units of the target: 0 is parity.',
    'Prediction Wasserstein distance': 'How far the predictions for a group would have to be '
    'moved, on average, to be spread like those for all others; of the group where that is '
    'farthest. 0 is parity.',
    'Calibration gap': 'The chance that the model gives the favourable outcome minus what really '
    'happened, averaged over each group ("score minus outcome"): the highest of a group minus the '
    'lowest. It says how differently the scores are off between groups, not how far they are off: '
    '0 if they are too high, or too low, by as much in every group.',
    'Residual mean difference': 'The highest residual mean of a group minus the lowest: 0 if '
    'predictions are too high, or too low, by as much in every group.',
    'Absolute error difference': 'How far predictions are off, upwards or downwards, averaged over '
    'each group: the largest minus the smallest. 0 is parity.',
    'Worst-group absolute error': 'How far predictions are off on average, in the group where that '
    'is largest: 0 is best.',
    'AUC': 'How well the model ranks people: how often its score is higher for somebody with the '
    'favourable outcome than for somebody without it. 0.5 is chance, 1 is always. Of several '
    'outcomes the average, each against all others.',
    'F1': 'Harmonic mean of precision and true positive rate, over all groups: 1 is best. Of '
    'several outcomes the average.',
    'Balanced accuracy': 'Share of people about whom the model is right, counted for each real '
    'outcome by itself and then averaged: 1 is best.',
    'R2': 'Share of the variance of the real numbers that the model explains: 1 is all, 0 is no '
    'better than always answering with their mean, and less is worse than that.',
    'MAE': 'Mean absolute error: how far predictions are off on average, in the units of the '
    'target. 0 is best.',
}
"""One entry for each figure of the catalogue, in its order."""

_ALWAYS = {
    'Real, synthetic': 'Rows a model is trained on. It is always tested on real rows that it has '
    'not seen: train on synthetic, test on real (TSTR). Figures measured on synthetic test rows, '
    'as some papers give them, are not on this page, nor mixed into it.',
    'Constant classifier': 'A model that answers everybody alike. It treats all groups the same '
    'and knows nothing. Fairness that it reaches too is not worth much by itself.',
    'Overall score': 'Harmonic mean of fairness (the mean of Label Parity, Proxy Leakage, Model '
    'Parity and Error Parity) and Utility Retained. It is near the lower of the two; a constant '
    'classifier scores 0. A figure that the real rows have and a synthetic table lacks counts as '
    '0, so that nothing is won by dropping a group.',
    'Interval': 'Bootstrap interval: how far the figure moves if the rows are drawn anew. It does '
    'not tell how far it moves if the synthesizer is trained anew.',
    'Insufficient data': 'A group with too few rows keeps its line, but no figure: it would be '
    'chance.',
}
_CROSSING = {
    'Crossing': 'Groups named by several columns at once, such as sex x race.',
}
_QUALITY = {
    'Column shapes, pair trends': 'How alike columns, and pairs of columns, are to the real ones '
    '(SDMetrics): 1 is the same distribution.',
}
_PRIVACY = {
    'Nearer to train': 'Share of synthetic rows that lie nearer to a row the synthesizer has '
    'learnt from than to any of as many real rows it has not seen: 0.5 is ideal, 1 is copying.',
}


def definitions(
    shown: Collection[str], *, crossings: bool, quality: bool, privacy: bool
) -> dict[str, str]:
    """The definitions of what stands on one page, and of nothing else.

    Args:
        shown (collection of str): Names of the figures and rates on the page.
        crossings (bool): Whether groups of several columns are on it.
        quality (bool): Whether SDMetrics' quality is.
        privacy (bool): Whether the distance to the closest record is.
    """
    return {
        **_ALWAYS,
        **(_CROSSING if crossings else {}),
        **{
            name: meaning
            for name, meaning in {**RATE_DEFINITIONS, **METRIC_DEFINITIONS}.items()
            if name in shown
        },
        **(_QUALITY if quality else {}),
        **(_PRIVACY if privacy else {}),
    }
