"""Addresses of databases: how they are written, what of them is told, and where one leads to the others."""

import re
from pathlib import Path
from urllib.parse import unquote_plus, urlsplit

HIDDEN = "***"
"""What is told instead of a secret."""

_MEANS_MORE = {"?", "%"}
"""Characters of a path that are none in the address of a SQLite file: behind ? come parameters, behind % a code."""
_PARAMETER = re.compile("(?<=[?&])([^?&=]*)=[^&]*")
_TELL_TALES = {"password", "sslpassword", "passfile"}
"""Parameters of an address that hold a password, or say where one is."""


def address(text: str) -> str:
    """Return the address of a database, however it may be written.

    Raises:
        ValueError: it is none, or one of no database that is understood.
    """
    for short in ("postgres://", "postgresql://"):
        if text.startswith(short):
            text = f"postgresql+psycopg://{text.removeprefix(short)}"
    if text.startswith("postgresql+psycopg://") and urlsplit(text).path.strip("/"):
        _ = urlsplit(text).port  # raises ValueError where it is none
        return text
    if text.startswith("sqlite:///") and text.endswith(".db") and not _MEANS_MORE & set(text):
        return text
    raise ValueError


def folder(text: str) -> Path:
    """Return a folder for databases.

    Raises:
        ValueError: its path cannot stand in an address.
    """
    if _MEANS_MORE & set(str(Path(text).absolute())):
        raise ValueError
    return Path(text)


def without_password(text: str) -> str:
    """Return an address without its passwords; any other text as it is."""
    head, found, tail = text.partition("://")
    if not found:
        return text
    login, at, rest = _PARAMETER.sub(_without_value, tail).rpartition("@")
    if ":" in login:
        login = f"{login.split(':', 1)[0]}:{HIDDEN}"
    return f"{head}://{login}{at}{rest}"


def _without_value(parameter: re.Match[str]) -> str:
    name = parameter[1]
    return f"{name}={HIDDEN}" if unquote_plus(name).lower() in _TELL_TALES else parameter[0]


def log_in(home: Path) -> str:
    """Return where the log is by default: a file in the home folder."""
    return f"sqlite:///{home.absolute()}/aftercare.db"


def vault_beside(log_url: str) -> str:
    """Return where the vault of a log is by default: a file beside it, or a database of its own."""
    if log_url.startswith("sqlite:"):
        return f"{log_url.removesuffix('.db')}.vault.db"
    place, mark, query = log_url.partition("?")
    return f"{place}_vault{mark}{query}"
