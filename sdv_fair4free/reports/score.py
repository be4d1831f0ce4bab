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

    Fairness is the mean of Label Parity, Proxy Leakage, Model Parity and Error Parity. The harmonic
    mean stays near the lower of the two, and is 0 if one is 0. So a model that answers everybody
    alike, with equal shares and of no use, scores 0.

    Nothing is gained by leaving things out: a figure that the real rows have and the synthetic ones
    lack, say because they hold no women, counts as 0 (``counted_scores``). What the real rows lack
    as well is left out for every table.

    Args:
        properties (mapping): From property to its score in [0, 1], NaN if there is none.

    Returns:
        float: In [0, 1]; **best 1**. NaN if fairness or utility is unknown. It ranks tables of one
        data set, made for one question; it is not comparable between data sets, and a high score
        does not certify fairness.

    Example:
        What answers everybody alike is fair and of no use; what is half of both scores a half:

        >>> fair = dict.fromkeys(FAIRNESS_PROPERTIES, 1.0)
        >>> overall_score({**fair, UTILITY_PROPERTY: 0.0})
        0.0
        >>> overall_score({**dict.fromkeys(FAIRNESS_PROPERTIES, 0.5), UTILITY_PROPERTY: 0.5})
        0.5
    """
    fair, useful = fairness_score(properties), properties.get(UTILITY_PROPERTY, np.nan)
    if np.isnan(fair) or np.isnan(useful):
        return float('nan')
    return 2 * fair * useful / (fair + useful) if fair + useful > 0 else 0.0


def fairness_score(properties: Mapping[str, float]) -> float:
    """The mean of the four properties of fairness, in [0, 1]; **best 1**; NaN if none is known.

    A property is unknown only where the real rows, too, have none of its figures.
    """
    known = [properties.get(name, np.nan) for name in FAIRNESS_PROPERTIES]
    known = [score for score in known if not np.isnan(score)]
    return float(np.mean(known)) if known else float('nan')


def counted_scores(figures: pd.DataFrame) -> pd.Series:
    """What each figure counts: its score, or 0 where it has none and the real rows have one.

    Fairness that cannot be shown is not credited: a table without women has no parity of the sexes.
    A figure that the real rows lack counts for no table (NaN), so that all tables are judged by the
    same figures.

    Args:
        figures (pandas.DataFrame): ``Score`` and ``Real Score``.
    """
    return figures['Score'].fillna(0.0).where(figures['Real Score'].notna())


def property_score(figures: pd.DataFrame, name: str) -> float:
    """The score of one property, from the figures that count.

    Every metric counts alike, and within a metric every sensitive column and crossing. What one
    column gives away is given away: of several proxies the strongest stands for all, so that a
    crowd of harmless columns cannot hide it.

    Args:
        figures (pandas.DataFrame): ``Metric``, ``Sensitive``, ``Headline``, ``Score`` and
            ``Real Score``.
        name (str): The property.

    Returns:
        float: In [0, 1]; **best 1**; NaN if there is no figure.
    """
    counted = that_count(figures, name)
    return float(counted_scores(counted).groupby(counted['Metric']).mean().mean())


def that_count(figures: pd.DataFrame, name: str) -> pd.DataFrame:
    """The figures that the score of a property is made of; of several proxies the strongest."""
    counted = figures[figures['Headline'].astype(bool)]
    if name != 'Proxy Leakage':
        return counted
    scores = counted_scores(counted).fillna(np.inf)  # unknown ones yield to all others
    kind = [counted['Metric'], counted['Sensitive']]
    strongest: pd.DataFrame = counted.loc[scores.groupby(kind).idxmin()]
    return strongest.sort_values(['Metric', 'Sensitive'])


def property_details(audit: Audit, name: str) -> pd.DataFrame:
    """The figures of one property, synthetic beside real and beside the constant classifier.

    Returns:
        pandas.DataFrame: One row for each figure: ``Column``, ``Metric``, ``Sensitive``,
        ``Outcome``, ``Synthetic Value`` with its interval ``Low`` and ``High``, ``Real Value``,
        ``Constant Value`` (only where a model is judged), ``Best``, ``Score`` and ``Real Score``
        (in [0, 1], best 1), ``Count``, ``Headline`` (whether the property's score counts it) and
        ``Error``: why there is no figure, and what that means for the score.
    """
    figures = audit.figures[audit.figures['Property'] == name]
    synthetic = figures[figures['Source'] == 'synthetic']
    real = figures.loc[figures['Source'] == 'real', [*_KEYS, 'Value', 'Score', 'Error']]
    constant = audit.constant.loc[audit.constant['Property'] == name, [*_KEYS, 'Value', 'Score']]
    details = synthetic.drop(columns='Source').merge(
        real, on=_KEYS, how='left', suffixes=('', ' Real'), validate='one_to_one'
    )
    details['Error'] = _reasons(details)
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


def _reasons(details: pd.DataFrame) -> pd.Series:
    """Why a figure is missing; and, where it is one that counts, what is made of that."""
    counts = details['Headline'].astype(bool)
    penalised = counts & details['Score'].isna() & details['Score Real'].notna()
    synthetic = details['Error'] + np.where(penalised, '; counts as 0', '')
    unmatched = counts & details['Score'].notna()
    real: pd.Series = (
        'real rows: ' + details['Error Real'] + np.where(unmatched, '; not counted', '')
    )
    reasons = synthetic.where(details['Error'].notna(), real)
    return reasons.astype(object).where(reasons.notna(), None)


def source_scores(audit: Audit, source: str) -> dict[str, float]:
    """The score of every property: synthetic rows, real rows, or the constant classifier.

    The same figures are averaged for all three: those that count for the synthetic rows and that
    the real rows have. Label Parity and Proxy Leakage are of the table, so they are unknown for the
    constant classifier.

    Args:
        audit (Audit): The figures.
        source (str): 'synthetic', 'real' or 'constant'.
    """
    counted = audit.figures[audit.figures['Headline'].astype(bool)]
    real = audit.figures.loc[audit.figures['Source'] == 'real', [*_KEYS, 'Score']]
    judged = (
        counted[_KEYS]
        .drop_duplicates()
        .merge(real.rename(columns={'Score': 'Real Score'}), on=_KEYS)
    )
    figures = audit.constant if source == 'constant' else audit.figures
    figures = figures[figures['Source'] == source].drop(columns='Headline')
    figures = figures.merge(judged, on=_KEYS).assign(Headline=True)
    return {
        name: property_score(figures[figures['Property'] == name], name)
        for name in (*FAIRNESS_PROPERTIES, UTILITY_PROPERTY)
    }
