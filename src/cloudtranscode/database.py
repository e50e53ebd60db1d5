"""The stack's own tables, on SQLite or PostgreSQL, and how to reach them.

The durable engine keeps its tables apart; these hold what people ask about (clients, jobs) and what workers need to
agree on (who owns a job, which uploads are open, who is alive). Times are seconds since the epoch by the database's
own clock, so that workers need not agree on theirs.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Engine,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    event,
    inspect,
    literal_column,
    text,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    InterfaceError,
    InternalError,
    OperationalError,
    SQLAlchemyError,
    TimeoutError,  # noqa: A004  # the pool's, which is no subclass of the builtin
)
from sqlalchemy.schema import CreateColumn, CreateIndex, CreateTable

from cloudtranscode.errors import DatabaseUnavailable

# InternalError: a PostgreSQL that was demoted and takes no writes; TimeoutError: no connection came free.
_AWAY = (OperationalError, InterfaceError, InternalError, TimeoutError)
_SCHEMES = ("sqlite:///", "postgresql://", "postgres://", "postgresql+psycopg://")
_SCHEME_REMEDY = "sqlite:///path and postgresql://user:password@host/name are accepted."
_BUSY_S, _AGAIN_S = 30.0, 0.02
_SCHEMA_LOCK = 0x6374_0001  # any constant of our own: serialises creation of the tables among starting workers

metadata = MetaData()

clients = Table(
    "ct_clients",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("account", String(64), nullable=False),
    Column("input", String(1100), nullable=False),
    Column("output", String(1100), nullable=False),
    Column("created_at", Float, nullable=False),
    Column("terms", JSON),
    Column("proof", JSON),
)

jobs = Table(
    "ct_jobs",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("client", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("document", JSON, nullable=False),
    Column("priority", Integer, nullable=False, default=0),
    Column("retry_of", String(64)),
    Column("handed_over", Boolean, nullable=False, default=False),
    Column("epoch", Integer, nullable=False, default=0),
    Column("worker", String(128)),
    Column("cancel_requested", Boolean, nullable=False, default=False),
    Column("committing", Boolean, nullable=False, default=False),
    Column("progress", JSON),
    Column("error", JSON),
    Column("receipt", JSON),
    Column("created_at", Float, nullable=False),
    Column("started_at", Float),
    Column("finished_at", Float),
)

uploads = Table(
    "ct_uploads",
    metadata,
    Column("job", String(64), primary_key=True),
    Column("uri", String(1100), primary_key=True),
    Column("upload", String(1024)),
    Column("epoch", Integer, nullable=False),
)

workers = Table(
    "ct_workers",
    metadata,
    Column("id", String(128), primary_key=True),
    Column("host", String(128), nullable=False),
    Column("pid", Integer, nullable=False),
    Column("serves_queue", Boolean, nullable=False),
    Column("state", String(16), nullable=False),
    Column("started_at", Float, nullable=False),
    Column("heartbeat_at", Float, nullable=False),
)

views = Table(
    "ct_views",
    metadata,
    Column("client", String(64), primary_key=True),
    Column("eyes", String(256), primary_key=True),
    Column("at", Float, primary_key=True),
    Column("view", JSON, nullable=False),
)

_indexes = (
    Index("ct_jobs_by_state", jobs.c.state, jobs.c.created_at),
    Index("ct_workers_by_state", workers.c.state, workers.c.heartbeat_at),
)


def open_database(url: str) -> Engine:
    """Connect, and create the tables and columns that are missing.

    ``url`` is ``sqlite:///path`` or ``postgresql://…``. Errors: :class:`DatabaseUnavailable`.
    """
    if not url.startswith(_SCHEMES):
        raise DatabaseUnavailable(f"CT_DATABASE_URL has {_scheme(url)}.", remedy=_SCHEME_REMEDY)
    try:
        engine = create_engine(sqlalchemy_url(url), **_engine_options(url))
    except OSError as error:
        raise DatabaseUnavailable(f"{error.filename}, which {url} needs, cannot be made: {error.strerror}.") from error
    except (ArgumentError, ImportError, ValueError) as error:  # these may show the password
        raise DatabaseUnavailable("CT_DATABASE_URL cannot be read as a URL.", remedy=_SCHEME_REMEDY) from error
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine)
    try:
        _create_tables(engine)
    except SQLAlchemyError as error:
        where = engine.url.set(query={})  # a password may stand there, too
        raise DatabaseUnavailable(f"The database {where!r} cannot be opened: {_reason(error, engine)}.") from error
    return engine


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """Read and write in one transaction. Errors: :class:`DatabaseUnavailable` when the database is away or locked."""
    try:
        with engine.begin() as connection:
            yield connection
    except _AWAY as error:
        raise DatabaseUnavailable(f"The database does not answer ({type(error).__name__}).") from error


def sqlalchemy_url(url: str) -> str:
    """Name the driver that this project installs in a plain ``postgresql://`` URL."""
    for plain in ("postgresql://", "postgres://"):
        if url.startswith(plain):
            return "postgresql+psycopg://" + url.removeprefix(plain)
    return url


def now(engine: Engine) -> ColumnElement[float]:
    """The database's clock as an SQL expression: seconds since the epoch."""
    if engine.dialect.name == "sqlite":
        return literal_column("((julianday('now') - 2440587.5) * 86400.0)", Float)
    return literal_column("extract(epoch from clock_timestamp())::double precision", Float)


def _scheme(url: str) -> str:
    scheme, found, _ = url.partition("://")
    return f"the unknown scheme {scheme}://" if found else "no scheme"


def _reason(error: SQLAlchemyError, engine: Engine) -> str:
    """The first line of what the driver says, without the password."""
    said = str(error.orig if isinstance(error, DBAPIError) else error).strip() or type(error).__name__
    password = engine.url.password
    return (said.replace(password, "***") if password else said).splitlines()[0].rstrip(".")


def _engine_options(url: str) -> dict[str, Any]:
    if not url.startswith("sqlite"):
        # A server that vanished without a word must be noticed well before the heartbeats run out.
        quick = {"connect_timeout": 5, "keepalives_idle": 5, "keepalives_interval": 2, "tcp_user_timeout": 8000}
        return {"pool_pre_ping": True, "connect_args": quick if url.startswith("postgres") else {}}
    make_private(Path(make_url(url).database or "."))
    return {"connect_args": {"timeout": _BUSY_S}}


def make_private(path: Path) -> None:
    """Make a database file, and its folder, that only this user can read: documents may hold callback tokens."""
    path.absolute().parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600)


def _prepare_sqlite(engine: Engine) -> None:
    """Write-ahead log, so that readers never wait; full sync, so that an accepted job survives a power cut."""

    @event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        _use_wal(cursor)
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.close()


def _use_wal(cursor: Any) -> None:
    """Switch to the write-ahead log; SQLite does not wait by itself while another process begins the same file."""
    deadline = time.monotonic() + _BUSY_S
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(_AGAIN_S)


def _create_tables(engine: Engine) -> None:
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _SCHEMA_LOCK})
        else:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        for table in metadata.sorted_tables:
            connection.execute(CreateTable(table, if_not_exists=True))
            _add_columns(connection, table)
        for index in _indexes:
            connection.execute(CreateIndex(index, if_not_exists=True))


def _add_columns(connection: Connection, table: Table) -> None:
    """Give a table of an earlier version the columns that came later; each of those may be empty."""
    there = {column["name"] for column in inspect(connection).get_columns(table.name)}
    for column in table.columns:
        if column.name not in there:
            definition = CreateColumn(column).compile(dialect=connection.dialect)
            connection.execute(text(f"ALTER TABLE {table.name} ADD COLUMN {definition}"))
