"""Which files are read: what the command line names, by the patterns of a kind of file; regular files only."""

import os
import stat
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import BinaryIO

from api.importing.readers.faults import fault

_KINDS = ((stat.S_ISDIR, "a folder"), (stat.S_ISFIFO, "a pipe"), (stat.S_ISSOCK, "a socket"))
PACKED = (".gz", ".zst", ".zstd", ".zip")
"""How the names of compressed files end."""


def files_of(data: Sequence[Path], patterns: Sequence[str]) -> list[Path]:
    """Return the files of one kind, those of an earlier pattern first, by name among those of one; none twice.

    A pattern fits a name as it is, and without the ending of its compression: `outages*.csv` fits `outages1.csv.gz`.

    Args:
        data: files, and folders whose files are looked at; not those in folders below.
        patterns: of names.

    Raises:
        FileFault: there is no such file or folder, or it may not be looked at.
    """
    named = sorted({path for each in data for path in _files_at(each)}, key=lambda path: (path.name, path))
    found: dict[str, Path] = {}
    for pattern in patterns:
        for path in named:
            if fits(path.name, pattern):
                found.setdefault(os.path.realpath(path), path)
    return list(found.values())


def fits(name: str, pattern: str) -> bool:
    """Return whether the name of a file fits a pattern, as it is or without the ending of its compression."""
    return any(fnmatchcase(each, pattern) for each in (name, bare_name(name)))


def bare_name(name: str) -> str:
    """Return the name of a file without the ending of its compression."""
    return name.rpartition(".")[0] if name.lower().endswith(PACKED) else name


def name_of_file(path: Path) -> str:
    r"""Return the name of a file as text; a byte of it that is none stands as `\xfc`."""
    return os.fsencode(path.name).decode("utf-8", "backslashreplace")


def _files_at(path: Path) -> list[Path]:
    try:
        if path.is_dir():
            return [each for each in path.iterdir() if not each.is_dir()]
        path.lstat()
    except OSError as error:
        raise _unreadable(name_of_file(path), error) from None
    return [path]


def open_file(path: Path, name: str) -> BinaryIO:
    """Return an open file. Only regular files are read: no links, and nothing that would wait for a writer.

    Raises:
        FileFault: there is no such file, it is something else, or it may not be read.
    """
    try:
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            sentence = f"It is a link to {path.readlink()}; links are not followed: name the file itself."
            raise fault(str(path), 0, "not-a-regular-file", sentence)
        if not stat.S_ISREG(mode):
            kind = next((kind for is_one, kind in _KINDS if is_one(mode)), "a device")
            raise fault(str(path), 0, "not-a-regular-file", f"It is {kind}; only files are read.")
        return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb")
    except OSError as error:
        raise _unreadable(name, error) from None


def _unreadable(name: str, error: OSError) -> Exception:
    if isinstance(error, FileNotFoundError):
        return fault(name, 0, "file-missing", "There is no such file or folder.")
    return fault(name, 0, "file-unreadable", f"{error.strerror}.")
