"""Imports: entries ready in memory, booked; beside ready-made facts in batches, and the same entries one by one."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from uuid import UUID, uuid4

from api.importing.entries import Entry
from api.importing.recording import Unit, record
from domain.application.ledger import Ledger
from domain.application.units import Booked, Outcome, Repeated
from domain.equipment.meters_commands import RecordMeterReading
from domain.equipment.model_commands import RegisterModel
from domain.kernel.commands import Command
from domain.kernel.envelope import Provenance
from domain.parties.organisation import RegisterOrganisation
from tests.application.desk import life_of
from tests.benchmarks.appends import BATCH, batches, ours_many
from tests.benchmarks.rows import CALLER, new_stream
from tests.benchmarks.stand import LIMIT, OURS, STOCK, Row, compete, rate
from tests.benchmarks.states import ledger_at, now
from tests.equipment.lives import MAKER, MODEL_ID, OPERATOR

ITEMS, READINGS = 50, 93
"""A hundred facts of each item: its first seven, of them one the reservation of its number, and its counter."""
FACTS = ITEMS * (READINGS + 7)
ONE_BY_ONE = 10
"""Items of which as much is told one by one."""
ROUNDS = 3
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
_RUN = uuid4()
_numbers = count()


def on(kind: str, url: str) -> list[Row]:
    """Measure on one database."""
    with ledger_at(url) as (log, ledger):
        register(ledger)
        ready = batches(ours_many(log), FACTS // BATCH)
        booked = compete(
            f"{kind}, {FACTS:,} facts of {ITEMS} items from rows in memory (limit: ready-made; stock: one by one)",
            {OURS: lambda: told(ledger), LIMIT: ready, STOCK: lambda: one_by_one(ledger)},
            None,
            rounds=ROUNDS,
        )
        lanes = list(fleet(ITEMS))
        record(lanes, lambda units: ledger.book(units, CALLER), _expect(Booked))
        again = compete(
            f"{kind}, the same entries again: nothing new (limit: appended ready-made)",
            {OURS: lambda: told_again(ledger, lanes), LIMIT: ready},
            None,
            rounds=ROUNDS,
        )
    return [booked, again]


def register(ledger: Ledger) -> None:
    """Put on record what every life rests on."""
    for organisation in (MAKER, OPERATOR):
        command = RegisterOrganisation(organisation_id=organisation, name="Works")
        ledger.execute(command, CALLER, occurred_at=LONG_AGO)
    model = RegisterModel(model_id=MODEL_ID, designation="Press PX-40", manufacturer_id=MAKER)
    ledger.execute(model, CALLER, occurred_at=LONG_AGO)


def told(ledger: Ledger) -> float:
    """Return how many facts per second come of a fleet that is booked."""
    lanes = list(fleet(ITEMS))
    return rate(FACTS, lambda: record(lanes, lambda units: ledger.book(units, CALLER), _expect(Booked)))


def told_again(ledger: Ledger, lanes: Iterable[list[Unit]]) -> float:
    """Return how many facts per second are found to be on record."""
    return rate(FACTS, lambda: record(lanes, lambda units: ledger.book(units, CALLER), _expect(Repeated)))


def one_by_one(ledger: Ledger) -> float:
    """Return how many facts per second come of a smaller fleet that is executed."""
    lanes = list(fleet(ONE_BY_ONE))

    def work() -> None:
        for (entry,) in (unit for lane in lanes for unit in lane):
            ledger.execute(entry.command, CALLER, occurred_at=entry.occurred_at, source=entry.source)

    return rate(FACTS * ONE_BY_ONE // ITEMS, work)


def fleet(items: int) -> Iterator[list[Unit]]:
    """Yield the lives of new items."""
    for _ in range(items):
        item = new_stream()
        begun = now() - timedelta(days=READINGS + 10)
        yield [
            (Entry(command, begun + number * timedelta(days=1), _source()),)
            for number, command in enumerate(_life(item))
        ]


def _life(item: UUID) -> Iterator[Command]:
    yield from life_of(item, str(item))
    for number in range(READINGS):
        yield RecordMeterReading(equipment_id=item, meter="operating-time", value=Decimal(8 * number), unit="h")


def _source() -> Provenance:
    return Provenance(source="urn:example:bench", id=f"{_RUN}/{next(_numbers)}")


def _expect(fate: type) -> "_Told":
    return _Told(fate)


class _Told:
    def __init__(self, fate: type) -> None:
        self._fate = fate

    def __call__(self, unit: Unit, outcome: Outcome) -> None:
        assert isinstance(outcome, self._fate), (unit, outcome)
