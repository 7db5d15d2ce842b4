"""Encodings: found out from the beginning of a file, or named; what follows is UTF-8, whatever a file is written in.

Bytes that are no text in the encoding stay where they are: each becomes one character from U+DC00 on, which no text
has, so that the row in which they stand can be told and all others be read.
"""

import codecs
import re
from collections.abc import Iterator
from typing import NamedTuple

from charset_normalizer import from_bytes

from api.importing.readers.streams import Stream

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: it begins with the same two bytes
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MOST_GUESSED_FROM = 64 * 1024
_COMMONEST = "cp1252"
"""Of files that are in no Unicode. A few words are text in many encodings, and the library knows none rather."""
_ESCAPED_BEFORE = re.compile(rb"\xed([\xb0-\xb3])([\x80-\xbf])")
_ERRORS = "aftercare-keep"


class Encoding(NamedTuple):
    """In which encoding a file is written."""

    name: str
    """As Python has it: `utf-8`."""
    mark: int = 0
    """Bytes of the byte-order mark before the text."""
    guessed: bool = False
    """Whether it may be wrong."""

    def __str__(self) -> str:
        """Return the encoding as people call it."""
        name = self.name.upper() if self.name.startswith("utf") else self.name
        return name + (" with byte-order mark" if self.mark else "") + (" (a guess)" if self.guessed else "")


def encoding_named(name: str, sample: bytes) -> Encoding:
    """Return the encoding that was named; a byte-order mark of it is no text.

    Raises:
        LookupError: there is no encoding of this name, or it is none of text.
    """
    known = codecs.lookup(name)
    if not known._is_text_encoding:  # noqa: SLF001  as bytes.decode() asks it
        raise LookupError
    for mark, of in _BOMS:
        if sample.startswith(mark) and codecs.lookup(of).name.startswith(known.name.removesuffix("-sig")):
            return Encoding(of, len(mark))
    plain = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}.get(known.name, known.name)
    _require_streamed(plain)
    return Encoding(plain)


def _require_streamed(name: str) -> None:
    """See that a text can be read piece by piece, and what is none of it be kept: names of hosts cannot.

    Raises:
        LookupError: it cannot.
    """
    try:
        for text in (b"name,value\n", b"\xff.", b"a..b\n"):
            codecs.getincrementaldecoder(name)(_ERRORS).decode(text, final=True)
    except (UnicodeError, AssertionError):
        raise LookupError from None


def encoding_found(sample: bytes, *, guessing: bool) -> Encoding:
    """Return the encoding of a file that begins like this.

    UTF-8 unless most of the lines that are more than ASCII are not: text in another encoding is hardly ever UTF-8.

    Args:
        sample: how it begins.
        guessing: whether it may be in no Unicode at all; JSON may not (RFC 8259).
    """
    for mark, name in _BOMS:
        if sample.startswith(mark):
            return Encoding(name, len(mark))
    if wide := _wide(sample):
        return Encoding(wide)
    if not guessing:
        return Encoding("utf-8")
    whole = sample.rpartition(b"\n")[0] or sample
    lines = [line for line in whole.splitlines(keepends=True) if not line.isascii()]
    if 2 * sum(map(_is_utf8, lines)) >= len(lines):
        return Encoding("utf-8")
    return Encoding(_likeliest(b"".join(lines)[:_MOST_GUESSED_FROM]), guessed=True)


def _likeliest(text: bytes) -> str:
    """Return what a text may be written in: the commonest encoding where no other one makes a cleaner text of it."""
    matches = from_bytes(text)
    best = matches.best()
    if best is None or any(_COMMONEST in each.could_be_from_charset and each.chaos <= best.chaos for each in matches):
        return _COMMONEST
    return codecs.lookup(best.encoding).name


def _wide(sample: bytes) -> str | None:
    """Return which UTF-16 a text without a mark is written in: every other byte of most characters is zero."""
    even, odd = sample[::2], sample[1::2]
    if len(sample) < 4:  # noqa: PLR2004  two characters
        return None
    if odd.count(0) * 3 > len(odd) * 2 and not even.count(0):
        return "utf-16-le"
    if even.count(0) * 3 > len(even) * 2 and not odd.count(0):
        return "utf-16-be"
    return None


def _is_utf8(line: bytes) -> bool:
    """Return whether a line is UTF-8, as far as it goes: the last character may be cut where the sample ends."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(line)
    except UnicodeDecodeError:
        return False
    return True


def as_utf8(stream: Stream, encoding: Encoding) -> Iterator[bytes]:
    """Yield the text after its mark in UTF-8, a piece at a time; bytes that are no text are kept as said above."""
    stream.drop(encoding.mark)
    if encoding.name == "utf-8":
        while piece := stream.read():
            yield piece
        return
    decoder = codecs.getincrementaldecoder(encoding.name)(_ERRORS)
    while piece := stream.read():
        if text := decoder.decode(piece):
            yield text.encode("utf-8", "surrogatepass")
    if text := decoder.decode(b"", final=True):
        yield text.encode("utf-8", "surrogatepass")


def decoded(block: bytes) -> tuple[str, bool]:
    """Return the text of whole lines in UTF-8, and whether all bytes of it are text."""
    try:
        return block.decode(), True
    except UnicodeDecodeError:
        return block.decode(errors=_ERRORS), False


def _keep(error: UnicodeError) -> tuple[str, int]:
    """Return bytes that are no text as characters that no text has."""
    assert isinstance(error, UnicodeDecodeError)
    if before := _ESCAPED_BEFORE.match(error.object, error.start):  # by `as_utf8`
        return before.group().decode(errors="surrogatepass"), before.end()
    return "".join(chr(0xDC00 + byte) for byte in error.object[error.start : error.end]), error.end


codecs.register_error(_ERRORS, _keep)
