"""What the properties ask, and what no figure promises: words of the page and of the text."""

PROPERTY_MEANING = {
    'Label Parity': 'Are the outcomes written in the table itself equally good for all groups? '
    'No model is involved.',
    'Proxy Leakage': 'How much do the other columns give a sensitive column away, one by one '
    '(distance correlation, mutual information; the strongest counts) and all together (AUC of '
    'recovering it)? The score is 1 if nothing can be told from them.',
    'Model Parity': 'A model is trained on the table and decides about real people it has not '
    'seen: are its decisions equally good for all groups?',
    'Error Parity': 'Is the same model right, and wrong, equally often in every group?',
    'Utility Retained': 'How good is the same model, between 0 (no better than answering '
    'everybody alike) and 1 (as good as a model trained on the real rows)?',
}

_OF_NUMBERS = {
    'Label Parity': 'Are the outcomes written in the table itself equally high for all groups? '
    'No model is involved.',
    'Model Parity': 'A model is trained on the table and predicts a number for real people it has '
    'not seen: are its predictions equally high for all groups?',
    'Error Parity': 'Is the same model wrong by as much, and in the same direction, in every '
    'group?',
}


def property_meaning(name: str, numeric: bool) -> str:
    """What a property asks.

    Args:
        name (str): The property.
        numeric (bool): Whether the outcome is a number; nobody decides favourably then.
    """
    return {**PROPERTY_MEANING, **(_OF_NUMBERS if numeric else {})}[name]


LIMITS = (
    'A score certifies nothing. It belongs to one question, one kind of model, one split of the '
    'rows and one seed; other models, thresholds and people may fare otherwise.',
    'Equal rates and equal errors are different aims that can contradict each other, and equal '
    'rates are not always right. Which of them matters is for a person to decide who knows the '
    'case. It is no legal opinion.',
    'Only the named columns and their crossings are judged. Groups that nobody named may still be '
    'treated unequally.',
    'Utility is measured against real outcomes. If these are biased, a fairer model must lose some '
    'of it.',
    'The distance to the closest record finds copying. It is not a privacy guarantee: rows can '
    'give people away without being copies.',
    'A synthetic table that is fair for this target may be unfair for another.',
)
