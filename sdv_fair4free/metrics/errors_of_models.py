"""Is a model trained on the synthetic rows equally right, and equally wrong, about every group."""

from __future__ import annotations

from sdmetrics.goal import Goal

from sdv_fair4free.metrics.base import DistanceMetric, FairnessMetric


class EqualizedOddsRatio(FairnessMetric):
    """The worse of the ratios, smallest over largest group, of true and of false positive rates.

    Between 0 and 1; **best 1**. Equalized odds: Hardt, Price & Srebro (2016), "Equality of
    opportunity in supervised learning". Computed by fairlearn, on real people.

    It takes the labels of the real rows for the truth. If these are biased, so is the yardstick.
    """

    name = 'EqualizedOddsRatio'
    goal = Goal.MAXIMIZE
    figure = 'Equalized odds ratio'


class EqualizedOddsDifference(FairnessMetric):
    """The worse of the differences, largest minus smallest group, of true and false positive rates.

    Between 0 and 1; **best 0**. Equalized odds: Hardt, Price & Srebro (2016). Computed by
    fairlearn, on real people. For two groups, 1 minus it is the equalized odds of SDMetrics'
    ``EqualizedOddsImprovement`` (with another model).

    It takes the labels of the real rows for the truth. If these are biased, so is the yardstick.
    """

    name = 'EqualizedOddsDifference'
    goal = Goal.MINIMIZE
    figure = 'Equalized odds difference'


class EqualOpportunityRatio(FairnessMetric):
    """Smallest over largest true positive rate: are those with the outcome found alike.

    Between 0 and 1; **best 1**. Equal opportunity: Hardt, Price & Srebro (2016). Computed by
    fairlearn, on real people. It is silent about wrong favours, and takes the recorded outcome
    for the truth.
    """

    name = 'EqualOpportunityRatio'
    goal = Goal.MAXIMIZE
    figure = 'Equal opportunity ratio'


class EqualOpportunityDifference(FairnessMetric):
    """Largest minus smallest true positive rate by group.

    Between 0 and 1; **best 0**. Equal opportunity: Hardt, Price & Srebro (2016). Computed by
    fairlearn, on real people. It is silent about wrong favours, and takes the recorded outcome
    for the truth.
    """

    name = 'EqualOpportunityDifference'
    goal = Goal.MINIMIZE
    figure = 'Equal opportunity difference'


class PredictiveParityRatio(FairnessMetric):
    """Smallest over largest precision by group: a favourable decision is as often right for all.

    Between 0 and 1; **best 1**. Predictive parity: Chouldechova (2017), "Fair prediction with
    disparate impact", who shows that it cannot hold together with equalized odds where groups
    differ in their rates, short of perfect prediction. fairlearn's MetricFrame of scikit-learn's
    precision, on real people.
    """

    name = 'PredictiveParityRatio'
    goal = Goal.MAXIMIZE
    figure = 'Predictive parity ratio'


class PredictiveParityDifference(FairnessMetric):
    """Largest minus smallest precision by group.

    Between 0 and 1; **best 0**. Predictive parity: Chouldechova (2017); see
    ``PredictiveParityRatio`` for what it cannot promise.
    """

    name = 'PredictiveParityDifference'
    goal = Goal.MINIMIZE
    figure = 'Predictive parity difference'


class CalibrationGap(FairnessMetric):
    """How differently the scores of a model err on average for the groups.

    For every group the average score minus the share of favourable outcomes; the largest minus the
    smallest. Between 0 and 1 (2 for a perverse model, shown as 1); **best 0**. It is the weakest
    consequence of calibration within groups (Kleinberg, Mullainathan & Raghavan 2016, "Inherent
    trade-offs in the fair determination of risk scores"), called multiaccuracy by Kim, Ghorbani &
    Zou (2019). fairlearn's MetricFrame, on real people; NaN for models without probabilities.

    0 does not promise calibration at every score. A model that repairs unequal labels must have a
    gap: it disagrees with them.
    """

    name = 'CalibrationGap'
    goal = Goal.MINIMIZE
    figure = 'Calibration gap'


class WorstGroupAccuracy(FairnessMetric):
    """Share decided rightly in the group where that share is lowest.

    Between 0 and 1; **best 1**. Sagawa et al. (2020), "Distributionally robust neural networks for
    group shifts". fairlearn's MetricFrame, on real people. Where the outcome is rare, a model that
    never grants it does well here: read it beside ``UtilityRetainedBalancedAccuracy``.
    """

    name = 'WorstGroupAccuracy'
    goal = Goal.MAXIMIZE
    figure = 'Worst-group accuracy'


class ResidualMeanDifference(DistanceMetric):
    """How differently a model of a number errs on average for the groups: the calibration gap.

    For every group the mean of prediction minus outcome; the largest minus the smallest, in
    standard deviations of the real target. From 0 up; **best 0**; ``normalize`` gives 0 from one
    standard deviation on. Multiaccuracy: Kim, Ghorbani & Zou (2019). fairlearn's MetricFrame.
    """

    name = 'ResidualMeanDifference'
    figure = 'Residual mean difference'


class AbsoluteErrorDifference(DistanceMetric):
    """Largest minus smallest mean absolute error by group, of a model of a number.

    In standard deviations of the real target, from 0 up; **best 0**; ``normalize`` gives 0 from one
    standard deviation on. Accuracy disparity: Chi, Tian, Gordon & Zhao (2021), "Understanding and
    mitigating accuracy disparity in regression", there of squared errors; that of absolute ones, in
    this unit, is ours. fairlearn's MetricFrame, on real people. Equally bad is perfect here: see
    ``WorstGroupAbsoluteError``.
    """

    name = 'AbsoluteErrorDifference'
    figure = 'Absolute error difference'


class WorstGroupAbsoluteError(DistanceMetric):
    """Mean absolute error of the group where it is largest, of a model of a number.

    In standard deviations of the real target, from 0 up; **best 0**; ``normalize`` gives 0 from one
    standard deviation on. Bounded group loss: Agarwal, Dudik & Wu (2019), "Fair regression".
    fairlearn's MetricFrame, on real people.
    """

    name = 'WorstGroupAbsoluteError'
    figure = 'Worst-group absolute error'
