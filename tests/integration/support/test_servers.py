from pathlib import Path

import psycopg
import pytest
from botocore.exceptions import ClientError

from support.ceph import Rgw
from support.daemons import Daemon, DaemonFailed, require_programs, wait_until


def test_gateway_keeps_users_apart(rgw: Rgw) -> None:
    owner, stranger = rgw.create_user(), rgw.create_user()
    rgw.s3(owner.keys).create_bucket(Bucket="private")

    rgw.s3(owner.keys).put_object(Bucket="private", Key="a", Body=b"x")

    with pytest.raises(ClientError, match="AccessDenied"):
        rgw.s3(stranger.keys).get_object(Bucket="private", Key="a")


def test_each_database_is_empty(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        connection.execute("CREATE TABLE only_here (id int)")
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()

    assert tables == [("only_here",)]


def test_a_daemon_that_ends_shows_its_log(tmp_path: Path) -> None:
    daemon = Daemon(["sh", "-c", "echo the reason >&2; exit 3"], tmp_path / "log")

    with pytest.raises(DaemonFailed, match="the reason"):
        wait_until(lambda: False, [daemon])


@pytest.mark.parametrize(("ci", "outcome"), [("", pytest.skip.Exception), ("true", pytest.fail.Exception)])
def test_a_missing_program_skips_on_a_laptop_and_fails_in_ci(
    monkeypatch: pytest.MonkeyPatch, ci: str, outcome: type
) -> None:
    monkeypatch.setenv("CI", ci)

    with pytest.raises(outcome, match="no-such-program"):
        require_programs("Something", ["sh", "no-such-program"])
