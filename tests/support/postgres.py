"""A PostgreSQL server for tests: durable in nothing, trusting on loopback, one fresh database for whoever asks."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from support.daemons import Daemon, require_programs, wait_until
from support.ports import free_port

_USER = "ct"
_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=16MB")


class Postgres:
    """A running server and its databases."""

    def __init__(self, port: int) -> None:
        self.port = port

    def url(self, database: str = "postgres") -> str:
        """``postgresql://user@127.0.0.1:port/database``."""
        return f"postgresql://{_USER}@127.0.0.1:{self.port}/{database}"

    def answers(self) -> bool:
        """Whether the server takes connections: it listens before it does."""
        try:
            psycopg.connect(self.url(), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def create_database(self) -> str:
        """Make an empty database and return its URL."""
        name = f"test_{uuid.uuid4().hex[:12]}"
        self._execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.url(name)

    def drop_database(self, url: str) -> None:
        """Remove a database with whoever is still connected to it."""
        name = sql.Identifier(url.rsplit("/", 1)[-1])
        self._execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))

    def _execute(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """Start a server with an empty cluster; skip (in CI: fail) where PostgreSQL is not installed."""
    path = _search_path()
    require_programs("The job database on PostgreSQL", ("initdb", "postgres", "setpriv"), path)
    with tempfile.TemporaryDirectory(prefix="ct-postgres-", ignore_cleanup_errors=True) as folder:
        home, port = Path(folder), free_port()
        as_user = _as_unprivileged(home)
        data = str(home / "data")
        initdb = [*as_user, _program("initdb", path), "-D", data, "-U", _USER, "-A", "trust", "--no-sync", "-E", "UTF8"]
        subprocess.run([*initdb, "--locale=C"], check=True, capture_output=True, cwd=home, timeout=60)
        listen = (f"port={port}", "listen_addresses=127.0.0.1", "unix_socket_directories=")
        options = [word for option in (*listen, *_FAST) for word in ("-c", option)]
        server = Daemon([*as_user, _program("postgres", path), "-D", data, *options], home / "postgres.log")
        try:
            running = Postgres(port)
            wait_until(running.answers, [server])
            yield running
        finally:
            server.stop(signal.SIGQUIT)  # immediate shutdown; the server itself ends its children


def _search_path() -> str:
    """PATH and the folders in which Debian keeps the servers, newest first."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name), reverse=True)
    return os.pathsep.join([os.environ.get("PATH", ""), *map(str, debian)])


def _program(name: str, path: str) -> str:
    return shutil.which(name, path=path) or name


def _as_unprivileged(home: Path) -> list[str]:
    """What to put before a command so that it does not run as root, which PostgreSQL refuses; gives it ``home``."""
    if os.geteuid() != 0:
        return []
    account = pwd.getpwnam("postgres")
    os.chown(home, account.pw_uid, account.pw_gid)
    # The death signal is cleared when the user changes, so it is set here again.
    who = [f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups", "--pdeathsig", "KILL"]
    return ["setpriv", *who]
