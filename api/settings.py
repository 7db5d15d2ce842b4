"""Settings: one table says what may be set in the environment, what it means and what it is by default."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple, Self
from uuid import UUID

from api.addresses import HIDDEN, address, folder, log_in, vault_beside, without_password
from projections.views import views_url

PREFIX = "AFTERCARE_"
LEVELS = ("debug", "info", "warning", "error")
_FALSE = {"", "0", "f", "false", "n", "no", "off"}


class SettingsError(Exception):
    """The environment does not make sense: one line that names the variable, its value and what is accepted."""


class Setting(NamedTuple):
    """One variable of the environment."""

    name: str
    default: str
    """As it would be written; empty: none, or derived from others."""
    parse: Callable[[str], Any]
    """Reads the text; raises ValueError."""
    accepted: str
    meaning: str
    secret: bool = False

    def shown(self, text: str) -> str:
        """Return the text as a person may see it: no secret, no password of an address."""
        if self.secret:
            return HIDDEN if text else ""
        return without_password(text)


def _whole(least: int, most: int) -> tuple[Callable[[str], int], str]:
    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
            raise ValueError
        return int(text)

    return parse, f"a whole number from {least} to {most}"


def _seconds(least: float, most: float) -> tuple[Callable[[str], float], str]:
    def parse(text: str) -> float:
        if not least <= float(text) <= most:
            raise ValueError
        return float(text)

    return parse, f"a number of seconds from {least:g} to {most:g}"


def _one_of(*choices: str) -> tuple[Callable[[str], str], str]:
    def parse(text: str) -> str:
        if text not in choices:
            raise ValueError
        return text

    return parse, f"one of {', '.join(choices)}"


def _environment(text: str) -> str:
    if not (text.isascii() and text.replace("-", "").isalnum() and text == text.lower() and len(text) <= 40):  # noqa: PLR2004  said in what is accepted
        raise ValueError
    return text


def _secret(text: str) -> str:
    if len(text) < 32:  # noqa: PLR2004  said in what is accepted
        raise ValueError
    return text


def _setting(
    name: str, default: str, parsed: tuple[Callable[[str], Any], str], meaning: str, *, secret: bool = False
) -> Any:
    parse, accepted = parsed
    hidden = secret or parse is address
    return field(repr=not hidden, metadata={"setting": Setting(name, default, parse, accepted, meaning, secret)})


_URL = (address, "sqlite:////absolute/path/name.db or postgresql+psycopg://user@host/database")
_YES_OR_NO = {"yes": True, "no": False}
_FOLDER = (folder, "a folder without ? and % in its path, which mean something else in addresses of databases")
_TEXT = (str, "a text")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every setting, read and checked. Fields that may be derived are derived already."""

    home: Path = _setting(  # noqa: RUF009
        "AFTERCARE_HOME", ".aftercare", _FOLDER, "Folder of the databases where no URL is given."
    )
    database_url: str = _setting("DATABASE_URL", "", _URL, "The log. Without it: aftercare.db in the home folder.")
    views_url: str = _setting(
        "AFTERCARE_VIEWS_URL",
        "",
        _URL,
        "The read models. Without it: beside the log on SQLite, a schema of its database on PostgreSQL.",
    )
    vault_url: str = _setting(
        "AFTERCARE_VAULT_URL",
        "",
        _URL,
        "The keys of personal fields. Without it: beside the log on SQLite, database <name>_vault on PostgreSQL.",
    )
    vault_keys: str = _setting(
        "AFTERCARE_VAULT_KEYS", "", _TEXT, "Wrapping keys of the vault, the current one first.", secret=True
    )
    vault_keys_file: str = _setting(
        "AFTERCARE_VAULT_KEYS_FILE", "", _TEXT, "File with the wrapping keys, where they are not in the environment."
    )
    environment: str = _setting(
        "AFTERCARE_ENVIRONMENT",
        "development",
        (_environment, "lower-case letters, digits and hyphens, 40 at most"),
        "Name of this environment. A log belongs to one for ever.",
    )
    organisation: UUID = _setting(  # noqa: RUF009
        "AFTERCARE_ORGANISATION",
        str(UUID(int=0)),
        (UUID, "a UUID"),
        "The organisation in whose name keys of all organisations record: the one that runs this server.",
    )
    host: str = _setting("AFTERCARE_HOST", "127.0.0.1", _TEXT, "Address to listen on.")
    port: int = _setting("AFTERCARE_PORT", "8080", _whole(1, 65_535), "Port to listen on.")
    workers: int = _setting("AFTERCARE_WORKERS", "1", _whole(1, 64), "Processes that serve; on SQLite always one.")
    project: bool = _setting(
        "AFTERCARE_PROJECT",
        "yes",
        (lambda text: _YES_OR_NO[text], "yes or no"),
        "Whether `serve` keeps the read models up to date; no where `aftercare project` runs beside it.",
    )
    threads: int = _setting(
        "AFTERCARE_THREADS",
        "16",
        _whole(4, 1_000),
        "Requests worked on at once. At most half of them are lists taken whole (NDJSON, CSV), a quarter of one key.",
    )
    pool_size: int = _setting("AFTERCARE_POOL_SIZE", "10", _whole(1, 1_000), "Reads of the log at once.")
    waiting: int = _setting(
        "AFTERCARE_WAITING", "1000", _whole(1, 100_000), "Appends that may wait; the next one is answered 503."
    )
    requests_at_once: int = _setting(
        "AFTERCARE_REQUESTS_AT_ONCE", "256", _whole(1, 100_000), "Requests under way; the next one is answered 503."
    )
    append_timeout: float = _setting(
        "AFTERCARE_APPEND_TIMEOUT", "10", _seconds(0.1, 300), "How long an append may wait for its answer."
    )
    clock_tolerance: float = _setting(
        "AFTERCARE_CLOCK_TOLERANCE", "5", _seconds(0, 3_600), "How far clocks may differ from the log's."
    )
    poll_interval: float = _setting(
        "AFTERCARE_POLL_INTERVAL", "0.5", _seconds(0.01, 60), "How often to look for facts that nobody announced."
    )
    streams_remembered: int = _setting(
        "AFTERCARE_STREAMS_REMEMBERED", "20000", _whole(1, 10_000_000), "Streams whose state is kept in memory."
    )
    projection_batch: int = _setting(
        "AFTERCARE_PROJECTION_BATCH", "1000", _whole(1, 100_000), "Most facts in one commit of the read models."
    )
    most_lag: float = _setting(
        "AFTERCARE_MOST_LAG", "60", _seconds(0.1, 86_400), "Lag of a read model beyond which /readyz says no."
    )
    most_body_bytes: int = _setting(
        "AFTERCARE_MOST_BODY_BYTES", "1048576", _whole(1_024, 1_073_741_824), "Largest body of a command, in bytes."
    )
    most_nesting: int = _setting("AFTERCARE_MOST_NESTING", "64", _whole(1, 500), "Deepest nesting of a body.")
    rate: int = _setting("AFTERCARE_RATE", "5000", _whole(1, 10_000_000), "Requests a second and key, in the long run.")
    burst: int = _setting("AFTERCARE_BURST", "20000", _whole(1, 100_000_000), "Requests of one key at a stroke.")
    key_ttl: float = _setting(
        "AFTERCARE_KEY_TTL", "5", _seconds(0, 300), "How long a revoked API key may still be taken as valid."
    )
    log_level: str = _setting("AFTERCARE_LOG_LEVEL", "info", _one_of(*LEVELS), "What is worth a line in the log file.")
    metrics: str = _setting(
        "AFTERCARE_METRICS",
        "key",
        _one_of("key", "loopback"),
        "Who reads /metrics: keys that may, or also anyone on this machine (never behind a proxy on it).",
    )
    cursor_secret: str = _setting(
        "AFTERCARE_CURSOR_SECRET",
        "",
        (_secret, "a text of 32 characters or more"),
        "Seals cursors of pages. Without it they are good for one process, until it ends.",
        secret=True,
    )

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self:
        """Return the settings that an environment makes.

        Raises:
            SettingsError: a value is not accepted, a variable is not known, or two contradict each other.
        """
        _refuse_unknown(environ)
        values: dict[str, Any] = {}
        for each in fields(cls):
            setting: Setting = each.metadata["setting"]
            text = environ.get(setting.name, "") or setting.default
            values[each.name] = _parsed(setting, text) if text else ""
        if values["vault_keys"] and values["vault_keys_file"]:
            raise SettingsError(
                "AFTERCARE_VAULT_KEYS and AFTERCARE_VAULT_KEYS_FILE are both set; set the one that counts."
            )
        values["database_url"] = values["database_url"] or log_in(values["home"])
        if values["workers"] > 1 and values["database_url"].startswith("sqlite:"):
            raise SettingsError("AFTERCARE_WORKERS is more than 1; on SQLite one process serves.")
        values["views_url"] = values["views_url"] or views_url(values["database_url"])
        values["vault_url"] = values["vault_url"] or vault_beside(values["database_url"])
        return cls(**values)

    def lines(self) -> Iterator[tuple[Setting, str]]:
        """Yield every setting with its present value as a person may see it."""
        for each in fields(self):
            setting: Setting = each.metadata["setting"]
            value = getattr(self, each.name)
            written = {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
            yield setting, setting.shown(written)

    @property
    def tolerance(self) -> timedelta:
        """How far clocks may differ."""
        return timedelta(seconds=self.clock_tolerance)


TABLE: tuple[Setting, ...] = tuple(each.metadata["setting"] for each in fields(Settings))
"""Every setting, in the order in which they are told."""


def _parsed(setting: Setting, text: str) -> Any:
    try:
        return setting.parse(text)
    except (ValueError, KeyError):
        hidden = setting.secret or setting.parse is address  # what is no address may be one with a password in it
        given = "is not accepted" if hidden else f"is {text!r}"
        raise SettingsError(f"{setting.name} {given}; it takes {setting.accepted}.") from None


def _refuse_unknown(environ: Mapping[str, str]) -> None:
    known = {setting.name.removeprefix(PREFIX): setting.name for setting in TABLE}
    for name in sorted(environ):
        if name.startswith(PREFIX) and name not in known.values():
            close = get_close_matches(name.removeprefix(PREFIX), known, 1)
            hint = f" Did you mean {known[close[0]]}?" if close else " `aftercare status` lists all settings."
            raise SettingsError(f"{name} is not a setting.{hint}")
    if environ.get("POSTGRES_ENABLE_DB_FUNCTIONS", "").strip().lower() not in _FALSE:
        raise SettingsError(
            "POSTGRES_ENABLE_DB_FUNCTIONS is set; remove it: with it, readers of the log miss facts (ADR 0006)."
        )
