"""The figures of a report on pictures: what each means, its best value, and what none promises."""

from __future__ import annotations

from typing import NamedTuple

FRECHET, DENSITY, COVERAGE = 'Frechet distance', 'Density', 'Coverage'
LABELS, LABELS_WORST = 'Label parity ratio', 'Label parity ratio, worst class'
ACCURACY, GROUP_ACCURACY = 'Accuracy', 'Accuracy of a group'
MINORITY, MAJORITY = 'Accuracy, minority', 'Accuracy, majority'
RECOVERED, WITHIN = 'Recovered AUC', 'Recovered AUC within classes'
PARAMETERS = 'Parameters'
PARITY_NAMES = {
    'DPR': 'Demographic parity ratio',
    'EOR': 'Equalized odds ratio',
    'EOD': 'Equalized odds difference',
    'TPR ratio': 'True positive rate ratio',
}
_WORST = ', worst class'


class Definition(NamedTuple):
    """The best value of a figure (NaN: there is none), and its meaning in a sentence or two."""

    best: float
    meaning: str


_PARITY = {
    'DPR': Definition(
        1.0,
        'A judge is trained on the pictures and asked about real ones it has not seen: the '
        'smallest share of a group it decides for a class, over the largest. Of the held-out rows: '
        'what a judge without a fault would have.',
    ),
    'EOR': Definition(
        1.0,
        'The worse of two such ratios: of the true positive rates, and of the false positive '
        'rates. Of many classes false positives are rare, and the ratio of their rates is mostly '
        'chance.',
    ),
    'EOD': Definition(
        0.0,
        'The worse of two differences between groups: of the true positive rates, and of the '
        'false positive rates.',
    ),
    'TPR ratio': Definition(
        1.0,
        'Of the pictures that are of a class, the share that the judge finds: in the group where '
        'it is smallest, over the group where it is largest (equal opportunity).',
    ),
}
DEFINITIONS = {
    FRECHET: Definition(
        0.0,
        'How far the pictures are from held-out real ones, in features of a judge trained in this '
        'run: squared distance of the means, and of the covariances. The variances of real '
        'features sum to 1. Not comparable with published FIDs, nor with other data.',
    ),
    DENSITY: Definition(
        1.0,
        'How many neighbourhoods of held-out real pictures a picture lies in, over 5: below 1 some '
        'lie where no real ones are, above 1 they crowd the middle.',
    ),
    COVERAGE: Definition(
        1.0,
        'Share of held-out real pictures with such a picture in their neighbourhood: below what '
        'other real pictures reach (about .97), kinds of pictures are missing.',
    ),
    LABELS: Definition(
        1.0,
        'In the attributes themselves, no judge involved: the smallest share of a group that has a '
        'class, over the largest; the mean over the classes.',
    ),
    LABELS_WORST: Definition(1.0, 'The same, of the class where it is smallest.'),
    ACCURACY: Definition(
        1.0,
        'A judge is trained on the pictures and asked for the class of real ones that neither it '
        'nor the synthesizer has seen: the share it has right.',
    ),
    MINORITY: Definition(
        1.0,
        'The same, of the held-out pictures whose class and group go together more rarely among '
        'the real training pictures than by chance. One who has learnt the bias fails here.',
    ),
    MAJORITY: Definition(1.0, 'The same, of all other held-out pictures.'),
    GROUP_ACCURACY: Definition(1.0, 'The same, of the held-out pictures of one group.'),
    **{PARITY_NAMES[key]: definition for key, definition in _PARITY.items()},
    **{
        PARITY_NAMES[key] + _WORST: Definition(
            definition.best, 'The same, of the class where it is worst.'
        )
        for key, definition in _PARITY.items()
    },
    RECOVERED: Definition(
        0.5,
        'How well the better of two probes (linear, gradient boosting; five folds) tells the '
        'sensitive value from the latent of real pictures, chosen so that class and group are '
        'independent. At most .55 is good; the better of two lies a little above .5 by chance.',
    ),
    WITHIN: Definition(
        0.5,
        'The same among the real pictures the synthesizer has learnt from, within each class; the '
        'mean over the classes.',
    ),
    PARAMETERS: Definition(
        float('nan'),
        'Trained weights of what pictures are drawn from; so, of no encoder.',
    ),
}

LIMITS = (
    'A figure certifies nothing. It belongs to these pictures, one small judge and one seed; other '
    'networks and other people may fare otherwise.',
    'The Frechet distance is measured in features of a judge that was trained in this run. It is '
    'not comparable with published FIDs, with other data or with other numbers of rows; compare '
    'the lines of one report.',
    'That judge has learnt to tell class and sensitive value. What has to do with neither, it may '
    'not see: look at the pictures.',
    'A probe that finds nothing in the latent proves nothing: another might.',
    'Only the named columns and their crossings are judged. Groups that nobody named may still be '
    'treated unequally.',
    'Equal rates and equal errors are different aims that can contradict each other, and equal '
    'rates are not always right. Which of them matters is for a person to decide who knows the '
    'case.',
    'Nothing here measures privacy: whether pictures repeat those the synthesizer has learnt from.',
)


def worst(name: str) -> str:
    """The name of a figure of the class where it is worst."""
    return name + _WORST
