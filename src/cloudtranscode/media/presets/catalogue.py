"""The presets that there are: the built-in ones, and those of a folder of one's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path

from cloudtranscode.errors import InvalidDocument, InvalidSetting, UnknownPreset
from cloudtranscode.media.outputs import PresetChoice
from cloudtranscode.media.presets.document import Document, Fields, check_tables, is_name, layered, read_document
from cloudtranscode.media.presets.resolving import build, resolve
from cloudtranscode.media.rendition import Preset

_BUILT_IN = Path(__file__).with_name("builtin")
_SUFFIX = ".toml"
_OWN = "own"
_FAMILIES = ("web", "hls", "hdr", "mobile", "tv", "audio", "archive", "generic")
_JOB = "job"
"""The origin of what an output of a job differs in."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """A preset, and where each of its values comes from."""

    preset: Preset
    fields: Fields


@dataclass(frozen=True)
class Presets:
    """The catalogue: a preset in ``folder`` goes before the built-in one of its name, and may extend that.

    A preset is a file ``NAME.toml``; the folder it lies in gives it its family. Files are read when they are needed,
    once. Errors: :class:`InvalidSetting` when there is no such folder.
    """

    folder: Path | None = None
    _read: dict[Path, Document] = field(default_factory=dict, repr=False, compare=False)

    def names(self, family: str = "") -> list[str]:
        """Return the names of all presets, or of a family, in the order of families, the largest picture first.

        Errors: :class:`InvalidDocument` for a preset that is not valid.
        """
        found = [self.load(name) for name in {*self._own, *self._built_in}]
        return [preset.name for preset in sorted(found, key=_order) if family in {"", preset.family}]

    def load(self, choice: PresetChoice | str) -> Preset:
        """Return a preset by name, or as a choice that differs from it.

        Errors: :class:`UnknownPreset` naming what is near, :class:`InvalidDocument` naming preset and field.
        """
        return self.resolved(choice).preset

    def resolved(self, choice: PresetChoice | str) -> Resolved:
        """Return a preset with the origins of its values. Errors: as :meth:`load`."""
        choice = PresetChoice(choice) if isinstance(choice, str) else choice
        changes = {"size": choice.size, "video": choice.video, "audio": choice.audio}
        return self._resolved(self._find(choice.name), {table: values for table, values in changes.items() if values})

    def read(self, path: Path) -> Resolved:
        """Return the preset in a file outside of the catalogue, on top of what it extends. Errors: as :meth:`load`."""
        return self._resolved(self._document(path, _OWN), {})

    def _resolved(self, top: Document, changes: Mapping[str, Mapping[str, object]]) -> Resolved:
        check_tables(top.name, changes)
        chain = list(self._chain(top))
        layers = [(document.name, document.tables) for document in reversed(chain)]
        fields = resolve(top.name, layered([*layers, (_JOB, changes)]))
        description = next((document.description for document in chain if document.description), "")
        return Resolved(build(top.name, fields, description=description, family=top.family), fields)

    def _chain(self, document: Document) -> Iterator[Document]:
        """The preset and all that it extends, the nearest first."""
        passed = [document]
        while document.extends is not None:
            yield document
            document = self._below(document)
            if document in passed:
                circle = " extends ".join(item.name for item in (*passed, document))
                raise InvalidDocument(f"Preset {passed[0].name}: {circle}, which is a circle.")
            passed.append(document)
        yield document

    def _below(self, document: Document) -> Document:
        name = document.extends or ""
        if name == document.name and name in self._built_in:
            return self._document(self._built_in[name], self._built_in[name].parent.name)
        try:
            return self._find(name)
        except UnknownPreset as error:
            raise InvalidDocument(f"Preset {document.name}: extends is {name!r}. {error.message}") from error

    def _find(self, name: str) -> Document:
        if path := self._own.get(name):
            return self._document(path, _OWN if path.parent == self.folder else path.parent.name)
        if path := self._built_in.get(name):
            return self._document(path, path.parent.name)
        near = get_close_matches(name, [*self._own, *self._built_in], n=3, cutoff=0.5)
        hint = f"; near are {', '.join(near)}" if near else ""
        raise UnknownPreset(f"There is no preset {name!r}{hint}.")

    def _document(self, path: Path, family: str) -> Document:
        if path not in self._read:
            try:
                text = path.read_text("utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise InvalidDocument(f"Preset {path.stem}: {path} cannot be read: {error}.") from error
            self._read[path] = read_document(path.stem, text, family)
        return self._read[path]

    @cached_property
    def _built_in(self) -> dict[str, Path]:
        return _files(_BUILT_IN)

    @cached_property
    def _own(self) -> dict[str, Path]:
        if self.folder is None:
            return {}
        if not self.folder.is_dir():
            raise InvalidSetting(f"There is no folder of presets at {self.folder}.")
        return _files(self.folder)


def _files(folder: Path) -> dict[str, Path]:
    """The presets under a folder by name. Errors: :class:`InvalidDocument` for a bad name or one that is twice."""
    found: dict[str, Path] = {}
    for path in sorted(folder.rglob(f"*{_SUFFIX}")):
        name = path.stem
        if not is_name(name):
            raise InvalidDocument(f"{path}: a preset's name has letters, digits, '.', '-' and '_', at most 64.")
        if name in found:
            raise InvalidDocument(f"The preset {name} is there twice: {found[name]} and {path}.")
        found[name] = path
    return found


def _order(preset: Preset) -> tuple[int, str, str, int, int, str]:
    """By family, codec, size and rate, the largest first."""
    family = _FAMILIES.index(preset.family) if preset.family in _FAMILIES else len(_FAMILIES)
    video, audio, size = preset.video, preset.audio, preset.size
    lines = min((side for side in (size.lines, size.width, size.height) if side), default=0)
    rate = video.nominal_kbps if video else (audio.rate_kbps or 0) if audio else 0
    codec = list(type(video.codec)).index(video.codec) if video else 0
    return family, preset.family, f"{codec}", -lines, -rate, preset.name
