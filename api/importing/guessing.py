"""Guessing: what the columns of a file may be, from the first of its rows. Every guess says what speaks against it."""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from api.importing.columns import reader
from api.importing.faults import Wrong
from api.importing.mapping import Column
from api.importing.rows import Cell

EMPTY = ("NULL", "null", "N/A", "n/a", "NA", "NaN", "nan", "None", "-", "?")
"""Texts that often stand for nothing."""
_MOMENTS = (
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d/%m/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%Y %I:%M %p",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y%m%d%H%M%S",
    "%d-%b-%Y %H:%M",
)
_DATES = ("%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%d-%b-%Y", "%d %B %Y", "%b %d, %Y", "%Y%m%d")
_NUMBERS: tuple[tuple[Literal[".", ","], str | None], ...] = (
    (".", None),
    (".", ","),
    (",", None),
    (",", "."),
    (",", " "),
    (".", "'"),
)
_TRUE, _FALSE = ("true", "yes", "ja", "oui", "si", "да"), ("false", "no", "nein", "non", "нет")
_NAME = re.compile(r"[^a-z0-9]+")
_FEW, _MOST_EXAMPLES = 12, 3
_LOOKED_AT = 50
"""Texts from which is said what most of them are."""
_AMBIGUOUS = re.compile(r"[+-]?\d{1,3}[.,]\d{3}", re.ASCII)


class Guess(NamedTuple):
    """What a column may be."""

    name: str
    """Here."""
    found_as: str
    """In the file."""
    column: Column
    doubts: tuple[str, ...]
    """What speaks against it, or is to be decided."""
    examples: tuple[str, ...]
    distinct: int
    """Different values, of so many rows."""
    rows: int

    @property
    def is_unique(self) -> bool:
        """Whether every row has a value of its own."""
        return self.rows > 1 and self.distinct == self.rows


def guesses(columns: Sequence[str], rows: Sequence[Mapping[str, Cell]], taken: Collection[str] = ()) -> list[Guess]:
    """Return what the columns may be.

    Args:
        columns: as the file names them.
        rows: the first of the file.
        taken: names that no column can have.
    """
    names = set(taken)
    return [_guess(name, [row.get(name) for row in rows], names) for name in columns]


def name_of(text: str, taken: set[str], kind: str = "column") -> str:
    """Return a name such as no other one has; with its kind before it if it would begin with no letter."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    stem = _NAME.sub("_", plain).strip("_")
    stem = stem if stem[:1].isalpha() else f"{kind}_{stem or len(taken) + 1}"
    name, again = stem, 2
    while name in taken:
        name, again = f"{stem}_{again}", again + 1
    taken.add(name)
    return name


def _guess(found_as: str, cells: Sequence[Cell], taken: set[str]) -> Guess:
    texts = [each.strip() for each in cells if isinstance(each, str)]
    empty = sorted({text for text in texts if text in EMPTY})
    said = [each for each in cells if each is not None and not (isinstance(each, str) and each.strip() in {"", *empty})]
    column, doubts = _typed(said)
    name = name_of(found_as, taken)
    column.from_ = None if name == found_as else found_as
    column.empty = list(empty)
    column.required = bool(said) and len(said) == len(cells)
    if empty:
        doubts = (*doubts, f"taken as nothing: {', '.join(empty)}")
    if not said:
        doubts = (*doubts, "empty in the rows that were looked at")
    kinds = Counter(map(_shown, said))
    examples = tuple(text for text, _ in kinds.most_common(_MOST_EXAMPLES))
    return Guess(name, found_as, column, doubts, examples, len(kinds), len(cells))


def _typed(said: Sequence[Cell]) -> tuple[Column, tuple[str, ...]]:
    """Return the type that all cells are of, and what is doubtful about it."""
    if not said:
        return Column(), ()
    if all(isinstance(each, bool) for each in said):
        return Column(type="boolean"), ()
    if all(isinstance(each, datetime) for each in said):
        return Column(type="moment"), ("a spreadsheet's time has no zone",)
    if all(isinstance(each, date) for each in said):
        return Column(type="date"), ()
    if any(isinstance(each, list | dict) for each in said):
        return Column(), ('holds lists or objects; a dot leads inside: from = "a.b"',)
    if all(isinstance(each, int | Decimal) for each in said):
        whole = all(isinstance(each, int) for each in said)
        return Column(type="integer" if whole else "number"), ()
    texts = [_shown(each) for each in said]
    return _of_texts(texts)


def _of_texts(texts: Sequence[str]) -> tuple[Column, tuple[str, ...]]:
    for found in (_numbers(texts), _moments(texts), _truths(texts)):
        if found is not None:
            return found
    return Column(), _nearly(texts[:_LOOKED_AT])


def _nearly(texts: Sequence[str]) -> tuple[str, ...]:
    """Return what most of the texts are, and which of them is not: it may be a slip."""
    candidates = [Column(type="number", decimal=point, group=group) for point, group in _NUMBERS]
    candidates += [Column(type="moment", zone="UTC"), Column(type="date")]
    candidates += [*(_told("moment", each) for each in _MOMENTS), *(_told("date", each) for each in _DATES)]
    for column in candidates:
        odd = [text for text in texts if not _all_read([text], column)]
        if 2 * len(odd) < len(texts):
            how = f" as {column.formats[0]}" if column.formats else ""
            of = f"{len(texts) - len(odd)} of {len(texts)}"
            return (f"kept as text: {of} are of the type {column.type}{how}, not {odd[0]}",)
    return ()


def _numbers(texts: Sequence[str]) -> tuple[Column, tuple[str, ...]] | None:
    if any(len(text) > 1 and text[0] == "0" and text.isdigit() for text in texts):
        return Column(), ("looks like numbers, but zeros lead: kept as text",)
    if _all_read(texts, Column(type="integer", decimal=".")) and not any("." in text for text in texts):
        return Column(type="integer"), ()
    fitting = [pair for pair in _NUMBERS if _all_read(texts, Column(type="number", decimal=pair[0], group=pair[1]))]
    if not fitting:
        return None
    point, group = fitting[0]
    doubtful = all(_AMBIGUOUS.fullmatch(text) for text in texts)
    doubts = ("the sign before three digits may group them, or begin the fraction",) if doubtful else ()
    return Column(type="number", decimal=point, group=group), doubts


def _moments(texts: Sequence[str]) -> tuple[Column, tuple[str, ...]] | None:
    if _all_read(texts, Column(type="moment", zone="UTC")):
        zoned = _all_read(texts, Column(type="moment"))
        return Column(type="moment"), () if zoned else ("says no offset: which zone?",)
    if _all_read(texts, Column(type="date")):
        return Column(type="date"), ()
    if fitting := [each for each in _MOMENTS if _all_read(texts, _told("moment", each))]:
        return Column(type="moment", formats=fitting[:1]), ("says no offset: which zone?", *_or(fitting))
    if fitting := [each for each in _DATES if _all_read(texts, _told("date", each))]:
        return Column(type="date", formats=fitting[:1]), _or(fitting)
    return None


def _told(kind: Literal["moment", "date"], form: str) -> Column:
    return Column(type=kind, formats=[form], zone="UTC", twice="first")


def _or(fitting: Sequence[str]) -> tuple[str, ...]:
    return (f"may as well be written as {' or '.join(fitting[1:])}",) if len(fitting) > 1 else ()


def _truths(texts: Sequence[str]) -> tuple[Column, tuple[str, ...]] | None:
    said = {text.casefold() for text in texts}
    if len(said) == 2 and said <= {*_TRUE, *_FALSE}:  # noqa: PLR2004  yes and no
        return Column(type="boolean", true=sorted(said & {*_TRUE}), false=sorted(said & {*_FALSE})), ()
    return None


def _all_read(texts: Iterable[str], column: Column) -> bool:
    """Return whether every text can be read so."""
    of = reader("x", column, None, {}).of
    try:
        for text in texts:
            of({"x": text})
    except Wrong:
        return False
    return True


def _shown(value: Any) -> str:
    return value.strip() if isinstance(value, str) else str(value)
