"""Files of pictures are read as they are seen, arrays taken as they are; all problems at once."""

import sys

import numpy as np
import pytest
from noise_pictures import noise, pictures

from sdv_fair4free.images.files import (
    ImageError,
    ImageFolder,
    checked_images,
    read_images,
    write_images,
)

Image = pytest.importorskip('PIL.Image')


def save(path, pixels, **options):
    Image.fromarray(pixels).save(path, **options)
    return path


@pytest.mark.parametrize('channels', [1, 3])
def test_png_files_come_back_pixel_for_pixel(tmp_path, channels):
    given = pictures(range(30), channels)
    table = write_images(tmp_path, given)
    assert (read_images(table['file_name'], folder=tmp_path) == given.images).all()
    paths = [tmp_path / name for name in table['file_name'][::-1]]
    assert (read_images(paths) == given.images[::-1]).all()


def test_grey_files_have_one_channel_unless_colours_are_among_them(tmp_path):
    grey = save(tmp_path / 'grey.png', noise(8, 8))
    other = save(tmp_path / 'other.jpg', noise(8, 8, seed=1))
    red = save(tmp_path / 'red.png', noise(8, 8, 3))
    assert read_images([grey, other]).shape == (2, 8, 8, 1)
    mixed = read_images([grey, red])
    assert mixed.shape == (2, 8, 8, 3)
    assert (mixed[0] == noise(8, 8)[..., None]).all()
    assert (mixed[1] == noise(8, 8, 3)).all()
    assert (read_images([grey], channels=3)[0] == noise(8, 8)[..., None]).all()
    luminance = read_images([red], channels=1)[0, ..., 0]
    assert np.abs(luminance - noise(8, 8, 3) @ [0.299, 0.587, 0.114]).max() <= 1


def test_palettes_are_read_as_the_colours_that_they_hold(tmp_path):
    shades = Image.fromarray(noise(8, 8)).convert('P')
    shades.save(tmp_path / 'shades.png')
    grey = read_images([tmp_path / 'shades.png'])
    assert grey.shape == (1, 8, 8, 1)
    assert (grey[0, ..., 0] == noise(8, 8)).all()
    colours = Image.fromarray(noise(8, 8, 3)).convert('P')
    colours.save(tmp_path / 'colours.png')
    seen = read_images([tmp_path / 'colours.png'])
    assert (seen[0] == np.asarray(colours.convert('RGB'))).all()


def test_black_and_white_and_sixteen_bits_are_shades_from_0_to_255(tmp_path):
    marks = noise(8, 8) > 127
    save(tmp_path / 'marks.png', marks)
    assert (read_images([tmp_path / 'marks.png'])[0, ..., 0] == marks * 255).all()
    deep = np.random.default_rng(0).integers(0, 2**16, (8, 8), dtype=np.uint16)
    deep[0, :2] = 0, 65535
    save(tmp_path / 'deep.png', deep)
    assert (read_images([tmp_path / 'deep.png'])[0, ..., 0] == np.rint(deep / 257)).all()


def test_what_is_transparent_lies_on_white(tmp_path):
    pixels = noise(8, 8, 4)
    pixels[:4, :, 3], pixels[4:, :, 3] = 0, 255
    save(tmp_path / 'rgba.png', pixels)
    seen = read_images([tmp_path / 'rgba.png'])[0]
    assert (seen[:4] == 255).all()
    assert (seen[4:] == pixels[4:, :, :3]).all()
    Image.fromarray(pixels[..., 2:]).save(tmp_path / 'la.png')
    seen = read_images([tmp_path / 'la.png'])[0]
    assert seen.shape == (8, 8, 1)
    assert (seen[:4] == 255).all()
    assert (seen[4:, :, 0] == pixels[4:, :, 2]).all()
    half = np.dstack([np.zeros((8, 8, 3), np.uint8), np.full((8, 8), 51, np.uint8)])
    save(tmp_path / 'half.png', half)
    assert (read_images([tmp_path / 'half.png']) == 204).all()
    Image.fromarray(noise(8, 8) % 2).save(tmp_path / 'one.png', transparency=1)
    assert (read_images([tmp_path / 'one.png'])[0, ..., 0] == noise(8, 8) % 2 * 255).all()


@pytest.mark.parametrize('orientation', range(1, 9))
@pytest.mark.parametrize('ending', ['png', 'jpg'])
def test_pictures_are_turned_as_their_camera_says(tmp_path, orientation, ending):
    upright = np.zeros((16, 24, 3), np.uint8)
    upright[:8, :12], upright[:8, 12:], upright[8:, :12] = 250, 170, 90
    stored = {
        1: lambda x: x,
        2: np.fliplr,
        3: lambda x: np.rot90(x, 2),
        4: np.flipud,
        5: lambda x: x.swapaxes(0, 1),
        6: np.rot90,
        7: lambda x: np.rot90(x, 2).swapaxes(0, 1),
        8: lambda x: np.rot90(x, -1),
    }[orientation](upright)
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = save(tmp_path / f'a.{ending}', np.ascontiguousarray(stored), exif=exif)
    seen = read_images([path, path])
    assert seen.shape == (2, 16, 24, 3)
    assert np.abs(seen[0].astype(int) - upright).max() <= 4  # as near as JPEG keeps it


def test_with_a_size_the_middle_is_cut_out_and_resized(tmp_path):
    pixels = np.zeros((60, 20, 3), np.uint8)
    pixels[20:40] = 200
    tall = save(tmp_path / 'tall.png', pixels)
    wide = save(tmp_path / 'wide.png', np.ascontiguousarray(pixels.swapaxes(0, 1)))
    seen = read_images([tall, wide], size=16)
    assert seen.shape == (2, 16, 16, 3)
    assert (seen == 200).all()
    assert read_images([tall, wide], size=(8, 24)).shape == (2, 8, 24, 3)


def test_every_problem_of_the_files_is_told_at_once(tmp_path):
    small = save(tmp_path / 'small.png', noise(8, 8))
    large = [save(tmp_path / f'large{i}.png', noise(9, 12)) for i in range(2)]
    cut = save(tmp_path / 'cut.png', noise(8, 8, 3))
    cut.write_bytes(cut.read_bytes()[:-40])
    (tmp_path / 'text.png').write_text('no picture')
    save(tmp_path / 'image.gif', noise(8, 8))
    names = [
        'small.png',
        'large0.png',
        'gone.png',
        'cut.png',
        'text.png',
        'image.gif',
        'large1.png',
    ]
    with pytest.raises(ImageError) as told:
        read_images([*names, None, np.nan, '.'], folder=tmp_path)
    for part in (
        '6 problems with the image files',
        '2 rows are without a path',
        f'1 file is missing: {tmp_path / "gone.png"}. Relative paths begin at folder=',
        f'2 files are not readable (no PNG or JPEG image): {tmp_path / "text.png"}, ',
        f'1 file is not readable (Is a directory): {tmp_path}.',
        f'): {tmp_path / "cut.png"}.',
        'images are of 2 sizes (height x width): 2 of 9 x 12, 1 of 8 x 8. size=(height, width)',
    ):
        assert part in str(told.value)
    assert read_images([small, *large], size=8).shape == (3, 8, 8, 1)


def test_damage_is_found_whatever_the_size(tmp_path):
    cut = save(tmp_path / 'cut.jpg', noise(32, 32, 3))
    cut.write_bytes(cut.read_bytes()[:-300])
    for size in (None, 16):
        with pytest.raises(ImageError, match='1 file is not readable'):
            read_images([cut], size=size)


def test_many_reasons_are_cut_short(tmp_path):
    paths = []
    whole = save(tmp_path / 'whole.jpg', noise(32, 32, 3)).read_bytes()
    for i in range(12):
        paths.append(tmp_path / f'{i}.jpg')
        paths[-1].write_bytes(whole[: len(whole) - 100 - 7 * i])
    with pytest.raises(ImageError, match='not readable, for other reasons') as told:
        read_images(paths)
    assert str(told.value).count('\n') == 6


def test_bombs_stay_refused(tmp_path, monkeypatch):
    save(tmp_path / 'bomb.png', noise(100, 100))
    monkeypatch.setattr(Image, 'MAX_IMAGE_PIXELS', 1000)
    with pytest.raises(ImageError, match='decompression bomb'):
        read_images([tmp_path / 'bomb.png'], size=8)


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ({'size': 4}, 'images of size=4 are 4 pixels high and 4 wide; each side must have 8 to'),
        ({'size': (16, 129)}, '16 pixels high and 129 wide'),
        ({'size': '16'}, r"size='16' must be \(height, width\) in pixels, or one whole number"),
        ({'size': (16, 16, 3)}, 'must be'),
        ({'size': 16.0}, 'must be'),
        ({'channels': 4}, r'channels=4 must be 1 \(grey\), 3 \(colours\), or None'),
        ({}, r'all images are 4 pixels high and 200 wide; .* size=\(height, width\) resizes'),
    ],
)
def test_sizes_and_channels_that_cannot_be_are_refused(tmp_path, options, message):
    save(tmp_path / 'a.png', noise(4, 200, 3))
    with pytest.raises(ImageError, match=message):
        read_images([tmp_path / 'a.png'], **options)


def test_no_files_are_no_images():
    with pytest.raises(ImageError, match='there are no image files to read'):
        read_images([])


@pytest.mark.parametrize('use', [lambda folder: read_images(['a.png']), ImageFolder])
def test_without_pillow_the_way_to_install_it_is_told(tmp_path, monkeypatch, use):
    monkeypatch.setitem(sys.modules, 'PIL', None)
    monkeypatch.delitem(sys.modules, 'sdv_fair4free.images.pillow', raising=False)
    monkeypatch.delattr('sdv_fair4free.images.pillow', raising=False)
    with pytest.raises(ImportError, match=r"python -m pip install '\.\[images\]' in a clone"):
        use(tmp_path / 'pictures')
    assert not (tmp_path / 'pictures').exists()


def test_images_are_taken_as_they_are_and_grey_ones_get_a_channel():
    colours = noise(5, 8, 10, 3)
    assert checked_images(colours, 5) is colours
    grey = checked_images(colours[..., 0], 5)
    assert grey.shape == (5, 8, 10, 1)
    assert np.shares_memory(grey, colours)
    assert checked_images(colours[:0], 0).shape == (0, 8, 10, 3)


@pytest.mark.parametrize(
    ('images', 'parts'),
    [
        (
            np.full((4, 8, 8), 0.5),
            ['type float64, not uint8; multiply by 255 and round: (images * 255).round().astype('],
        ),
        (np.full((5, 8, 8), 200.0), ['round: images.round().astype(np.uint8)']),
        (np.full((5, 8, 8), -1.0), ['they go from -1 to -1: bring them to whole numbers']),
        (np.full((5, 8, 8), np.nan), ['they go from nan to nan']),
        (np.full((5, 8, 8), 255), ['type int64, not uint8; write images.astype(np.uint8)']),
        (np.full((5, 8, 8), 256), ['they go from 256 to 256']),
        (np.full((5, 8, 8), True), ['write images.astype(np.uint8) * 255']),
        (np.full((5, 8, 8), 'a'), ['give numbers from 0 to 255']),
        (noise(5, 64), ['have the shape (5, 64); give (rows, height, width, channels)']),
        (noise(5, 3, 16, 16), ['16 channels', 'put them last: images.transpose(0, 2, 3, 1)']),
        (noise(5, 16, 16, 4), ['4 channels', 'drop the transparency: images[..., :3]']),
        (noise(5, 16, 16, 2), ['2 channels', 'give 1 or 3']),
        (noise(5, 7, 16), ['images are 7 pixels high and 16 wide; each side must have 8 to 128']),
        (noise(5, 16, 129), ['129 wide']),
        (noise(6, 16, 16), ['there are 6 images for 5 rows']),
        ([noise(16, 16)] * 5, ['images are a list; give one numpy array']),
        (
            np.zeros((4, 4, 200, 2)),
            ['4 problems with the images', 'float64', '4 images for 5', '2 channels', '4 pixels'],
        ),
    ],
)
def test_what_is_wrong_with_images_is_told(images, parts):
    with pytest.raises(ImageError) as told:
        checked_images(images, 5)
    for part in parts:
        assert part in str(told.value)
