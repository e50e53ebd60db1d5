"""The inner side of sidecars: a program of its own that runs in the jail and reads a text in whatever encoding it has.

Started as ``python sidecar_program.py URL LIMIT``; it imports the standard library alone. It prints one JSON object:
``{"text": …, "encoding": …}``, or ``{"fault": TEXT}`` for what is no text.
"""

from __future__ import annotations

import json
import sys
import urllib.request

_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_MANY = 0.3
_GROWN = 3
_NO_TEXT = "is not text in any encoding that is known"


def main() -> None:
    """Fetch a text and print it."""
    url, limit = sys.argv[1], int(sys.argv[2])
    with urllib.request.urlopen(url) as answer:  # noqa: S310  # the door's URL
        data = answer.read(limit + 1)
    answer = json.dumps(read(data, limit), ensure_ascii=False).encode("utf-8", errors="replace")
    if len(answer) > _GROWN * limit:  # control characters, which JSON writes in six letters each
        answer = json.dumps({"fault": _NO_TEXT}).encode()
    sys.stdout.buffer.write(answer)


def read(data: bytes, limit: int) -> dict[str, str]:
    """Decode a text: by its byte order mark; UTF-16 by its zeros; UTF-8 if it is that; else Western European."""
    if len(data) > limit:
        return {"fault": f"is larger than {limit >> 20} MiB"}
    for encoding in candidates(data):
        try:
            return {"text": data.decode(encoding), "encoding": encoding}
        except UnicodeDecodeError:
            continue
    return {"fault": _NO_TEXT}


def candidates(data: bytes) -> tuple[str, ...]:
    """The encodings to try, in this order; `cp1252` leaves five bytes undefined, `latin-1` none."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return (encoding,)
    head = data[:4096]
    if head[1::2].count(0) > _MANY * len(head) / 2:
        return ("utf-16-le",)
    if head[::2].count(0) > _MANY * len(head) / 2:
        return ("utf-16-be",)
    return () if 0 in head else ("utf-8", "cp1252", "latin-1")


if __name__ == "__main__":
    main()
