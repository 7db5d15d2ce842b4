"""Cells of XLSX: numbers as they were typed, dates as dates, formulas as what they came to."""

import re
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from openpyxl.cell.text import Text
from openpyxl.utils.datetime import from_excel, from_ISO8601
from openpyxl.worksheet._reader import FORMULA_TAG, INLINE_STRING, VALUE_TAG

from api.importing.readers.workbooks import Workbook
from api.importing.rows import Cell

_INTEGER = re.compile(r"-?[0-9]+")
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[Ee][+-]?[0-9]{1,9})?")
_MOST_DIGITS, _MOST_EXPONENT = 100, 400
_COUNT = re.compile("[0-9]{1,9}")
_TRUTHS = {"0": False, "1": True, "false": False, "true": True}


class Bad(Exception):  # noqa: N818  a finding on its way to the row
    """What is wrong with a cell."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


class Cells:
    """What the cells of a workbook say."""

    def __init__(self, book: Workbook) -> None:
        """Take the workbook."""
        self._book = book

    def value(self, element: Any) -> Cell:
        """Return what a cell says.

        Raises:
            Bad: it says nothing that can be told.
        """
        kind, text = element.get("t", "n"), element.findtext(VALUE_TAG)
        if kind == "inlineStr":
            return _inline(element.find(INLINE_STRING))
        if not text:
            if element.find(FORMULA_TAG) is not None and not (kind == "str" and text == ""):
                sentence = "The cell has a formula, and no value that it came to: open and save it in a spreadsheet."
                raise Bad("formula-without-value", sentence)
            return None
        match kind:
            case "s":
                return self._shared(text)
            case "str":
                return str(text)
            case "b" if text in _TRUTHS:
                return _TRUTHS[text]
            case "e":
                raise Bad("error-in-cell", f"The cell is an error: {text}.")
            case "d":
                return _moment(lambda: _from_iso(text))
            case "n":
                return self._number(text, element.get("s", "0"))
            case _:
                raise Bad("not-a-value", f"The cell is marked as {kind[:80]} and is none: {text[:80]}.")

    def _shared(self, number: str) -> str:
        """Return a text that stands once for all cells with it."""
        texts = self._book.shared_strings
        if not _COUNT.fullmatch(number) or int(number) >= len(texts):
            raise Bad("text-missing", f"The workbook does not have the text to which the cell points: {number[:80]}.")
        return str(texts[int(number)])

    def _number(self, text: str, style: str) -> Cell:
        book = self._book.wb
        if not _COUNT.fullmatch(style):
            raise Bad("style-unknown", f"The cell has a style that is none: {style[:80]}.")
        if not _NUMBER.fullmatch(text):
            raise Bad("not-a-number", f"The cell is marked as a number and is none: {text[:80]}.")
        if len(text) > _MOST_DIGITS or abs(Decimal(text).adjusted()) > _MOST_EXPONENT:
            raise Bad("number-too-large", "A number has too many digits or too large an exponent.")
        if int(style) in book._date_formats and int(style) not in book._timedelta_formats:  # noqa: SLF001
            return _moment(lambda: from_excel(float(text), book.epoch))
        return int(text) if _INTEGER.fullmatch(text) else _told(Decimal(text))

    def shown(self, element: Any) -> str:
        """Return a cell as a person would type it."""
        formula = element.findtext(FORMULA_TAG)
        if formula is not None:
            return f"={formula}"
        try:
            return as_text(self.value(element))
        except Bad:
            return str(element.findtext(VALUE_TAG))


def _told(number: Decimal) -> Decimal:
    """Return the number that a person typed: of 1.1 spreadsheets write all digits of its double, 1.1000000000000001."""
    typed = Decimal(repr(double := float(number)))
    return typed if number != typed and Decimal(f"{double:.17g}") == number else number


def _inline(element: Any) -> str | None:
    """Return a text that stands in its cell."""
    if element is None:
        return None
    try:
        return str(Text.from_tree(element).content)
    except (TypeError, ValueError, AttributeError):
        raise Bad("not-a-text", "The text in the cell is damaged.") from None


def _from_iso(text: str) -> Any:
    """Return a date or a time as ISO 8601 has it; only the library knows one of a time alone without its seconds."""
    try:
        return datetime.fromisoformat(text) if "T" in text else from_ISO8601(text)
    except (TypeError, AttributeError):
        raise ValueError from None


def _moment(convert: Any) -> datetime | date | time:
    try:
        moment = convert()
    except (ValueError, OverflowError):
        raise Bad("not-a-date", "The cell is marked as a date and is none of the calendar.") from None
    if not isinstance(moment, datetime | date | time):
        raise Bad("not-a-date", "The cell is marked as a date and is none of the calendar.")
    return moment


def as_text(value: Cell) -> str:
    """Return a value as a text; nothing as an empty one."""
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, datetime | date | time) else str(value).strip()
