"""A job that cuts, joins and marks, through a worker: two parts of a film and a logo in, one file and a ladder out."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

from PIL import Image

from cloudtranscode.media.tools.programs import find_tools
from support.numbered import number_of, numbered
from support.world import INPUT, OUTPUT, World


def _frames(film: Path, folder: Path) -> list[Image.Image]:
    """Every picture of a film, decoded by plain ffmpeg."""
    folder.mkdir()
    command = [str(find_tools().ffmpeg), "-nostdin", "-v", "error", "-i", str(film), f"{folder}/%04d.png"]
    subprocess.run(command, check=True, timeout=60)
    return [Image.open(path) for path in sorted(folder.iterdir())]


def _corner(picture: Image.Image) -> int:
    """How bright it is where the logo lies."""
    x, y = picture.width - 5, picture.height - 5
    return picture.convert("L").crop((x, y, x + 1, y + 1)).tobytes()[0]


def test_parts_are_joined_and_marked(world: World, tmp_path: Path) -> None:
    film = numbered(find_tools().ffmpeg, tmp_path / "film.mp4", 10, 6)
    logo = io.BytesIO()
    Image.new("RGBA", (8, 8), (255, 255, 255, 255)).save(logo, "PNG")
    world.s3.put_object(Bucket=INPUT, Key="film.mp4", Body=film.read_bytes())
    world.s3.put_object(Bucket=INPUT, Key="logo.png", Body=logo.getvalue())
    world.start_worker()
    uri, to = f"s3://{INPUT}/film.mp4", f"s3://{OUTPUT}/cut"
    mark = {"image": f"s3://{INPUT}/logo.png", "x": -2, "y": -2, "opacity": 1.0, "start": 0.5}
    document = {
        "client": "ClientA",
        "input": [{"uri": uri, "start": 4, "end": 5}, {"uri": uri, "start": 1, "end": "1.5s"}],
        "outputs": [
            {"type": "mp4", "preset": "360p", "to": f"{to}/marked.mp4", "watermark": mark},
            {"type": "mkv", "preset": "360p", "to": f"{to}/plain.mkv"},
        ],
    }
    job = world.wait_for_end(world.stack.submission.submit(document).id)
    assert job.error is None
    pictures = {}
    for name in ("marked.mp4", "plain.mkv"):
        (tmp_path / name).write_bytes(world.s3.get_object(Bucket=OUTPUT, Key=f"cut/{name}")["Body"].read())
        pictures[name] = _frames(tmp_path / name, tmp_path / f"{name}.frames")
    assert [number_of(one) for one in pictures["plain.mkv"]] == [*range(40, 50), *range(10, 15)]
    corner = [_corner(one) for one in pictures["marked.mp4"]]
    bare = [_corner(one) for one in pictures["plain.mkv"]]
    assert [number for number, value in enumerate(corner) if value > 225] == list(range(5, 15)), corner
    assert max(bare) < 225, bare
