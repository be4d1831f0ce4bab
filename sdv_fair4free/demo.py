"""The demonstration: two embedded tables, an unfair and a fair synthetic twin of each, compared."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from sdmetrics.reports import QualityReport
from sdv.metadata import Metadata

from sdv_fair4free.datasets import (
    LOAN_ROLES,
    PLACEMENT_ROLES,
    Roles,
    load_student_placements,
    simulate_loans,
)
from sdv_fair4free.evaluation import Evaluation, LabelParity, evaluate_tstr, label_parity
from sdv_fair4free.reports.evaluate import evaluate_fairness
from sdv_fair4free.reports.fairness_report import FairnessReport
from sdv_fair4free.synthesizer import Fair4FreeSynthesizer

REAL, UNFAIR, FAIR = 'Real', 'Strength 0', 'Strength 1'


@dataclass(frozen=True, kw_only=True)
class Case:
    """A table to demonstrate on.

    Attributes:
        name (str): Name of the table and stem of its files.
        title (str): Heading.
        story (str): What the table is, in a sentence or two.
        outcome (str): The favourable outcome as a past participle, say ``'approved'``.
        table (pandas.DataFrame): All real rows.
        metadata (sdv.metadata.Metadata): Its metadata.
        roles (Roles): Its sensitive column, its target, its favourable outcome.
        test_share (float): Share of the rows kept from the synthesizer, for testing.
        minimum_group (int): Smallest group of test rows to compare.
        minimum_sample (int): Draw at least so many synthetic rows.
        dial (tuple[float, ...]): Strengths to draw at; 0 and 1 among them.
    """

    name: str
    title: str
    story: str
    outcome: str
    table: pd.DataFrame
    metadata: Metadata
    roles: Roles
    test_share: float = 0.3
    minimum_group: int = 50
    minimum_sample: int = 1
    dial: tuple[float, ...] = (0.0, 1.0)


@dataclass(frozen=True, kw_only=True)
class Result:
    """What was measured on a case; every dictionary is keyed by ``REAL``, ``UNFAIR``, ``FAIR``.

    Attributes:
        case (Case): The case.
        rows (dict[str, pandas.DataFrame]): Training rows, real and synthetic.
        test_rows (int): Number of real test rows.
        parity (dict[str, LabelParity]): Outcome by group in those training rows.
        evaluation (dict[str, Evaluation]): A model trained on them, tested on real rows.
        shapes (dict[str, pandas.Series]): SDMetrics score of every column against the real
            training rows; for ``REAL``, of the real test rows: the yardstick.
        quality (pandas.DataFrame): ``column_shapes`` and ``column_pair_trends``; keys as index.
        dial (pandas.DataFrame): By strength, ``auc`` and ``demographic_parity_ratio`` of the model.
        reports (dict[str, FairnessReport]): On the synthetic rows; of ``FAIR`` and ``UNFAIR``.
    """

    case: Case
    rows: dict[str, pd.DataFrame]
    test_rows: int
    parity: dict[str, LabelParity]
    evaluation: dict[str, Evaluation]
    shapes: dict[str, pd.Series]
    quality: pd.DataFrame
    dial: pd.DataFrame
    reports: dict[str, FairnessReport]


def run_demo(output: Path, rows: int = 6000, verbose: bool = False) -> pd.DataFrame:
    """Fit, sample, compare and write everything into a folder.

    Args:
        output (pathlib.Path): Folder for ``demo.html``, a fairness report and two synthetic tables
            of each case, and ``summary.csv``.
        rows (int): Simulated loan applications, at least 200.
        verbose (bool): Show the progress of fitting.

    Returns:
        pandas.DataFrame: The summary: one row per table and source of training rows.
    """
    from sdv_fair4free.page import build_page

    output.mkdir(parents=True, exist_ok=True)
    results = [run_case(case, verbose) for case in demo_cases(rows)]
    for result in results:
        for label in (UNFAIR, FAIR):
            stem = f'{result.case.name}_{label.lower().replace(" ", "_")}'
            result.rows[label].to_csv(output / f'{stem}.csv', index=False)
        fair, unfair = result.reports[FAIR], result.reports[UNFAIR]
        fair.to_html(output / report_name(result.case), others={UNFAIR: unfair}, name=FAIR)
    summary = pd.concat([summarise(result) for result in results], ignore_index=True)
    summary.to_csv(output / 'summary.csv', index=False)
    (output / 'demo.html').write_text(build_page(results), encoding='utf-8')
    return summary


def report_name(case: Case) -> str:
    """The file of the fairness report on a case, beside the page of the demonstration."""
    return f'{case.name}_report.html'


def demo_cases(rows: int) -> list[Case]:
    """The two tables: simulated loans, whose bias is known, and real placements, which are few."""
    if rows < 200:
        raise ValueError(f'rows ({rows}) must be at least 200, or no group is left to compare.')
    loans, loan_metadata = simulate_loans(rows)
    students, student_metadata = load_student_placements(after_placement=False)
    return [
        Case(
            name='loans',
            title='Loan applications (simulated)',
            story='Applications that we simulated, so we know the truth: women are charged a '
            'penalty that has nothing to do with merit, and occupation and part-time work give '
            'the sex away even where the column is left out.',
            outcome='approved',
            table=loans,
            metadata=loan_metadata,
            roles=LOAN_ROLES,
            minimum_group=min(50, rows // 20),
            dial=(0.0, 0.25, 0.5, 0.75, 1.0),
        ),
        Case(
            name='student_placements',
            title='Student placements (real, small)',
            story='215 business students and whether they found a job, the table that SDMetrics '
            'carries. We left out salary and dates of employment, which only the placed '
            'students have. With so few students chance moves every figure by several points: '
            'read it as an illustration.',
            outcome='placed',
            table=students,
            metadata=student_metadata,
            roles=PLACEMENT_ROLES,
            test_share=0.5,
            minimum_group=20,
            minimum_sample=1000,
        ),
    ]


def run_case(case: Case, verbose: bool = False) -> Result:
    """Split by a fixed seed, fit once, draw at several strengths from that one model, measure."""
    ((name, _),) = case.metadata.tables.items()
    test = case.table.sample(frac=case.test_share, random_state=0)
    train = case.table.drop(index=test.index).reset_index(drop=True)
    test = test.reset_index(drop=True)
    synthesizer = Fair4FreeSynthesizer(
        case.metadata,
        sensitive_columns=list(case.roles.sensitive_columns),
        target_column=case.roles.target_column,
        verbose=verbose,
    )
    synthesizer.fit({name: train})

    drawn = {}
    for strength in case.dial:
        synthesizer.reset_sampling()  # the same luck at every strength
        number = max(len(train), case.minimum_sample)
        drawn[strength] = synthesizer.sample(number, fairness_strength=strength)[name]
    judged = {strength: _judge(case, table, test) for strength, table in drawn.items()}
    (key,) = case.roles.sensitive_columns
    rows = {REAL: train, UNFAIR: drawn[0.0], FAIR: drawn[1.0]}
    reports = {
        label: _quality(case, train, test if label == REAL else table)
        for label, table in rows.items()
    }
    fairness = {
        label: evaluate_fairness(
            train,
            rows[label],
            case.metadata,
            sensitive_columns=list(case.roles.sensitive_columns),
            target_column=case.roles.target_column,
            real_validation_data=test,
            favourable_outcome=case.roles.favourable,
            bootstrap_samples=100,
            minimum_group_size=case.minimum_group,
            verbose=False,
        )
        for label in (FAIR, UNFAIR)
    }
    return Result(
        case=case,
        rows=rows,
        test_rows=len(test),
        parity={
            label: label_parity(
                table,
                case.roles.target_column,
                key,
                case.roles.favourable,
                minimum_group=case.minimum_group,
            )[key]
            for label, table in rows.items()
        },
        evaluation={REAL: _judge(case, train, test), UNFAIR: judged[0.0], FAIR: judged[1.0]},
        shapes={
            label: report.get_details('Column Shapes').set_index('Column')['Score']
            for label, report in reports.items()
        },
        quality=pd.DataFrame(
            {
                label: report.get_properties().set_index('Property')['Score']
                for label, report in reports.items()
            }
        ).T.rename(columns=lambda words: words.lower().replace(' ', '_')),
        dial=pd.DataFrame(
            {
                'auc': {strength: one.auc for strength, one in judged.items()},
                'demographic_parity_ratio': {
                    strength: one.groups[key].demographic_parity_ratio
                    for strength, one in judged.items()
                },
            }
        ),
        reports=fairness,
    )


def summarise(result: Result) -> pd.DataFrame:
    """One row per source of training rows: real, strength 0, strength 1."""
    (key,) = result.case.roles.sensitive_columns
    return pd.DataFrame(
        [
            {
                'table': result.case.name,
                'trained_on': label,
                'auc': evaluation.auc,
                'demographic_parity_ratio': evaluation.groups[key].demographic_parity_ratio,
                'equalized_odds_ratio': evaluation.groups[key].equalized_odds_ratio,
                'label_parity': result.parity[label].ratio,
                **result.quality.loc[label],
            }
            for label, evaluation in result.evaluation.items()
        ]
    )


def _judge(case: Case, training: pd.DataFrame, test: pd.DataFrame) -> Evaluation:
    return evaluate_tstr(
        training,
        test,
        case.roles.target_column,
        case.roles.sensitive_columns,
        case.roles.favourable,
        metadata=case.metadata,
        minimum_group=case.minimum_group,
    )


def _quality(case: Case, real: pd.DataFrame, other: pd.DataFrame) -> QualityReport:
    ((name, _),) = case.metadata.tables.items()
    report = QualityReport()
    # By default only strongly related pairs count, and a table may have none.
    report.real_correlation_threshold = report.real_association_threshold = 0
    report.generate({name: real}, {name: other}, case.metadata.to_dict(), verbose=False)
    return report
