"""Orders: a command with all that belongs to it, and how its facts become drafts and a receipt."""

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from domain.application.deciding import Decided, decide_declaration, refusal_of, require_references, resolve
from domain.application.receipts import Ask, Receipt, ReceiptFact
from domain.application.replaying import Sayings, told_then
from domain.application.sight import Records, Sight
from domain.kernel.commands import Command
from domain.kernel.envelope import Caller, Provenance
from domain.kernel.errors import DeclareError
from domain.kernel.facts import fact_type
from domain.kernel.ids import Ids
from domain.kernel.moments import from_micros
from domain.kernel.refusals import OccursInTheFuture
from domain.kernel.streams import KINDS, StreamRef
from domain.kernel.values import check_moment, check_words
from domain.log.codec import Draft, fact_id_of
from domain.log.contract import Appended, Expectation


class Order(NamedTuple):
    """A command with all that belongs to it. A tuple: every entry of an import becomes one."""

    command: Command
    caller: Caller
    given_at: datetime | None
    at: datetime
    now: datetime
    expected_version: int | None
    ask: Ask | None
    source: Provenance | None
    reason: str | None


def require_moment(order: Order, tolerance: timedelta) -> None:
    """Refuse a moment that has no name or is yet to come, as far as clocks may differ.

    Raises:
        Nonsense: it has no offset, or none in whole minutes.
        OccursInTheFuture: it is later than now.
    """
    check_moment("occurred_at", order.at)
    if order.at > order.now + tolerance:
        raise OccursInTheFuture


def decide_order(order: Order, sight: Sight, records: Records, sayings: Sayings) -> Decided:
    """Return what an order comes to, and every stream on which that rests.

    Args:
        order: what is wanted, at its moment.
        sight: shows what is on record from that moment.
        records: what is on record.
        sayings: reads facts on record.

    Raises:
        Refusal: a rule forbids it.
    """

    def on_record(stream: StreamRef) -> bool:
        return KINDS[stream.kind].names(sight.now(stream).state)

    if isinstance(order.command, DeclareError):
        return decide_declaration(order.command, sight, records)
    told = None if order.given_at is None else told_then(sight, sayings, order.source)
    decided = resolve(order.command, sight, told)
    require_references(order.command, on_record)
    if refusal := refusal_of(decided, order.at):
        raise refusal
    return Decided(tuple(sight.seen.values()), decided.facts)


def drafts_of(order: Order, decided: Decided, ids: Ids) -> list[Draft]:
    """Return the facts on their way to the log, each with its id.

    Raises:
        Nonsense: what is said beside the command cannot be read: the source, the id there, or the reason.
    """
    if order.reason is not None:
        check_words("reason", order.reason)
    if order.source is not None:
        check_words("source/source", order.source.source)
        check_words("source/id", order.source.id)
    return [
        Draft(
            stream=stream,
            fact=fact,
            occurred_at=order.at,
            fact_id=fact_id_of(order.source, index) if order.source else ids.fresh(),
            source=order.source,
            reason=order.reason,
        )
        for index, (stream, fact) in enumerate(decided.facts)
    ]


def expectations_of(decided: Decided) -> tuple[Expectation, ...]:
    """Return the version that each stream must still have: the first at which it was seen, if it was seen twice."""
    versions: dict[UUID, int] = {}
    for seen in decided.seen:
        versions[seen.stream.id] = min(seen.standing.version, versions.get(seen.stream.id, seen.standing.version))
    return tuple(Expectation(stream, version) for stream, version in versions.items())


def receipt_of_append(version: int, decided: Decided, drafts: list[Draft], appended: Appended) -> Receipt:
    """Return the receipt of facts that were just appended, without reading them back."""
    sequences = {seen.stream: seen.standing.version for seen in decided.seen}
    facts = []
    for index, draft in enumerate(drafts):
        sequences[draft.stream] += 1
        facts.append(
            ReceiptFact(
                id=draft.fact_id,
                type=fact_type(draft.fact).name,
                stream=draft.stream,
                sequence=sequences[draft.stream],
                position=appended.first_position + index,
            )
        )
    return Receipt(
        stream=decided.seen[0].stream,
        version=version,
        position=facts[-1].position if facts else appended.first_position,
        recorded_at=from_micros(appended.recorded_at),
        facts=tuple(facts),
    )
