"""Headers: whether the first row of a file names its columns, or is a row like all others."""

import re
from collections.abc import Sequence

from api.importing.guessing import guesses
from api.importing.mapping import Column
from api.importing.rows import Cell

_DIGITS, _LETTERS = re.compile(r"\d+"), re.compile(r"[^\W\d_]+")
_TEXT = Column()


def is_data(first: Sequence[Cell], others: Sequence[Sequence[Cell]]) -> bool:
    """Return whether the first row looks like those after it: at least one cell of it does, and none does not.

    Numbers that follow each other, such as years, name columns.

    Args:
        first: the cells of the row.
        others: those of the rows after it, as many in each.
    """
    if not others:
        return any(_says_more_than_text(cell) for cell in first)
    said = [_alike(cell, [row[at] for row in others]) for at, cell in enumerate(first) if not _is_empty(cell)]
    return any(said) and False not in said and not _follow_each_other(first)


def _alike(cell: Cell, others: Sequence[Cell]) -> bool | None:
    """Return whether a cell looks like those below it; None: that cannot be told."""
    below = [each for each in others if not _is_empty(each)]
    if _column(below).type != "text":
        return _column([cell, *below]).type != "text"
    forms, form = {_form(each) for each in others if isinstance(each, str) and each.strip()}, _form(cell)
    if "9" in form and form in forms:
        return True
    return False if forms and all("9" in each for each in forms) and "9" not in form else None


def _says_more_than_text(cell: Cell) -> bool:
    return not _is_empty(cell) and _column([cell]).type in {"number", "integer", "moment", "date"}


def _follow_each_other(first: Sequence[Cell]) -> bool:
    """Return whether the whole numbers of a row, two or more, follow each other."""
    texts = [str(cell).strip() for cell in first]
    numbers = [int(text) for text in texts if text.isascii() and text.isdigit()]
    return len(numbers) > 1 and numbers == [*range(numbers[0], numbers[0] + len(numbers))]


def _column(cells: Sequence[Cell]) -> Column:
    """Return what a column of such cells would be."""
    if not cells:
        return _TEXT
    (guess,) = guesses(["1"], [{"1": cell} for cell in cells])
    return guess.column


def _form(cell: Cell) -> str:
    """Return how a text is written: its digits as one 9, its letters as one a."""
    return _LETTERS.sub("a", _DIGITS.sub("9", str(cell).strip()))


def _is_empty(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())
