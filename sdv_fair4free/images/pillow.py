"""Pillow, which only image files need: import this where they are read or written, not before."""

try:
    from PIL import Image, ImageOps, UnidentifiedImageError
except ModuleNotFoundError as error:
    raise ImportError(
        "Reading and writing image files needs Pillow: pip install 'sdv-fair4free[images]'. "
        'Images as one array need it not.'
    ) from error

__all__ = ['Image', 'ImageOps', 'UnidentifiedImageError']
