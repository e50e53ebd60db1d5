from __future__ import annotations

import pytest

from cloudtranscode.media.packaging.manifest import parse_manifest

_MPD = """<?xml version="1.0" encoding="UTF-8"?><!-- made by hand -->
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" xmlns:cenc="urn:mpeg:cenc:2013" type="static"
 mediaPresentationDuration="PT1H2M3.5S"><Period><AdaptationSet contentType="audio" lang="en"><Label>English</Label>
<ContentProtection cenc:default_KID="00112233-4455-6677-8899-aabbccddeeff"/>
<Role value="main"/><Representation bandwidth="9" codecs="opus"><SegmentTemplate timescale="10" startNumber="9"
 initialization="a/i.mp4" media="a/s_$Number%03d$.m4s"><SegmentTimeline><S t="0" d="20" r="1"/><S d="5"/>
</SegmentTimeline></SegmentTemplate></Representation></AdaptationSet></Period></MPD>"""


def test_a_timeline_is_spelled_out() -> None:
    manifest = parse_manifest(_MPD)
    (stream,) = manifest.streams
    assert manifest.static
    assert manifest.duration_s == 3723.5
    assert stream.segments == (("a/s_009.m4s", 2.0), ("a/s_010.m4s", 2.0), ("a/s_011.m4s", 0.5))
    assert stream.uris[0] == "a/i.mp4"
    assert (stream.kind, stream.codecs, stream.bandwidth, stream.language) == ("audio", "opus", 9, "en")
    assert (stream.label, stream.role, stream.key_id) == ("English", "main", "00112233-4455-6677-8899-aabbccddeeff")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no XML"),
        ("<MPD/>", "no MPD"),
        (_MPD.replace("PT1H", "1H"), "no duration"),
        (_MPD.replace("<MPD ", '<!DOCTYPE a [<!ENTITY b "c">]><MPD '), "declares"),
        (_MPD.replace("SegmentTemplate", "SegmentBase"), "no template"),
    ],
)
def test_what_is_no_manifest(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_manifest(text)
