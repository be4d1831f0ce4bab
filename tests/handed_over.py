"""Small generators of the ugly table to hand over, and what is compared of those that come back."""

import copy

from ugly import ugly_metadata, ugly_table

from sdv_fair4free import Fair4FreeSynthesizer, StudentConfig, TeacherConfig, TrainingConfig
from sdv_fair4free.handover.coarsening import Coarsening
from sdv_fair4free.handover.draft import Draft
from sdv_fair4free.labels import CategoryEncoder

TINY = TrainingConfig(epochs=2, width=24, depth=1, batch_size=128)
TEACHER = TeacherConfig(representation=TINY, decoder=TINY)
STUDENT = StudentConfig(training=TINY, pool=1024)
EXACT = {'min_category_count': 1, 'min_quantile_count': 1}


def ugly_synthesizer(**parameters) -> Fair4FreeSynthesizer:
    defaults = {'sensitive_columns': ['sex'], 'target_column': 'hired'}
    return Fair4FreeSynthesizer(
        ugly_metadata(), teacher=TEACHER, student=STUDENT, **{**defaults, **parameters}
    )


_FITTED = {}


def fitted_ugly(**parameters):
    """Fitted once, whoever asks for it."""
    key = str(parameters)
    if key not in _FITTED:
        _FITTED[key] = ugly_synthesizer(**parameters)
        _FITTED[key].fit({'staff': ugly_table()})
    return _FITTED[key]


def rows_of(synthesizer, rows=400):
    synthesizer.reset_sampling()
    (table,) = synthesizer.sample(rows).values()
    return table


def modelled(table):
    """Without what fakers make, and ids, whose values are not handed over."""
    told = table.drop(columns=table.columns.intersection(['key', 'mail', 'staff', 'person_id']))
    # A categorical type lists what no row has: that is not handed over, so compare the values.
    listed = told.columns[told.dtypes == 'category']
    return told.astype(dict.fromkeys(listed, object))


def as_told(synthesizer, kind='student'):
    """A copy whose categories have the codes that are told: the same noise draws the same rows."""
    twin = copy.deepcopy(synthesizer)
    draft = Draft(twin, kind, Coarsening(**EXACT))
    transformers = twin._data_processor._hyper_transformer.field_transformers
    for name, categories in draft.categories.items():
        if isinstance(transformers[name], CategoryEncoder):
            transformers[name].renumber(categories)
    return twin
