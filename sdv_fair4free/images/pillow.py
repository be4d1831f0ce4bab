"""Pillow, which only image files need: import this where they are read or written, not before."""

from sdv_fair4free.extras import to_install

try:
    from PIL import Image, ImageOps, UnidentifiedImageError
except ModuleNotFoundError as error:
    raise ImportError(
        f'Reading and writing image files needs Pillow: {to_install("images")}. '
        'Images as one array need it not.'
    ) from error

__all__ = ['Image', 'ImageOps', 'UnidentifiedImageError']
