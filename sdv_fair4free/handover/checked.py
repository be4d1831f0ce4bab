"""The manifest of a file, once it is known to be about the other parts; needs no torch."""

from __future__ import annotations

from collections.abc import Mapping

from sdv_fair4free.handover.archive import MANIFEST, PARTS, digest
from sdv_fair4free.handover.errors import HandoverError
from sdv_fair4free.handover.findings import PrivacyEvidence
from sdv_fair4free.handover.manifest import MadeUpTable, Manifest, parsed, protocol_of
from sdv_fair4free.handover.measured import ExportFigures


def read_manifest(parts: Mapping[str, bytes]) -> Manifest:
    """The manifest, and that the other parts are those it names.

    Args:
        parts: From :func:`~sdv_fair4free.handover.archive.read_archive`.

    Raises:
        HandoverError: If they are not, or if figures or evidence in it are none.
    """
    protocol_of(parts[MANIFEST])
    manifest = parsed(Manifest, parts[MANIFEST], MANIFEST)
    if {*manifest.parts} != {*PARTS}:
        raise HandoverError(f'{MANIFEST} names the parts {sorted(manifest.parts)}.')
    for name, told in manifest.parts.items():
        if told.bytes != len(parts[name]) or told.sha256 != digest(parts[name]):
            raise HandoverError(f'{name} is not the one that {MANIFEST} names: it was changed.')
    # What is open in the format is closed by the classes that read it.
    if manifest.figures is not None:
        ExportFigures.from_dict(manifest.figures)
    if manifest.evidence is not None:
        PrivacyEvidence.from_dict(manifest.evidence)
    return manifest


def check_favourable(manifest: Manifest, table: MadeUpTable) -> None:
    """Refuse a favourable outcome that the target does not have.

    Raises:
        HandoverError: If it does not.
    """
    favourable, target = manifest.parameters.favourable_outcome, manifest.parameters.target_column
    if favourable is None or target is None:
        return
    targets = [target] if isinstance(target, str) else target
    known = [value for column in table.columns if column.name in targets for value in column.values]
    if favourable not in known:
        raise HandoverError(
            f'{MANIFEST}: parameters.favourable_outcome={favourable!r} is no value of the target.'
        )
