"""Rows as they stand in a file, for people: whatever could not be read can be looked at, and put right."""

import re

MOST_CHARACTERS = 64 * 1024
"""Of a row that could not be read; more is cut off, and told."""

_BAD = re.compile("[\ud800-\udfff]")
_UNFIT = re.compile("[\0\ud800-\udfff]")


def shown(text: str) -> str:
    r"""Return the text of a row without its line end, bounded; what is no text stands as `\xe9`."""
    text = text.rstrip("\r\n")
    if len(text) > MOST_CHARACTERS:
        text = f"{text[:MOST_CHARACTERS]}… ({len(text)} characters)"
    return escaped(text)


def escaped(text: str) -> str:
    r"""Return a text with what is no text as `\xe9`."""
    return _UNFIT.sub(lambda found: f"\\x{ord(found.group()) & 0xFF:02x}", text)


def has_bad_bytes(text: str) -> bool:
    """Return whether some bytes of the text could not be decoded."""
    return _BAD.search(text) is not None
