"""What a job needs follows from where it reads and writes."""

from cloudtranscode.entitlements.needs import Destination, Need, needs
from cloudtranscode.location import S3Location

FILM = S3Location("clienta-in", "films/film.mov")
MP4 = Destination(S3Location("clienta-out", "mp4/film.mp4"))
HLS = Destination(S3Location("clienta-out", "hls/"), below=True)


def permissions(found: tuple[Need, ...], *, optional: bool) -> set[tuple[str, str]]:
    """Permission and resource, as a session's policy would say them."""
    return {
        (permission, need.resource.uri)
        for need in found
        for permission in need.permissions
        if need.optional is optional
    }


def test_a_source_takes_one_permission() -> None:
    assert permissions(needs([FILM], []), optional=False) == {("s3:GetObject", "s3://clienta-in/films/film.mov")}


def test_what_makes_a_refusal_clear_is_optional() -> None:
    assert permissions(needs([FILM], []), optional=True) == {("s3:ListBucket", "s3://clienta-in/")}


def test_an_output_takes_one_permission_on_its_own_key() -> None:
    assert permissions(needs([], [MP4]), optional=False) == {("s3:PutObject", "s3://clienta-out/mp4/film.mp4")}


def test_cleaning_up_and_handing_over_are_optional() -> None:
    assert permissions(needs([], [MP4]), optional=True) == {
        ("s3:PutObject", "s3://clienta-out/mp4/film.mp4"),
        ("s3:PutObjectAcl", "s3://clienta-out/mp4/film.mp4"),
        ("s3:AbortMultipartUpload", "s3://clienta-out/mp4/film.mp4"),
        ("s3:ListBucketMultipartUploads", "s3://clienta-out/"),
        ("s3:PutObject", "s3://clienta-out/mp4/.cloudtranscode-write-probe"),
        ("s3:PutObjectAcl", "s3://clienta-out/mp4/.cloudtranscode-write-probe"),
    }


def test_no_acl_needs_no_permission_for_it() -> None:
    assert not any(need.acl for need in needs([FILM], [MP4], acl=None))


def test_a_folder_is_needed_with_everything_below_it() -> None:
    below = {need.call for need in needs([], [HLS]) if need.below}

    multipart = {"CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload", "AbortMultipartUpload"}
    assert below == {*multipart, "PutObject"}
    assert all(need.resource.key.startswith("hls/") for need in needs([], [HLS]) if need.below)


def test_keys_of_kms_are_used_for_reading_and_for_writing() -> None:
    used = {need.call: need.operation.kms for need in needs([FILM], [MP4]) if not need.optional}

    assert used["GetObject"] == ("kms:Decrypt",)
    assert used["CreateMultipartUpload"] == ("kms:GenerateDataKey", "kms:Decrypt")


def test_further_inputs_and_repetitions() -> None:
    """A watermark is one more input; what two outputs have in common is needed once."""
    watermark = S3Location("clienta-in", "logo.png")

    found = needs([FILM, watermark, FILM], [HLS, HLS])

    assert [need.location for need in found if need.call == "GetObject"] == [FILM, watermark]
    assert len(found) == len(set(found))
