"""Job documents of the earlier stack, in all three of its envelopes, read as ours."""

from cloudtranscode.jobs.legacy.envelope import is_legacy
from cloudtranscode.jobs.legacy.fields import Note
from cloudtranscode.jobs.legacy.reading import Understood, read_legacy

__all__ = ["Note", "Understood", "is_legacy", "read_legacy"]
