"""What the figures mean, and what they do not promise: the words of the page and of the text."""

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

DEFINITIONS = {
    'Real, synthetic': 'Rows a model is trained on. It is always tested on real rows that it has '
    'not seen: train on synthetic, test on real (TSTR). Figures measured on '
    'synthetic test rows, as some papers give them, are not on this page, nor mixed into it.',
    'Constant classifier': 'A model that answers everybody alike. It treats all groups the same '
    'and knows nothing. Fairness that it reaches too is not worth much by itself.',
    'Interval': 'Bootstrap interval: how far the figure moves if the rows are drawn anew. It does '
    'not tell how far it moves if the synthesizer is trained anew.',
    'Selection rate': 'Share of a group about whom the model decides favourably.',
    'True positive rate': 'Of those in a group who really had the favourable outcome, the share '
    'about whom the model decides favourably.',
    'False positive rate': 'Of those who did not have it, the share about whom it decides '
    'favourably.',
    'Demographic parity ratio': 'Lowest selection rate of a group divided by the highest: 1 is '
    'parity.',
    'Equalized odds ratio': 'The same for true and for false positive rates, whichever is worse.',
    'Predictive parity': 'The same for precision: of those about whom the model decides '
    'favourably, the share who really had the favourable outcome.',
    'Calibration gap': 'How far the scores of a model are from what really happened, in the group '
    'where they are farthest apart.',
    'Counterfactual flip rate': 'Share of real people about whom the model decides otherwise if '
    'nothing but the sensitive value is changed.',
    'Crossing': 'Groups named by several columns at once, such as sex x race.',
    'Insufficient data': 'A group with too few rows keeps its line, but no figure: it would be '
    'chance.',
    'Column shapes, pair trends': 'How alike columns, and pairs of columns, are to the real ones '
    '(SDMetrics): 1 is the same distribution.',
    'Nearer to train': 'Share of synthetic rows that lie nearer to a row the synthesizer has '
    'learnt from than to any of as many real rows it has not seen: 0.5 is ideal, 1 is copying.',
    'Overall score': 'Harmonic mean of fairness (the mean of Label Parity, Proxy Leakage, Model '
    'Parity and Error Parity) and Utility Retained. It is near the lower of the two; a constant '
    'classifier scores 0.',
}

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
