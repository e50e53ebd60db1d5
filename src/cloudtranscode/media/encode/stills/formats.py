"""Formats of pictures as the words of ffmpeg."""

from __future__ import annotations

from cloudtranscode.media.outputs import StillFormat

ENCODERS = {
    StillFormat.JPG: ("-c:v", "mjpeg", "-q:v", "3"),
    StillFormat.PNG: ("-c:v", "png"),
    StillFormat.WEBP: ("-c:v", "libwebp", "-q:v", "80"),
}

PIXELS = {
    StillFormat.JPG: "scale=out_color_matrix=bt601:out_range=pc,format=yuv420p",
    StillFormat.PNG: "format=rgb24",
    StillFormat.WEBP: "scale=out_color_matrix=bt601:out_range=tv,format=yuv420p",
}
"""JPEG's colours are those of BT.601 in full range (JFIF: Rec. ITU-T T.871, 7), WebP's the same in limited range
(RFC 9649, 2.5), whatever the video's are."""
