"""Where databases are."""

from pathlib import Path

from domain.log.log import NoLogHere

_SQLITE = "sqlite:///"


def sqlite_file(url: str) -> Path | None:
    """Return the file of a SQLite database; None for any other."""
    return Path(url.removeprefix(_SQLITE)) if url.startswith(_SQLITE) else None


def make_folder(url: str) -> None:
    """Make the folder of a SQLite file, closed to others: keys and facts will stand in it."""
    if file := sqlite_file(url):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)


def is_missing(url: str) -> bool:
    """Return whether a SQLite file does not exist; of other databases only they themselves can tell."""
    file = sqlite_file(url)
    return file is not None and not file.is_file()


def require_file(url: str) -> None:
    """Refuse a SQLite file that does not exist, instead of making an empty one by looking.

    Raises:
        NoLogHere: there is none.
    """
    if is_missing(url):
        raise NoLogHere(f"There is no file {sqlite_file(url)}. Run `aftercare migrate`.")
