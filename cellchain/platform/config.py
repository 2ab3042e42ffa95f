"""The one settings class. Every setting is read from the environment as CELLCHAIN_<NAME> and documented here."""

import os
from functools import cached_property
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from cellchain.platform.addresses import confidential, nobody_reads_along
from cellchain.platform.viruses import ADDRESS

# The roles of accounts.rules, which stands above this package; a test holds them together.
ROLES = (
    "technician|analyst|qa|nurse|physician|coordinator|assessor|statistician|sponsor|monitor|committee|inspector"
    "|administrator"
)


# What `second_factor_roles` may say instead of naming each.
EVERY_ROLE = "all"


class Settings(BaseSettings):
    """What an installation may set. Frozen: a running process never changes its mind."""

    model_config = SettingsConfigDict(env_prefix="CELLCHAIN_", frozen=True, extra="ignore")

    data_dir: Path = Field(Path("data"), description="Folder with cellchain.db, keys/, files/ and checkpoints/.")
    database_url: str | None = Field(
        None, description="SQLAlchemy address of PostgreSQL; without it SQLite in the data folder."
    )
    migrate_database_url: str | None = Field(
        None, description="Address with the migration role; without it database_url."
    )
    site_number: int = Field(1, ge=1, le=99, description="Two digits in every identifier this site issues.")
    site_name: str = Field("cellchain", max_length=80, description="Printed on labels and in the masthead.")
    site_timezone: str = Field("Europe/Moscow", description="Zone in which times are shown; the database holds UTC.")
    public_url: str = Field(
        "http://127.0.0.1:8000",
        max_length=200,
        pattern=r"^https?://[!-~]+$",
        description="Address under which people reach this house; codes on certificates lead there.",
    )
    timestamp_url: str | None = Field(
        None,
        max_length=200,
        pattern=r"^https?://[!-~]+$",
        description="Timestamp authority (RFC 3161) for certificates; without it none is asked.",
    )
    smtp_host: str | None = Field(
        None, max_length=255, pattern=r"^[A-Za-z0-9.:-]+$", description="Mail server; without it nobody is mailed."
    )
    smtp_port: int = Field(587, ge=1, le=65_535, description="Its port: 587 for starttls, 465 for tls as a rule.")
    smtp_security: str = Field(
        "starttls",
        pattern="^(starttls|tls|none)$",
        description="How the connection is encrypted; `none` is for a server on this machine.",
    )
    smtp_user: str | None = Field(None, max_length=255, description="Name for signing in there; without it, none is.")
    smtp_password_file: Path | None = Field(None, description="File that holds the password alone, read at each use.")
    mail_from: str = Field(
        "cellchain@localhost.localdomain",
        max_length=254,
        pattern=r"^[!-~]+@[A-Za-z0-9.-]+$",
        description="The address that mails come from.",
    )
    oidc_issuer: str | None = Field(
        None,
        max_length=200,
        pattern=r"^https?://[!-~]+$",
        description="Issuer of the directory (OpenID Connect) that people may sign in at; without it none is asked.",
    )
    oidc_client_id: str = Field("cellchain", max_length=200, pattern=r"^[!-~]+$", description="Our name there.")
    oidc_client_secret_file: Path | None = Field(
        None, description="File that holds the client secret alone, read at each use; a public client has none."
    )
    oidc_name: str = Field(
        "Directory", min_length=1, max_length=60, description="What people call the directory; it stands on the button."
    )
    oidc_shown_claim: str = Field(
        "preferred_username",
        max_length=60,
        pattern=r"^[A-Za-z0-9_:/.-]+$",
        description="Claim that an administrator reads when linking an account. No claim gives a role.",
    )
    oidc_strong: str = Field(
        "",
        max_length=400,
        pattern=r"^[!-~ ]*$",
        description="What the directory states of a sign-in that asked for more than a password, as its `acr` or among "
        "its `amr`, a space between several; it is asked for them. Without it each sign-in there counts as strong.",
    )
    laboratory_phone: str = Field("5555", max_length=40, description="The number on the STOP screen.")
    idle_minutes: int = Field(30, ge=1, le=30, description="A session is locked after so many idle minutes.")
    session_hours: int = Field(12, ge=1, le=12, description="A session ends after so many hours.")
    sessions_a_person_max: int = Field(
        20, ge=2, le=1_000, description="So many sessions of one person stand at a time; one more ends the idlest."
    )
    requests_a_minute_max: int = Field(
        3_000,
        ge=300,
        le=10_000_000,
        description="One person, in all sessions together, asks no more than this within a minute, in each process.",
    )
    second_factor_roles: str = Field(
        "",
        max_length=200,
        pattern=r"^$|^[a-z]+(,[a-z]+)*$",
        description="Roles, with commas, that sign in with a password only beside a second factor: `administrator,qa`; "
        "`all` is every role.",
    )
    stolen_passwords_file: Path | None = Field(
        None,
        description="Sorted list of SHA-1 digests of passwords that others have lost; none of them is taken here.",
    )
    administration_networks: str = Field(
        "",
        max_length=400,
        description="Networks, with commas, out of which administrators work: `192.0.2.0/24`. Left empty, out of all.",
    )
    emergency_minutes: int = Field(
        60, ge=10, le=240, description="A role that was taken in an emergency counts for so many minutes."
    )
    emergency_review_hours: int = Field(
        72, ge=1, le=720, description="QA reviews emergency access within so many hours; after that it is overdue."
    )
    checkpoint_minutes: int = Field(15, ge=1, le=1440, description="Rhythm of signed checkpoints while serving.")
    backup_passphrase_file: Path | None = Field(
        None, description="File whose first line is the passphrase of backups; without it, it is asked for."
    )
    log_level: str = Field(
        "info",
        pattern="^(debug|info|warning|error)$",
        description="The log tells this and what is graver; `info` has a line for every request.",
    )
    metrics_token_file: Path | None = Field(
        None,
        description="File that holds alone the token with which other machines may read /metrics; without it none may.",
    )
    witness_dirs: Annotated[tuple[Path, ...], NoDecode] = Field(
        (), description="Folders that take every checkpoint too, best on other machines; `:` stands between them."
    )
    attachment_bytes_max: int = Field(
        10_000_000, ge=10_000, le=100_000_000, description="A picture or PDF attached to a step is no larger."
    )
    attachments_a_day_max: int = Field(
        200, ge=1, le=100_000, description="One person sends no more files than this within 24 hours."
    )
    attachment_bytes_a_day_max: int = Field(
        500_000_000, ge=10_000, le=100_000_000_000, description="And no more bytes in all of them."
    )
    clamd_address: str | None = Field(
        None,
        max_length=255,
        pattern=ADDRESS,
        description="Virus scanner (clamd) that looks at every file first: `unix:/path` or `tcp://host:port`. "
        "Where it is set and away, no file is taken.",
    )
    alert_hours: int = Field(
        24, ge=1, le=720, description="Alerts of recalls and late positives are overdue after so many hours."
    )
    access_review_days: int = Field(
        180, ge=1, le=1_100, description="A review of access is due so many days after the last one."
    )
    read_threads: int = Field(
        4, ge=1, le=64, description="Threads and read connections for pages (PostgreSQL: 16 suits)."
    )
    password_cost: str = Field("standard", pattern="^(standard|cheap)$", description="`cheap` is for tests alone.")

    @field_validator("witness_dirs", mode="before")
    @classmethod
    def _separate(cls, value: object) -> object:
        return tuple(part for part in value.split(os.pathsep) if part) if isinstance(value, str) else value

    @field_validator("witness_dirs")
    @classmethod
    def _absolute(cls, value: tuple[Path, ...]) -> tuple[Path, ...]:
        if not all(folder.is_absolute() for folder in value):
            raise ValueError("a witness folder is named from the root on")
        return value

    @field_validator("second_factor_roles")
    @classmethod
    def _known_roles(cls, value: str) -> str:
        if value != EVERY_ROLE and not frozenset(value.split(",")) <= {"", *ROLES.split("|")}:
            raise ValueError(f"it names something else than roles: {ROLES.replace('|', ', ')}")
        return value

    @field_validator("administration_networks")
    @classmethod
    def _known_networks(cls, value: str) -> str:
        for one in filter(None, value.split(",")):
            try:
                ip_network(one)
            except ValueError as error:
                raise ValueError(f"{one} is no network, for example 192.0.2.0/24") from error
        return value

    @field_validator("site_timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, OSError) as error:
            raise ValueError("it is no time zone, for example Europe/Moscow") from error
        return value

    @field_validator("database_url", "migrate_database_url")
    @classmethod
    def _known_database(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("sqlite", "postgresql")):
            raise ValueError("it is no address of SQLite or PostgreSQL")
        if value is not None and not nobody_reads_along(value):
            raise ValueError("a database on another machine is spoken to encrypted: end it with ?sslmode=verify-full")
        return value

    @field_validator("oidc_issuer")
    @classmethod
    def _confidential_issuer(cls, value: str | None) -> str | None:
        if value is not None and (not confidential(value) or "?" in value):
            raise ValueError("it has to be https (or http on this machine), without a query, a fragment or a name")
        return value

    @model_validator(mode="after")
    def _password_is_encrypted(self) -> Self:
        if self.smtp_user is not None and self.smtp_security == "none":
            raise ValueError("a mail server that is signed in to needs starttls or tls (CELLCHAIN_SMTP_SECURITY)")
        return self

    @property
    def roles_with_second_factor(self) -> frozenset[str]:
        """Roles whose password alone opens nothing."""
        named = ROLES.replace("|", ",") if self.second_factor_roles == EVERY_ROLE else self.second_factor_roles
        return frozenset(named.split(",")) - {""}

    @cached_property
    def zone(self) -> ZoneInfo:
        """The site's time zone."""
        return ZoneInfo(self.site_timezone)

    def for_migration(self) -> Self:
        """The same with the migration role's address in use, where that role has one of its own."""
        return self.model_copy(update={"database_url": self.migrate_database_url or self.database_url})

    @property
    def url(self) -> str:
        """The address of the database in use."""
        return self.database_url or f"sqlite:///{self.data_dir / 'cellchain.db'}"
