"""Facts put on record as they are, without rules: read models must follow whatever history there is."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid5
from weakref import WeakSet

from sqlalchemy import Connection, select

from domain.kernel.envelope import Caller
from domain.kernel.facts import Fact
from domain.kernel.folding import Happening
from domain.kernel.streams import StreamRef
from domain.log.codec import Draft, encode
from domain.log.contract import Appended, Proposal
from domain.log.log import Log, open_log
from projections.read_model import ReadModel, Tables

START = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
MAKER, RUNNER, MODEL_ID = UUID(int=100), UUID(int=101), UUID(int=102)
CALLER = Caller(actor=UUID(int=103), organisation=MAKER, correlation=UUID(int=104))
ITEMS = tuple(StreamRef("equipment", UUID(int=number)) for number in (1, 2, 3))
FIRST, SECOND, THIRD = ITEMS
OPENED: WeakSet[Log] = WeakSet()
"""Logs that were opened here, as far as anybody still has them."""


class NoSealer:
    """Nothing in these tests is personal but where a test says so."""

    def seal(self, subject: UUID, text: str, place: object) -> dict[str, Any]:
        return {"s": str(subject), "c": text[::-1], "at": str(place)}

    def open(self, sealed: dict[str, Any], place: object) -> str:
        assert sealed["at"] == str(place)
        opened: str = sealed["c"]
        return opened[::-1]


class Said(NamedTuple):
    """A fact as it will be recorded; the hour it happens at is counted from the start."""

    stream: StreamRef
    fact: Fact
    hour: int
    id: UUID


def fact_id(number: int) -> UUID:
    return uuid5(UUID(int=0), f"fact {number}")


def said(number: int, stream: StreamRef, fact: Fact, hour: int) -> Said:
    return Said(stream, fact, hour, fact_id(number))


def moment(hour: int) -> datetime:
    return START + hour * HOUR


def micros(hour: int) -> int:
    return int(moment(hour).timestamp()) * 1_000_000


def opened(url: str) -> Log:
    """Open a log; its clock is the machine's."""
    log = open_log(url, now=lambda: datetime.now(UTC))
    OPENED.add(log)
    return log


def record(log: Log, facts: Iterable[Said], caller: Caller = CALLER) -> None:
    """Append facts in one proposal."""
    encoded = tuple(
        encode(Draft(each.stream, each.fact, moment(each.hour), each.id), caller, NoSealer()) for each in facts
    )
    if encoded:
        assert isinstance(log.append(Proposal(facts=encoded, expected=())), Appended)


def happenings(facts: Sequence[Said], stream: StreamRef, known_at: int) -> list[Happening]:
    """Return what is on record of one stream up to a position; fact n of the list stands at position n + 1."""
    return [
        Happening(moment(each.hour), position, each.id, each.fact)
        for position, each in enumerate(facts[:known_at], start=1)
        if each.stream == stream
    ]


def rows_of(connection: Connection, model: ReadModel[Any] | Tables) -> list[tuple[Any, ...]]:
    """Return every row of a read model, where it answers or elsewhere, and every state, in an order of its own."""
    tables = model if isinstance(model, Tables) else Tables.of(model)
    rows = [tuple(row) for table in (tables.rows, tables.states) for row in connection.execute(select(table))]
    return sorted(rows, key=repr)
