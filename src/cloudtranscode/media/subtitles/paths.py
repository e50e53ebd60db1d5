"""Where subtitles lie in a job's scratch folder."""

from __future__ import annotations

from cloudtranscode.media.plan.plan import TextFile, TextRendition
from cloudtranscode.media.tools.words import ENCODED, FINISHED


def burned_path(item: TextRendition) -> str:
    """A rendition as SubStation Alpha, for pictures that it is burned into."""
    return f"{ENCODED}/text_{item.id}.ass"


def text_file_path(file: TextFile) -> str:
    """An output; it is delivered as it is."""
    return f"{FINISHED}/{file.output_id}.{file.format}"
