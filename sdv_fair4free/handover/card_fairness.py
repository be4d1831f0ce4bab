"""What a card says of fairness: which definition, what it does not promise, and the figures."""

from __future__ import annotations

from sdv_fair4free.handover.card_about import names, quoted, roles
from sdv_fair4free.handover.card_blocks import (
    Block,
    Grid,
    Heading,
    Items,
    Paragraph,
    Section,
    Terms,
)
from sdv_fair4free.handover.manifest import Manifest
from sdv_fair4free.handover.measured import QUALITY, ExportFigures, Figure, Question
from sdv_fair4free.reports.cells import Cell, figure_cell, number
from sdv_fair4free.reports.definitions import definitions
from sdv_fair4free.reports.words import LIMITS, property_meaning

_OF_GROUPS = ('Label Parity', 'Model Parity', 'Error Parity')
_LIKENESS = (
    'Is the table still like the real one? How alike the columns, and the pairs of columns, are to '
    'the real training rows (SDMetrics): 1 is the same distribution. Other real rows give the '
    'yardstick: no synthetic rows need do better.'
)


def definition(manifest: Manifest) -> Section:
    """Which fairness was asked for, and its limits."""
    sensitive, targets = roles(manifest)
    if not sensitive:
        told = (
            'No fairness was asked for: there are no sensitive_columns. The rows are as unfair as '
            'the real table.'
        )
        return Section('fairness', 'Fairness', [Paragraph(told)])
    parameters = manifest.parameters
    blocks: list[Block] = [
        Paragraph(
            f'sensitive_columns: {quoted(sensitive)}. target_column: {quoted(targets) or "none"}. '
            f"fairness_criterion: '{parameters.fairness_criterion}'. fairness_strength: "
            f"{parameters.fairness_strength:g}. fairness_scope: '{parameters.fairness_scope}'. "
            + _favourable(manifest)
        ),
        *(Paragraph(text) for text in _asked(manifest, quoted(sensitive), quoted(targets))),
        Paragraph(_groups(manifest)),
        Heading('What this does not promise'),
        Items(_limits(manifest, quoted(sensitive), quoted(targets))),
    ]
    return Section('fairness', 'Fairness', blocks)


def _favourable(manifest: Manifest) -> str:
    outcome = manifest.parameters.favourable_outcome
    return (
        'No favourable_outcome is named.'
        if outcome is None
        else f'favourable_outcome: {outcome!r}.'
    )


def _asked(manifest: Manifest, sensitive: str, targets: str) -> list[str]:
    """The criterion, the strength and the scope in plain words."""
    parameters = manifest.parameters
    told = []
    if targets:
        told += [
            {
                'demographic_parity': 'Demographic parity: the outcome does not depend on the '
                f'group. Of every group of {sensitive}, the same shares get each value of '
                f'{targets}. Of the rows drawn at strength 1 this is true by construction.',
                'equalized_odds': 'Equalized odds: among people with the same recorded outcome, '
                f'what is foreseen of {targets} does not depend on the group of {sensitive}. The '
                'aim is that mistakes fall on all groups alike.',
                'equal_opportunity': 'Equal opportunity: among people with the recorded '
                f'favourable outcome, what is foreseen of {targets} does not depend on the group '
                f'of {sensitive}. The aim is that people with it are overlooked equally '
                'often in every group.',
            }.get(
                parameters.fairness_criterion,
                f"The criterion '{parameters.fairness_criterion}', which a plug-in defines: ask "
                'whoever made this file what it means.',
            ),
            f'The strength is {parameters.fairness_strength:g}, from 0 (the outcome as it is in '
            'the real table) to 1 (the criterion). It is a dial and no lock: whoever has the file '
            'can draw rows of every strength, the unfair rows of strength 0 as well.',
        ]
    if parameters.fairness_scope == 'all':
        told.append(
            'The other columns are made independent of the sensitive ones too, at every strength.'
        )
    else:
        told.append(
            'The other columns may depend on the sensitive ones, as they do in the real table: '
            'they can give the group of a row away.'
        )
    return [text for text in told if text]


def _groups(manifest: Manifest) -> str:
    counts, held = manifest.groups.counts, manifest.disclosure
    told = f'The sensitive categories make {len(counts):,} group{"s" if len(counts) != 1 else ""}'
    if counts:
        told += f', the smallest of {min(counts):,} and the largest of {max(counts):,} real rows'
    if held.groups_left_out:
        told += (
            f'; {held.groups_left_out:,} of fewer than {held.min_category_count:,} rows each '
            f'({held.in_words(held.rows_left_out)} in all) were left out'
        )
    return f'{told}.'


def _limits(manifest: Manifest, sensitive: str, targets: str) -> list[str]:
    drawn = 'the outcome' if targets else 'the rest of a row'
    limits = [
        f'What is made independent is {drawn} that this generator draws. A model that is trained '
        'on its rows meets real people, whom no generator has changed: it is not fair to them '
        'because of that. Measure it on real rows that it has not seen.',
        'One definition of fairness can exclude another. Where the groups of the real table have '
        'the outcome at different rates, equal rates of decisions (demographic parity) and equal '
        'rates of mistakes (equalized odds) cannot both hold, unless the decisions say nothing of '
        'the outcome; nor can equal rates of mistakes and scores that mean the same in every '
        'group, unless no mistake is made. Which of them is right here is for people to decide '
        'who know the case.',
        'Equal is not always right, nor what the law asks for. This card is no legal opinion.',
        f'Only groups by {sensitive} are looked at. Groups that nobody named may be '
        'treated unequally.',
        'Of a group of few rows little is known. What is learnt about its fairness is borrowed in '
        'part from larger groups, and holds less closely.',
    ]
    strength = manifest.parameters.fairness_strength
    if targets and strength < 1:
        limits.append(
            f'At strength {strength:g} the outcome still depends on the group, by design.'
        )
    if targets and manifest.parameters.fairness_criterion != 'demographic_parity':
        limits.append(
            'This criterion is approached, not reached exactly; less closely with numbers among '
            'the sensitive columns, or with several targets. Where it speaks of an outcome, that '
            'is the one recorded in the real table, which may itself be biased.'
        )
    return limits


def figures(manifest: Manifest) -> list[Section]:
    """The figures that were measured at the export, and what they mean; or that there are none."""
    if manifest.figures is None:
        told = (
            'None were measured: the file was exported without data and holdout. How like the '
            'real table, how useful and how fair its rows are, is not known; whoever has real '
            'rows can find out with evaluate_fairness of sdv_fair4free.'
        )
        return [Section('figures', 'Figures', [Paragraph(told)], warning=True)]
    found = ExportFigures.from_dict(manifest.figures)
    blocks: list[Block] = [Paragraph(_manner(found))]
    if found.left_out:
        blocks += [Paragraph('Not measured:'), Items(found.left_out)]
    for question in found.questions:
        blocks += _of_question(question, found)
    quality = [figure for figure in found.figures if figure.property == QUALITY]
    if quality:
        blocks += [Heading(QUALITY), Paragraph(_LIKENESS), _grid(QUALITY, quality)]
    blocks += [Heading('What figures do not promise'), Items(LIMITS)]
    sections = [Section('figures', 'Figures', blocks)]
    if found.questions:
        words = Terms([*_meanings(found, manifest).items()])
        sections.append(Section('words', 'What the words mean', [words]))
    return sections


def _manner(found: ExportFigures) -> str:
    told = (
        f'Measured at the export, of the {found.generator} in this file, on '
        f'{found.synthetic_rows:,} rows drawn at strength {found.fairness_strength:g} with seed '
        f'{found.random_state}; beside the {found.training_rows:,} real rows it has learnt from '
        f'and {found.holdout_rows:,} real rows it has not seen.'
    )
    if found.questions:
        first = found.questions[0]
        told += (
            f' Models ({first.model}) are trained on the synthetic and on the real rows, and '
            f'tested on {first.tested_rows:,} of the unseen ones. Groups of fewer than '
            f'{first.minimum_group_size:,} rows are not judged.'
        )
        if first.bootstrap_samples:
            told += (
                f' In brackets or below a figure stands its {first.confidence_level:.0%} interval '
                f'({first.bootstrap_samples:,} redraws of the rows).'
            )
    return told


def _of_question(question: Question, found: ExportFigures) -> list[Block]:
    numeric = question.kind == 'numeric'
    if question.favourable is not None:
        who = 'its owner has named it' if question.favourable_given else 'the report has chosen it'
        judged = f"'{question.favourable}' is taken for the favourable outcome: {who}."
    elif numeric:
        judged = f"'{question.target}' is judged as a number."
    else:
        judged = f"Each value of '{question.target}' is judged against the others."
    scores = [
        [Cell('Overall'), Cell(number(_nan(question.overall)))],
        *([Cell(name), Cell(number(_nan(score)))] for name, score in question.scores.items()),
    ]
    blocks: list[Block] = [
        Heading(f"The outcome '{question.target}'"),
        Paragraph(judged),
        Grid('Scores, from 0 to 1; 1 is best', ['', 'Score'], scores, numbers=True),
    ]
    own = [figure for figure in found.figures if figure.target == question.target]
    for name in dict.fromkeys(figure.property for figure in own):
        part = [figure for figure in own if figure.property == name]
        if name == QUALITY:
            continue
        blocks += [
            Heading(f"{name}: '{question.target}'"),
            Paragraph(property_meaning(name, numeric)),
            _grid(f'{name}: the figures that count', part, question.favourable),
        ]
    return blocks


def _grid(caption: str, part: list[Figure], favourable: str | None = None) -> Grid:
    real = 'Unseen real rows' if caption == QUALITY else 'Real rows'
    return Grid(
        caption,
        ['Figure', 'Synthetic rows', real, 'Best'],
        [
            [
                Cell(figure.metric, _subject(figure, favourable)),
                figure_cell(
                    {
                        'Value': _nan(figure.value),
                        'Low': _nan(figure.low),
                        'High': _nan(figure.high),
                        'Error': figure.reason,
                    }
                ),
                Cell(number(_nan(figure.real))),
                Cell(f'{figure.best:g}'),
            ]
            for figure in part
        ],
        numbers=True,
    )


def _subject(figure: Figure, favourable: str | None) -> tuple[str, ...]:
    """What a figure is of; of a proxy, what it gives away."""
    if figure.sensitive is not None and figure.column not in (None, figure.sensitive):
        return (f'{figure.sensitive}, by {figure.column}',)
    subject = figure.sensitive or figure.column
    outcome = None if figure.outcome == favourable else figure.outcome  # that was said above
    return tuple(told for told in (subject, outcome) if told is not None)


def _nan(value: float | None) -> float:
    """As the cells of reports have it."""
    return float('nan') if value is None else value


def _meanings(found: ExportFigures, manifest: Manifest) -> dict[str, str]:
    crossed = {
        figure.sensitive
        for figure in found.figures
        if figure.property in _OF_GROUPS and figure.sensitive is not None
    } - {*names(manifest.parameters.sensitive_columns)}
    return definitions(
        {figure.metric for figure in found.figures},
        crossings=bool(crossed),
        quality=any(figure.property == QUALITY for figure in found.figures),
        privacy=False,
    )
