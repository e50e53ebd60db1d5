"""Which streams become tracks, and what they are mixed to."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from cloudtranscode.errors import InvalidDocument, SourceUnsupported
from cloudtranscode.media.outputs import AudioTrack
from cloudtranscode.media.plan.sound import Sound
from cloudtranscode.media.rendition import AudioCodec, AudioRendition, AudioSettings
from cloudtranscode.media.source.streams import AudioStream

_STEREO = AudioSettings(AudioCodec.AAC, 128)
_SURROUND = AudioSettings(AudioCodec.AAC, 384, channels=6)


def _stream(
    index: int, channels: int = 2, language: str | None = None, layout: str | None = None, *, default: bool = False
) -> AudioStream:
    return AudioStream(index, "pcm_s16le", channels, 48000, language, 3.0, 0.0, layout, None, default)


def _one(
    streams: Sequence[AudioStream], track: AudioTrack | None = None, settings: AudioSettings = _STEREO
) -> AudioRendition:
    sound = Sound((track,) if track else (), streams)
    sound.add(settings, (0,))
    return sound.renditions[0]


def test_one_track_for_each_language_the_default_first() -> None:
    streams = [_stream(1, language="eng"), _stream(2, language="eng"), _stream(3, language="swe", default=True)]
    sound = Sound((), [*streams, _stream(4), _stream(5, channels=0, language="fin")])
    sound.best([_STEREO, _SURROUND])
    assert [(one.streams, one.language) for one in sound.renditions] == [((3,), "sv"), ((1,), "en"), ((4,), None)]
    assert {one.settings.rate_kbps for one in sound.renditions} == {384}


@pytest.mark.parametrize(
    ("wanted", "index"), [("sv", 2), ("swe", 2), ("pt-BR", 4), ("pt", 3), ("por", 3), ("en-GB", 1), ("und", 5)]
)
def test_a_track_by_its_language(wanted: str, index: int) -> None:
    languages = ["eng", "swe", "pt", "pt-BR", None]
    streams = [_stream(number, language=language) for number, language in enumerate(languages, 1)]
    assert _one(streams, AudioTrack(language=wanted)).streams == (index,)


def test_a_language_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(SourceUnsupported, match="no sound in the language fi; there is en, sound without a language"):
        _one([_stream(1, language="eng"), _stream(2)], AudioTrack(language="fi"))
    with pytest.raises(SourceUnsupported, match="2 audio streams, none with number 2"):
        _one([_stream(1), _stream(2)], AudioTrack(streams=(2,)))
    with pytest.raises(SourceUnsupported, match="The source has no sound"):
        _one([], AudioTrack())


@pytest.mark.parametrize(
    ("channels", "layout", "settings", "found"),
    [
        (1, "mono", _STEREO, "mono"),
        (2, None, _SURROUND, "stereo"),
        (6, "5.1(side)", _STEREO, "stereo"),
        (6, "5.1(side)", _SURROUND, "5.1"),
        (8, None, _SURROUND, "5.1"),
        (2, "stereo", AudioSettings(AudioCodec.AAC, 384, layout="5.1"), "5.1"),
        (6, "5.1", AudioSettings(AudioCodec.AAC, layout="mono"), "mono"),
        (4, "quad", AudioSettings(AudioCodec.FLAC, None, channels=8), "quad"),
    ],
)
def test_never_more_channels_than_there_are_unless_a_layout_asks(
    channels: int, layout: str | None, settings: AudioSettings, found: str
) -> None:
    assert _one([_stream(1, channels, layout=layout)], settings=settings).layout == found


def test_mono_streams_side_by_side() -> None:
    tape = [_stream(number, 1) for number in range(1, 9)]
    pair = _one(tape, AudioTrack(streams=(2, 3)))
    assert (pair.streams, pair.channels_in, pair.layout_in, pair.layout) == ((3, 4), (1, 1), "stereo", "stereo")
    whole = _one(tape, AudioTrack(streams=tuple(range(6)), layout="5.1"), _STEREO)
    assert (whole.layout_in, whole.layout) == ("5.1", "stereo")
    assert _one(tape, AudioTrack(streams=(0, 1), layout="mono")).layout == "mono"
    assert "8 mono streams" in Sound((), tape).notes[0]


def test_channels_that_could_be_several_layouts_need_one() -> None:
    tape = [_stream(number, 1) for number in range(1, 5)]
    with pytest.raises(InvalidDocument, match="4 audio streams with 4 channels together can be several layouts"):
        _one(tape, AudioTrack(streams=(0, 1, 2, 3)))
    assert _one(tape, AudioTrack(streams=(0, 1, 2, 3), layout="quad")).layout_in == "quad"
    with pytest.raises(InvalidDocument, match="layout 'sideways' is not known"):
        _one(tape, AudioTrack(layout="sideways"))


def test_sixteen_channels_of_no_layout_give_two_and_a_note() -> None:
    sound = Sound((), [_stream(1, 16)])
    sound.add(_STEREO, (0,))
    assert sound.renditions[0].layout == "stereo"
    assert sound.notes == ["An audio stream has 16 channels of no known layout: the first two are used."]


def test_what_comes_out_alike_is_encoded_once() -> None:
    sound = Sound((), [_stream(1)])
    sixes = AudioSettings(AudioCodec.AAC, 128, channels=6)
    assert sound.add(_STEREO, (0,)) == sound.add(sixes, (0,)) == ("audio",)
    assert sound.add(_SURROUND, (0,)) == ("audio2",)
