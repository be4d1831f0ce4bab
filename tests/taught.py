"""Made-up codes of a small table, and teachers of them that are fitted in a blink."""

import torch

from sdv_fair4free.core.config import StudentConfig, TeacherConfig, TrainingConfig
from sdv_fair4free.core.criteria import CRITERIA
from sdv_fair4free.core.layout import Layout
from sdv_fair4free.core.rows import Rows
from sdv_fair4free.core.schema import Schema
from sdv_fair4free.core.sensitive import SensitiveLayout
from sdv_fair4free.core.teacher import fit_teacher

TRAINING = TrainingConfig(epochs=3, width=32, depth=1, batch_size=256)
TEACHER = TeacherConfig(representation=TRAINING, decoder=TRAINING)
STUDENT = StudentConfig(training=TRAINING, pool=2048)


def schema(classes=2, sees=True, x=(4, 3, 5), s=(2, 3)):
    y = (classes,) if classes else ()
    return Schema(
        x=Layout.of(x),
        s=SensitiveLayout.of(s),
        y=Layout.of(y),
        strata=tuple(torch.arange(size) for size in y),
        latent=max(classes - 1, 0),
        decoder_sees_s=sees,
    )


def real_rows(shape, rows=1200, seed=0):
    """x[0] drives y; so does the first sensitive column; x[1] is its proxy."""
    noise = torch.Generator().manual_seed(seed)
    s = [torch.randint(column.size, (rows,), generator=noise) for column in shape.s.columns]
    x = [torch.randint(size, (rows,), generator=noise) for size in shape.x.sizes]
    group = s[0] if s else torch.zeros(rows).long()
    if len(x) > 1:
        swap = torch.rand(rows, generator=noise) < 0.8
        x[1] = torch.where(swap, group % shape.x.sizes[1], x[1])
    y = []
    for classes in shape.y.sizes:
        luck = torch.rand(rows, generator=noise)
        skill = x[0] / 3 if x else luck
        y.append(((skill + group + luck) / 3 * classes).long().clamp(max=classes - 1))
    empty = torch.zeros(rows, 0).long()
    return Rows(
        x=torch.stack(x, 1) if x else empty,
        s=torch.stack(s, 1) if s else empty,
        s_positions=torch.zeros(rows, len(s)),
        y=torch.stack(y, 1) if y else empty,
    )


def teach(shape, criterion='demographic_parity', seed=0, rows=None, config=TEACHER):
    return fit_teacher(
        rows or real_rows(shape),
        shape,
        criterion=CRITERIA[criterion],
        favourable=1,
        config=config,
        generator=torch.Generator().manual_seed(seed),
    )


def weights_of(module):
    return torch.cat([weight.flatten() for weight in module.state_dict().values()])
