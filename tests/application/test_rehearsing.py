"""What was rehearsed is recorded as it was decided then, or decided anew where others were faster."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from decimal import Decimal

import pytest

from domain.application.rehearsing import Rehearsal
from domain.application.units import MOST_FACTS, Booked, Refused, Repeated
from domain.equipment.meters_commands import RecordMeterReading
from domain.equipment.refusals import MeterRanBackwards
from domain.equipment.state import Equipment
from domain.kernel.facts import Fact
from domain.log.codec import fact_id_of
from domain.parties.organisation import AddMember
from tests.application.desk import CALLER, DAY, Desk
from tests.application.told import AT, Told, alone, book, life, readings, told
from tests.equipment.lives import ITEM, ITEM_ID, MAKER, STRANGER

Units = Sequence[tuple[Told, ...]]


@pytest.fixture(autouse=True)
def later(desk: Desk) -> None:
    desk.clock.turn(10 * DAY)


def rehearsed(desk: Desk, units: Units) -> Rehearsal[tuple[Told, ...]]:
    """Return a rehearsal in which nothing was refused."""
    rehearsal = desk.ledger.rehearse(units, CALLER)
    assert not [each for _, each in rehearsal if isinstance(each, Refused)]
    return rehearsal


def types(outcomes: Iterable[tuple[object, object]]) -> list[type]:
    return [type(outcome) for _, outcome in outcomes]


def counted(monkeypatch: pytest.MonkeyPatch) -> list[Decimal]:
    """Return what grows with every reading that is decided."""
    decided: list[Decimal] = []
    decide = RecordMeterReading.decide

    def counting(self: RecordMeterReading, item: Equipment, *above: Equipment) -> Sequence[Fact]:
        decided.append(self.value)
        return decide(self, item, *above)

    monkeypatch.setattr(RecordMeterReading, "decide", counting)
    return decided


def test_what_was_rehearsed_is_not_decided_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    units, decided = alone(*life(ITEM_ID, "PX-1"), *readings(MOST_FACTS + 5)), counted(monkeypatch)
    before = desk.log.head().position
    outcomes = list(rehearsed(desk, units).book(units))
    assert [unit for unit, _ in outcomes] == units
    assert {type(each) for _, each in outcomes} == {Booked}
    assert decided == [Decimal(each) for each in range(MOST_FACTS + 5)]
    assert outcomes[-1][1].position == desk.log.head().position == before + len(units) + 1  # type: ignore[union-attr]
    assert desk.ledger.state(ITEM) == desk.another().state(ITEM)


def test_from_where_others_were_faster_all_is_decided_anew(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    book(desk.ledger, alone(*life(ITEM_ID, "PX-1"), *readings(3)))
    units = alone(*readings(6)[3:])
    rehearsal = rehearsed(desk, units)
    theirs = RecordMeterReading(equipment_id=ITEM_ID, meter="starts", value=Decimal(9), unit="1")
    book(desk.another(), alone(told(theirs, AT + timedelta(hours=6, seconds=4.5), "theirs")))
    decided = counted(monkeypatch)
    *others, (_, last) = rehearsal.book(units)
    assert types(others) == [Booked, Booked]
    assert isinstance(last, Refused)
    assert isinstance(last.refusal, MeterRanBackwards)
    assert set(decided) == {Decimal(each) for each in (3, 4, 5)}


def test_what_others_recorded_of_it_is_a_repeat(desk: Desk) -> None:
    units = alone(*life(ITEM_ID, "PX-1"))
    rehearsal = rehearsed(desk, units)
    book(desk.another(), units[:4])
    assert types(rehearsal.book(units)) == [*[Repeated] * 4, *[Booked] * 2]
    assert len(desk.log.stream(ITEM_ID)) == 6


def test_what_was_a_repeat_then_rests_on_what_it_was_a_repeat_of(desk: Desk) -> None:
    """The same entry twice: if the first is refused after all, the second is no repeat of it."""
    book(desk.ledger, alone(*life(ITEM_ID, "PX-1")))
    (reading,) = readings(2)[1:]
    units = alone(reading, reading)
    rehearsal = rehearsed(desk, units)
    higher = RecordMeterReading(equipment_id=ITEM_ID, meter="starts", value=Decimal(9), unit="1")
    book(desk.another(), alone(told(higher, AT + timedelta(hours=6), "theirs")))
    assert types(rehearsal.book(units)) == [Refused, Refused]


def test_nobody_is_known_before_it_is_recorded(desk: Desk) -> None:
    member = AddMember(organisation_id=MAKER, member_id=STRANGER, name="Member 1", email="member-1@example.org")
    units = alone(told(member, AT, "member"))
    rehearsal = rehearsed(desk, units)
    assert desk.vault.find("email", "member-1@example.org", [STRANGER]) == set()
    assert types(rehearsal.book(units)) == [Booked]
    assert desk.vault.find("email", "member-1@example.org", [STRANGER]) == {STRANGER}
    assert b"Member 1" not in desk.log.stream(MAKER)[-1].body


def test_a_unit_that_is_larger_than_an_append_is_recorded_whole(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    units = [
        tuple(life(ITEM_ID, "PX-1")),
        tuple(readings(2 * MOST_FACTS + 5)),
        *alone(readings(2 * MOST_FACTS + 6)[-1]),
    ]
    decided = counted(monkeypatch)
    outcomes = list(rehearsed(desk, units).book(units))
    assert types(outcomes) == [Booked] * 3
    assert len(decided) == 2 * MOST_FACTS + 6
    large = outcomes[1][1]
    assert isinstance(large, Booked)
    assert len(large.facts) == 2 * MOST_FACTS + 5
    assert desk.log.stream(ITEM_ID)[-1].fact_key == fact_id_of(units[-1][0].source, 0)


def test_what_follows_a_refusal_is_decided_when_it_is_recorded(desk: Desk) -> None:
    entries = life(ITEM_ID, "PX-1")
    again = told(entries[0].command, AT + DAY, "again")
    units = alone(*entries[:3], again, *entries[3:])
    expected = [Booked] * 3 + [Refused] + [Booked] * 3
    rehearsal = desk.ledger.rehearse(units, CALLER)
    assert types(rehearsal) == expected
    assert types(rehearsal.book(units)) == expected


def test_what_was_refused_is_decided_on_what_is_on_record_when_it_is_recorded(desk: Desk) -> None:
    units = alone(*readings(2))
    rehearsal = desk.ledger.rehearse(units, CALLER)
    assert types(rehearsal) == [Refused, Refused]
    book(desk.another(), alone(*life(ITEM_ID, "PX-1")))
    assert types(rehearsal.book(units)) == [Booked, Booked]


def test_no_more_is_recorded_at_once_than_was_taken(desk: Desk) -> None:
    """What is on record already comes to no facts: any number of it would go into one append."""
    entries = life(ITEM_ID, "PX-1")
    book(desk.ledger, alone(*entries))
    units = alone(*entries) * 200
    assert types(rehearsed(desk, units).book(units)) == [Repeated] * len(units)
