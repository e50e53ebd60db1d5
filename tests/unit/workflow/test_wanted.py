"""What an order makes of its destination: where files are put, and whether the source would be lost."""

from pathlib import Path

import pytest

from cloudtranscode.location import Location, S3Location, parse
from cloudtranscode.media.containers import Container
from cloudtranscode.media.outputs import AudioOutput, FileOutput, PresetChoice
from cloudtranscode.workflow.wanted import Wanted, of_destination, usual_presets
from support.presets import load_preset


def wanted(name: str) -> Wanted:
    return of_destination(parse(name), name, ["720p"])


def test_a_ladder_is_put_into_its_destination_and_a_file_beside_it(tmp_path: Path) -> None:
    assert wanted(f"{tmp_path}/hls/").folder == parse(f"{tmp_path}/hls")
    assert wanted(f"{tmp_path}/a.mp4").folder == parse(f"{tmp_path}")
    assert wanted("s3://bucket/hls/").folder == S3Location("bucket", "hls/")


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("c/a.mp4", "c/a.mp4"),
        ("c/a.mp4", "c/../c/a.mp4"),
        ("c/a.mp4", "c/link.mp4"),
        ("c/link.mp4", "c/a.mp4"),
        ("c/a.mp4", "linked/a.mp4"),
        ("c/a.mp4", "c/hard.mp4"),
        ("c/a.mp4", "c/"),
        ("c/deep/a.mp4", "linked/"),
    ],
)
def test_a_file_is_known_again_under_each_of_its_names(tmp_path: Path, source: str, target: str) -> None:
    (tmp_path / "c").mkdir()
    (tmp_path / "linked").symlink_to(tmp_path / "c")
    (tmp_path / "c" / "a.mp4").touch()
    (tmp_path / "c" / "link.mp4").symlink_to("a.mp4")
    (tmp_path / "c" / "hard.mp4").hardlink_to(tmp_path / "c" / "a.mp4")
    assert wanted(f"{tmp_path}/{target}").would_overwrite(parse(f"{tmp_path}/{source}"))


@pytest.mark.parametrize(
    ("source", "target", "lost"),
    [
        ("s3://bucket/a.mp4", "s3://bucket/a.mp4", True),
        ("s3://bucket/hls/a.mp4", "s3://bucket/hls/", True),
        ("s3://bucket/a.mp4", "s3://bucket/b.mp4", False),
        ("s3://bucket/a.mp4", "s3://other/a.mp4", False),
        ("s3://bucket/hls2/a.mp4", "s3://bucket/hls/", False),
        ("s3://bucket/a.mp4", "/a.mp4", False),
        ("/c/a.mp4", "/c/b.mp4", False),
        ("/c/a.mp4", "/c/hls/", False),
        ("/c/a.mp4", "s3://bucket/c/a.mp4", False),
    ],
)
def test_another_place_keeps_the_source(source: str, target: str, lost: bool) -> None:
    place: Location = parse(source)
    assert wanted(target).would_overwrite(place) is lost


@pytest.mark.parametrize("name", ["a.m4a", "a.MP3", "a.ogg", "a.opus", "a.flac", "a.wav", "a.ac3", "a.eac3"])
def test_sound_alone_is_known_by_its_ending_and_has_a_preset_that_exists(name: str) -> None:
    (preset,) = usual_presets(name)
    assert load_preset(preset).audio
    output = of_destination(parse(f"/{name}"), name, [preset]).output
    suffix = name.lower()[1:].replace(".opus", ".ogg")
    assert output == AudioOutput("out0", Container(suffix[1:]), PresetChoice(preset))


@pytest.mark.parametrize("ending", ["mp4", "mov", "webm", "mkv", "ts"])
def test_a_film_is_of_the_kind_that_its_ending_says(ending: str) -> None:
    (preset,) = usual_presets(f"a.{ending.upper()}")
    output = of_destination(parse(f"/a.{ending.upper()}"), f"a.{ending.upper()}", [preset]).output
    assert output == FileOutput("out0", Container(ending), PresetChoice("720p-vp9" if ending == "webm" else "720p"))
