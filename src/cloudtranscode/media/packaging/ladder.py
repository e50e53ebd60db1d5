"""Ladders: one set of CMAF segments, and the manifests that name them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from cloudtranscode.media.encode.picture import video_path
from cloudtranscode.media.encode.sound import audio_path
from cloudtranscode.media.outputs import Encryption, Manifest
from cloudtranscode.media.packaging.language import short_tag
from cloudtranscode.media.packaging.text import text_path
from cloudtranscode.media.plan.plan import LadderPackage, Plan, TextRendition
from cloudtranscode.media.rendition import AudioRendition
from cloudtranscode.media.tools.command import Command
from cloudtranscode.media.tools.programs import Tool
from cloudtranscode.media.tools.words import ENCODED, FINISHED, seconds

MASTER = "master.m3u8"
MANIFEST = "manifest.mpd"
PLAYLIST_BYTES = 64 << 20
"""A week of segments has far less."""

_NO_WORD = re.compile(r'[\s\x00-\x1f\x7f",=]+')
"""What would end a field of a stream's description, or an attribute of a playlist."""

_NOBODY = "zxx"
"""No linguistic content (ISO 639-2): the language of no subtitles, so that none are shown unless asked for."""


def ladder_folder(package: LadderPackage) -> str:
    """Where a ladder lies."""
    return f"{FINISHED}/{package.output_id}"


def text_folder(text_id: str) -> str:
    """The folder of a subtitle rendition in its ladder; a picture's or a sound's is its id."""
    return f"text_{text_id}"


def key_path(package: LadderPackage) -> str:
    """Where the key of a ladder lies while it is packaged."""
    return f"{ENCODED}/key_{package.output_id}.flags"


def key_flags(encryption: Encryption) -> str:
    """What :func:`key_path` holds: the secrets stand in no list of processes."""
    keys = f"--keys=label=:key_id={encryption.key_id}:key={encryption.key}"
    return "\n".join([keys, *([f"--iv={encryption.iv}"] if encryption.iv else []), ""])


def ladder_command(package: LadderPackage, plan: Plan) -> Command:
    """Return the command that cuts the renditions into segments; nothing is encoded again.

    A segment has one fragment for each GOP, so that each I-frame can be fetched alone.
    """
    folder = ladder_folder(package)
    gop_s = min(plan.rendition(name).settings.gop_s for name in package.video)
    words = [*_streams(package, plan), *_manifests(package, folder)]
    words += ["--segment_duration", seconds(package.segment_s), "--fragment_duration", seconds(gop_s)]
    words += ["--default_text_language", _NOBODY] if package.texts else []
    if first := next((short_tag(plan.sound(name).language) for name in package.audio), None):
        words += ["--default_language", first]
    if package.encryption:
        words += _encryption(package.encryption, key_path(package))
    return Command(Tool.PACKAGER, (*words, "--quiet"), plan.source.duration_s)


def _streams(package: LadderPackage, plan: Plan) -> Iterable[str]:
    """Describe each stream to the packager."""
    sounds = [plan.sound(name) for name in package.audio]
    texts = [plan.text(name) for name in package.texts]
    for name in package.video:
        iframes = (f"iframe_playlist_name={name}/iframes.m3u8",) if _has_iframes(package) else ()
        yield _stream(package, video_path(plan.rendition(name)), "video", name, iframes)
    for sound, title in zip(sounds, _titles(sounds), strict=True):
        yield _stream(package, audio_path(sound), "audio", sound.id, _told(package, "audio", title, sound.language))
    for text, title in zip(texts, _titles(texts), strict=True):
        told = (*_told(package, "text", title, text.language), *(["forced_subtitle=1"] if text.forced else []))
        yield _stream(package, text_path(text), "text", text_folder(text.id), told)


def _stream(package: LadderPackage, path: str, kind: str, name: str, more: Iterable[str]) -> str:
    place = f"{ladder_folder(package)}/{name}"
    files = [f"segment_template={place}/seg_$Number%05d$.{'vtt' if kind == 'text' else 'm4s'}"]
    if kind != "text":
        files.insert(0, f"init_segment={place}/init.mp4")
    if Manifest.HLS in package.manifests:
        files.append(f"playlist_name={name}/index.m3u8")
    return ",".join((f"in={path}", f"stream={kind}", *files, *more))


def _told(package: LadderPackage, group: str, title: str, language: str | None) -> Iterable[str]:
    if Manifest.HLS in package.manifests:
        yield from (f"hls_group_id={group}", f"hls_name={title}")
    if Manifest.DASH in package.manifests:
        yield f"dash_label={title}"
    if tag := short_tag(language):
        yield f"lang={tag}"


def _titles(tracks: Sequence[AudioRendition | TextRendition]) -> list[str]:
    """A name for each track, no two alike: RFC 8216, 4.3.4.1.1."""
    names: list[str] = []
    for item in tracks:
        name = _NO_WORD.sub(" ", item.name or short_tag(item.language) or item.id).strip() or item.id
        names.append(name if name not in names else f"{name} ({item.id})")
    return names


def _manifests(package: LadderPackage, folder: str) -> Iterable[str]:
    if Manifest.HLS in package.manifests:
        yield from ("--hls_master_playlist_output", f"{folder}/{MASTER}", "--hls_playlist_type", "VOD")
    if Manifest.DASH in package.manifests:
        yield from ("--mpd_output", f"{folder}/{MANIFEST}", "--generate_static_live_mpd")


def _encryption(encryption: Encryption, path: str) -> Iterable[str]:
    yield from ("--enable_raw_key_encryption", "--protection_scheme", encryption.scheme, "--clear_lead", "0")
    if encryption.key_uri:
        yield from ("--hls_key_uri", encryption.key_uri)
    yield from ("--flagfile", path)


def _has_iframes(package: LadderPackage) -> bool:
    return package.iframes and Manifest.HLS in package.manifests
