"""
Configuration: environment and .env in, checked values out.
"""

import base64
import binascii
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Final, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from dotenv import dotenv_values
from platformdirs import user_data_path

from storage.retention.kept import LEAST_MESSAGES, Kept

LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR")
LOG_FORMATS: Final = ("json", "text")
SLACK_API_URL: Final = "https://slack.com/api/"
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
MOST_DAYS = 3650  # ten years
LEAST_DAYS: Final = MappingProxyType(
    {
        "HT_KEEP_MESSAGES_DAYS": LEAST_MESSAGES.days,
        "HT_KEEP_FORMER_DAYS": 30,
        "HT_KEEP_AUDIT_DAYS": 365,
        "HT_KEEP_COUNTS_DAYS": 1,
    }
)
KEY_FILE: Final = "secret.key"  # in the data folder
LEAST_LEASE = 20.0  # seconds: Slack may take ten to answer
_NUMBER = re.compile(r"[0-9]{1,4}(\.[0-9]{1,3})?")
_USER_ID = re.compile(r"[UW][A-Z0-9]{2,}")

# Every key, in the order of .env.example.
KEYS: Final = (
    "SLACK_BOT_TOKEN",
    "SLACK_APP_TOKEN",
    "SLACK_SIGNING_SECRET",
    "SLACK_API_URL",
    "HT_DATABASE_URL",
    "HT_SECRET_KEY",
    "HT_HOST",
    "HT_PORT",
    "HT_PUBLIC_URL",
    "HT_PACK",
    "HT_TIMEZONE",
    "HT_ADMINS",
    "HT_LOG_LEVEL",
    "HT_LOG_FORMAT",
    "HT_METRICS_PORT",
    "HT_TICK_SECONDS",
    "HT_SEND_RATE",
    "HT_LEASE_SECONDS",
    "HT_ASKS_PER_MINUTE",
    "HT_KEEP_MESSAGES_DAYS",
    "HT_KEEP_FORMER_DAYS",
    "HT_KEEP_AUDIT_DAYS",
    "HT_KEEP_COUNTS_DAYS",
)


class SettingsError(Exception):
    """
    The environment does not make a usable configuration.

    Attributes:
        problems: one sentence a problem, naming the key and never a value.
    """

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


@dataclass(frozen=True, kw_only=True)
class Settings:
    """
    Everything the bot can be told from outside. See ``.env.example``.

    Attributes:
        slack_bot_token: None where no Slack is needed (`htbot say`, `htbot pack`).
        slack_app_token: set for Socket Mode; without it the bot listens for HTTP.
        slack_api_url: ends in a slash.
        secret_key: 32 bytes, url-safe base64.
        public_url: where others reach what listens at *host* and *port*; no slash at its end.
        timezone: None: the pack's.
        log_format: None: text for a terminal, else JSON.
        metrics_port: on this machine alone; None: no metrics.
        tick_seconds: between two ticks, on which what has become due is sent.
        send_rate: deliveries a second, of the whole workspace.
        lease_seconds: how long a delivery is one process's to send.
        asks_per_minute: how much one person may ask of one process; 0: any amount. The
            lines and help are never counted.
        keep_messages_days: what the bot sent to whom; see `storage.retention.kept`.
        keep_former_days, keep_audit_days: the same of what these name.
        keep_counts_days: how long counts are kept, sealed, after a survey closed or a table
            was drafted.
    """

    slack_bot_token: str | None = field(default=None, repr=False)
    slack_app_token: str | None = field(default=None, repr=False)
    slack_signing_secret: str | None = field(default=None, repr=False)
    slack_api_url: str = SLACK_API_URL
    database_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    host: str = "127.0.0.1"
    port: int = 3000
    public_url: str | None = None
    pack: str = "contra_costa"
    timezone: ZoneInfo | None = None
    admins: frozenset[str] = frozenset()
    log_level: str = "INFO"
    log_format: str | None = None
    metrics_port: int | None = None
    tick_seconds: float = 1.0
    send_rate: float = 4.0
    lease_seconds: float = 60.0
    asks_per_minute: float = 30.0
    keep_messages_days: int = 400
    keep_former_days: int = 365
    keep_audit_days: int = 1096
    keep_counts_days: int = 180

    @classmethod
    def from_environ(
        cls, environ: Mapping[str, str], *, data_folder: Path, slack: bool = True
    ) -> Self:
        """
        Args:
            environ: names and values; an empty value counts as not set.
            data_folder: where the database and the key live unless told otherwise;
                made if needed, as is the key.
            slack: whether the tokens are needed.
        Raises:
            SettingsError: naming every problem at once, and never a value: a
                value may be a secret in the wrong variable.
        """
        given = {key: environ[key].strip() for key in KEYS if environ.get(key, "").strip()}
        problems = [problem for check in _CHECKS for problem in check(given)]
        if slack:
            problems += _missing(given)
        if problems:
            raise SettingsError(tuple(problems))
        if not {"HT_DATABASE_URL", "HT_SECRET_KEY"} <= given.keys():
            _make_folder(data_folder)
        timezone = given.get("HT_TIMEZONE")
        return cls(
            slack_bot_token=given.get("SLACK_BOT_TOKEN"),
            slack_app_token=given.get("SLACK_APP_TOKEN"),
            slack_signing_secret=given.get("SLACK_SIGNING_SECRET"),
            slack_api_url=given.get("SLACK_API_URL", SLACK_API_URL).rstrip("/") + "/",
            database_url=given.get("HT_DATABASE_URL") or f"sqlite:///{data_folder / 'ht.db'}",
            secret_key=given.get("HT_SECRET_KEY") or kept_key(data_folder / KEY_FILE),
            host=given.get("HT_HOST", cls.host),
            port=int(given.get("HT_PORT", cls.port)),
            public_url=given.get("HT_PUBLIC_URL", "").rstrip("/") or None,
            pack=given.get("HT_PACK", cls.pack),
            timezone=ZoneInfo(timezone) if timezone else None,
            admins=frozenset(_listed(given.get("HT_ADMINS", ""))),
            log_level=given.get("HT_LOG_LEVEL", cls.log_level).upper(),
            log_format=given.get("HT_LOG_FORMAT", "").lower() or None,
            metrics_port=int(given["HT_METRICS_PORT"]) if "HT_METRICS_PORT" in given else None,
            tick_seconds=float(given.get("HT_TICK_SECONDS", cls.tick_seconds)),
            send_rate=float(given.get("HT_SEND_RATE", cls.send_rate)),
            lease_seconds=float(given.get("HT_LEASE_SECONDS", cls.lease_seconds)),
            asks_per_minute=float(given.get("HT_ASKS_PER_MINUTE", cls.asks_per_minute)),
            keep_messages_days=int(given.get("HT_KEEP_MESSAGES_DAYS", cls.keep_messages_days)),
            keep_former_days=int(given.get("HT_KEEP_FORMER_DAYS", cls.keep_former_days)),
            keep_audit_days=int(given.get("HT_KEEP_AUDIT_DAYS", cls.keep_audit_days)),
            keep_counts_days=int(given.get("HT_KEEP_COUNTS_DAYS", cls.keep_counts_days)),
        )

    @property
    def kept(self) -> Kept:
        """
        How long what is over is kept.
        """
        return Kept(
            messages=timedelta(days=self.keep_messages_days),
            former=timedelta(days=self.keep_former_days),
            audit=timedelta(days=self.keep_audit_days),
        )


def environment(folder: Path | None = None) -> dict[str, str]:
    """
    Return the process's environment over the .env file of *folder* (the working
    directory if None).

    Raises:
        SettingsError: if there is such a file and it cannot be read.
    """
    try:
        file = dotenv_values((folder or Path.cwd()) / ".env")
    except (OSError, UnicodeDecodeError) as error:
        problem = f"The .env file cannot be read ({type(error).__name__})."
        raise SettingsError((problem,)) from error
    return {key: value for key, value in file.items() if value} | dict(os.environ)


def data_folder() -> Path:
    """
    Return the per-user folder for the database and the key.
    """
    return user_data_path("htbot", appauthor=False)


def _missing(given: Mapping[str, str]) -> list[str]:
    problems = []
    if "SLACK_BOT_TOKEN" not in given:
        problems.append("SLACK_BOT_TOKEN is not set: copy the Bot User OAuth Token (xoxb-…).")
    if not {"SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"} & given.keys():
        problems.append(
            "Set SLACK_APP_TOKEN (xapp-…) for Socket Mode, or SLACK_SIGNING_SECRET for HTTP."
        )
    return problems


def _check_tokens(given: Mapping[str, str]) -> list[str]:
    problems = []
    if not given.get("SLACK_BOT_TOKEN", "xoxb-").startswith(("xoxb-", "xoxe.xoxb-")):
        problems.append("SLACK_BOT_TOKEN does not begin with xoxb-: is it another token?")
    if not given.get("SLACK_APP_TOKEN", "xapp-").startswith("xapp-"):
        problems.append("SLACK_APP_TOKEN does not begin with xapp-: is it another token?")
    return problems


def _check_urls(given: Mapping[str, str]) -> list[str]:
    problems = []
    if url := given.get("SLACK_API_URL"):
        try:
            parts = urlsplit(url)
            _ = parts.port  # raises if it is none
            secure = parts.scheme == "https" or (
                parts.scheme == "http" and parts.hostname in LOOPBACK
            )
            usable = secure and parts.hostname and not parts.query and not parts.fragment
        except ValueError:
            usable = False
        if not usable:
            problems.append(
                "SLACK_API_URL must begin with https:// (http:// is only for this machine itself)."
            )
    if (url := given.get("HT_PUBLIC_URL")) and not _is_public(url):
        problems.append(
            "HT_PUBLIC_URL must begin with https:// and name a host (http:// is only for this machine itself)."
        )
    if url := given.get("HT_DATABASE_URL"):
        scheme, separator, rest = url.partition("://")
        if (
            scheme not in {"sqlite", "postgresql", "postgres"}
            or not separator
            or not rest.strip("/")
        ):
            problems.append(
                "HT_DATABASE_URL must be sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME."
            )
    return problems


def _is_public(url: str) -> bool:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises if it is none
    except ValueError:
        return False
    secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    bare = parts.username is None and not parts.query and not parts.fragment
    return bool(secure and parts.hostname and bare)


def _check_key(given: Mapping[str, str]) -> list[str]:
    key = given.get("HT_SECRET_KEY")
    if key is None or _is_key(key):
        return []
    return ["HT_SECRET_KEY must be 32 random bytes in url-safe base64 (44 characters)."]


def _check_numbers(given: Mapping[str, str]) -> list[str]:
    problems = []
    for key, fewest in LEAST_DAYS.items():
        days = given.get(key, str(fewest))
        whole = days.isascii() and days.isdecimal() and len(days) < 5
        if not (whole and fewest <= int(days) <= MOST_DAYS):
            problems.append(f"{key} must be a whole number of days from {fewest} to {MOST_DAYS}.")
    for key in ("HT_PORT", "HT_METRICS_PORT"):
        port = given.get(key, "3000")
        if not (port.isascii() and port.isdecimal() and len(port) < 6 and 0 < int(port) < 65536):
            problems.append(f"{key} must be a whole number from 1 to 65535.")
    if "HT_METRICS_PORT" in given and given["HT_METRICS_PORT"] == given.get("HT_PORT", "3000"):
        problems.append("HT_METRICS_PORT must be another port than HT_PORT.")
    for key, least, most, of in (
        ("HT_TICK_SECONDS", 0.1, 3600, "seconds"),
        ("HT_SEND_RATE", 0.1, 50, "messages a second"),
        ("HT_LEASE_SECONDS", LEAST_LEASE, 600, "seconds"),
        ("HT_ASKS_PER_MINUTE", 0, 1000, "questions a minute"),
    ):
        number = given.get(key)
        if number is None:
            continue
        if not _NUMBER.fullmatch(number) or not least <= float(number) <= most:
            problems.append(f"{key} must be a number of {of} from {least:g} to {most:g}.")
    return problems


def _check_words(given: Mapping[str, str]) -> list[str]:
    problems = []
    if given.get("HT_LOG_LEVEL", "INFO").upper() not in LEVELS:
        problems.append(f"HT_LOG_LEVEL must be one of {', '.join(LEVELS)}.")
    if given.get("HT_LOG_FORMAT", "json").lower() not in LOG_FORMATS:
        problems.append(f"HT_LOG_FORMAT must be one of {', '.join(LOG_FORMATS)}.")
    if given.get("HT_TIMEZONE", "UTC") not in available_timezones():
        problems.append("HT_TIMEZONE must be an IANA time zone such as America/Los_Angeles.")
    if not all(_USER_ID.fullmatch(each) for each in _listed(given.get("HT_ADMINS", ""))):
        problems.append("HT_ADMINS must be Slack member IDs (U…), with spaces or commas between.")
    return problems


_CHECKS: Final = (_check_tokens, _check_urls, _check_key, _check_numbers, _check_words)


def _listed(text: str) -> list[str]:
    return text.replace(",", " ").split()


def _is_key(text: str) -> bool:
    try:
        return len(base64.b64decode(text, altchars=b"-_", validate=True)) == 32
    except (ValueError, binascii.Error):
        return False


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise SettingsError(
            (
                f"The data folder cannot be made ({type(error).__name__}): set HT_DATABASE_URL and HT_SECRET_KEY.",
            )
        ) from error


def on_disk(folder: Path) -> None:
    """
    Wait until the names in *folder* are on the disk: what is sealed with a key that a power
    cut takes away, nobody opens.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def kept_key(path: Path) -> str:
    """
    Return the key in *path*, made there first if there is none: readable by its
    owner only, and never half written, also when two processes start at once.
    """
    fresh = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        if not path.exists():
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                with os.fdopen(descriptor, "w", encoding="ascii") as file:
                    file.write(fresh + "\n")
                    file.flush()
                    os.fsync(file.fileno())
                os.link(draft, path)
                on_disk(path.parent)
            except FileExistsError:
                pass  # another process was first, and its key counts
            finally:
                draft.unlink()
        key = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            (
                f"The key file in the data folder cannot be used ({type(error).__name__}): set HT_SECRET_KEY.",
            )
        ) from error
    if not _is_key(key):
        raise SettingsError(
            ("The key file in the data folder is damaged: restore it, or set HT_SECRET_KEY.",)
        )
    return key
