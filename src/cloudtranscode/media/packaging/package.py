"""From encoded renditions to what is delivered: progressive MP4 and HLS."""

from __future__ import annotations

from cloudtranscode.media.encode.command import FINISHED, audio_path, copy_command, video_path
from cloudtranscode.media.plan.plan import Package, PackageKind, Plan
from cloudtranscode.media.tools.command import Command
from cloudtranscode.media.tools.programs import Tool

MASTER = "master.m3u8"
SEGMENT_S = 6
"""A multiple of the GOP, as Apple's HLS authoring specification asks for (7.5)."""

_AUDIO = "audio"


def package_commands(plan: Plan) -> list[Command]:
    """Return one command per package; nothing is encoded again."""
    return [_mp4(package, plan) if package.kind is PackageKind.MP4 else _hls(package) for package in plan.packages]


def package_path(package: Package) -> str:
    """Where a package lies: the MP4 file, or the master playlist."""
    if package.kind is PackageKind.MP4:
        return f"{FINISHED}/{package.output_id}.mp4"
    return f"{FINISHED}/{package.output_id}/{MASTER}"


def media_playlists(package: Package) -> dict[str, str]:
    """The media playlists of an HLS package by rendition id, and the sound's as ``audio``."""
    folder = f"{FINISHED}/{package.output_id}"
    names = [*package.video, *([_AUDIO] if package.audio else [])]
    return {name: f"{folder}/{name}/index.m3u8" for name in names}


def _mp4(package: Package, plan: Plan) -> Command:
    inputs = [video_path(package.video[0]), *([audio_path(package.audio)] if package.audio else [])]
    return copy_command(inputs, package_path(package), plan.source.duration_s)


def _hls(package: Package) -> Command:
    folder = f"{FINISHED}/{package.output_id}"
    streams = [_stream(video_path(name), "video", folder, name) for name in package.video]
    if package.audio:
        sound = _stream(audio_path(package.audio), "audio", folder, _AUDIO)
        streams.append(f"{sound},hls_group_id={_AUDIO},hls_name={_AUDIO}")
    return Command(
        Tool.PACKAGER,
        (
            *streams,
            *("--hls_master_playlist_output", package_path(package)),
            *("--hls_playlist_type", "VOD"),
            *("--segment_duration", str(SEGMENT_S)),
            *("--default_language", "und"),
            "--quiet",
        ),
    )


def _stream(path: str, kind: str, folder: str, name: str) -> str:
    return (
        f"in={path},stream={kind},init_segment={folder}/{name}/init.mp4,"
        f"segment_template={folder}/{name}/seg_$Number%05d$.m4s,playlist_name={name}/index.m3u8"
    )
