"""What is wrong with a text that is no JSON, in sentences of our own, with its place: for whoever has to mend it."""

import re
from typing import NamedTuple

_HALF_A_CHARACTER = "invalid utf-16 surrogate pair"
_AT = re.compile(r"JSON is malformed: (?P<what>.*) \(byte (?P<byte>[0-9]+)\)")
_WRONG = {
    "expected ':'": "a colon is missing between a name and its value",
    "expected ',' or ']'": "a comma or the end of a list is missing",
    "expected ',' or '}'": "a comma or the end of an object is missing",
    "invalid character in unicode escape": r"\u is not followed by four hexadecimal digits",
    "invalid escape character in string": "there is no such escape in a text",
    "invalid number": "a number is not written so",
    _HALF_A_CHARACTER: "an escape is half of a surrogate pair, and so no character",
    "object keys must be strings": "a name in double quotes is missing",
    "trailing characters": "something follows the value",
    "trailing comma in array": "a comma stands before the end of a list",
    "trailing comma in object": "a comma stands before the end of an object",
}
"""What is wrong, by the words of the library that reads JSON; what it says otherwise is told as anything else."""

# Of a pair: the first half, behind an even number of backslashes, without the second, unless the text ends within it.
_HALF = re.compile(rb"(?<!\\)(?:\\\\)*+(\\u[dD][89abAB][0-9a-fA-F]{2})(?!\\u[dD][c-fC-F]|\\?\Z|\\u[dD]?[c-fC-F]?\Z)")
_MARK = b"\xef\xbb\xbf"


class Wrong(NamedTuple):
    """Why a text is no JSON."""

    code: str
    sentence: str
    """What is wrong and where, without a subject and a full stop: the text of whom it is knows who asks."""


def why_not(text: bytes, said: str) -> Wrong:
    """Return what is wrong with a text that the library could not read.

    Args:
        text: as it was sent.
        said: what the library says: from which byte on it is no JSON.
    """
    try:
        text.decode()
    except UnicodeDecodeError as error:
        return Wrong("not-utf-8", f"is not UTF-8 at {place_of(text, error.start)}")
    if not text.strip():
        return Wrong("not-json", "is empty, which is no JSON")
    if text.startswith(_MARK):
        return Wrong("not-json", "begins with a byte order mark, which JSON has not")
    if found := _AT.fullmatch(said):
        return _no_json(text, found["what"], int(found["byte"]))
    if half := _HALF.search(text):
        return _no_json(text, _HALF_A_CHARACTER, half.start(1))
    return Wrong(
        "not-json", f"ends too early, at {place_of(text, len(text))}: what was begun is not brought to its end"
    )


def _no_json(text: bytes, said: str, byte: int) -> Wrong:
    what = _WRONG.get(said, "no value is written so")
    if said == "invalid character" and text[byte : byte + 1] < b" ":
        what = "a control character stands there as it is"
    code = "half-a-character" if said == _HALF_A_CHARACTER else "not-json"
    return Wrong(code, f"is not JSON at {place_of(text, byte)}: {what}")


def place_of(text: bytes, byte: int) -> str:
    """Return the line and the column, in characters, of a byte of a text; both from 1 on."""
    line = text.count(b"\n", 0, byte) + 1
    column = len(text[text.rfind(b"\n", 0, byte) + 1 : byte].decode(errors="replace")) + 1
    return f"line {line}, column {column}"
