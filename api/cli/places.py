"""Where databases are."""

from pathlib import Path

from api.cli.outputs import CannotWrite
from domain.log.contract import NoLogHere

_SQLITE = "sqlite:///"


def sqlite_file(url: str) -> Path | None:
    """Return the file of a SQLite database; None for any other."""
    return Path(url.removeprefix(_SQLITE)) if url.startswith(_SQLITE) else None


def make_folder(url: str) -> None:
    """Make the folder of a SQLite file. Raises as `make_private`."""
    if file := sqlite_file(url):
        make_private(file.parent)


def make_private(folder: Path) -> None:
    """Make a folder, closed to others: keys and facts will stand in it.

    Raises:
        CannotWrite: it cannot be made, or something else has its name.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise CannotWrite(f"The folder {folder} cannot be made: {error.strerror}.") from error


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
