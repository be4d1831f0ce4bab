"""Fairness of a synthetic table in figures, each an SDMetrics metric; ``audit`` has them all."""

from sdv_fair4free.metrics.counterfactual import (
    CounterfactualChange,
    CounterfactualFlipRate,
)
from sdv_fair4free.metrics.errors_of_models import (
    AbsoluteErrorDifference,
    CalibrationGap,
    EqualizedOddsDifference,
    EqualizedOddsRatio,
    EqualOpportunityDifference,
    EqualOpportunityRatio,
    PredictiveParityDifference,
    PredictiveParityRatio,
    ResidualMeanDifference,
    WorstGroupAbsoluteError,
    WorstGroupAccuracy,
)
from sdv_fair4free.metrics.leakage import (
    SensitiveDistanceCorrelation,
    SensitiveMutualInformation,
    SensitiveRecoveryAUC,
)
from sdv_fair4free.metrics.parity import (
    DemographicParityDifference,
    DemographicParityRatio,
    LabelMeanDifference,
    LabelParityDifference,
    LabelParityRatio,
    LabelWassersteinDistance,
    PredictionMeanDifference,
    PredictionWassersteinDistance,
)
from sdv_fair4free.metrics.utility import (
    UtilityRetainedAUC,
    UtilityRetainedBalancedAccuracy,
    UtilityRetainedF1,
    UtilityRetainedMAE,
    UtilityRetainedR2,
)

__all__ = [
    'AbsoluteErrorDifference',
    'CalibrationGap',
    'CounterfactualChange',
    'CounterfactualFlipRate',
    'DemographicParityDifference',
    'DemographicParityRatio',
    'EqualOpportunityDifference',
    'EqualOpportunityRatio',
    'EqualizedOddsDifference',
    'EqualizedOddsRatio',
    'LabelMeanDifference',
    'LabelParityDifference',
    'LabelParityRatio',
    'LabelWassersteinDistance',
    'PredictionMeanDifference',
    'PredictionWassersteinDistance',
    'PredictiveParityDifference',
    'PredictiveParityRatio',
    'ResidualMeanDifference',
    'SensitiveDistanceCorrelation',
    'SensitiveMutualInformation',
    'SensitiveRecoveryAUC',
    'UtilityRetainedAUC',
    'UtilityRetainedBalancedAccuracy',
    'UtilityRetainedF1',
    'UtilityRetainedMAE',
    'UtilityRetainedR2',
    'WorstGroupAbsoluteError',
    'WorstGroupAccuracy',
]
