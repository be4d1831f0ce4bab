"""The manifest of a file, once it is known to be about the other parts; needs no torch."""

from __future__ import annotations

from collections.abc import Mapping

from sdv_fair4free.handover.archive import MANIFEST, PARTS, digest
from sdv_fair4free.handover.errors import HandoverError
from sdv_fair4free.handover.manifest import Manifest, parsed, protocol_of


def read_manifest(parts: Mapping[str, bytes]) -> Manifest:
    """The manifest, and that the other parts are those it names.

    Args:
        parts: From :func:`~sdv_fair4free.handover.archive.read_archive`.

    Raises:
        HandoverError: If they are not.
    """
    protocol_of(parts[MANIFEST])
    manifest = parsed(Manifest, parts[MANIFEST], MANIFEST)
    if {*manifest.parts} != {*PARTS}:
        raise HandoverError(f'{MANIFEST} names the parts {sorted(manifest.parts)}.')
    for name, told in manifest.parts.items():
        if told.bytes != len(parts[name]) or told.sha256 != digest(parts[name]):
            raise HandoverError(f'{name} is not the one that {MANIFEST} names: it was changed.')
    return manifest
