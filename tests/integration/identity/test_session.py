from __future__ import annotations

from pathlib import Path

import pytest

from cloudtranscode.errors import CredentialsMissing
from cloudtranscode.identity.credentials import CredentialSource, describe
from cloudtranscode.identity.session import client_session, open_session
from support.imds import CONTAINER_PATH, Imds, serve_imds

PROFILE = "[client]\naws_access_key_id = AKIACLIENT\naws_secret_access_key = secret\n[empty]\nregion = eu-west-3\n"


def test_keys_in_the_environment_are_long_lived(env_keys: None) -> None:
    assert describe(open_session()) == CredentialSource("env", long_lived=True, renews=False)


def test_a_session_token_in_the_environment_is_temporary_and_not_renewed(
    env_keys: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token")

    assert describe(open_session()) == CredentialSource("env", long_lived=False, renews=False)


def test_a_named_profile_wins_over_the_environment(env_keys: None, no_aws: Path) -> None:
    no_aws.write_text(PROFILE)

    session = client_session("client")

    assert describe(session).method == "shared-credentials-file"
    credentials = session.get_credentials()
    assert credentials is not None
    assert credentials.access_key == "AKIACLIENT"


def test_a_profile_without_credentials_does_not_fall_back_to_the_machines_role(
    no_aws: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_aws.write_text(PROFILE)
    with serve_imds(Imds()) as imds:
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "false")
        monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", imds.url)
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", imds.url + CONTAINER_PATH)

        assert describe(open_session(profile="empty")).method == "container-role"
        with pytest.raises(CredentialsMissing, match="'empty' has no usable credentials"):
            client_session("empty")


def test_an_unknown_profile_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CredentialsMissing, match="nobody"):
        client_session("nobody")
    monkeypatch.setenv("AWS_PROFILE", "nobody-either")
    with pytest.raises(CredentialsMissing, match="nobody-either"):
        open_session()


def test_nothing_found_is_credentials_missing() -> None:
    with pytest.raises(CredentialsMissing, match="found nothing"):
        describe(open_session())


def test_the_region_is_always_known(no_aws: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    no_aws.write_text(PROFILE)

    assert open_session().region_name == "us-east-1"
    assert open_session(profile="empty").region_name == "eu-west-3"
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-north-1")
    assert open_session().region_name == "eu-north-1"
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    assert open_session().region_name == "eu-west-1"
    assert open_session(region="sa-east-1").region_name == "sa-east-1"


def test_a_web_identity_as_on_kubernetes_renews(moto_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("token-of-the-service-account")
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto_url)
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(token))
    monkeypatch.setenv("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/stack_prod")

    assert describe(open_session()) == CredentialSource("assume-role-with-web-identity", long_lived=False, renews=True)


def test_a_profile_that_assumes_a_role_renews(moto_url: str, no_aws: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    role = "[role]\nrole_arn = arn:aws:iam::123456789012:role/client\nsource_profile = client\n"
    no_aws.write_text(PROFILE + role)
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto_url)

    assert describe(client_session("role")) == CredentialSource("assume-role", long_lived=False, renews=True)
