"""Image files: what is read, what is written, and what an array of images must be."""

from sdv_fair4free.images.checks import ImageError, checked_images, image_problems
from sdv_fair4free.images.reading import read_images
from sdv_fair4free.images.writing import ImageFolder, write_images

__all__ = [
    'ImageError',
    'ImageFolder',
    'checked_images',
    'image_problems',
    'read_images',
    'write_images',
]
