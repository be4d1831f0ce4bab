"""Do the groups get the favourable outcome equally often: in a table, and from a model."""

from __future__ import annotations

from sdmetrics.goal import Goal

from sdv_fair4free.metrics.base import DistanceMetric, FairnessMetric


class LabelParityRatio(FairnessMetric):
    """Smallest over largest share of favourable outcomes by group, in the synthetic table itself.

    Between 0 and 1; **best 1**. No model is involved. It is the disparate impact of Feldman et al.
    (2015), "Certifying and removing disparate impact", of the labels; below .8 the
    four-fifths rule of the US Uniform Guidelines (1978) calls for a closer look. Computed by
    fairlearn.

    Equal labels do not promise that a model trained on them is fair: see
    ``DemographicParityRatio``.
    """

    name = 'LabelParityRatio'
    goal = Goal.MAXIMIZE
    figure = 'Label parity ratio'


class LabelParityDifference(FairnessMetric):
    """Largest minus smallest share of favourable outcomes by group, in the synthetic table itself.

    Between 0 and 1; **best 0**. No model is involved. The mean difference of Calders & Verwer
    (2010), "Three naive Bayes approaches for discrimination-free classification", for any number of
    groups. Computed by fairlearn.

    Small differences can hide large ratios where the outcome is rare.
    """

    name = 'LabelParityDifference'
    goal = Goal.MINIMIZE
    figure = 'Label parity difference'


class LabelMeanDifference(DistanceMetric):
    """Largest minus smallest mean of a numeric target by group, in the synthetic table itself.

    In standard deviations of the real target, from 0 up; **best 0**; ``normalize`` gives 0 from one
    standard deviation on. The mean difference of Calders et al. (2013), "Controlling attribute
    effect in linear regression". Computed by fairlearn.

    Equal means do not promise equal distributions: see ``LabelWassersteinDistance``.
    """

    name = 'LabelMeanDifference'
    figure = 'Label mean difference'


class LabelWassersteinDistance(DistanceMetric):
    """Wasserstein-1 distance of a group's numeric target from everybody else's; the largest.

    In standard deviations of the real target, from 0 up; **best 0** (equal distributions);
    ``normalize`` gives 0 from one standard deviation on. After Jiang et al. (2020), "Wasserstein
    fair classification", applied to the labels. Computed by SciPy. It is never exactly 0 in a
    finite table: compare with the real one. Its interval holds 0 where chance alone could have made
    the distance; for a small distance that is real, it misses the truth more often than it says.
    """

    name = 'LabelWassersteinDistance'
    figure = 'Label Wasserstein distance'


class DemographicParityRatio(FairnessMetric):
    """Smallest over largest share of favourable decisions by group, of real people.

    The decisions are those of a model trained on the synthetic rows. Between 0 and 1; **best 1**.
    Demographic parity: Dwork et al. (2012), "Fairness through awareness". Computed by fairlearn.

    It does not ask whether the decisions are right: one answer for everybody is perfect here. Read
    it beside ``UtilityRetainedAUC``.
    """

    name = 'DemographicParityRatio'
    goal = Goal.MAXIMIZE
    figure = 'Demographic parity ratio'


class DemographicParityDifference(FairnessMetric):
    """Largest minus smallest share of favourable decisions by group, of real people.

    The decisions are those of a model trained on the synthetic rows. Between 0 and 1; **best 0**.
    Demographic parity: Dwork et al. (2012), "Fairness through awareness". Computed by fairlearn.

    It does not ask whether the decisions are right: one answer for everybody is perfect here.
    """

    name = 'DemographicParityDifference'
    goal = Goal.MINIMIZE
    figure = 'Demographic parity difference'


class PredictionMeanDifference(DistanceMetric):
    """Largest minus smallest mean prediction by group, of a model of a number.

    The model is trained on the synthetic rows and asked about real people. In standard deviations
    of the real target, from 0 up; **best 0**; ``normalize`` gives 0 from one standard deviation on.
    Mean statistical parity: Calders et al. (2013). Computed by fairlearn. Blind to whether the
    predictions are right.
    """

    name = 'PredictionMeanDifference'
    figure = 'Prediction mean difference'


class PredictionWassersteinDistance(DistanceMetric):
    """Wasserstein-1 distance of the predictions for a group from those for everybody else.

    The largest over the groups. The model is trained on the synthetic rows and asked about real
    people. In standard deviations of the real target, from 0 up; **best 0**; ``normalize`` gives 0
    from one standard deviation on. Statistical parity of regression: Agarwal, Dudik & Wu (2019),
    "Fair regression: quantitative definitions and reduction-based algorithms"; the distance is that
    of Jiang et al. (2020). Computed by SciPy. Blind to whether the predictions are right.
    """

    name = 'PredictionWassersteinDistance'
    figure = 'Prediction Wasserstein distance'
