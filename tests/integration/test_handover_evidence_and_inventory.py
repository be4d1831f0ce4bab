"""What a file says of itself: the evidence of privacy, and the inventory of all that it holds."""

import json
import subprocess
import sys

import pytest
from conftest import hiring_table, small_synthesizer
from handed_over import STUDENT, TEACHER
from sdv.metadata import Metadata
from ugly import ugly_table

from sdv_fair4free.handover.archive import read_archive
from sdv_fair4free.handover.errors import HandoverError
from sdv_fair4free.handover.findings import PrivacyEvidence
from sdv_fair4free.handover.inventory import inspect_file


def test_evidence_is_measured_on_what_leaves(ugly, tmp_path):
    data, holdout = {'staff': ugly_table()}, {'staff': ugly_table(300, seed=9, canaries=False)}
    planted = {'staff': ugly_table().iloc[[7]]}
    ugly.export(tmp_path / 'it', data=data, holdout=holdout, canaries=planted)
    evidence = inspect_file(tmp_path / 'it').manifest.evidence
    # Ids and rare values have other names in the file: that alone must make no row unmakeable.
    assert (evidence['unmakeable_training_rows'], evidence['unmakeable_holdout_rows']) == (0, 0)
    assert evidence['white_box']['auc'] == pytest.approx(0.5, abs=0.15)
    assert evidence['white_box']['auc'] != 0.5
    assert evidence['canaries']['references'] == 2000
    assert evidence['canaries']['planted'] == 1
    assert evidence['unmeasured'] == []
    with pytest.raises(HandoverError, match='go together'):
        ugly.export(tmp_path / 'it', data=data)


def test_what_no_file_lists_is_said_to_be_unmeasured_and_not_to_be_safe(ugly, tmp_path):
    """Ids that only the holdout has: the attack would tell the rows by that, and nothing else."""
    holdout = ugly_table(300, seed=9, canaries=False).assign(staff='nobody')
    planted = ugly_table().iloc[[7]].assign(staff='somebody else')
    tables = {'data': ugly_table(), 'holdout': holdout, 'canaries': planted}
    ugly.export(tmp_path / 'it', **{name: {'staff': table} for name, table in tables.items()})
    evidence = inspect_file(tmp_path / 'it').manifest.evidence
    assert evidence['white_box'] is None
    assert evidence['canaries'] is None
    assert evidence['unmakeable_canaries'] == 1
    told = PrivacyEvidence.from_dict(evidence).sentences()
    unmeasured = [line for line in told if line.startswith('Not measured')]
    assert len(unmeasured) == 2
    assert all("in 'staff'" in line and 'no sign of safety' in line for line in unmeasured)
    assert not any(line.startswith('Canaries') for line in told)


def test_evidence_knows_rare_values_of_columns_whose_names_are_numbers(tmp_path):
    table = hiring_table(400)[['sex', 'hobby', 'skill', 'hired']].astype({'hobby': object})
    table.loc[:2, 'hobby'] = ['chess', 'golf', 'polo']
    table.loc[3:5, 'hobby'] = 'tennis'
    sdtypes = ['categorical', 'categorical', 'numerical', 'categorical']
    columns = {str(place): {'sdtype': sdtype} for place, sdtype in enumerate(sdtypes)}
    synthesizer = small_synthesizer(
        Metadata.load_from_dict({'tables': {'t': {'columns': columns}}}),
        sensitive_columns=['0'],
        target_column='3',
        teacher=TEACHER,
        student=STUDENT,
    )
    data, holdout = table.set_axis(range(4), axis=1), hiring_table(200, seed=1)
    holdout = holdout[['sex', 'hobby', 'skill', 'hired']].set_axis(range(4), axis=1)
    synthesizer.fit({'t': data})
    synthesizer.export(tmp_path / 'it', data={'t': data}, holdout={'t': holdout})
    evidence = inspect_file(tmp_path / 'it').manifest.evidence
    assert evidence['unmakeable_training_rows'] == 0


def test_the_inventory_names_everything_that_json_and_arrays_hold(ugly, tmp_path):
    ugly.export(tmp_path / 'it')
    listed = inspect_file(tmp_path / 'it')
    parts = read_archive(tmp_path / 'it').parts
    values = {
        json.dumps(value)
        for item in listed.items
        for value in (item.value if isinstance(item.value, list) else [item.value])
    }
    for part in ('manifest.json', 'table.json'):
        for leaf in leaves(json.loads(parts[part])):
            assert json.dumps(leaf) in values or part == 'table.json'
    stored = sum(len(parts[name]) for name in ('columns.safetensors', 'weights.safetensors'))
    counted = sum(item.count for item in listed.items if item.kind == 'array')
    assert 2 * counted < stored < 8 * counted + 40_000
    assert all(item.reveals for item in listed.items)
    assert "'wage'" in listed.to_text()


def leaves(found):
    if isinstance(found, dict):
        for value in found.values():
            yield from leaves(value)
    elif isinstance(found, list):
        for value in found:
            yield from leaves(value)
    else:
        yield found


def test_a_file_is_inspected_where_torch_and_sdv_are_not(ugly, tmp_path):
    ugly.export(tmp_path / 'it')
    script = (
        'import sys\n'
        'for name in ("torch", "sdv", "rdt", "ctgan"): sys.modules[name] = None\n'
        'from sdv_fair4free.command import main\n'
        'sys.exit(main(["inspect", "it"]))'
    )
    told = subprocess.run(
        [sys.executable, '-c', script], check=True, cwd=tmp_path, capture_output=True, text=True
    ).stdout
    assert 'law.shares' in told
