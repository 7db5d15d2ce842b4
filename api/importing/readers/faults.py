"""What is wrong with a file as a whole, and with its header."""

from collections import Counter
from collections.abc import Sequence

from api.importing.entries import Place
from api.importing.rows import FileFault, Finding


def fault(file: str, line: int, code: str, sentence: str, column: str | None = None) -> FileFault:
    """Return what is wrong with a file, from a line on or (0) altogether."""
    return FileFault(Finding(Place(file, line), code, sentence, column))


def require_columns(number: int, most: int, place: Place) -> None:
    """See that a file does not have more columns than are read.

    Raises:
        FileFault: it has.
    """
    if number > most:
        sentence = f"The first row has {number:,} cells; at most {most:,} columns are read."
        raise FileFault(Finding(place, "too-many-columns", sentence))


def names_of(header: Sequence[str], place: Place) -> tuple[str, ...]:
    """Return the names of columns: trimmed; a column without one is called by its number.

    Raises:
        FileFault: two columns have one name.
    """
    names = tuple(cell.strip() or str(number) for number, cell in enumerate(header, 1))
    for name, count in Counter(names).items():
        if count > 1:
            sentence = f"The header names {count} columns {name}."
            raise FileFault(Finding(place, "column-twice", sentence, name))
    return names
