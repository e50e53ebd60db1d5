"""A job of pictures and subtitles alone through a worker: a film and a sidecar in, folders and files out."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

from cloudtranscode.media.subtitles.cue import Cue
from cloudtranscode.media.subtitles.reading import read_subtitles
from cloudtranscode.media.subtitles.writing import subrip
from cloudtranscode.media.tools.programs import find_tools
from support.numbered import number_of, numbered
from support.world import INPUT, OUTPUT, World

_CUES = [Cue(0.5, 2.0, "Guten Tag"), Cue(3.0, 4.0, "Grüße")]


def test_pictures_and_subtitles_are_delivered(world: World, tmp_path: Path) -> None:
    film = numbered(find_tools().ffmpeg, tmp_path / "film.mp4", 10, 6)
    world.s3.put_object(Bucket=INPUT, Key="film.mp4", Body=film.read_bytes())
    world.s3.put_object(Bucket=INPUT, Key="film.srt", Body=subrip(_CUES).encode("cp1252"))
    world.start_worker()
    to = f"s3://{OUTPUT}/film"
    document = {
        "client": "ClientA",
        "input": {"uri": f"s3://{INPUT}/film.mp4", "start": 1},
        "tracks": {"subtitles": [{"file": f"s3://{INPUT}/film.srt", "language": "de"}]},
        "outputs": [
            {"type": "thumbnails", "every": 2, "format": "png", "to": f"{to}/thumbs/"},
            {"type": "sprite", "every": 1, "to": f"{to}/sprite/"},
            {"type": "poster", "at": "best", "to": f"{to}/best.webp"},
            {"type": "subtitles", "to": f"{to}/film.vtt"},
        ],
    }
    job = world.wait_for_end(world.stack.submission.submit(document).id)
    assert job.error is None
    assert world.keys("film/") == [
        *("film/best.webp", "film/film.vtt", "film/sprite/sprite.vtt", "film/sprite/sprite001.jpg"),
        *(f"film/thumbs/thumb{number:06}.png" for number in (1, 2, 3)),
    ]
    bodies = {key: world.s3.get_object(Bucket=OUTPUT, Key=key)["Body"].read() for key in world.keys("film/")}
    thumbs = [Image.open(io.BytesIO(bodies[f"film/thumbs/thumb{number:06}.png"])) for number in (1, 2, 3)]
    assert [number_of(picture) for picture in thumbs] == [10, 30, 50]
    assert read_subtitles(bodies["film/film.vtt"].decode()) == [Cue(0.0, 1.0, "Guten Tag"), Cue(2.0, 3.0, "Grüße")]
    assert bodies["film/sprite/sprite.vtt"].count(b"sprite001.jpg#xywh=") == 5
