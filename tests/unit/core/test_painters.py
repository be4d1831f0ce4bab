from dataclasses import replace

import pytest
import torch

from sdv_fair4free.core.config import StudentConfig, TeacherConfig, TrainingConfig
from sdv_fair4free.core.criteria import CRITERIA
from sdv_fair4free.core.distill import distill
from sdv_fair4free.core.layout import Layout
from sdv_fair4free.core.networks import reset_parameters
from sdv_fair4free.core.pictures import Painter, PictureShape, painting_loss
from sdv_fair4free.core.rows import Rows
from sdv_fair4free.core.schema import Schema
from sdv_fair4free.core.sensitive import SensitiveLayout
from sdv_fair4free.core.teacher import fit_teacher

TRAINING = TrainingConfig(epochs=2, width=16, depth=1, batch_size=64, dropout=0.0)
TEACHER = replace(
    TeacherConfig.for_pictures(),
    representation=TRAINING,
    decoder=TRAINING,
    latent=6,
    picture_width=16,
    draws=1,
)
STUDENT = StudentConfig(training=replace(TRAINING, learning_rate=4e-3), pool=1024)


def spots(rows, shape, seed=0):
    """Dark pictures of one bright spot: its row tells the outcome, its channel the group."""
    noise = torch.Generator().manual_seed(seed)
    group = torch.randint(shape.channels, (rows,), generator=noise)
    row = torch.randint(shape.height - 1, (rows,), generator=noise)
    column = torch.randint(shape.width - 1, (rows,), generator=noise)
    pictures = torch.zeros(rows, shape.channels, shape.height, shape.width, dtype=torch.uint8)
    for down in range(2):
        for right in range(2):
            pictures[torch.arange(rows), group, row + down, column + right] = 255
    return group, (row > shape.height // 2).long(), pictures


def fitted(shape, x=()):
    group, outcome, pictures = spots(600, shape)
    schema = Schema(
        x=Layout.of(x),
        s=SensitiveLayout.of([shape.channels]),
        y=Layout.of([2]),
        strata=(torch.arange(2),),
        latent=TEACHER.latent,
        picture=shape,
    )
    rows = Rows(
        x=torch.stack([group % size for size in x], 1) if x else torch.zeros(600, 0).long(),
        s=group[:, None],
        s_positions=torch.zeros(600, 1),
        y=outcome[:, None],
        pictures=pictures,
    )
    return fit_teacher(
        rows,
        schema,
        criterion=CRITERIA['demographic_parity'],
        favourable=0,
        config=TEACHER,
        generator=torch.Generator().manual_seed(0),
    ).generator


@pytest.fixture(scope='module')
def teacher():
    return fitted(PictureShape(channels=3, height=9, width=8))


def test_the_count_of_a_painter_is_that_of_one_made():
    for shape in (
        PictureShape(channels=1, height=8, width=8),
        PictureShape(channels=3, height=28, width=20),
    ):
        made = Painter(shape, 7, 5)
        count = sum(weight.numel() for weight in made.parameters())
        assert Painter.parameter_count(shape, 7, 5) == count


def test_a_painter_begins_near_the_mean_colour():
    shape = PictureShape(channels=3, height=16, width=16)
    painter = Painter(shape, 4, 8)
    reset_parameters(painter, torch.Generator().manual_seed(0))
    values = torch.rand(50, 3, 16, 16) * torch.tensor([0.1, 0.5, 1.0])[:, None, None]
    painter.start_from(values)
    painted = painter(torch.randn(50, 4, generator=torch.Generator().manual_seed(1))).detach()
    close = (painted.mean(dim=(0, 2, 3)) - values.mean(dim=(0, 2, 3))).abs()
    assert close.max().item() < 0.1


def test_pictures_of_one_colour_can_be_begun_with():
    painter = Painter(PictureShape(channels=1, height=8, width=8), 4, 8)
    reset_parameters(painter, torch.Generator().manual_seed(0))
    for colour in (0.0, 1.0):
        painter.start_from(torch.full((5, 1, 8, 8), colour))
        assert painter(torch.zeros(2, 4)).isfinite().all()


@pytest.mark.parametrize('x', [(), (3,)])
def test_a_student_has_at_most_its_share_of_all_weights_of_its_teacher(x):
    teacher = fitted(PictureShape(channels=3, height=9, width=8), x)
    for share in (1 / 3, 1 / 2):
        config = replace(STUDENT, share=share, training=replace(TRAINING, epochs=1))
        student, _ = distill(teacher, config=config, generator=torch.Generator().manual_seed(1))
        assert student.parameter_count() <= share * teacher.parameter_count()


def test_a_student_of_dark_pictures_does_not_end_in_the_dark(teacher):
    config = replace(STUDENT, training=replace(STUDENT.training, epochs=12), share=0.9)
    student, _ = distill(teacher, config=config, generator=torch.Generator().manual_seed(1))
    noise = torch.Generator().manual_seed(2)
    marks = torch.eye(3)[torch.randint(3, (200,), generator=noise)]
    context = teacher.context(torch.randn(200, 6, generator=noise), marks)
    with torch.no_grad():
        taught, painted = teacher.painter(context), student.painter(context)
    mean = taught.mean(0, keepdim=True).expand_as(taught)
    assert painting_loss(painted, taught) < painting_loss(mean, taught) - 0.2
