"""What all outputs of a job document have in common."""

from __future__ import annotations

from cloudtranscode.jobs.spec.fields import Words
from cloudtranscode.media.outputs import PresetChoice


class Asked(Words):
    """Something that is asked for; ``type`` and ``to`` are each output's own."""

    @property
    def images(self) -> list[str]:
        """The URIs of the pictures that are laid over this one."""
        return []

    @property
    def choices(self) -> list[PresetChoice]:
        """The presets that are named, each with what differs from it."""
        return []

    @property
    def below(self) -> bool:
        """Whether ``to`` is a prefix, and the files go below it."""
        return False
