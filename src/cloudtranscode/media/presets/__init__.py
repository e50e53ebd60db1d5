"""Named choices of settings: TOML files that extend each other, their catalogue, and what is possible in them."""

from cloudtranscode.media.outputs import PresetChoice
from cloudtranscode.media.presets.catalogue import Presets, Resolved
from cloudtranscode.media.presets.resolving import fingerprint
from cloudtranscode.media.presets.writing import written
from cloudtranscode.media.rendition import Preset

__all__ = ["Presets", "Resolved", "fingerprint", "load_preset", "written"]


def load_preset(choice: PresetChoice | str) -> Preset:
    """Return a built-in preset. Errors: as :meth:`Presets.load`."""
    return Presets().load(choice)
