"""The layers: what each does, how high it stands, which modules are in it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Layer:
    """Modules that stand at one height.

    Attributes:
        name: What it is called.
        does: In a few words.
        height: Imports go from a larger one to a smaller one.
        middle: Where the middle of its box is, from 0 to 1 across the diagram.
        parts: Folders and modules of the package; a folder ends in a slash.
    """

    name: str
    does: str
    height: int
    middle: float
    parts: tuple[str, ...]


LAYERS = (
    Layer(
        name='core',
        does='the method: codes in, codes out',
        height=0,
        middle=0.5,
        parts=('core/',),
    ),
    Layer(
        name='plug-ins',
        does='the door, and what settings may say',
        height=1,
        middle=0.5,
        parts=('plugins/', 'exporters', 'validation'),
    ),
    Layer(
        name='columns',
        does='values of a table to codes, and back',
        height=2,
        middle=0.24,
        parts=(
            *('codecs', 'columns', 'dates', 'digits', 'encoding', 'grid', 'groups'),
            *(
                'key_patterns',
                'known_values',
                'labels',
                'numbered',
                'options',
                'quantiles',
                'spelled',
                'split',
            ),
            *('given_tables', 'pictures', 'table_checks', 'transformers'),
        ),
    ),
    Layer(
        name='metrics',
        does='figures of any table, whoever made it',
        height=2,
        middle=0.76,
        parts=('metrics/', 'evaluation', 'tstr'),
    ),
    Layer(
        name='synthesizer',
        does="SDV's life cycle: fit, sample, save",
        height=3,
        middle=0.24,
        parts=(
            *('lazy/', 'album', 'arrow_schema', 'choices', 'cluster', 'cluster_workers'),
            *('conditions', 'constraints'),
            *('diagnosis', 'fingerprint', 'fitting', 'known_rows', 'locks', 'loss_plot', 'model'),
            *('model_fitting', 'part_folder', 'parts', 'processing', 'progress', 'sampling'),
            *('streaming', 'synthesizer', 'telling', 'typed_metadata'),
        ),
    ),
    Layer(
        name='reports',
        does='those figures as pages and words',
        height=3,
        middle=0.76,
        parts=('reports/', 'html'),
    ),
    Layer(
        name='hand-over',
        does='a generator as a file without code',
        height=4,
        middle=0.5,
        parts=('handover/',),
    ),
    Layer(
        name='images',
        does='pictures with attributes',
        height=5,
        middle=0.5,
        parts=('images/',),
    ),
    Layer(
        name='benchmark',
        does='synthesizers side by side',
        height=6,
        middle=0.5,
        parts=('benchmark/', 'curve', 'distillation_cost'),
    ),
    Layer(
        name='command',
        does='what people type, and the demo',
        height=7,
        middle=0.5,
        parts=('command/', '__main__', 'datasets', 'demo', 'page'),
    ),
)
GROUND = ('', '_version', 'extras', 'files')
"""What anybody may import: the public names, the version, how to install what only some need, files
that appear whole or not at all."""
UPWARD = {
    ('synthesizer', 'handover.methods'): 'the mix-in with `export_teacher`, `distill` and the like',
}
"""Imports against the arrows, each with what is imported: no others are allowed."""


def layer_of(module: str) -> Layer | None:
    """The layer that a module is in; None for what anybody may import."""
    folder = module.partition('.')[0]
    for layer in LAYERS:
        if folder in layer.parts or f'{folder}/' in layer.parts:
            return layer
    return None
