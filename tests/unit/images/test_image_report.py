import re
import zlib
from base64 import b64decode
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
import torch
from coloured import FairPca, coloured_digits

from sdv_fair4free.images import definitions as of
from sdv_fair4free.images.report import evaluate_images
from sdv_fair4free.images.strips import png_bytes
from sdv_fair4free.metrics.checks import FairnessInputError
from sdv_fair4free.pictures import Pictures

ASKED = {'sensitive_columns': 'color', 'target_column': 'digit'}


@pytest.fixture(scope='module')
def real():
    return coloured_digits(0, 1200, bias=0.95)


@pytest.fixture(scope='module')
def holdout():
    return coloured_digits(1200, 1797, bias=0.5, seed=1)


@pytest.fixture(scope='module')
def report(real, holdout):
    source = FairPca(real)
    return evaluate_images(real, source.sample(1200), holdout, synthesizer=source, **ASKED)


@pytest.fixture(scope='module')
def text(report, tmp_path_factory):
    path = tmp_path_factory.mktemp('page') / 'pictures.html'
    report.to_html(path)
    return path.read_text(encoding='utf-8')


def small(pictures, rows=240):
    """Some of the pictures, for questions whose figures do not matter."""
    return Pictures({'digits': pictures.table[:rows]}, pictures.images[:rows])


def test_fair_pictures_teach_the_minority_what_biased_ones_do_not(report):
    assert report.value(of.MINORITY) > report.value(of.MINORITY, 'real') + 0.05
    assert report.value(of.MAJORITY, 'real') > 0.9
    assert report.value(of.ACCURACY, 'constant classifier') < 0.2
    parity = of.PARITY_NAMES['DPR']
    assert report.value(parity) > report.value(parity, 'real')
    assert report.value(of.LABELS) > 0.8 > 0.2 > report.value(of.LABELS, 'real')


def test_a_latent_without_the_colour_does_not_tell_it_and_a_leaky_one_does(report, real, holdout):
    assert report.value(of.RECOVERED, 'real held out') < 0.6
    leaky = FairPca(real, leaky=True)
    asked = real, leaky.sample(300), holdout
    told = evaluate_images(*asked, synthesizer=leaky, max_rows=300, **ASKED)
    assert told.value(of.RECOVERED, 'real held out') > 0.95


def test_the_figures_are_tidy_and_every_one_has_a_best_value_and_a_meaning(report):
    figures = report.figures
    assert list(figures) == ['Figure', 'Of', 'Rows', 'Value', 'Best', 'Meaning', 'Note']
    assert not figures.duplicated(['Figure', 'Of', 'Rows']).any()
    assert set(figures['Rows']) == {
        'real',
        'real held out',
        'synthetic',
        'teacher',
        'constant classifier',
    }
    assert set(figures['Figure']) <= set(of.DEFINITIONS)
    assert figures['Meaning'].str.len().min() > 10
    bounded = figures[~figures['Figure'].isin([of.FRECHET, of.DENSITY, of.PARAMETERS])]
    assert bounded['Value'].dropna().between(0, 1).all()
    assert report.value(of.PARAMETERS) == report.value(of.PARAMETERS, 'teacher') / 2
    assert report.value(of.GROUP_ACCURACY, of='color: red') > 0.7
    with pytest.raises(KeyError, match='no figure'):
        report.value('Beauty')


def test_other_real_pictures_are_near_and_noise_is_far(report, real, holdout):
    assert report.value(of.COVERAGE, 'real') > 0.7
    noise = np.random.default_rng(0).integers(0, 256, real.images.shape, dtype=np.uint8)
    far = evaluate_images(real, Pictures(real.data, noise), holdout, max_rows=300, **ASKED)
    assert far.value(of.FRECHET) > 10 * far.value(of.FRECHET, 'real')
    assert far.value(of.COVERAGE) < 0.05
    assert far.value(of.ACCURACY) < 0.4
    assert not {of.RECOVERED, of.PARAMETERS} & set(far.figures['Figure'])
    assert [grid.heading for grid in far.grids] == ['Real', 'Synthetic']


def test_the_same_seed_gives_the_same_report_and_no_global_stream_moves(real, holdout):
    synthetic = small(coloured_digits(0, 1200, bias=0.5, seed=5))
    torch.manual_seed(0)
    np.random.seed(0)  # noqa: NPY002
    expected = torch.rand(1), np.random.random()  # noqa: NPY002
    torch.manual_seed(0)
    np.random.seed(0)  # noqa: NPY002
    first, again = (
        evaluate_images(small(real), synthetic, small(holdout), **ASKED) for _ in range(2)
    )
    pd.testing.assert_frame_equal(first.figures, again.figures)
    assert (torch.rand(1), np.random.random()) == expected  # noqa: NPY002


def test_grids_show_each_group_in_a_row_and_each_class_in_a_column(report, holdout):
    assert [grid.heading for grid in report.grids] == [
        'Real',
        'Reconstructed',
        'Teacher',
        'Synthetic',
        'Counterfactual',
    ]
    shown, reconstructed, *_, counterfactual = report.grids
    assert shown.rows == counterfactual.rows == ('blue', 'red')
    assert shown.columns == tuple('0123456789')
    table, images = holdout.table, holdout.images
    for row, color in enumerate(shown.rows):
        for column, digit in enumerate(shown.columns):
            same = images[(table['color'] == color) & (table['digit'] == int(digit))]
            assert (same == shown.images[row, column]).all(axis=(1, 2, 3)).any()
    assert reconstructed.images.shape == shown.images.shape
    own, others = (
        np.abs(reconstructed.images.astype(float) - np.roll(shown.images, shift, axis=1)).mean()
        for shift in (0, 1)
    )
    assert own < others / 3
    brightest = counterfactual.images.max(axis=-1)
    np.testing.assert_array_equal(brightest[0], brightest[1])


def test_a_group_without_pictures_of_a_class_leaves_a_white_place(real, holdout):
    table = holdout.table
    kept = ~((table['digit'] == 3) & (table['color'] == 'red')).to_numpy()
    part = small(Pictures({'digits': table[kept]}, holdout.images[kept]))
    shown = evaluate_images(small(real), small(real), part, **ASKED).grids[0]
    assert shown.absent.sum() == 1
    assert shown.absent[1, 3]


def decoded(data):
    """A PNG file without filters, read by its definition."""
    assert data[:8] == b'\x89PNG\r\n\x1a\n'
    parts, at = {}, 8
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], 'big')
        name, content = data[at + 4 : at + 8], data[at + 8 : at + 8 + size]
        assert zlib.crc32(name + content) == int.from_bytes(data[at + 8 + size :][:4], 'big')
        parts[name], at = content, at + 12 + size
    width, height = (int.from_bytes(parts[b'IHDR'][i : i + 4], 'big') for i in (0, 4))
    channels = {0: 1, 2: 3}[parts[b'IHDR'][9]]
    lines = np.frombuffer(zlib.decompress(parts[b'IDAT']), np.uint8).reshape(height, -1)
    assert not lines[:, 0].any()
    return lines[:, 1:].reshape(height, width, channels)


@pytest.mark.parametrize('channels', [1, 3])
def test_png_files_hold_the_picture(channels):
    image = np.random.default_rng(0).integers(0, 256, (9, 14, channels), dtype=np.uint8)
    np.testing.assert_array_equal(decoded(png_bytes(image)), image)


class Page(HTMLParser):
    """What a browser would load, and what a reader would meet."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.open = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ('meta', 'img', 'br', 'wbr'):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_is_whole_has_all_sections_and_loads_nothing(text):
    page = Page(text)
    assert not page.open
    ids = {attrs.get('id') for _, attrs in page.tags}
    assert ids >= {
        'summary',
        'pictures',
        'likeness',
        'fairness',
        'labels',
        'latent',
        'definitions',
        'limits',
        'remarks',
    }
    loaded = [attrs[name] for _, attrs in page.tags for name in ('src', 'href') if name in attrs]
    assert loaded
    assert all(address.startswith('data:image/png;base64,') for address in loaded)
    assert not any(tag in ('link', 'iframe', 'object') for tag, _ in page.tags)


def test_every_strip_says_what_it_shows_and_holds_its_pictures(text, report):
    strips = [attrs for tag, attrs in Page(text).tags if tag == 'img']
    assert len(strips) == sum(len(grid.rows) for grid in report.grids)
    assert len({attrs['alt'] for attrs in strips}) == len(strips)
    assert strips[0]['alt'].startswith('Real, blue: 0, 1')
    picture = decoded(b64decode(strips[0]['src'].split(',')[1]))
    np.testing.assert_array_equal(picture[1:9, 1:9], report.grids[0].images[0, 0])
    assert 'image-rendering: pixelated' in text


def test_the_page_says_what_it_does_not_promise_and_names_are_no_markup(real, holdout, tmp_path):
    renamed = [
        Pictures({'d': part.table.replace({'color': {'red': '<i>&'}})}, part.images)
        for part in (small(real), small(real), small(holdout))
    ]
    path = tmp_path / 'page.html'
    evaluate_images(*renamed, **ASKED).to_html(path)
    text = path.read_text(encoding='utf-8')
    assert 'not comparable with published FIDs' in text
    body = re.sub(r'<script.*?</script>', '', text, flags=re.DOTALL)
    assert '<i>' not in body
    assert '&lt;i&gt;&amp;' in body
    assert 'id="latent"' not in body


def test_the_bars_are_the_accuracies(report):
    bars = {bar.name: bar.x for bar in report.get_visualization().data}
    assert list(bars) == ['real', 'teacher', 'synthetic', 'constant classifier']
    assert bars['synthetic'][1] == report.value(of.MINORITY)


def test_numbers_are_cut_at_quartiles_columns_are_crossed_and_one_class_may_count(real, holdout):
    def wider(pictures, seed):
        table = pictures.table.copy()
        rng = np.random.default_rng(seed)
        table['size'] = rng.random(len(table)).round(3)
        table.loc[:2, 'digit'] = None
        return small(Pictures({'digits': table}, pictures.images), 400)

    found = evaluate_images(
        wider(real, 0),
        wider(real, 1),
        wider(holdout, 2),
        sensitive_columns=['color', 'size'],
        target_column='digit',
        favourable_outcome=1,
    )
    assert found.settings['groupings'] == ('color', 'size', 'color x size')
    assert found.settings['judged'] == ('1',)
    assert found.settings['rows'] == {'real': 397, 'real held out': 397, 'synthetic': 397}
    notes = ' '.join(found.notes)
    assert 'quartiles' in notes
    assert "3 synthetic rows have no 'digit'" in notes
    assert of.worst(of.PARITY_NAMES['DPR']) not in set(found.figures['Figure'])
    sizes = found.figures[found.figures['Of'].str.startswith('size: ')]['Of'].unique()
    assert len(sizes) == 4


def test_grey_pictures_are_taken(real, holdout):
    grey = [
        Pictures(part.data, part.images.max(axis=3, keepdims=True))
        for part in (small(real), small(real), small(holdout))
    ]
    found = evaluate_images(*grey, **ASKED)
    assert found.value(of.ACCURACY) > 0.5


def test_everything_wrong_is_said_at_once(real, holdout):
    wrong = Pictures({'digits': real.table.drop(columns='color')}, real.images[:-1])
    with pytest.raises(FairnessInputError) as error:
        evaluate_images(
            wrong,
            Pictures(real.data, real.images.astype(float)),
            small(holdout, 5),
            random_state=-1,
            max_rows='many',
            **ASKED,
        )
    for reason in (
        "real has no column 'color'",
        'real has 1200 rows and 1199 images',
        'synthetic.images are float64',
        'holdout has 5 rows; give at least 20',
        'random_state=-1',
        "max_rows='many'",
    ):
        assert reason in str(error.value)


def test_sizes_must_agree_and_the_favourable_outcome_must_exist(real, holdout):
    larger = Pictures(holdout.data, holdout.images.repeat(2, axis=1))
    with pytest.raises(FairnessInputError, match=r'holdout \(16, 8, 3\)'):
        evaluate_images(real, real, larger, **ASKED)
    with pytest.raises(FairnessInputError, match='favourable_outcome=11'):
        evaluate_images(real, real, holdout, favourable_outcome=11, **ASKED)


def test_where_the_teacher_is_what_is_sampled_it_has_no_figures_of_its_own(real, holdout):
    class WithoutStudent(FairPca):
        def get_info(self):
            return {'generator_parameter_counts': {'teacher': 5}}

    source = WithoutStudent(real)
    asked = small(real), source.sample(240), small(holdout)
    found = evaluate_images(*asked, synthesizer=source, **ASKED)
    of_teacher = found.figures[found.figures['Rows'] == 'teacher']
    assert of_teacher['Figure'].tolist() == [of.PARAMETERS]
    assert 'Teacher' not in [grid.heading for grid in found.grids]
