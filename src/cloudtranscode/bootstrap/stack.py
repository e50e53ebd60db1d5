"""One process's parts, wired together from the settings."""

from __future__ import annotations

import logging
import os
import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import boto3
from sqlalchemy import Engine as Database
from sqlalchemy.engine import make_url

from cloudtranscode.bootstrap.control import prove, prove_role
from cloudtranscode.bootstrap.grants import order_of
from cloudtranscode.bootstrap.seeing import see
from cloudtranscode.bootstrap.sessions import SessionRules, Sessions
from cloudtranscode.clients.client import Client, Mode
from cloudtranscode.clients.control import seals_of
from cloudtranscode.clients.proof import How
from cloudtranscode.clients.registry import ClientRegistry
from cloudtranscode.clients.views import ViewStore
from cloudtranscode.database import make_private, open_database, sqlalchemy_url
from cloudtranscode.entitlements.drift import View
from cloudtranscode.entitlements.grant import GrantOrder
from cloudtranscode.entitlements.verify import Check, verify
from cloudtranscode.errors import (
    AccessDenied,
    CloudTranscodeError,
    InvalidLocation,
    LocationNotAllowed,
    UnsafeCallback,
)
from cloudtranscode.fleet.heart import Heart
from cloudtranscode.fleet.host import new_worker, this_host
from cloudtranscode.fleet.roster import Roster
from cloudtranscode.identity.session import client_session, open_session
from cloudtranscode.identity.whoami import Identity, who_am_i
from cloudtranscode.jobs.job import Job
from cloudtranscode.jobs.ledger import UploadLedger
from cloudtranscode.jobs.needs import acl_of, needs_of, object_of
from cloudtranscode.jobs.spec import JobSpec
from cloudtranscode.jobs.store import JobStore
from cloudtranscode.jobs.submit import Submission
from cloudtranscode.jobs.vault import Vault
from cloudtranscode.location import HttpLocation, Location, S3Location, parse_s3
from cloudtranscode.media.presets import Presets
from cloudtranscode.media.studio import Studio
from cloudtranscode.media.tools.jail import Isolation, Jail
from cloudtranscode.media.tools.programs import Tools, find_tools
from cloudtranscode.notify.event import drift_event, job_event
from cloudtranscode.notify.signing import signing_secret
from cloudtranscode.notify.webhook import Delivery, WebhookSender
from cloudtranscode.origin import Origins
from cloudtranscode.settings import Settings, read_settings
from cloudtranscode.storage.http_fetch import Fetcher
from cloudtranscode.storage.http_spool import During
from cloudtranscode.storage.http_store import HttpStore, Reveal
from cloudtranscode.storage.local import LocalStore
from cloudtranscode.storage.port import ObjectStore, SourceStore
from cloudtranscode.storage.s3 import S3Store, s3_client
from cloudtranscode.workflow.attempts import LiveAttempts
from cloudtranscode.workflow.direct import DirectRun
from cloudtranscode.workflow.fetching import of_job
from cloudtranscode.workflow.making import Maker
from cloudtranscode.workflow.phases import JobPhases
from cloudtranscode.workflow.scratch import make_folder, sweep
from cloudtranscode.workflow.stores import JobStorage, JobStores
from cloudtranscode.workflow.watch import Watch, first_failing

log = logging.getLogger(__name__)

_AWS_ACCOUNT_DIGITS = 12
_KEY_BYTES = 32
_ADMIN = ""  # no client's name: the stack's own admin, in what is derived from the stack's key by name


class Stack:
    """One process's parts, each made when it is first asked for."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    # --- what people ask about -----------------------------------------------------------------------------

    @cached_property
    def database(self) -> Database:
        """The stack's own tables. Errors: ``HomeUnusable`` for the embedded default, ``DatabaseUnavailable``."""
        if not self.settings.database_url:
            make_folder(self.settings.home_folder)
        return open_database(self.settings.database)

    @cached_property
    def clients(self) -> ClientRegistry:
        """The registered clients."""
        return ClientRegistry(self.database)

    @cached_property
    def jobs(self) -> JobStore:
        """The jobs."""
        return JobStore(self.database)

    @cached_property
    def submission(self) -> Submission:
        """The front desk for jobs."""
        return Submission(self.clients, self.jobs, self.origins, self.presets, self.vault)

    @cached_property
    def vault(self) -> Vault:
        """What locks the secrets of job documents."""
        return Vault(lambda: self.key)

    @cached_property
    def roster(self) -> Roster:
        """The workers."""
        return Roster(self.database, self.settings.lost_after_s)

    # --- who the stack is, and what it may touch ---------------------------------------------------------------

    @cached_property
    def session(self) -> boto3.Session:
        """The stack's own credentials."""
        return open_session()

    @cached_property
    def identity(self) -> Identity:
        """Who the stack is to its clients. Errors: as :func:`who_am_i`."""
        return who_am_i(self.session, self.settings.job_role_arn or self.settings.stack_arn or None)

    @cached_property
    def sessions(self) -> Sessions:
        """The sessions of jobs, each limited to its job."""
        rules = SessionRules(self.settings.narrow_sessions, self.settings.job_role_arn)
        return Sessions(self.session, lambda: self.identity, rules)

    def grant_order(self, client: Client) -> GrantOrder:
        """What ``client`` has to entitle the stack to."""
        stated = client.proof is not None and client.proof.how is How.STATED
        return replace(order_of(client, self.identity), seals=() if stated else seals_of(self.key, client))

    def verify(self, name: str, key: str | None = None) -> tuple[Check, ...]:
        """Prove live what the client called ``name`` has entitled the stack to; ``key`` names an object to read.

        ``key`` is an ``s3://`` URI, or a key of the input bucket or of the client's prefix in it. Without one, the
        source of the client's latest job is tried where nothing is found by listing.
        Errors: ``UnknownClient``, ``LocationNotAllowed``, and those of :attr:`identity`.
        """
        client = self.clients.get(name)
        attempts = LiveAttempts(
            client,
            self.store_of(client),
            named=named_source(client, key) if key else None,
            likely=object_of(self.jobs.latest_of(name), client),
        )
        return *verify(attempts, self.grant_order(client)), self.prove(client)

    def prove(self, client: Client) -> Check:
        """Look whether ``client`` controls its buckets; accept it if so."""
        if client.terms.mode is Mode.ASSUME_ROLE:
            return prove_role(client, self.sessions.of_nothing, self.clients)
        seals = seals_of(self.key, client)
        return prove(client, seals, lambda: self._store(client, self.sessions.of_proof(client, seals)), self.clients)

    def watch(self, eyes: str, profile: str = "") -> Watch:
        """What looks at the clients' entitlements, with the stack's own credentials or a client's ``profile``.

        ``eyes`` says who looks: views are compared with those of the same eyes.
        """
        session = client_session(profile) if profile else self.session

        def look(name: str) -> View:
            client = self.clients.get(name)
            order = self.grant_order(client)
            return see(session, order.role.arn if order.role else order.principal, client, self.verify(name))

        return Watch(
            names=lambda: [client.name for client in self.clients.list()],
            look=look,
            failing=lambda view: first_failing(self.jobs, view),
            tell=self._report,
            views=ViewStore(self.database),
            eyes=eyes,
        )

    def _report(self, found: dict[str, Any]) -> dict[str, Any]:
        """Tell the stack's admin of changed entitlements."""
        if not self.settings.events_url:
            return {"delivered": None, "reason": "CT_EVENTS_URL is not set"}
        return self._deliver(self.settings.events_url, drift_event(found), self.events_secret)

    @property
    def events_secret(self) -> str:
        """The secret with which the stack's admin verifies what comes to ``CT_EVENTS_URL``."""
        return self.webhook_secret(_ADMIN)

    def store_of(self, client: Client) -> ObjectStore:
        """The storage as it may be used for one client: its locations, in buckets that its account owns."""
        return self._store(client, self.sessions.of_client(client))

    def _storage_of_job(self, job: Job, spec: JobSpec, client: Client) -> JobStorage:
        needs = needs_of(spec, acl=acl_of(client))
        buckets = self._store(client, self.sessions.of_job(job.id, client, needs))
        return JobStorage(buckets, self.web(of_job(self.jobs, job.id), partial(self.vault.reveal, client=client.name)))

    def _store(self, client: Client, session: boto3.Session) -> ObjectStore:
        numeric = client.account.isdigit() and len(client.account) == _AWS_ACCOUNT_DIGITS
        api = self._s3 if session is self.session else s3_client(session)
        return S3Store(api, expected_owner=client.account if numeric else None, acl=acl_of(client))

    @cached_property
    def origins(self) -> Origins:
        """The web servers that sources may be fetched from. Errors: ``InvalidSetting``."""
        return Origins.parse(self.settings.http_sources)

    def web(self, during: During, reveal: Reveal = lambda location: location) -> SourceStore:
        """Sources on web servers, for one piece of work; ``during`` and ``reveal`` as :class:`HttpStore` has them."""
        return HttpStore(Fetcher(self.origins), lambda: make_folder(self.scratch), during, reveal)

    def store_for(self, location: Location) -> ObjectStore:
        """The storage with nothing but the caller's own permissions, for work without a client.

        Errors: ``InvalidLocation`` for a URL, which is only read from.
        """
        if isinstance(location, HttpLocation):
            raise InvalidLocation(f"{location} can be read, but not be written to.")
        return S3Store(self._s3) if isinstance(location, S3Location) else LocalStore()

    @cached_property
    def _s3(self) -> Any:
        return s3_client(self.session)

    # --- the work ------------------------------------------------------------------------------------------------

    @cached_property
    def tools(self) -> Tools:
        """ffmpeg, ffprobe and the packager. Errors: ``ToolMissing``."""
        given = (self.settings.ffmpeg, self.settings.ffprobe, self.settings.packager)
        return find_tools(*(str(path) if path else None for path in given))

    @property
    def scratch(self) -> Path:
        """The folder of intermediate files."""
        return self.settings.home_folder / "scratch"

    @cached_property
    def presets(self) -> Presets:
        """The built-in presets and the stack's own."""
        return Presets(self.settings.presets)

    @cached_property
    def maker(self) -> Maker:
        """What probes, encodes and checks."""
        office = str(self.settings.soffice) if self.settings.soffice else None
        return Maker(Studio(self.tools, Jail(Isolation(self.settings.isolation)), office), self.presets)

    def direct(self) -> DirectRun:
        """``ct transcode``."""
        sweep(self.scratch, this_host(), lambda _: True)
        return DirectRun(self.store_for, self.maker, self.scratch, this_host(), self.web)

    def phases(self) -> JobPhases:
        """The steps of a job."""
        return JobPhases(
            clients=self.clients,
            stores=JobStores(self._storage_of_job),
            ledger_of=lambda job: UploadLedger(self.database, job.id, job.epoch),
            maker=self.maker,
            scratch=self.scratch,
            explain=_explain,
            tell=self._tell,
            origins=self.origins,
            vault=self.vault,
        )

    def webhook_secret(self, client: str) -> str:
        """The secret with which ``client`` verifies notifications."""
        return signing_secret(self.key, client)

    @property
    def key(self) -> bytes:
        """The stack's own key, of which secrets and tokens are derived."""
        return _stack_key(self.settings.home_folder / "stack.key")

    def _tell(self, job: Job) -> dict[str, Any]:
        url = job.document.get("callback")
        if not url:
            return {"delivered": None, "reason": "the job names no callback"}
        return self._deliver(url, job_event(job.to_dict()), self.webhook_secret(job.client))

    def _deliver(self, url: str, event: dict[str, Any], secret: str) -> dict[str, Any]:
        # The job's slot waits meanwhile, so an endpoint that does not answer gets seconds, not minutes.
        sender = WebhookSender(allow_private=self.settings.callback_allow_private, delays=(1.0, 5.0), timeout=5.0)
        try:
            delivery = sender.deliver(url, event, secret)
        except UnsafeCallback as error:
            delivery = Delivery(delivered=False, status=None, attempts=0, reason=error.message)
        if not delivery.delivered:
            log.warning("the event %s was not delivered: %s", event["id"], delivery.reason)
        return {"delivered": delivery.delivered, "status": delivery.status, "reason": delivery.reason}

    @property
    def _engine_url(self) -> str:
        """The engine's tables: beside ours on PostgreSQL, in a file of their own on SQLite, where writers exclude."""
        url = make_url(sqlalchemy_url(self.settings.database))
        if url.get_backend_name() != "sqlite":
            return url.render_as_string(hide_password=False)
        ours = Path(url.database or "")
        path = ours.with_name(f"{ours.stem}.engine{ours.suffix}")
        make_private(path)
        return f"sqlite:///{path}"

    @contextmanager
    def working(self, *, jobs_at_once: int, given_up: Callable[[], None]) -> Iterator[Any]:
        """Be a worker for the time of the block; yields the durable engine.

        ``jobs_at_once`` 0 takes nothing from the queue. ``given_up()`` is called, in a thread, when this process was
        silent for so long that its jobs belong to others now.
        """
        from cloudtranscode.workflow.engine import Engine  # noqa: PLC0415  # loads for seconds; only workers need it
        from cloudtranscode.workflow.story import Story  # noqa: PLC0415

        worker = new_worker(serves_queue=jobs_at_once > 0)
        phases = self.phases()
        engine = Engine(
            self._engine_url, worker.id, self.jobs, Story(self.jobs, phases, worker.id), self.watch("workers")
        )
        beat, patience = self.settings.heartbeat_s, self.settings.lost_after_s
        heart = Heart(worker, self.roster, engine, given_up, interval_s=beat, patience_s=patience)
        heart.join()
        sweep(self.scratch, this_host(), self.jobs.is_active)
        watch_at = None if self.settings.watch == "off" else self.settings.watch
        engine.launch(jobs_at_once=jobs_at_once, watch_at=watch_at)
        stop = threading.Event()
        feeder = threading.Thread(target=engine.feed, args=(stop,), name="feed", daemon=True)
        heart.start()
        if jobs_at_once:
            feeder.start()
        try:
            yield engine
        finally:
            stop.set()
            heart.stop()
            engine.close()


def open_stack() -> Stack:
    """Read the settings and make a stack of them."""
    return Stack(read_settings())


def _explain(client: Client, faults: Sequence[CloudTranscodeError]) -> CloudTranscodeError:
    """One error for all that keeps a job from beginning: a refusal where there is one, else of the first one's kind."""
    messages = " ".join(dict.fromkeys(fault.message for fault in faults))
    if not any(isinstance(fault, AccessDenied) for fault in faults):
        return type(faults[0])(messages, remedy=" ".join(dict.fromkeys(fault.remedy for fault in faults)))
    return AccessDenied(
        f"{client.name} has not entitled the stack: {messages}",
        remedy=f"{client.name} attaches the bucket policies that `ct grant {client.name}` prints; "
        f"`ct preflight` then says whether the job would run, and `ct verify {client.name}` proves them. "
        f"`ct explain {client.name}` finds out what is wrong with those that are attached.",
    )


def named_source(client: Client, key: str) -> S3Location:
    """Return the object that ``key`` names: a URI, a key of the input bucket or of the client's prefix in it.

    Errors: ``InvalidLocation``, ``LocationNotAllowed``.
    """
    location = parse_s3(key if key.startswith("s3://") else f"s3://{client.input.bucket}/{key}")
    if not key.startswith("s3://") and not client.may_read(location):
        location = parse_s3(client.input.child(key).uri)
    if not client.may_read(location):
        raise LocationNotAllowed(f"{location} is not under {client.name}'s input {client.input}.")
    return location


def _stack_key(path: Path) -> bytes:
    """Read the stack's key, or make one that only this user can read; of several processes the first one's counts."""
    if not path.exists():
        make_folder(path.parent)
        draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(_KEY_BYTES))
        try:
            os.link(draft, path)
        except FileExistsError:
            log.debug("another process made the stack's key first")
        finally:
            draft.unlink()
    return path.read_bytes()
