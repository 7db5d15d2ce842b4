"""JSON from strangers: read strictly, in time and depth that we choose; what is ambiguous is refused."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import msgspec

from api.json_faults import place_of, why_not
from api.refusals import MalformedRequest

_MOST_DIGITS = 100
"""Characters of the longest number that is read: far beyond what any field takes."""

_MOST_EXPONENT = 400

# Possessive: no text, however it ends, makes the search go back. A text that never ends is taken to the end.
_STRING = rb'"(?:[^"\\]++|\\.)*+(?:"|\Z)'
_STRINGS = re.compile(_STRING, re.DOTALL)
_BRACKETS = re.compile(rb"[^\[\]{}]++")
_TOKENS = re.compile(_STRING + rb"|[\[\]{},:]", re.DOTALL)
_NUMBERS = re.compile(_STRING + rb"|-?[0-9][0-9.eE+-]*", re.DOTALL)
_OPEN = frozenset(b"[{")


def _number(text: str) -> Decimal:
    """Return a number with a point or an exponent, exactly as it is written."""
    try:
        number = Decimal(text if len(text) <= _MOST_DIGITS else "")
    except ArithmeticError:
        raise ValueError("a number has too many digits") from None
    if not -_MOST_EXPONENT <= number.adjusted() <= _MOST_EXPONENT:
        raise ValueError("a number has too large an exponent")
    return number


_decode = msgspec.json.Decoder(float_hook=_number).decode


def read_json(text: bytes, most_depth: int = 64) -> Any:
    """Return the value that a JSON text (RFC 8259) holds. Numbers with a point or an exponent come as Decimal.

    Raises:
        MalformedRequest: the text is not JSON in UTF-8, is nested deeper than allowed, has an object with two members
            of one name, a number beyond all use, or half of a surrogate pair.
    """
    bare = _STRINGS.sub(b"", text)
    _require_depth(text, bare, most_depth)
    try:
        value = _decode(text)
        members = _members(value)
    except (msgspec.ValidationError, OverflowError):
        # The only way in which a value without a type can be wrong: the number hook, or an endless integer.
        place = place_of(text, _number_beyond_use(text))
        detail = f"The number at {place} has too many digits or too large an exponent."
        raise MalformedRequest(detail, code="number") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        code, sentence = why_not(text, str(error))
        raise MalformedRequest(f"The body {sentence}.", code=code) from None
    if bare.count(b":") != members:
        pointer = _repeated(text)
        raise MalformedRequest("An object has two members of one name.", pointer=pointer, code="duplicate-name")
    return value


def _require_depth(text: bytes, bare: bytes, most: int) -> None:
    """Refuse deep nesting before anything recurses into it."""
    if bare.count(b"[") + bare.count(b"{") <= most:
        return
    depth = 0
    for bracket in _BRACKETS.sub(b"", bare):
        depth += 1 if bracket in _OPEN else -1
        if depth > most:
            place = place_of(text, _deepest(text, most))
            raise MalformedRequest(f"The body is nested deeper than {most} levels, from {place} on.", code="too-deep")


def _deepest(text: bytes, most: int) -> int:
    """Return where the first bracket stands that opens more levels than allowed."""
    depth = 0
    for found in _TOKENS.finditer(text):
        depth += {b"[": 1, b"{": 1, b"]": -1, b"}": -1}.get(found.group(), 0)
        if depth > most:
            return found.start()
    return len(text)


def _number_beyond_use(text: bytes) -> int:
    """Return where the first number stands that is not read."""
    for found in _NUMBERS.finditer(text):
        if not found.group().startswith(b'"'):
            try:
                _members(int(_number(found.group().decode())))
            except (ValueError, OverflowError):
                return found.start()
    return len(text)


def _members(value: Any) -> int:
    """Return how many members all objects have.

    Raises:
        OverflowError: an integer is larger than any field could take.
    """
    match value:
        case dict():
            return len(value) + sum(_members(each) for each in value.values())
        case list():
            return sum(_members(each) for each in value)
        case int() if value.bit_length() > _MOST_DIGITS * 3:
            raise OverflowError
        case _:
            return 0


def _repeated(text: bytes) -> str:
    """Return the place (RFC 6901) of the first member whose name its object has already. The text is valid JSON."""
    path: list[Any] = []
    names: list[set[str] | None] = []
    pending: str | None = None
    for token in _tokens(text):
        if token in (b"{", b"["):
            names.append(set() if token == b"{" else None)
            path.append("" if token == b"{" else 0)
        elif token in (b"}", b"]"):
            names.pop()
            path.pop()
        elif token == b",":
            if names[-1] is None:
                path[-1] += 1
        elif token == b":":
            assert pending is not None
            path[-1] = pending
            known = names[-1]
            assert known is not None
            if pending in known:
                break
            known.add(pending)
        else:
            pending = msgspec.json.decode(token)
    return pointer_to(path)


def _tokens(text: bytes) -> Iterator[bytes]:
    return (found.group() for found in _TOKENS.finditer(text))


def pointer_to(path: list[Any]) -> str:
    """Return the JSON Pointer (RFC 6901) of names and indexes."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)
