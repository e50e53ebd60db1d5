"""The built-in presets."""

from cloudtranscode.media.presets import Presets

load_preset = Presets().load
