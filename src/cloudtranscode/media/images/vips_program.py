"""The inner side of pictures: a program of its own that runs in the jail and has libvips do what an order says.

Started as ``python vips_program.py URL ORDER...`` in a job's scratch folder; it imports pyvips and the standard library
alone. URL is where the source is fetched from, or ``-``. ORDER is JSON, in pieces because the kernel bounds each word:
``{"do": "probe" | "make" | "look", …}`` as :mod:`.command` writes it. It prints one JSON object: the answer, or
``{"fault": KIND, "message": TEXT}``, where KIND is ``damaged``, ``unsupported`` or ``failed``.
"""

from __future__ import annotations

import json
import os
import struct
import sys
import urllib.request
from pathlib import Path
from typing import Any

os.environ["VIPS_BLOCK_UNTRUSTED"] = "1"
os.environ["VIPS_CONCURRENCY"] = "2"  # each thread has buffers of its own: memory must not grow with the machine

import pyvips

Json = dict[str, Any]
Image = Any  # pyvips comes without types

_SOURCE = "source"
_CHUNK = 1 << 20
_LOADERS = {
    "jpeg": ("jpegload", "VipsForeignLoadJpegFile"),
    "png": ("pngload", "VipsForeignLoadPngFile"),
    "webp": ("webpload", "VipsForeignLoadWebpFile"),
    "avif": ("heifload", "VipsForeignLoadHeifFile"),
    "tiff": ("tiffload", "VipsForeignLoadTiffFile"),
    "gif": ("gifload", "VipsForeignLoadNsgifFile"),
}
"""The operation that reads a format, and the class that it is blocked by."""
_PAGED = {"webp", "avif", "tiff", "gif"}
_BITS = {"uchar": 8, "char": 8, "ushort": 16, "short": 16}
_TURNED = 5
"""From this EXIF orientation on, to 8, width and height change places."""
_TOLERATED = "Invalid SOS parameters"
"""What a decoder complains of although nothing of the picture is lost: many cameras write it so."""
_PHOTOMETRIC, _YCBCR, _COMPRESSION, _JPEG = 262, 6, 259, {6, 7}
_IN_MEMORY = 256 << 20
_GRID = 4
_MIDDLE = [128, 128, 128]
_MARKS = {"exif-data": "exif", "xmp-data": "xmp", "iptc-data": "iptc", "icc-profile-data": "icc"}


class Fault(Exception):
    """Why the order cannot be met; the outer side makes one of its errors of it."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def main() -> None:
    """Do what the order says and print the answer."""
    url, order = read_words(sys.argv[1:])
    pyvips.operation_block_set("VipsForeignLoad", True)
    try:
        if url:
            fetch(url, order["limits"]["bytes"], _SOURCE)
        answer = {"probe": probe, "make": make, "look": look}[order["do"]](order)
    except Fault as fault:
        answer = {"fault": fault.kind, "message": str(fault)}
    print(json.dumps(answer))  # noqa: T201  # stdout is what the outer side reads


def read_words(words: list[str]) -> tuple[str | None, Json]:
    """Where the source is, if it is to be fetched, and the order."""
    order: Json = json.loads("".join(words[1:]))
    return None if words[0] == "-" else words[0], order


def fetch(url: str, limit: int, path: str) -> None:
    """Copy the source into the scratch folder, where it may be from an earlier order of the same job."""
    if Path(path).exists():
        return
    part = Path(f"{path}.part")
    with urllib.request.urlopen(url) as answer, part.open("wb") as file:  # noqa: S310  # the door's URL
        left = int(answer.headers["Content-Length"])
        if left > limit:
            raise Fault("unsupported", f"has {left} bytes, of at most {limit} that are read")
        while left and (data := answer.read(min(left, _CHUNK))):
            left -= file.write(data)
    if left:
        raise Fault("failed", "could not be fetched to its end")
    part.rename(path)


def probe(order: Json) -> Json:
    """Read the headers."""
    image = opened(_SOURCE, order["format"], order["limits"], page=0, frames=1)
    if order["format"] == "gif" and not ends(Path(_SOURCE)):
        raise Fault("damaged", "breaks off before its end")
    if order["format"] == "tiff" and misread(Path(_SOURCE)):
        raise Fault("unsupported", "has its colours as YCbCr without JPEG, which is not read")
    orientation = field(image, "orientation", 1)
    orientation = orientation if orientation in range(1, 9) else 1
    shown = (image.width, image.height) if orientation < _TURNED else (image.height, image.width)
    return {
        "format": order["format"],
        "width": shown[0],
        "height": shown[1],
        "frames": field(image, "n-pages", 1),
        "bands": image.bands,
        "alpha": bool(image.hasalpha()),
        "colors": str(image.interpretation),
        "bit_depth": _BITS.get(image.format, 32),
        "orientation": orientation,
        "icc": "icc-profile-data" in image.get_fields(),
    }


def make(order: Json) -> Json:
    """Make every picture; the source is decoded once for all that want the same frames of it."""
    sources: dict[tuple[int, int], Image] = {}
    looks = {}
    for picture in order["pictures"]:
        which = picture["page"], picture["frames"]
        if which not in sources:
            sources[which] = decoded(_SOURCE, order["format"], order["limits"], page=which[0], frames=which[1])
        try:
            looks[picture["id"]] = written(joined([shaped(one, picture) for one in split(sources[which])]), picture)
        except pyvips.Error as error:
            raise Fault("failed", f"{picture['path']} cannot be made of it ({words(error)})") from error
    Path(order["looks"]).write_text(json.dumps(looks))
    return {}


def look(order: Json) -> Json:
    """Read every finished picture to its end and say what it is."""
    found: dict[str, Json] = {}
    looks = json.loads(Path(order["looks"]).read_text())
    for picture in order["pictures"]:
        try:
            frames = -1 if picture["frames"] > 1 else 1
            image = decoded(picture["path"], picture["format"], order["limits"], page=0, frames=frames)
        except Fault as fault:
            found[picture["id"]] = {"fault": str(fault)}
            continue
        before, after = looks[picture["id"]], appearance(image)
        found[picture["id"]] = {
            "width": image.width,
            "height": page_height(image),
            "frames": field(image, "n-pages", 1),
            "lost_ms": before["duration_ms"] - duration_ms(image),
            "bit_depth": _BITS.get(image.format, 32),
            "marks": sorted(mark for name, mark in _MARKS.items() if name in image.get_fields()),
            "difference": difference(before["look"], after),
        }
    return {"pictures": found}


# --- reading --------------------------------------------------------------------------------------------------


def decoded(path: str, form: str, limits: Json, *, page: int, frames: int) -> Image:
    """Open a picture and decode all of it: the first pixel of an image that is read at random needs them all."""

    def attempt(fail_on: str) -> Image:
        image = opened(path, form, limits, page=page, frames=frames, fail_on=fail_on)
        image.getpoint(0, 0)
        return image

    try:
        try:
            return attempt("warning")
        except pyvips.Error as error:
            if _TOLERATED not in str(error):
                raise
            return attempt("error")
    except pyvips.Error as error:
        raise Fault("damaged", f"cannot be decoded ({words(error)})") from error


def opened(path: str, form: str, limits: Json, *, page: int, frames: int, fail_on: str = "warning") -> Image:
    """Open a picture, its size bounded before anything of it is decoded."""
    operation, unblocked = _LOADERS[form]
    pyvips.operation_block_set(unblocked, False)
    options: Json = {"page": page, "n": frames} if form in _PAGED else {}
    try:
        image = pyvips.Operation.call(operation, path, fail_on=fail_on, **options)
    except pyvips.Error as error:
        text = words(error)
        raise Fault("unsupported" if "nsupported" in text else "damaged", f"cannot be read ({text})") from error
    if max(image.width, page_height(image)) > limits["side"] or image.width * image.height > limits["pixels"]:
        raise Fault("unsupported", f"has {image.width}x{image.height} pixels, more than are decoded")
    if image.interpretation == "multiband" or image.format not in {*_BITS, "float", "double"}:
        raise Fault("unsupported", f"has {image.bands} channels of type {image.format}, which are no colours")
    return image


def ends(gif: Path) -> bool:
    """Whether a GIF has its last block: the decoder takes the frames that are there for all. GIF89a, 26 and 27."""
    with gif.open("rb") as file:
        head = file.read(13)
        file.seek(table(head[10]), os.SEEK_CUR)
        while kind := file.read(1):
            if kind not in {b"!", b","}:
                return True  # the trailer; anything else is the decoder's to judge
            if kind == b",":
                file.seek(table((file.read(9) or bytes(9))[-1]), os.SEEK_CUR)
            file.seek(1, os.SEEK_CUR)  # an extension's label, or the size of a code
            while (size := file.read(1)) and size != b"\0":
                file.seek(size[0], os.SEEK_CUR)
    return False


def misread(tiff: Path) -> bool:
    """Whether libvips would take luma and chroma for red, green and blue. TIFF 6.0, sections 2, 8 and 21."""
    with tiff.open("rb") as file:
        head = file.read(8)
        if b"+" in head[:4]:  # BigTIFF, whose tables are others
            return False
        order = "<" if head.startswith(b"II") else ">"
        file.seek(struct.unpack(f"{order}4xI", head)[0])
        (count,) = struct.unpack(f"{order}H", file.read(2).rjust(2, b"\0"))
        entries = struct.iter_unpack(f"{order}HHIHH", (data := file.read(12 * count))[: len(data) // 12 * 12])
        values = {tag: value for tag, _, _, value, _ in entries}
    return values.get(_PHOTOMETRIC) == _YCBCR and values.get(_COMPRESSION, 1) not in _JPEG


def table(flags: int) -> int:
    """The bytes of a GIF's table of colours."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def split(image: Image) -> list[Image]:
    """The frames of an animation, which libvips holds as one tall image."""
    height = page_height(image)
    return [image.crop(0, top, image.width, height) for top in range(0, image.height, height)]


def page_height(image: Image) -> int:
    """How tall one frame is."""
    height = field(image, "page-height", image.height)
    return height if 0 < height < image.height and image.height % height == 0 else image.height


def field(image: Image, name: str, default: int) -> int:
    """A number from the header."""
    value = image.get(name) if name in image.get_fields() else default
    return value if isinstance(value, int) else default


def words(error: Exception) -> str:
    """What libvips said, in one short line."""
    return " ".join(str(error).split())[:200]


# --- shaping --------------------------------------------------------------------------------------------------


def shaped(frame: Image, picture: Json) -> Image:
    """One frame as it is wanted: a leading scale comes first, because everything costs by the pixel."""
    operations = list(picture["operations"])
    frame = frame.autorot()
    if operations and operations[0]["do"] == "scale":
        frame = scale(frame, operations.pop(0), picture)
    frame = colored(frame, picture)
    for operation in operations:
        frame = _OPERATIONS[operation["do"]](frame, operation, picture)
    if picture["background"] and frame.hasalpha():
        frame = full_colors(frame, picture)
        frame = frame.flatten(background=tinted(picture["background"], picture)).cast(frame.format)
    if picture["saver"] == "gifsave" and frame.hasalpha():
        opaque = frame[frame.bands - 1] >= _MIDDLE[0]  # a GIF's pixel is seen or not
        frame = frame[: frame.bands - 1].bandjoin(opaque).copy(interpretation=frame.interpretation)
    return frame


def colored(frame: Image, picture: Json) -> Image:
    """In sRGB or grey, with 8 or 16 bits. A profile that stays, stays with its colours; CMYK cannot."""
    deep, cmyk = picture["depth"] > 8, frame.interpretation == "cmyk"  # noqa: PLR2004  # bits
    if "icc-profile-data" in frame.get_fields() and (cmyk or picture["options"]["keep"] == "none"):
        frame = frame.icc_transform("srgb", embedded=True, depth=16 if deep else 8)
    elif cmyk:
        frame = frame.icc_transform("srgb", input_profile="cmyk", depth=16 if deep else 8)
    grey = frame.interpretation in {"b-w", "grey16"}
    wanted = ("grey16" if deep else "b-w") if grey else ("rgb16" if deep else "srgb")
    return frame if frame.interpretation == wanted else frame.colourspace(wanted)


def full_colors(frame: Image, picture: Json) -> Image:
    """Grey with three channels, where colour is to be added."""
    return frame.colourspace("rgb16" if picture["depth"] > 8 else "srgb")  # noqa: PLR2004  # bits


def tinted(color: list[int], picture: Json) -> list[int]:
    """A colour of 8 bits in the picture's own depth."""
    return [value * 257 if picture["depth"] > 8 else value for value in color]  # noqa: PLR2004  # bits


def scale(frame: Image, operation: Json, _: Json) -> Image:
    """Scale; colours that shine through are weighted by how much of them is seen."""
    before, alpha = frame.format, frame.hasalpha()
    across, down = operation["width"] / frame.width, operation["height"] / frame.height
    if alpha:
        return frame.premultiply().resize(across, vscale=down).unpremultiply().cast(before)
    return frame.resize(across, vscale=down)


def cut(frame: Image, operation: Json, _: Json) -> Image:
    """Cut out a rectangle."""
    return frame.crop(operation["x"], operation["y"], operation["width"], operation["height"])


def smart_cut(frame: Image, operation: Json, picture: Json) -> Image:
    """Cut out what draws the eye; an animation would jitter, so that its middle is taken."""
    interesting = "attention" if picture["frames"] == 1 else "centre"
    return frame.smartcrop(operation["width"], operation["height"], interesting=interesting)


def pad(frame: Image, operation: Json, picture: Json) -> Image:
    """Put a margin around; where no colour is given it is transparent, if that can be."""
    color = operation["background"] or picture["background"]
    frame = full_colors(frame, picture)
    if not color and not frame.hasalpha():
        frame = frame.addalpha()
    filling = tinted([*(color or (0, 0, 0)), 255 if color else 0][: frame.bands], picture)
    place = operation["x"], operation["y"], operation["width"], operation["height"]
    return frame.embed(*place, extend="background", background=filling)


def turn(frame: Image, operation: Json, _: Json) -> Image:
    """Turn clockwise."""
    return frame.rot(f"d{operation['degrees']}")


_OPERATIONS = {"scale": scale, "cut": cut, "smart_cut": smart_cut, "pad": pad, "turn": turn}


# --- writing --------------------------------------------------------------------------------------------------


def joined(frames: list[Image]) -> Image:
    """The frames as one tall image, as libvips' savers of animations want them."""
    if len(frames) == 1:
        return frames[0]
    strip = pyvips.Image.arrayjoin(frames, across=1).copy()
    strip.set_type(pyvips.GValue.gint_type, "page-height", frames[0].height)
    return strip


def written(image: Image, picture: Json) -> Json:
    """Compute the picture, once, and write it; returns how it looks before it is compressed, and how long it lasts."""
    held = image.copy_memory() if image.width * image.height * image.bands < _IN_MEMORY else filed(image)
    pyvips.Operation.call(picture["saver"], held, picture["path"], **picture["options"])
    return {"look": appearance(held), "duration_ms": duration_ms(held)}


def filed(image: Image) -> Image:
    """Compute the picture into a temporary file, which libvips removes."""
    place = pyvips.Image.new_temp_file("%s.v")
    image.write(place)
    return place


def duration_ms(image: Image) -> int:
    """How long an animation lasts."""
    return sum(image.get("delay")) if "delay" in image.get_fields() else 0


def appearance(image: Image) -> list[list[int]]:
    """Sixteen colours of each frame, from the top left on: enough to know it by, whatever compressed it."""
    image = image.colourspace("srgb")
    if image.hasalpha():
        image = image.flatten(background=_MIDDLE)
    sizes = {"height": _GRID, "size": "force"}
    small = (frame.thumbnail_image(_GRID, **sizes).cast("uchar") for frame in split(image))
    return [list(bytes(frame.write_to_memory())) for frame in small]


def difference(before: list[list[int]], after: list[list[int]]) -> int:
    """The most by which a colour of a frame differs afterwards; of frames that are the same, encoders keep one."""
    place, worst = 0, 0
    for frame in before:
        near = distance(frame, after[place])
        if place + 1 < len(after) and (ahead := distance(frame, after[place + 1])) <= near:
            place, near = place + 1, ahead
        worst = max(worst, near)
    return worst


def distance(one: list[int], other: list[int]) -> int:
    """How far two frames are from each other."""
    return max(abs(a - b) for a, b in zip(one, other, strict=True))


if __name__ == "__main__":
    main()
