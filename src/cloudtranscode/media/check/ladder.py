"""Whether a ladder is what was promised: playlists, files, alignment, and every stream to its end."""

from __future__ import annotations

from collections.abc import Iterator

from cloudtranscode.media.check.dash import check_manifest, dash_named
from cloudtranscode.media.check.evidence import Encodes
from cloudtranscode.media.check.file import IN_STEP_S
from cloudtranscode.media.check.hls import check_iframes, check_master, check_playlist, hls_named
from cloudtranscode.media.check.judge import Check, Judge
from cloudtranscode.media.check.ladder_evidence import LadderEvidence, Texts, segments_of
from cloudtranscode.media.check.picture import check_picture, frame_s
from cloudtranscode.media.check.sound import check_sound
from cloudtranscode.media.packaging.rates import Segments
from cloudtranscode.media.plan.plan import LadderPackage, Plan

_NAMED = 3
_WRITTEN_S = 0.0005
"""EXTINF is written in milliseconds: each segment may be off by half of one."""


def check_ladder(package: LadderPackage, plan: Plan, encodes: Encodes, found: LadderEvidence) -> Iterator[Check]:
    """Judge a ladder."""
    say, texts = Judge(package.output_id), found.texts
    if isinstance(texts, str):
        yield say.equal("playlists", "valid", texts)
        return
    named = hls_named(texts) | dash_named(texts)
    missing = sorted(name for name in named if not found.sizes.get(name))
    yield say.equal("missing files", [], missing[:_NAMED])
    yield say.equal("files that nothing names", [], sorted(found.sizes.keys() - named)[:_NAMED])
    if missing:
        return
    yield from check_master(package, plan, found, texts)
    for name, playlist in texts.playlists.items():
        yield from check_playlist(say.of(name), playlist, package, encrypted=name in found.streams)
    for name, playlist in texts.iframes.items():
        sizes = {file.removeprefix(f"{name}/"): size for file, size in found.sizes.items()}
        yield from check_iframes(say.of(f"{name} I-frames"), playlist, texts.playlists[name], sizes)
    yield from check_manifest(package, plan, found, texts)
    yield from _streams(package, plan, encodes, found, texts)
    for name, (wanted, cues) in found.cues.items():
        yield say.of(name).equal("cues that are lost", 0, len(wanted - cues))


def _streams(
    package: LadderPackage, plan: Plan, encodes: Encodes, found: LadderEvidence, texts: Texts
) -> Iterator[Check]:
    """Each stream is the one that was encoded, cut at the same times as the others, and decodes to its end."""
    say, segments = Judge(package.output_id), segments_of(texts)
    yield say.equal("streams", sorted((*package.video, *package.audio)), sorted(found.streams))
    for name, stream in found.streams.items():
        part, media = say.of(name), stream.media
        yield part.equal("decoder", "silent", media.fault or "silent")
        lengths = [seconds for _, seconds in segments[name]]
        if name in package.video:
            yield from check_picture(part, name, plan, encodes, media, timed=False)
            tolerance = frame_s(plan, name) + _WRITTEN_S * len(lengths)
            yield part.near("duration", encodes.video[name].duration_s, sum(lengths), tolerance)
            yield part.equal("segments that begin without a keyframe", 0, sum(not one.sync for one in stream.fragments))
        else:
            yield from check_sound(part, name, plan, encodes, media, timed=False)
        if package.encryption:
            yield part.equal("readable without the key", expected=False, found=stream.open)
    first, *others = package.video
    longest_s = max(frame_s(plan, name) for name in package.video)
    unlike = [name for name in others if not aligned(segments[first], segments[name], longest_s)]
    yield say.equal("rungs that are cut at other times", [], unlike)
    yield from _in_step(package, plan, encodes, found)


def aligned(one: Segments, other: Segments, frame_s: float) -> bool:
    """Whether two rungs are cut at the same times; the ends may differ by a frame, which at another rate is longer."""
    if len(one) != len(other):
        return False
    apart = [abs(left - right) for (_, left), (_, right) in zip(one, other, strict=True)]
    return all(gap <= 2 * _WRITTEN_S + 1e-6 for gap in apart[:-1]) and apart[-1] <= frame_s + 2 * _WRITTEN_S


def _in_step(package: LadderPackage, plan: Plan, encodes: Encodes, found: LadderEvidence) -> Iterator[Check]:
    """Sound begins with the picture, and ends before or after it by as much as it did when it was encoded."""
    first = package.video[0]
    even = plan.facts(plan.rendition(first)).constant_rate
    tolerance = IN_STEP_S if even else max(IN_STEP_S, frame_s(plan, first))
    picture = found.streams[first].media.track("video") if first in found.streams else None
    for name in package.audio:
        sound = found.streams[name].media.track("audio") if name in found.streams else None
        if picture and sound:
            part = Judge(package.output_id, f"{name} ")
            yield part.near("behind picture at the start", 0.0, sound.start_s - picture.start_s, IN_STEP_S)
            late = encodes.audio[name].end_s - encodes.video[first].end_s
            yield part.near("behind picture at the end", late, sound.end_s - picture.end_s, tolerance)
