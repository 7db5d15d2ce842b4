"""Comparing: where two answers of one shape differ, each member of a list known by what names it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from marshmallow import Schema, fields

from api.shapes import described

_NAMED_BY: dict[str, tuple[str, ...]] = {
    "bulletins": ("bulletin_id",),
    "conditions": ("parameter", "slot"),
    "contradictions": ("fact",),
    "diagnoses": ("failure_mode", "slot", "unit_id"),
    "meters": ("name",),
    "units": ("slot",),
}
"""What names a member of each list of things: a unit its position, a counter its name."""

NAMED_LISTS = frozenset(_NAMED_BY)


class Difference(NamedTuple):
    """What two answers say differently."""

    path: str
    """Where it stands in both (RFC 6901), a member of a list under what names it: `/units/comp2/unit_id`."""
    before: Any
    after: Any
    """None: nothing stands there."""


class DifferenceSchema(Schema):
    """What differs between the two points."""

    path = fields.String(
        required=True,
        metadata=described(
            "Where it stands in the answer (JSON Pointer). A member of a list stands under what names it: a unit under "
            "its position, a counter under its name, a fault under its mode, a feature under itself.",
            "/units/comp2/unit_id",
        ),
    )
    before = fields.Raw(
        required=True, allow_none=True, metadata=described("What was said at the first point; null: nothing.")
    )
    after = fields.Raw(
        required=True, allow_none=True, metadata=described("What is said at the second point; null: nothing.")
    )


def differences(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> list[Difference]:
    """Return where two answers differ, in order of their fields; None: there was no answer, so that all came or went.

    Things that stand in both are compared field by field; what stands in one of them alone is told as a whole.
    """
    return list(_of_fields("", before or {}, after or {}))


def difference_of(difference: Difference) -> dict[str, Any]:
    """Return a difference as it is shown."""
    return difference._asdict()


def _of_fields(path: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    for name in dict.fromkeys((*before, *after)):
        yield from _of_values(f"{path}/{_step(name)}", name, before.get(name), after.get(name))


def _of_values(path: str, name: str, before: Any, after: Any) -> Iterator[Difference]:
    if before == after:
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from _of_fields(path, before, after)
    elif isinstance(before, list) or isinstance(after, list):
        yield from _of_lists(path, name, before or [], after or [])
    else:
        yield Difference(path, before, after)


def _of_lists(path: str, name: str, before: Sequence[Any], after: Sequence[Any]) -> Iterator[Difference]:
    of_before, of_after = _members(name, before), _members(name, after)
    if of_before is None or of_after is None:
        yield Difference(path, before, after)
        return
    for key in sorted(of_before.keys() | of_after.keys()):
        yield from _of_values(f"{path}/{_step(key)}", key, of_before.get(key), of_after.get(key))


def _members(name: str, values: Sequence[Any]) -> dict[str, Any] | None:
    """Return the members of a list by what names each; None where that does not tell them apart."""
    members = dict(_named(name, each) for each in values)
    return members if len(members) == len(values) else None


def _named(name: str, member: Any) -> tuple[str, Any]:
    """Return what names a member of a list, and what is told of it: of a pair its second."""
    if isinstance(member, Mapping):
        return ":".join(str(member[part]) for part in _NAMED_BY[name] if member[part] is not None), member
    if isinstance(member, list):
        feature, told = member
        return feature, told
    return str(member), member


def _step(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
