"""Where subtitles lie in a job's scratch folder."""

from __future__ import annotations

from cloudtranscode.media.plan.plan import TextFile
from cloudtranscode.media.tools.words import FINISHED


def text_file_path(file: TextFile) -> str:
    """An output; it is delivered as it is."""
    return f"{FINISHED}/{file.output_id}.{file.format}"
