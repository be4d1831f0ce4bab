"""Coloured digits whose bias is known, and a small real synthesizer of them: PCA and Gaussians."""

import numpy as np
import pandas as pd
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA

from sdv_fair4free.options import current
from sdv_fair4free.pictures import Pictures

COLOURS = {'blue': (0.2, 0.3, 1.0), 'red': (1.0, 0.3, 0.2)}


def painted(grey, colours):
    """(rows, 8, 8) from 0 to 1, painted with colours by name: (rows, 8, 8, 3) uint8."""
    tints = np.array([COLOURS[colour] for colour in colours])
    return np.round(255 * grey[..., None] * tints[:, None, None, :]).astype(np.uint8)


def coloured_digits(start, stop, bias, seed=0):
    """scikit-learn's digits; those below 5 are red with probability ``bias``, the others blue."""
    digits = load_digits()
    order = np.random.default_rng(1).permutation(len(digits.target))[start:stop]
    target, grey = digits.target[order], digits.images[order] / 16
    follows = np.random.default_rng(seed).random(len(order)) < bias
    colours = np.where((target < 5) == follows, 'red', 'blue')
    table = pd.DataFrame({'digit': target, 'color': colours})
    return Pictures({'digits': table}, painted(grey, colours))


class FairPca:
    """Digits by a Gaussian per class among principal components; colours by chance.

    It learns from the brightest channel, so its latent cannot know the colour; a leaky one learns
    from all three. It serves as the student too; its teacher keeps more components.
    """

    def __init__(self, pictures, leaky=False, components=20):
        self.leaky = leaky
        self.target = pictures.table['digit'].to_numpy()
        seen = self._seen(pictures.images)
        self.pca = PCA(2 * components, random_state=0).fit(seen)
        self.student_components = components
        latents = self.pca.transform(seen)
        self.means = {c: latents[self.target == c].mean(axis=0) for c in np.unique(self.target)}
        self.spreads = {c: latents[self.target == c].std(axis=0) for c in self.means}
        self.rng = np.random.default_rng(0)

    def _seen(self, images):
        return (images if self.leaky else images.max(axis=3)).reshape(len(images), -1) / 255

    def _painted(self, latents, colours):
        seen = self.pca.inverse_transform(latents).clip(0, 1)
        grey = seen.reshape(len(seen), 8, 8, -1).max(axis=3)
        return painted(grey, colours)

    def _latents(self, digits, components):
        noise = self.rng.normal(size=(len(digits), self.pca.n_components_))
        noise[:, components:] = 0
        return np.stack(
            [self.means[c] + e * self.spreads[c] for c, e in zip(digits, noise, strict=True)]
        )

    def sample(self, num_rows):
        _, from_teacher = current()
        components = self.pca.n_components_ if from_teacher else self.student_components
        digits = self.rng.choice(self.target, num_rows)
        colours = self.rng.choice([*COLOURS], num_rows)
        table = pd.DataFrame({'digit': digits, 'color': colours})
        images = self._painted(self._latents(digits, components), colours)
        return Pictures({'digits': table}, images)

    def encode(self, data, images):
        return self.pca.transform(self._seen(images)).astype(np.float32)

    def reconstruct(self, data, images):
        (table,) = data.values()
        return self._painted(self.encode(data, images), table['color'])

    def counterfactuals(self, num_rows):
        latents = self._latents(self.rng.choice(self.target, num_rows), self.student_components)
        images = [self._painted(latents, [colour] * num_rows) for colour in COLOURS]
        return pd.DataFrame({'color': [*COLOURS]}), np.stack(images)

    def get_info(self):
        pixels = self.pca.n_features_in_
        return {
            'generator_parameter_counts': {
                'teacher': self.pca.n_components_ * pixels,
                'student': self.student_components * pixels,
            }
        }
