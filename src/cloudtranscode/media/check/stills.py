"""Whether the pictures are what was promised."""

from __future__ import annotations

from collections.abc import Iterator

from cloudtranscode.media.check.evidence import Media, examine
from cloudtranscode.media.check.judge import Check, Judge
from cloudtranscode.media.encode.stills import still_path
from cloudtranscode.media.plan.plan import Still
from cloudtranscode.media.tools.runner import Runner, Watch


def examine_still(still: Still, runner: Runner, watch: Watch) -> Media:
    """Measure a picture and decode it. Errors: as :func:`examine`."""
    return examine(still_path(still), None, runner, watch)


def check_still(still: Still, found: Media) -> Iterator[Check]:
    """Judge a picture."""
    say = Judge(still.output_id)
    picture = found.track("video")
    yield say.equal("format", "mjpeg", picture.codec if picture else "none")
    if picture:
        yield say.equal("size", f"{still.width}x{still.height}", f"{picture.width}x{picture.height}")
    yield say.equal("decoder", "silent", found.fault or "silent")
