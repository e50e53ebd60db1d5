"""Small clips, made by ffmpeg when first asked for and kept for the session."""

from __future__ import annotations

import subprocess
from pathlib import Path

_VIDEO = ["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=24:duration=3"]
_SOUND = ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=44100:duration=3,aformat=channel_layouts=stereo"]
_FLASH = "color=c=black:size=160x90:rate=24:duration=3,drawbox=color=white:t=fill:enable='between(t,1,1.2)'"
_BEEP = "aevalsrc='if(between(t,1,1.2),sin(2*PI*1000*t),0)':sample_rate=48000:duration=3"
_X264 = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac"]


def _synced(picture_from: float = 0, sound_from: float = 0) -> list[str]:
    """A flash and a beep, both after one second of the clip's own clock; ffmpeg starts each input at its offset."""
    video = f"{_FLASH},trim=start={picture_from},setpts=PTS-STARTPTS"
    audio = f"{_BEEP},atrim=start={sound_from},asetpts=PTS-STARTPTS"
    return [
        *("-itsoffset", str(picture_from), "-f", "lavfi", "-i", video),
        *("-itsoffset", str(sound_from), "-f", "lavfi", "-i", audio),
        *_X264,
        *("-bf", "2"),
    ]


def _counted(seconds: int) -> list[str]:
    """Each picture has its number in its luma, modulo 96: 16 and twice the number."""
    picture = f"color=black:size=64x64:rate=24:duration={seconds},format=yuv420p"
    return [
        *("-f", "lavfi", "-i", f"{picture},geq=lum='16+2*mod(N,96)':cb=128:cr=128"),
        *("-f", "lavfi", "-i", f"sine=frequency=440:sample_rate=48000:duration={seconds}"),
        *(*_X264, "-qp", "6", "-g", "48", "-bf", "2"),
    ]


_MOVING = ["-f", "lavfi", "-i", "testsrc2=size=192x144:rate=50:duration=2,format=yuv420p"]
_FIELDS = [*_X264, "-crf", "8", "-flags", "+ildct+ilme"]

_RECIPES: dict[str, list[str]] = {
    "plain.mp4": [*_VIDEO, *_SOUND, *_X264, "-bf", "2"],
    "faststart.mp4": [*_VIDEO, *_SOUND, *_X264, "-movflags", "+faststart"],
    "mono.mp4": [*_VIDEO, *_SOUND, *_X264, "-ac", "1"],
    "silent.mp4": [*_VIDEO, *_X264],
    "quick.mp4": ["-f", "lavfi", "-i", "testsrc2=size=640x360:rate=50:duration=2", *_X264],
    "sound_only.m4a": [*_SOUND, "-c:a", "aac"],
    "odd.mkv": ["-f", "lavfi", "-i", "testsrc=size=161x91:rate=25:duration=2", "-c:v", "ffv1", "-pix_fmt", "yuv444p"],
    "tall_pixels.mp4": [*_VIDEO, "-vf", "scale=180:180,setsar=16/9", *_X264],
    "full_range.mp4": [*_VIDEO, *_X264, "-pix_fmt", "yuvj420p", "-color_range", "pc"],
    "vfr.mp4": [*_VIDEO, *_SOUND, "-vf", "select='lt(n,24)+not(mod(n,3))'", "-fps_mode", "vfr", *_X264],
    "counted.mp4": _counted(4),
    "counted.mkv": _counted(4),
    "counted.ts": _counted(4),
    "long.ts": _counted(16),
    "flat.mp4": [
        *("-f", "lavfi", "-i", "color=black:size=160x90:rate=24:duration=1.5,format=yuv420p,geq=lum=100:cb=128:cr=128"),
        *(*_X264, "-qp", "4"),
    ],
    "mark.png": ["-f", "lavfi", "-i", "color=white:size=20x10,format=rgba", "-frames:v", "1"],
    "half_clear.png": ["-f", "lavfi", "-i", "color=white@0.5:size=20x10,format=rgba", "-frames:v", "1"],
    "frames50.mp4": [*_MOVING, *_X264, "-crf", "8"],
    "top_first.ts": [*_MOVING, "-vf", "tinterlace=interleave_top,setfield=tff", *_FIELDS, "-x264-params", "tff=1"],
    "bottom_first.ts": [
        *(*_MOVING, "-vf", "tinterlace=interleave_bottom,setfield=bff", *_FIELDS, "-x264-params", "bff=1"),
    ],
    "silent_fields.avi": [*_MOVING, "-vf", "tinterlace=interleave_top,scale=720:576", "-c:v", "ffvhuff"],
    "called_fields.ts": [*_MOVING, "-vf", "fps=25,setfield=tff", *_FIELDS, "-x264-params", "tff=1"],
    "clear.mov": [
        *(
            "-f",
            "lavfi",
            "-i",
            "color=white:size=64x64:rate=24:duration=0.5,format=rgba,geq=255:0:0:a='if(lt(X,32),255,0)'",
        ),
        *("-c:v", "qtrle"),
    ],
    "clear.webm": [
        *(
            "-f",
            "lavfi",
            "-i",
            "color=white:size=64x64:rate=24:duration=0.5,format=rgba,geq=255:0:0:a='if(lt(X,32),255,0)'",
        ),
        *("-c:v", "libvpx-vp9", "-pix_fmt", "yuva420p", "-crf", "10", "-b:v", "0", "-deadline", "realtime"),
    ],
    "synced.mp4": _synced(),
    "synced.ts": _synced(),
    "late_sound.mp4": _synced(sound_from=0.7),
    "late_picture.mp4": _synced(picture_from=0.5),
}


class Clips:
    """``clips["rotate90.mp4"]`` is the path of that clip."""

    def __init__(self, folder: Path, ffmpeg: Path) -> None:
        self.folder = folder
        self._ffmpeg = ffmpeg

    def __getitem__(self, name: str) -> Path:
        path = self.folder / name
        if not path.exists():
            self._make(path)
        return path

    def _make(self, path: Path) -> None:
        match path.name:
            case "rotate90.mp4":
                self._run(["-display_rotation", "90", "-i", str(self["plain.mp4"]), "-c", "copy"], path)
            case "rotate180.mp4" | "rotate270.mp4":
                turn = path.stem.removeprefix("rotate")
                self._run(["-display_rotation", turn, "-i", str(self["plain.mp4"]), "-c", "copy"], path)
            case "mirrored.mp4":
                self._run(["-display_hflip", "-i", str(self["plain.mp4"]), "-c", "copy"], path)
            case "cut_index_first.mp4":
                whole = self["faststart.mp4"].read_bytes()
                path.write_bytes(whole[: len(whole) * 2 // 3])
            case "cut_index_last.mp4":
                path.write_bytes(self["plain.mp4"].read_bytes()[:50_000])
            case "hardly_sound.mp4":
                self._run(["-i", str(self["plain.mp4"]), "-c", "copy", "-t", "0"], path)
            case "text.txt":
                path.write_text("Not a video, only words.\n" * 40)
            case "empty.mp4":
                path.write_bytes(b"")
            case name:
                self._run(_RECIPES[name], path)

    def _run(self, args: list[str], path: Path) -> None:
        command = [str(self._ffmpeg), "-nostdin", "-loglevel", "error", *args, str(path)]
        subprocess.run(command, check=True, capture_output=True, timeout=60)
