"""What a fact changed in a state: the fields that differ, and of lists what left them and what came into them."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import fields
from decimal import InvalidOperation
from operator import attrgetter
from typing import Any

import msgspec

from domain.equipment.bulletin import Bulletin
from domain.equipment.model import Model
from domain.equipment.state import Condition, Equipment, Meter

_STATES = (Equipment, Model, Bulletin)
_FIELDS = {state: tuple(field.name for field in fields(state)) for state in _STATES}
_VALUES = {state: attrgetter(*names) for state, names in _FIELDS.items()}
_LISTS = frozenset(field.name for state in _STATES for field in fields(state) if field.default in ((), frozenset()))
"""The fields that are lists or sets: empty before anything happened."""

_encode = msgspec.json.Encoder(order="deterministic").encode


class Change(msgspec.Struct, frozen=True):
    """What a fact changed in the state: a field, or a member of it that has a name, as JSON has them.

    Of other lists: what left the list, and what came into it.
    """

    field: str
    before: Any
    after: Any


_Member = tuple[tuple[str, ...], dict[str, Any]]
"""What names a member of a list, and what is told of it."""


def changed(before: Any, after: Any) -> list[Change]:
    """Return the fields in which two states differ, in order of their declaration.

    Of lists it tells what differs in them, as they may grow with every fact: `meters.operating-time` is that counter,
    `conditions.vibration-velocity.bearing-1` that parameter at that position; of all others, such as `failures` or
    `periods`, the members that left and those that came. The order of members tells nothing.
    """
    if before is after:
        return []
    values = _VALUES[type(before)]
    pairs = zip(_FIELDS[type(before)], values(before), values(after), strict=True)
    different = [(name, old, new) for name, old, new in pairs if old is not new and not _same(old, new)]
    return [change for name, old, new in different for change in _told(name, old, new)]


def _told(name: str, old: Any, new: Any) -> Iterable[Change]:
    """Yield what is told of a field that differs."""
    if name not in _LISTS:
        yield Change(name, _plain(old), _plain(new))
        return
    old, new = _apart(old, new)
    if name in _BY_NAME:
        of_before, of_after = ({each[0]: _plain(each[1]) for each in map(_BY_NAME[name], side)} for side in (old, new))
        for key in sorted(of_before.keys() | of_after.keys()):
            found = of_before.get(key), of_after.get(key)
            if found[0] != found[1]:
                yield Change(".".join((name, *key)), *found)
    else:
        left, came = (Counter(map(_encode, side)) for side in (old, new))
        gone, added = ([msgspec.json.decode(each) for each in side.elements()] for side in (left - came, came - left))
        if gone or added:
            yield Change(name, gone, added)


def _apart(old: Any, new: Any) -> tuple[Collection[Any], Collection[Any]]:
    """Return what is left of two sets or lists without what both have, or have alike at both ends.

    Two states mostly share all members but one, which stand where they stood: so it costs no more than a look at each.
    """
    if isinstance(old, frozenset):
        return sorted(old - new), sorted(new - old)
    begin = _alike(old, new)
    old, new = old[begin:], new[begin:]
    end = _alike(old[::-1], new[::-1])
    return old[: len(old) - end], new[: len(new) - end]


def _alike(one: Sequence[Any], other: Sequence[Any]) -> int:
    """Return with how many equal members two lists begin. Halves are compared as wholes: each member once or twice."""
    least, most = 0, min(len(one), len(other))
    while least < most:
        middle = (least + most + 1) // 2
        if _same(one[least:middle], other[least:middle]):
            least = middle
        else:
            most = middle - 1
    return least


def _same(old: Any, new: Any) -> bool:
    """Return whether two values are equal. A signalling NaN, which compares with nothing, differs."""
    try:
        return bool(old == new)
    except InvalidOperation:
        return False


def _counter(meter: Meter) -> _Member:
    """Return what a person wants to see of a counter: the rest is for the rules."""
    return (meter.name,), {name: getattr(meter, name) for name in ("unit", "shown", "total", "read_at", "modulus")}


def _condition(known: Condition) -> _Member:
    place = (known.parameter,) if known.slot is None else (known.parameter, known.slot)
    return place, {"value": known.value, "unit": known.unit, "at": known.measured_at}


_BY_NAME: dict[str, Callable[[Any], _Member]] = {"meters": _counter, "conditions": _condition}
"""Lists whose members have names: what is told of each stands under its own."""


def _plain(value: Any) -> Any:
    return msgspec.to_builtins(value, order="deterministic")
