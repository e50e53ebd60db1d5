"""Named choices of settings: TOML files that extend each other, their catalogue, and what is possible in them."""

from cloudtranscode.media.presets.catalogue import Presets, Resolved
from cloudtranscode.media.presets.resolving import fingerprint
from cloudtranscode.media.presets.writing import written

__all__ = ["Presets", "Resolved", "fingerprint", "written"]
