"""The one error tree: every failure a user can meet, with a stable code, the side that must act and the remedy.

A code is part of the public interface: it never changes its meaning and is never reused. The class docstring
says when the error is raised; ``docs/errors.md`` is checked against this module.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, ClassVar


class Side(StrEnum):
    """Who must act before a retry can help."""

    CLIENT = "client"
    STACK = "stack"
    SOURCE = "source"


@dataclass(frozen=True, slots=True)
class ErrorReport:
    """An error as a value: what is stored with a job, sent in events and printed by ``--json``."""

    code: str
    message: str
    remedy: str
    side: Side
    retryable: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {**asdict(self), "side": self.side.value}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> ErrorReport:
        """Rebuild a report from :meth:`to_dict`."""
        return cls(data["code"], data["message"], data["remedy"], Side(data["side"]), data["retryable"])


class CloudTranscodeError(Exception):
    """Base of the tree; subclasses fix ``code``, ``side``, ``remedy`` and ``retryable``.

    ``message`` is one sentence that says what happened; ``remedy`` overrides the class's remedy when the
    place that raises knows better what to do.
    """

    code: ClassVar[str] = "internal"
    side: ClassVar[Side] = Side.STACK
    default_remedy: ClassVar[str] = "This is a defect of the stack: report it with the job's id and the worker's log."
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, remedy: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy or self.default_remedy

    @property
    def report(self) -> ErrorReport:
        """The error as a value."""
        return ErrorReport(self.code, self.message, self.remedy, self.side, self.retryable)


# --- what the client or the job document must mend -------------------------------------------------------


class InvalidDocument(CloudTranscodeError):
    """A job document, setting or argument is malformed; the message names the path inside the document."""

    code = "invalid_document"
    side = Side.CLIENT
    default_remedy = "Correct the named field; `ct schema job` prints the schema."


class InvalidLocation(CloudTranscodeError):
    """A string is not a location (``s3://bucket/key``, a URL or a path) that the stack can use there."""

    code = "invalid_location"
    side = Side.CLIENT
    default_remedy = "Write the location as s3://bucket/key, or as a path for `ct transcode`."


class UnknownPreset(CloudTranscodeError):
    """A preset name is not known."""

    code = "unknown_preset"
    side = Side.CLIENT
    default_remedy = "Use one of the presets that `ct preset list` shows."


class UnknownClient(CloudTranscodeError):
    """The named client is not registered."""

    code = "unknown_client"
    side = Side.STACK
    default_remedy = "Register the client with `ct client add`, or correct the name; `ct client list` shows them."


class ClientExists(CloudTranscodeError):
    """A client of this name is already registered."""

    code = "client_exists"
    side = Side.STACK
    default_remedy = "Choose another name, or remove the client first with `ct client remove`."


class LocationTaken(CloudTranscodeError):
    """A location meets one of another client, and the stack's admin has not stated that it may."""

    code = "location_taken"
    side = Side.STACK
    default_remedy = "Choose another bucket or prefix; `ct audit isolation` shows where clients meet."


class ClientBusy(CloudTranscodeError):
    """A client cannot be removed while its jobs still need it."""

    code = "client_busy"
    side = Side.STACK
    default_remedy = "Wait for its jobs to end, or cancel them; `ct job list` shows them."


class LocationNotAllowed(CloudTranscodeError):
    """A job names a location that does not belong to its client."""

    code = "location_not_allowed"
    side = Side.CLIENT
    default_remedy = "Name only locations under the client's own input and output; `ct client show` prints them."


class ControlUnproven(CloudTranscodeError):
    """A client's jobs wait for the proof that the client controls its buckets."""

    code = "control_unproven"
    side = Side.CLIENT
    default_remedy = "Attach the policies that `ct grant` prints; `ct client prove` then accepts the buckets."


class SecretUnreadable(CloudTranscodeError):
    """A secret of a job document was locked with another stack's key, or for another client."""

    code = "secret_unreadable"
    side = Side.STACK
    default_remedy = "Use the same `stack.key` in CT_HOME on every machine; or submit the document again."


class InvalidPolicy(CloudTranscodeError):
    """A policy document cannot be parsed; the message names the path inside the document."""

    code = "invalid_policy"
    side = Side.CLIENT
    default_remedy = "Correct the named element of the policy document."


class AccessDenied(CloudTranscodeError):
    """The storage refused a request that the job needs."""

    code = "access_denied"
    side = Side.CLIENT
    default_remedy = "Attach the bucket policies that `ct grant` prints, then run `ct verify`."


class BucketNotFound(CloudTranscodeError):
    """The named bucket does not exist."""

    code = "bucket_not_found"
    side = Side.CLIENT
    default_remedy = "Create the bucket or correct its name."


class WrongRegion(CloudTranscodeError):
    """The bucket lives in another region than the stack's requests were sent to."""

    code = "wrong_region"
    side = Side.STACK
    default_remedy = "Set AWS_REGION to the bucket's region."


class UnsafeCallback(CloudTranscodeError):
    """The callback URL points to an address the stack will not call."""

    code = "unsafe_callback"
    side = Side.CLIENT
    default_remedy = "Give a public https:// URL."


class OriginNotAllowed(CloudTranscodeError):
    """A source's URL leads to a server that the stack's settings do not let it fetch from."""

    code = "origin_not_allowed"
    side = Side.CLIENT
    default_remedy = "Give a public http:// or https:// URL; the stack's admin opens others with CT_HTTP_SOURCES."


class OriginDenied(CloudTranscodeError):
    """The server of a source's URL refuses to give it."""

    code = "origin_denied"
    side = Side.CLIENT
    default_remedy = "Give a URL that opens without a login, such as a presigned one that has not expired."


# --- what is wrong with the source ------------------------------------------------------------------------


class SourceNotFound(CloudTranscodeError):
    """The source object does not exist."""

    code = "source_not_found"
    side = Side.SOURCE
    default_remedy = "Upload the source, or correct the key."


class SourceEmpty(CloudTranscodeError):
    """The source object has no bytes."""

    code = "source_empty"
    side = Side.SOURCE
    default_remedy = "Upload the complete file."


class SourceArchived(CloudTranscodeError):
    """The source lies in an archive storage class and must be restored before it can be read."""

    code = "source_archived"
    side = Side.SOURCE
    default_remedy = "Restore the object from its archive storage class, then retry the job."


class SourceChanged(CloudTranscodeError):
    """The source was overwritten or deleted while the job was reading it."""

    code = "source_changed"
    side = Side.SOURCE
    default_remedy = "Let the upload finish, then retry the job."


class SourceNotMedia(CloudTranscodeError):
    """ffprobe finds no container that it knows in the source."""

    code = "source_not_media"
    side = Side.SOURCE
    default_remedy = "Give an audio or video file."


class OriginUnusable(CloudTranscodeError):
    """The server of a source's URL answers in a way that no file can be read from."""

    code = "origin_unusable"
    side = Side.SOURCE
    default_remedy = "Let the server send the file itself, or upload the source to the client's input bucket."


class SourceDamaged(CloudTranscodeError):
    """The source is truncated or damaged so that it cannot be decoded to its end."""

    code = "source_damaged"
    side = Side.SOURCE
    default_remedy = "Upload the file again; if it stays so, export it anew from where it came."


class SourceUnsupported(CloudTranscodeError):
    """The source is media, but has no stream that the wanted outputs need."""

    code = "source_unsupported"
    side = Side.SOURCE
    default_remedy = "Ask for outputs that fit the streams that the source has."


# --- what the stack must mend -------------------------------------------------------------------------------


class CredentialsMissing(CloudTranscodeError):
    """The credential chain found nothing."""

    code = "credentials_missing"
    side = Side.STACK
    default_remedy = "Run the stack under a role, or set AWS_PROFILE; `ct doctor` shows what was tried."


class CredentialsExpired(CloudTranscodeError):
    """The storage says that the stack's credentials are expired or unknown."""

    code = "credentials_expired"
    side = Side.STACK
    default_remedy = "Renew the stack's credentials (a role renews them by itself) and retry the job."


class IdentityUnknown(CloudTranscodeError):
    """The stack cannot find out its own ARN."""

    code = "identity_unknown"
    side = Side.STACK
    default_remedy = "Set CT_STACK_ARN to the ARN that the stack runs as."


class SessionRefused(CloudTranscodeError):
    """The server gives no session of its own for a job, and the stack's own must not take its place."""

    code = "session_refused"
    side = Side.STACK
    default_remedy = "Let the role be assumed as docs/operating.md says, or set CT_NARROW_SESSIONS=auto."

    def __init__(self, message: str, *, remedy: str | None = None, said: str = "") -> None:
        """``said`` is STS's own word for it, such as ``AccessDenied``."""
        super().__init__(message, remedy=remedy)
        self.said = said


class StorageUnavailable(CloudTranscodeError):
    """The storage does not answer, or answers with a fault of its own."""

    code = "storage_unavailable"
    side = Side.STACK
    default_remedy = "Check the endpoint and the network, then retry the job."
    retryable = True


class StorageFull(CloudTranscodeError):
    """The disk or the quota that an output was written to is used up."""

    code = "storage_full"
    side = Side.STACK
    default_remedy = "Free space where the output goes, or choose another disk; then run it again."


class UsageError(CloudTranscodeError):
    """The command line is wrong."""

    code = "usage"
    side = Side.STACK
    default_remedy = "Run the command with --help."


class InvalidSetting(CloudTranscodeError):
    """A variable of the stack's environment is malformed; the message names it."""

    code = "invalid_setting"
    side = Side.STACK
    default_remedy = "Correct the environment variable."


class OutputLost(CloudTranscodeError):
    """What a command prints cannot be written where its stdout leads to."""

    code = "output_lost"
    side = Side.STACK
    default_remedy = "Make room there; `ct job show` prints a job's result again."


class ToolMissing(CloudTranscodeError):
    """A program that the stack needs is not installed or cannot run here."""

    code = "tool_missing"
    side = Side.STACK
    default_remedy = "Run `ct doctor`: it names what is missing and how to get it."


class IsolationUnavailable(CloudTranscodeError):
    """The machine cannot isolate ffmpeg and the settings say to refuse then."""

    code = "isolation_unavailable"
    side = Side.STACK
    default_remedy = "Allow unprivileged user namespaces, or set CT_ISOLATION=prefer to accept the risk."


class EncodeFailed(CloudTranscodeError):
    """ffmpeg or the packager failed for a reason that the source does not explain."""

    code = "encode_failed"
    side = Side.STACK
    default_remedy = "Look at the tool's last lines in the message; report it with the source if it repeats."


class CheckFailed(CloudTranscodeError):
    """An output is not what was promised; nothing was published."""

    code = "check_failed"
    side = Side.STACK
    default_remedy = "Nothing was published. Retry the job; report it with the source if it repeats."


class UploadLost(CloudTranscodeError):
    """A multipart upload ended before it was completed, by a lifecycle rule or by another program."""

    code = "upload_lost"
    side = Side.CLIENT
    default_remedy = "Let lifecycle rules keep incomplete uploads for at least a day, then retry the job."


class ScratchLost(CloudTranscodeError):
    """Intermediate files of a job are not on this machine."""

    code = "scratch_lost"
    side = Side.STACK
    default_remedy = "Give the workers a CT_HOME that they share, or retry the job."
    retryable = True


class WorkerLost(CloudTranscodeError):
    """Every worker that ran the job died on it, so often that the stack gives the job up."""

    code = "worker_lost"
    side = Side.STACK
    default_remedy = "Look for out-of-memory kills on the workers, then retry the job."


class JobNotFound(CloudTranscodeError):
    """No job has this id."""

    code = "job_not_found"
    side = Side.CLIENT
    default_remedy = "`ct job list` shows the jobs."


class IllegalTransition(CloudTranscodeError):
    """The job's state does not permit what was asked."""

    code = "illegal_transition"
    side = Side.CLIENT
    default_remedy = "`ct job show` prints the job's state."


class HomeUnusable(CloudTranscodeError):
    """The stack cannot write into its own folder."""

    code = "home_unusable"
    side = Side.STACK
    default_remedy = "Make CT_HOME a folder that the stack's user may write to, on a disk with space."


class DatabaseUnavailable(CloudTranscodeError):
    """The database cannot be opened, or does not answer."""

    code = "database_unavailable"
    side = Side.STACK
    default_remedy = "Check CT_DATABASE_URL or the permissions of CT_HOME."
    retryable = True


# --- control flow: never shown as a failure -----------------------------------------------------------------


class JobCancelled(CloudTranscodeError):
    """Somebody cancelled the job while it ran."""

    code = "cancelled"
    side = Side.CLIENT
    default_remedy = "Nothing was published; `ct job retry` runs the job again."


class Fenced(CloudTranscodeError):
    """Another worker has taken over this job; this execution must stop and touch nothing more."""

    code = "fenced"
    side = Side.STACK
    default_remedy = "None needed: the other worker finishes the job."
