"""From the words of an order to what the media room makes, and from its files to where they go."""

from __future__ import annotations

import contextlib
import os.path
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from cloudtranscode.errors import InvalidDocument
from cloudtranscode.jobs.spec import JobSpec
from cloudtranscode.jobs.spec.texts import SUBTITLE_SUFFIXES
from cloudtranscode.location import FileLocation, Location
from cloudtranscode.media.artifact import Artifact, Role
from cloudtranscode.media.containers import Container
from cloudtranscode.media.documents.output import PagesOutput, PdfOutput, TextOutput
from cloudtranscode.media.documents.plan import DocumentPlan
from cloudtranscode.media.images.formats import SUFFIXES
from cloudtranscode.media.images.output import ImageFormat, ImageOutput
from cloudtranscode.media.outputs import (
    AudioOutput,
    FileOutput,
    Ladder,
    Manifest,
    Named,
    Order,
    Poster,
    PresetChoice,
    StillFormat,
    SubtitleFormat,
    Subtitles,
    Waveform,
    WaveformFormat,
)
from cloudtranscode.media.studio import AnyPlan, Whatever
from cloudtranscode.workflow.ordered import audio_of, clips_of, images_of, output_of, subtitles_of
from cloudtranscode.workflow.publish import Item

_OF_DOCUMENTS: dict[str, Named] = {".txt": TextOutput("out0"), ".pdf": PdfOutput("out0")}
_OF_TRACKS: dict[str, tuple[str, Named]] = {
    ".json": ("waveform", Waveform("out0", WaveformFormat.JSON)),
    **{end: ("subtitles", Subtitles("out0", SubtitleFormat(form))) for end, form in SUBTITLE_SUFFIXES.items()},
}
_SOUNDS = {
    ".m4a": (Container.M4A, "aac-128"),
    ".mp3": (Container.MP3, "mp3-192"),
    ".ogg": (Container.OGG, "opus-96"),
    ".opus": (Container.OGG, "opus-96"),
    ".flac": (Container.FLAC, "flac"),
    ".wav": (Container.WAV, "wav"),
    ".ac3": (Container.AC3, "ac3-384"),
    ".eac3": (Container.EAC3, "eac3-384"),
}
"""Files of sound alone by their endings, and the preset that is usual for each."""

_LADDER = ("1080p", "720p", "480p", "360p")
_WEBM = ("720p-vp9",)
_SINGLE = ("720p",)
_RANKS = {role: rank for rank, role in enumerate(Role)}


@dataclass(frozen=True, slots=True)
class Wanted:
    """One output as ordered: its ``type`` in the job document's words, where it goes, and what to make.

    ``below`` says that ``to`` is a folder, and the files go below it.
    """

    type: str
    to: Location
    output: Named
    below: bool = False

    @property
    def folder(self) -> Location:
        """Where files are put: the destination itself where it is a folder, else the folder it lies in."""
        return self.to if self.below else self.to.folder

    def would_overwrite(self, source: Location) -> bool:
        """Whether publishing this could replace ``source``: by its name, through links, or anywhere below."""
        target = _followed(self.to)
        if self.below:
            return target.contains(_followed(source))
        return target == _followed(source) or _same_file(self.to, source)


def of_job(spec: JobSpec) -> list[Wanted]:
    """Return what a job document orders."""
    pairs = zip(spec.outputs, spec.destinations, strict=True)
    images = images_of(spec)
    return [
        Wanted(one.type, to, output_of(f"out{number}", one, images), one.below)
        for number, (one, to) in enumerate(pairs)
    ]


def order_of(spec: JobSpec, wanted: Sequence[Wanted]) -> Order:
    """Return what the media room is asked for."""
    outputs, tracks = tuple(one.output for one in wanted), audio_of(spec)
    return Order(outputs, clips_of(spec), audio=tracks, subtitles=subtitles_of(spec))


def usual_presets(name: str) -> tuple[str, ...]:
    """The presets for a destination as it was typed, when none is named."""
    suffix = PurePosixPath(name).suffix.lower()
    if suffix in _SOUNDS:
        return (_SOUNDS[suffix][1],)
    return _LADDER if name.endswith("/") else _WEBM if suffix == ".webm" else _SINGLE


_FILMS = {f".{one}": one for one in (Container.MP4, Container.MOV, Container.WEBM, Container.MKV, Container.TS)}


def of_destination(to: Location, name: str, presets: Sequence[str]) -> Wanted:
    """Guess from a destination as it was typed what is wanted there.

    ``….mp4``, ``….mov``, ``….webm``, ``….mkv`` and ``….ts`` are one film; ``….jpg``, ``….png`` and ``….webp`` one
    picture: of a video's beginning, of a picture, of a document's first page. ``….avif``, ``….tiff`` and ``….gif`` are
    that for pictures and documents, ``….txt`` and ``….pdf`` for documents. ``….mp3`` and such are sound alone,
    ``….json`` is its waveform; ``….vtt``, ``….srt`` and ``….ass`` are the first subtitles. A name that ends with ``/``
    is an HLS ladder, or the pages of a document.
    Errors: :class:`InvalidDocument` for anything else.
    """
    suffix = PurePosixPath(name).suffix.lower()
    if name.endswith("/"):
        ladder = Ladder("out0", frozenset({Manifest.HLS}), tuple(map(PresetChoice, presets)))
        return Wanted("hls", to, Whatever("out0", media=ladder, document=PagesOutput("out0")), below=True)
    if suffix in SUFFIXES:
        return Wanted("image", to, _picture(SUFFIXES[suffix]))
    if suffix in _OF_DOCUMENTS:
        return Wanted(suffix[1:], to, _OF_DOCUMENTS[suffix])
    if suffix in _SOUNDS and len(presets) == 1:
        container, _ = _SOUNDS[suffix]
        return Wanted(container, to, AudioOutput("out0", container, PresetChoice(presets[0])))
    if suffix in _OF_TRACKS:
        kind, output = _OF_TRACKS[suffix]
        return Wanted(kind, to, output)
    if suffix in _FILMS and len(presets) == 1:
        return Wanted(_FILMS[suffix], to, FileOutput("out0", _FILMS[suffix], PresetChoice(presets[0])))
    raise InvalidDocument(
        f"Cannot tell what to make at {name} with {len(presets)} presets.",
        remedy="End the destination with .mp4, .webm or .mp3 (one preset), with .jpg or another picture's ending, "
        "with .txt or .pdf for a document, or with / for an HLS ladder.",
    )


def named_by(wanted: Wanted, plan: AnyPlan) -> Wanted:
    """Name an output that was guessed by what it became: a folder of a document is no ladder."""
    return replace(wanted, type="pages") if wanted.below and isinstance(plan, DocumentPlan) else wanted


def items(artifacts: Sequence[Artifact], wanted: Sequence[Wanted], scratch: Path) -> list[Item]:
    """Give every file its destination."""
    places = {one.output.id: one.to for one in wanted}
    return [
        Item(
            path=scratch / one.path,
            location=places[one.output_id].child(one.name) if one.name else places[one.output_id],
            content_type=one.content_type,
            rank=_RANKS[one.role],
        )
        for one in artifacts
    ]


def _picture(form: ImageFormat) -> Whatever:
    """One picture, whatever the source is."""
    stills = {ImageFormat.JPEG: StillFormat.JPG, ImageFormat.PNG: StillFormat.PNG, ImageFormat.WEBP: StillFormat.WEBP}
    poster = Poster("out0", format=stills[form]) if form in stills else None
    image = ImageOutput("out0", form)
    return Whatever("out0", media=poster, image=image, document=image)


def _followed(location: Location) -> Location:
    return FileLocation(Path(os.path.realpath(location.path))) if isinstance(location, FileLocation) else location


def _same_file(one: Location, other: Location) -> bool:
    """Whether two names lead to one file, which a file system that ignores case hides from a comparison of names."""
    if isinstance(one, FileLocation) and isinstance(other, FileLocation):
        with contextlib.suppress(OSError):  # what does not exist, or may not be looked at, overwrites nothing yet
            return one.path.samefile(other.path)
    return False
