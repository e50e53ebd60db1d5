"""The stack's own environment, typed; AWS's variables belong to the SDK. Read only by ``bootstrap``."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from cloudtranscode.errors import InvalidSetting


class Settings(BaseSettings):
    """Every ``CT_…`` variable, an empty one counting as not set; ``docs/settings.md`` is checked against this class."""

    model_config = SettingsConfigDict(env_prefix="CT_", extra="ignore", frozen=True, env_ignore_empty=True)

    home: Path = Field(
        default=Path("~/.cloudtranscode"), description="Folder of the embedded defaults: database, scratch, stack key."
    )
    database_url: str = Field(
        default="", description="sqlite:///… or postgresql://…; by default a SQLite file in CT_HOME."
    )
    stack_arn: str = Field(
        default="", description="The ARN the stack runs as, where the server has no GetCallerIdentity."
    )
    job_role_arn: str = Field(
        default="", description="The role that jobs run as, and that clients name; by default the stack's own role."
    )
    narrow_sessions: Literal["auto", "require", "off"] = Field(
        default="auto",
        description="Whether jobs work on sessions limited to their own keys: if possible, always, never.",
    )
    isolation: Literal["require", "prefer"] = Field(
        default="require", description="What to do where ffmpeg cannot be isolated: refuse, or go on with a warning."
    )
    ffmpeg: Path | None = Field(default=None, description="A system ffmpeg to use instead of the packaged one.")
    ffprobe: Path | None = Field(default=None, description="A system ffprobe to use instead of the packaged one.")
    packager: Path | None = Field(default=None, description="A Shaka Packager to use instead of the packaged one.")
    soffice: Path | None = Field(default=None, description="LibreOffice's soffice, if it is not on PATH.")
    http_sources: str = Field(
        default="public",
        description="Web servers that sources may be fetched from: off, or public, hosts and networks with commas.",
    )
    presets: Path | None = Field(default=None, description="A folder of presets besides the built-in ones.")
    worker_jobs: int = Field(default=1, ge=1, le=64, description="Jobs that one worker runs at the same time.")
    heartbeat_s: float = Field(default=2.0, gt=0, description="Seconds between two heartbeats of a worker.")
    lost_after_s: float = Field(
        default=10.0, gt=0, description="Seconds without a heartbeat after which a worker counts as lost."
    )
    callback_allow_private: bool = Field(
        default=False, description="Permit callbacks to http:// and to private addresses."
    )

    events_url: str = Field(default="", description="Where the stack's admin is told of changed entitlements.")
    watch: str = Field(
        default="*/15 * * * *",
        pattern=r"^(off|\S+( +\S+){4,5})$",
        description="When workers look at the clients' entitlements: a cron expression, or off.",
    )

    @field_validator("narrow_sessions")
    @classmethod
    def _possible(cls, value: str, info: ValidationInfo) -> str:
        if value == "off" and info.data.get("job_role_arn"):
            raise ValueError("CT_JOB_ROLE_ARN names a role to assume for each job, so this cannot be off")
        return value

    @property
    def database(self) -> str:
        """The database URL, with the embedded default applied."""
        return self.database_url or f"sqlite:///{self.home_folder / 'cloudtranscode.sqlite'}"

    @property
    def home_folder(self) -> Path:
        """CT_HOME as an absolute path."""
        return self.home.expanduser().absolute()


def read_settings() -> Settings:
    """Read the environment. Errors: :class:`InvalidSetting` naming the variable."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidSetting(f"CT_{str(first['loc'][0]).upper()}: {first['msg']}.") from error
