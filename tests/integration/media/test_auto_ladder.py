"""A ladder derived from a source, made and checked."""

from __future__ import annotations

import re
from pathlib import Path

from cloudtranscode.media.engine import Engine
from cloudtranscode.media.outputs import Ladder, Manifest, PresetChoice
from support.clips import Clips
from support.runs import Made


def test_rungs_of_two_rates_share_one_grid_of_segments(engine: Engine, clips: Clips, scratch: Path) -> None:
    choice = PresetChoice("1080p", video={"encoder_preset": "ultrafast", "gop_s": 1})
    ladder = Ladder("h", frozenset({Manifest.HLS, Manifest.DASH}), (choice,), auto=True, segment_s=1)
    made = Made(engine, scratch, clips["quick.mp4"], [ladder])
    assert [(item.id, item.width, item.settings.frame_rate) for item in made.plan.video] == [
        ("360p", 640, None),
        ("240p", 426, 25),
    ]
    assert all(check.ok for check in made.checks)
    cuts = [
        re.findall(r"#EXTINF:([\d.]+)", path.read_text()) for path in made.paths("h") if path.match("*0p/index.m3u8")
    ]
    assert [[float(one) for one in rung] for rung in cuts] == [[1, 1], [1, 1]]
    assert made.plan.notes[0] == "Output h: The source is worth 2 rungs: 640x360, 426x240."
