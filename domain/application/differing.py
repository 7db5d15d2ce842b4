"""Differing: what an entry says otherwise than another of its id; by names of fields, as values may be personal."""

from collections.abc import Sequence

from domain.application.orders import Order
from domain.kernel.commands import command_type, streams_of
from domain.kernel.facts import fact_type
from domain.kernel.moments import from_micros
from domain.kernel.refusals import AlreadyRecordedDifferently
from domain.kernel.streams import StreamRef
from domain.log.codec import Sealer, decode
from domain.log.contract import Row


def other_than_on_record(order: Order, row: Row, sealer: Sealer) -> AlreadyRecordedDifferently:
    """Return the refusal of a command that does not come to what is on record under its id.

    What it leaves out, and is on record, is told only if nothing else differs: it may follow from other facts. Nothing
    is told of what another organisation recorded.

    Args:
        order: the command.
        row: the first fact on record.
        sealer: opens personal fields, so that they can be compared.
    """
    recorded, command = decode(row, sealer), order.command
    kind = command_type(command)
    if recorded.organisation != order.caller.organisation:
        return _refusal([], str(row.fact_key))
    names = [*kind.decides[:1]] if StreamRef(row.kind, row.stream) != streams_of(command)[0] else []
    if kind.tells is not None and type(recorded.fact) is not kind.tells:
        return _refusal([*names, "type"], str(row.fact_key))
    said = {spec.name: getattr(command, spec.name) for spec in kind.fields}
    known = {spec.name: getattr(recorded.fact, spec.name) for spec in fact_type(recorded.fact).fields}
    others = [name for name, value in said.items() if name in known and value != known[name]]
    names += [name for name in others if said[name] is not None]
    if order.given_at is not None and order.given_at != from_micros(row.occurred_at):
        names.append("occurred_at")
    return _refusal(names or others, str(row.fact_key))


def other_than_before(order: Order, first: Order, key: str) -> AlreadyRecordedDifferently:
    """Return the refusal of a command that says something else than one before it, of the same id."""
    kind = command_type(order.command)
    if kind is not command_type(first.command):
        return _refusal(["type"], key)
    both = ((spec.name, getattr(order.command, spec.name), getattr(first.command, spec.name)) for spec in kind.fields)
    names = [name for name, value, before in both if value != before]
    return _refusal([*names, *(["occurred_at"] if order.given_at != first.given_at else [])], key)


def _refusal(names: Sequence[str], key: str) -> AlreadyRecordedDifferently:
    if not names:
        return AlreadyRecordedDifferently(fact=key)
    sentence = AlreadyRecordedDifferently.sentence().removesuffix(".")
    return AlreadyRecordedDifferently(f"{sentence}; what differs: {', '.join(names)}.", fact=key, differs=list(names))
