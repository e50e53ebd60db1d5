"""Codecs for archives and for editing: every picture stands alone, and no rate is asked for."""

from __future__ import annotations

from cloudtranscode.media.encode.codecs.encode import Encode, given


def prores(encode: Encode) -> tuple[str, ...]:
    """Return the words of ProRes; ``apl0`` is the vendor that Apple's programs expect."""
    return "-c:v", "prores_ks", *given("-profile:v", encode.settings.profile), "-vendor", "apl0"


def ffv1(_: Encode) -> tuple[str, ...]:
    """Return the words of FFV1 as archives use it: version 3, with a checksum on every slice (RFC 9043)."""
    return "-c:v", "ffv1", "-level", "3", "-coder", "1", "-context", "1", "-g", "1", "-slices", "16", "-slicecrc", "1"
