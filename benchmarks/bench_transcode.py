"""What does the stack cost over plain ffmpeg? One ladder, three ways, in interleaved rounds; run by `make bench`.

- ``single``: the baseline, the best single process: one ffmpeg decodes once and encodes all rungs.
- ``ct``: `ct transcode SRC hls/`, from start to exit: probe, the same encode in the jail, packaging, every check (which
  decodes each rung to its end) and publishing to a local folder.
- ``sequence``: one ffmpeg per rung, one after the other.

Ratios are taken within a round, where all ways met the same machine; the median of them is what counts. On a machine
that is busy with something else, only the processor time says anything.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cloudtranscode.media.tools.programs import find_tools

FFMPEG = str(find_tools().ffmpeg)
BASELINE = "single"
LADDER = {1080: 5000, 720: 2800, 480: 1400, 360: 800}  # lines: kb/s, as in the presets
CLIP = "bbb_1080p24_56s.mp4"


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds on the clock and on the processors."""

    wall: float
    cpu: float


def ffmpeg(*args: str) -> None:
    """Run ffmpeg to its end."""
    subprocess.run([FFMPEG, "-nostdin", "-v", "error", "-y", *args], check=True)


def encoder(rate_kbps: int) -> list[str]:
    """The presets' settings."""
    rates = ["-crf", "22", "-maxrate", f"{rate_kbps}k", "-bufsize", f"{rate_kbps * 2}k"]
    grid = ["-force_key_frames", "expr:gte(t,n_forced*2)", "-sc_threshold", "0"]
    return ["-c:v", "libx264", "-preset", "medium", "-pix_fmt", "yuv420p", *rates, *grid]


def single(source: Path, folder: Path) -> None:
    """Decode once; scale each rung from the one above; encode all; sound once."""
    last, steps = "0:v", []
    for lines in LADDER:
        steps.append(f"[{last}]scale=-2:{lines}:flags=bicubic,split[v{lines}][c{lines}]")
        last = f"c{lines}"
    steps.append(f"[{last}]nullsink")
    outputs = [
        word
        for lines, rate in LADDER.items()
        for word in ("-map", f"[v{lines}]", *encoder(rate), str(folder / f"{lines}.mp4"))
    ]
    sound = ["-map", "0:a?", "-c:a", "aac", "-b:a", "128k", str(folder / "sound.mp4")]
    ffmpeg("-i", str(source), "-filter_complex", ";".join(steps), *outputs, *sound)


def sequence(source: Path, folder: Path) -> None:
    """Decode and encode for each rung anew."""
    for lines, rate in LADDER.items():
        scale = ["-vf", f"scale=-2:{lines}:flags=bicubic"]
        sound = ["-c:a", "aac", "-b:a", "128k"]
        ffmpeg("-i", str(source), *scale, *encoder(rate), *sound, str(folder / f"{lines}.mp4"))


def ct(source: Path, folder: Path) -> None:
    """The stack, as people call it."""
    program = Path(sys.executable).with_name("ct")
    environment = os.environ | {"CT_HOME": str(folder / "home")}
    command = [str(program), "transcode", str(source), f"{folder}/hls/", *(f"--preset={lines}p" for lines in LADDER)]
    subprocess.run(command, check=True, env=environment, capture_output=True)


WAYS: dict[str, Callable[[Path, Path], None]] = {"single": single, "ct": ct, "sequence": sequence}


def measure(way: Callable[[Path, Path], None], source: Path) -> Cost:
    """Run one way in an empty folder."""
    with tempfile.TemporaryDirectory() as folder:
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        way(source, Path(folder))
        wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return Cost(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def make_source(target: Path, seconds: int) -> str:
    """Cut a real clip where CT_TEST_MEDIA has it, else generate one; returns what it is."""
    real = Path(os.environ.get("CT_TEST_MEDIA", "")) / CLIP
    if real.is_file():
        ffmpeg("-i", str(real), "-t", str(seconds), "-c", "copy", str(target))
        return f"the first {seconds} s of {CLIP}"
    picture = f"testsrc2=size=1920x1080:rate=24:duration={seconds},noise=alls=8:allf=t"
    sound = f"sine=duration={seconds}"
    quick = ["-preset", "veryfast", "-crf", "18", "-pix_fmt", "yuv420p", "-c:a", "aac"]
    ffmpeg("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound, *quick, str(target))
    return f"{seconds} s of a generated 1080p24 clip"


def report(rounds: list[dict[str, Cost]]) -> None:
    """Print the table."""
    print(f"{'way':<10}{'min s':>9}{'median s':>10}{f'x {BASELINE}':>11}{'CPU-s':>9}{f'x {BASELINE}':>11}")
    for name in WAYS:
        walls = [costs[name].wall for costs in rounds]
        wall_ratio = statistics.median(costs[name].wall / costs[BASELINE].wall for costs in rounds)
        cpu = statistics.median(costs[name].cpu for costs in rounds)
        cpu_ratio = statistics.median(costs[name].cpu / costs[BASELINE].cpu for costs in rounds)
        print(
            f"{name:<10}{min(walls):>9.2f}{statistics.median(walls):>10.2f}{wall_ratio:>11.2f}"
            f"{cpu:>9.1f}{cpu_ratio:>11.2f}"
        )


def main() -> None:
    """Measure every way in turn, round by round."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=10, help="length of the source")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="ct-bench-"))
    try:
        source = folder / "source.mp4"
        machine = f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before"
        print(f"{make_source(source, options.seconds)}; {options.rounds} rounds; {machine}", flush=True)
        report([{name: measure(way, source) for name, way in WAYS.items()} for _ in range(options.rounds)])
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
