"""JSON documents taken apart: where the list begins, and where each of its members ends."""

import re
from collections.abc import Callable, Iterator, Sequence

import msgspec

from api.importing.readers.original import MOST_CHARACTERS
from api.importing.readers.streams import Broken

_BLANKS = re.compile(rb"[ \t\r\n]*+")
# Possessive: what has been matched is never gone through again.
_OUTSIDE_STRINGS = re.compile(rb'(?:[^"\[\]{}]++|"(?:[^"\\]++|\\.)*+")*+', re.DOTALL)
_INSIDE_STRING = re.compile(rb'(?:[^"\\]++|\\.)*+', re.DOTALL)
_SCALAR = re.compile(rb'[^\s,:"\[\]{}]*+')
_DEEPEST = 16
"""Names that may lead to a list that is looked for."""
_QUOTE, _OPEN = ord('"'), frozenset(b"[{")


class NotJson(Exception):  # noqa: N818  what is wrong with it
    """A document that cannot be taken apart, from some member on."""

    def __init__(self, member: int, sentence: str, code: str = "not-json") -> None:
        """Take what is wrong, and after which member."""
        self.member = member
        self.sentence = sentence
        self.code = code
        super().__init__(sentence)


class _ValueEnd:
    """Finds where a string, a list or an object ends."""

    def __init__(self) -> None:
        self._depth = 0
        self._in_string = False

    def find(self, data: bytes, at: int) -> tuple[int, bool]:
        """Return up to where the bytes that come next belong to the value, and whether it ends there."""
        while at < len(data):
            if self._in_string:
                at = _end(_INSIDE_STRING, data, at)
                if at == len(data) or data[at] != _QUOTE:  # an escape without what it escapes
                    return at, False
                self._in_string = False
                at += 1
            elif not self._depth and data[at] == _QUOTE:
                self._in_string = True
                at += 1
                continue
            else:
                at = _end(_OUTSIDE_STRINGS, data, at)
                if at == len(data):
                    break
                sign = data[at]
                at += 1
                if sign == _QUOTE:
                    self._in_string = True
                    continue
                self._depth += 1 if sign in _OPEN else -1
            if not self._depth:
                return at, True
        return at, False


class Document:
    """A document in UTF-8, read once from its beginning."""

    def __init__(self, pieces: Iterator[bytes], most: int, broken: Callable[[], Broken | None]) -> None:
        """Take the text, how many bytes a member may have, and what tells whether the text is whole."""
        self._pieces = pieces
        self._most = most
        self._broken = broken
        self._data, self._at = b"", 0
        self._member = 0

    @property
    def broken(self) -> Broken | None:
        """Why the text ended before it should; known at its end."""
        return self._broken()

    def members(self, path: Sequence[str]) -> Iterator[tuple[bytes, bool]]:
        """Yield the text of each member of the list to which the names of a path lead, and whether it is all of it.

        Raises:
            NotJson: there is no such list, or it cannot be told where its members end.
        """
        for name in path:
            self._enter(name)
        if self._next() != b"[":
            raise self._no_list()
        self._at += 1
        if self._next() == b"]":
            self._at += 1
        else:
            yield from self._members()
        for _ in path:
            self._leave()
        if self._next(must=False):
            raise self._wrong("more follows after the end of the document")

    def lists(self, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], int]]:
        """Yield the lists of objects inside the objects of the document: their paths, and how many members they have.

        Raises:
            NotJson: it cannot be told where a value ends.
        """
        if self._next() == b"[":
            self._at += 1
            if self._next() == b"]":
                self._at += 1
                return
            of_objects, self._member = self._next() == b"{", 0
            for _ in self._members():
                pass
            if of_objects:
                yield path, self._member
        elif self._next() == b"{" and len(path) < _DEEPEST:
            yield from self._lists_inside(path)
        else:
            self._value()

    def _lists_inside(self, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], int]]:
        self._at += 1
        if self._next() == b"}":
            self._at += 1
            return
        while True:
            name = self._name()
            yield from self.lists((*path, name))
            sign = self._next()
            if sign not in (b",", b"}"):
                raise self._wrong("no comma follows")
            self._at += 1
            if sign == b"}":
                return

    def _members(self) -> Iterator[tuple[bytes, bool]]:
        while True:
            yield self._value()
            self._member += 1
            sign = self._next()
            if sign not in (b",", b"]"):
                raise self._wrong("no comma follows")
            self._at += 1
            if sign == b"]":
                return

    def _enter(self, name: str) -> None:
        """Go to the value of a name in the object that comes next."""
        if self._next() != b"{":
            raise self._wrong(f"there is no object with the name {name}")
        self._at += 1
        is_empty = self._next() == b"}"
        while not is_empty:
            if self._name() == name:
                return
            self._value()
            if self._next() != b",":
                break
            self._at += 1
        raise NotJson(0, f"The document has no list under {name}.", "no-list")

    def _leave(self) -> None:
        """Go to the end of the object in which the document is."""
        while (sign := self._next()) == b",":
            self._at += 1
            self._name()
            self._value()
        if sign != b"}":
            raise self._wrong("no comma follows")
        self._at += 1

    def _name(self) -> str:
        """Return the name that comes next, and go to its value."""
        if self._next() != b'"':
            raise self._wrong("no name of a value follows")
        text, _ = self._value()
        if self._next() != b":":
            raise self._wrong("no colon follows")
        self._at += 1
        try:
            return msgspec.json.decode(text, type=str)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise self._wrong("the name of a value is no text") from None

    def _value(self) -> tuple[bytes, bool]:
        """Return the value that comes next, and whether it is all of it: else it is too large."""
        if self._next() not in (b'"', b"[", b"{"):
            return self._scalar(), True
        end, parts, size = _ValueEnd(), list[bytes](), 0
        while True:
            start = self._at
            self._at, ended = end.find(self._data, start)
            if size <= self._most:
                parts.append(self._data[start : self._at])
            size += self._at - start
            if ended:
                return (b"".join(parts), True) if size <= self._most else (parts[0][:MOST_CHARACTERS], False)
            self._more()

    def _scalar(self) -> bytes:
        end = _end(_SCALAR, self._data, self._at)
        while end == len(self._data) and end - self._at <= MOST_CHARACTERS and self._more(must=False):
            end = _end(_SCALAR, self._data, self._at)
        text = self._data[self._at : end]
        if not 0 < len(text) <= MOST_CHARACTERS:
            raise self._wrong("no value follows")
        self._at = end
        return text

    def _next(self, *, must: bool = True) -> bytes:
        """Go to the next byte that is no blank, and return it; empty at the end of a document."""
        while True:
            self._at = _end(_BLANKS, self._data, self._at)
            if self._at < len(self._data):
                return self._data[self._at : self._at + 1]
            if not self._more(must=must):
                return b""

    def _more(self, *, must: bool = True) -> bool:
        """Read on, and return whether there was more."""
        piece = next(self._pieces, b"")
        self._data, self._at = self._data[self._at :] + piece, 0
        if must and not piece:
            broken = self._broken()
            code, sentence = (broken.code, broken.sentence) if broken else ("truncated", "The document is cut short.")
            raise NotJson(self._member, f"{sentence} Member {self._member} is the last one that was read.", code)
        return bool(piece)

    def _no_list(self) -> NotJson:
        return NotJson(0, "The document is no list of objects; say under which names it stands (`members`).", "no-list")

    def _wrong(self, what: str) -> NotJson:
        where = f"After member {self._member}" if self._member else "At the beginning"
        return NotJson(self._member, f"{where} {what}; nothing after it was read.")


def _end(pattern: re.Pattern[bytes], data: bytes, at: int) -> int:
    found = pattern.match(data, at)
    assert found is not None
    return found.end()
