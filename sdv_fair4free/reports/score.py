"""How the scores of the properties become one, in a way that the constant classifier cannot win."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from sdv_fair4free.metrics.audit import Audit

FAIRNESS_PROPERTIES = ('Label Parity', 'Proxy Leakage', 'Model Parity', 'Error Parity')
UTILITY_PROPERTY = 'Utility Retained'
_KEYS = ['Property', 'Metric', 'Column', 'Sensitive', 'Outcome']


def overall_score(properties: Mapping[str, float]) -> float:
    """The harmonic mean of fairness and utility.

    Fairness is the mean of Label Parity, Proxy Leakage, Model Parity and Error Parity, without
    those that could not be computed. The harmonic mean stays near the lower of the two, and is 0 if
    one is 0. So a model that answers everybody alike, perfectly fair and of no use, scores 0.

    Args:
        properties (mapping): From property to its score in [0, 1], NaN if there is none.

    Returns:
        float: In [0, 1]; **best 1**. NaN if fairness or utility is unknown. It ranks tables of one
        data set, made for one question; it is not comparable between data sets, and a high score
        does not certify fairness.
    """
    fair, useful = fairness_score(properties), properties.get(UTILITY_PROPERTY, np.nan)
    if np.isnan(fair) or np.isnan(useful):
        return float('nan')
    return 2 * fair * useful / (fair + useful) if fair + useful > 0 else 0.0


def fairness_score(properties: Mapping[str, float]) -> float:
    """The mean of the four properties of fairness, in [0, 1]; **best 1**; NaN if none is known."""
    known = [properties.get(name, np.nan) for name in FAIRNESS_PROPERTIES]
    known = [score for score in known if not np.isnan(score)]
    return float(np.mean(known)) if known else float('nan')


def property_score(figures: pd.DataFrame, name: str) -> float:
    """The score of one property, from the figures that count.

    Every metric counts alike, and within a metric every sensitive column and crossing. What one
    column gives away is given away: of several proxies the strongest stands for all, so that a
    crowd of harmless columns cannot hide it.

    Args:
        figures (pandas.DataFrame): ``Metric``, ``Sensitive``, ``Headline`` and ``Score``.
        name (str): The property.

    Returns:
        float: In [0, 1]; **best 1**; NaN if there is no figure.
    """
    return float(that_count(figures, name).groupby('Metric')['Score'].mean().mean())


def that_count(figures: pd.DataFrame, name: str) -> pd.DataFrame:
    """The figures that the score of a property is made of; of several proxies the strongest."""
    counted = figures[figures['Headline'].astype(bool)]
    if name != 'Proxy Leakage':
        return counted
    known = counted[counted['Score'].notna()]
    strongest: pd.DataFrame = known.loc[known.groupby(['Metric', 'Sensitive'])['Score'].idxmin()]
    return strongest.sort_values(['Metric', 'Sensitive'])


def property_details(audit: Audit, name: str) -> pd.DataFrame:
    """The figures of one property, synthetic beside real and beside the constant classifier.

    Returns:
        pandas.DataFrame: One row for each figure: ``Column``, ``Metric``, ``Sensitive``,
        ``Outcome``, ``Synthetic Value`` with its interval ``Low`` and ``High``, ``Real Value``,
        ``Constant Value`` (only where a model is judged), ``Best``, ``Score`` and ``Real Score``
        (in [0, 1], best 1), ``Count``, ``Headline`` (whether the property's score counts it) and
        ``Error``.
    """
    figures = audit.figures[audit.figures['Property'] == name]
    synthetic = figures[figures['Source'] == 'synthetic']
    real = figures.loc[figures['Source'] == 'real', [*_KEYS, 'Value', 'Score', 'Error']]
    constant = audit.constant.loc[audit.constant['Property'] == name, [*_KEYS, 'Value', 'Score']]
    details = synthetic.drop(columns='Source').merge(
        real, on=_KEYS, how='left', suffixes=('', ' Real'), validate='one_to_one'
    )
    details['Error'] = details['Error'].where(
        details['Error'].notna(),
        details['Error Real'].map(lambda reason: f'real rows: {reason}', na_action='ignore'),
    )
    shown = ['Column', 'Metric', 'Sensitive', 'Outcome', 'Value', 'Low', 'High', 'Value Real']
    if len(constant):
        details = details.merge(
            constant, on=_KEYS, how='left', suffixes=('', ' Constant'), validate='one_to_one'
        )
        shown.append('Value Constant')
    shown += ['Best', 'Score', 'Score Real', 'Count', 'Headline', 'Error']
    titles = {
        'Value': 'Synthetic Value',
        'Value Real': 'Real Value',
        'Value Constant': 'Constant Value',
        'Score Real': 'Real Score',
    }
    return details[shown].rename(columns=titles).reset_index(drop=True)


def source_scores(audit: Audit, source: str) -> dict[str, float]:
    """The score of every property: synthetic rows, real rows, or the constant classifier.

    The same figures are averaged for all three: those that count for the synthetic rows. Label
    Parity and Proxy Leakage are of the table, so they are unknown for the constant classifier.

    Args:
        audit (Audit): The figures.
        source (str): 'synthetic', 'real' or 'constant'.
    """
    counted = audit.figures[audit.figures['Headline'].astype(bool)]
    figures = audit.constant if source == 'constant' else audit.figures
    figures = figures[figures['Source'] == source]
    figures = figures.merge(counted[_KEYS].drop_duplicates(), on=_KEYS).assign(Headline=True)
    return {
        name: property_score(figures[figures['Property'] == name], name)
        for name in (*FAIRNESS_PROPERTIES, UTILITY_PROPERTY)
    }
