"""Lanes of units go into the log side by side: each in its order, none held, the first trouble ends all."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count, islice
from uuid import UUID

import pytest

from api.importing.entries import Entry
from api.importing.recording import LANES_AT_ONCE, Unit, record
from domain.application.units import MOST_FACTS, Booked, Outcome, Refused, Repeated
from domain.equipment.meters_commands import RecordMeterReading
from domain.equipment.model_commands import RegisterModel
from domain.kernel.commands import Command
from domain.kernel.envelope import Provenance
from domain.kernel.refusals import Unavailable
from domain.log.codec import fact_id_of
from domain.log.contract import Outcome as AppendOutcome
from domain.log.contract import Proposal
from domain.parties.organisation import RegisterOrganisation
from tests.application.desk import life_of
from tests.equipment.lives import MAKER, MODEL_ID, OPERATOR
from tests.importing.books import Book

BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Trouble(Exception):  # noqa: N818  what it is
    """Whatever may happen."""


class Heard:
    """Hears what became of units."""

    def __init__(self) -> None:
        self.outcomes: list[tuple[Unit, Outcome]] = []

    def __call__(self, unit: Unit, outcome: Outcome) -> None:
        self.outcomes.append((unit, outcome))

    def fates(self) -> list[type]:
        return [type(outcome) for _, outcome in self.outcomes]

    def recorded(self) -> set[UUID]:
        """The first facts of all that is said to be recorded."""
        return {fact_id_of(entry.source, 0) for unit, out in self.outcomes if isinstance(out, Booked) for entry in unit}


def lane(number: int, readings: Iterable[int]) -> Iterator[Unit]:
    """The life of one item, command by command, and what its counter showed."""
    item = UUID(int=1000 + number)
    hours = (BEGIN + each * HOUR for each in count())
    for step, command in enumerate(life_of(item, str(item))):
        yield (entry(command, next(hours), f"{number}/{step}"),)
    for each in readings:
        command = RecordMeterReading(equipment_id=item, meter="starts", value=Decimal(each), unit="1")
        yield (entry(command, next(hours), f"{number}/reading/{each}"),)


def entry(command: Command, at: datetime, key: str) -> Entry:
    return Entry(command, at, Provenance(source="urn:example:plant", id=key))


@pytest.fixture
def book(new_book: Callable[[], Book]) -> Book:
    """A log with what every life rests on."""
    made = new_book()
    parties: list[Command] = [
        *(RegisterOrganisation(organisation_id=organisation, name="Works") for organisation in (MAKER, OPERATOR)),
        RegisterModel(model_id=MODEL_ID, designation="Press PX-40", manufacturer_id=MAKER),
    ]
    heard = Heard()
    record([[(entry(each, BEGIN, f"shared/{n}"),) for n, each in enumerate(parties)]], made.book, heard)
    assert heard.fates() == [Booked] * 3
    return made


def on_record(book: Book) -> set[UUID]:
    """The first facts of all that is on record."""
    return {fact.id for fact in book.facts() if fact.type != "serial.reserved"}


def test_every_lane_is_recorded_in_its_order_and_short_ones_share_appends(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    appends: list[int] = []
    append = book.log.append

    def noted(proposal: Proposal) -> AppendOutcome:
        appends.append(len(proposal.facts))
        return append(proposal)

    monkeypatch.setattr(book.log, "append", noted)
    heard = Heard()
    record((lane(each, range(4)) for each in range(40)), book.book, heard)
    assert heard.fates() == [Booked] * 400
    assert sum(appends) == 440
    assert len(appends) <= LANES_AT_ONCE
    for number in range(40):
        told = [unit[0].source.id for unit, _ in heard.outcomes if unit[0].source.id.startswith(f"{number}/")]
        assert told == [unit[0].source.id for unit in lane(number, range(4))]


def test_a_second_run_hears_of_repeats_and_a_refusal_is_its_own_units(book: Book) -> None:
    heard, again = Heard(), Heard()
    lanes = [[*lane(0, [5, 3, 7])], [*lane(1, [1])]]
    record(lanes, book.book, heard)
    fates = dict(zip((unit[0].source.id for unit, _ in heard.outcomes), heard.fates(), strict=True))
    assert [name for name, fate in fates.items() if fate is not Booked] == ["0/reading/3"]
    head = book.log.head().position
    record(lanes, book.book, again)
    assert sorted(map(str, again.fates())) == sorted(map(str, [Repeated] * 15 + [Refused]))
    assert book.log.head().position == head


def test_no_more_is_held_than_what_is_under_way(book: Book) -> None:
    fetched = most = 0
    heard = Heard()

    def counted() -> Iterator[Iterator[Unit]]:
        for number in range(100):
            yield counting(lane(number, range(30)))

    def counting(units: Iterator[Unit]) -> Iterator[Unit]:
        nonlocal fetched, most
        for unit in units:
            fetched += 1
            most = max(most, fetched - len(heard.outcomes))
            yield unit

    record(counted(), book.book, heard)
    assert len(heard.outcomes) == fetched == 3_600
    assert most <= LANES_AT_ONCE * MOST_FACTS + 1


def test_of_large_units_no_more_is_held_than_a_batch_of_entries(book: Book) -> None:
    """However many units there are: one of them may have thousands of entries."""
    fetched = heard = most = 0
    life, size = tuple(each for (each,) in lane(0, range(3_000))), 200

    def units() -> Iterator[Unit]:
        nonlocal fetched, most
        for first in range(0, len(life), size):
            unit = life[first : first + size]
            fetched += len(unit)
            most = max(most, fetched - heard)
            yield unit

    def hear(unit: Unit, outcome: Outcome) -> None:
        nonlocal heard
        assert isinstance(outcome, Booked)
        heard += len(unit)

    record([units()], book.book, hear)
    assert heard == fetched == len(life)
    assert most <= MOST_FACTS + size


@pytest.mark.parametrize("whose", ["lane", "lanes", "listener", "store"])
def test_the_first_trouble_ends_all_and_what_was_heard_is_what_is_on_record(
    book: Book, monkeypatch: pytest.MonkeyPatch, whose: str
) -> None:
    """All other lanes are without end."""
    heard, appends, append = Heard(), count(), book.log.append

    def breaking(units: Iterator[Unit]) -> Iterator[Unit]:
        yield from islice(units, 1_500)
        raise Trouble

    def lanes() -> Iterator[Iterator[Unit]]:
        yield lane(0, count())
        if whose == "lanes":
            yield lane(1, range(1_500))
            raise Trouble
        yield breaking(lane(1, count())) if whose == "lane" else lane(1, count())

    def told(unit: Unit, outcome: Outcome) -> None:
        heard(unit, outcome)
        if whose == "listener" and len(heard.outcomes) == 1_500:
            raise Trouble

    def appended(proposal: Proposal) -> AppendOutcome:
        if whose == "store" and next(appends) == 2:
            raise Unavailable
        return append(proposal)

    before = on_record(book)
    monkeypatch.setattr(book.log, "append", appended)
    with pytest.raises(Unavailable if whose == "store" else Trouble):
        record(lanes(), book.book, told)
    recorded = on_record(book) - before
    if whose == "listener":
        assert heard.recorded() <= recorded
    else:
        assert heard.recorded() == recorded
    assert recorded
