"""Ladders: one set of CMAF segments, and the manifests that name them."""

from __future__ import annotations

from cloudtranscode.media.encode.picture import video_path
from cloudtranscode.media.encode.sound import audio_path
from cloudtranscode.media.plan.plan import LadderPackage, Plan
from cloudtranscode.media.tools.command import Command
from cloudtranscode.media.tools.programs import Tool
from cloudtranscode.media.tools.words import FINISHED, seconds

MASTER = "master.m3u8"


def ladder_folder(package: LadderPackage) -> str:
    """Where a ladder lies."""
    return f"{FINISHED}/{package.output_id}"


def media_playlists(package: LadderPackage) -> dict[str, str]:
    """The media playlists of a ladder by rendition id."""
    return {name: f"{ladder_folder(package)}/{name}/index.m3u8" for name in (*package.video, *package.audio)}


def ladder_command(package: LadderPackage, plan: Plan) -> Command:
    """Return the command that cuts the renditions into segments; nothing is encoded again."""
    folder = ladder_folder(package)
    streams = [_stream(video_path(plan.rendition(name)), "video", folder, name) for name in package.video]
    for name in package.audio:
        sound = _stream(audio_path(plan.sound(name)), "audio", folder, name)
        streams.append(f"{sound},hls_group_id=audio,hls_name={name}")
    return Command(
        Tool.PACKAGER,
        (
            *streams,
            *("--hls_master_playlist_output", f"{folder}/{MASTER}"),
            *("--hls_playlist_type", "VOD"),
            *("--segment_duration", seconds(package.segment_s)),
            *("--default_language", "und"),
            "--quiet",
        ),
    )


def _stream(path: str, kind: str, folder: str, name: str) -> str:
    return (
        f"in={path},stream={kind},init_segment={folder}/{name}/init.mp4,"
        f"segment_template={folder}/{name}/seg_$Number%05d$.m4s,playlist_name={name}/index.m3u8"
    )
