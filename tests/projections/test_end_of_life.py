"""The register of ends, and readings that are due: as of any moment, as known at any position."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from domain.equipment.custody import Lost, Stocked
from domain.equipment.ending import Decommissioned, Disposed, RefurbishmentAuthorised
from domain.equipment.meters import MeterFitted
from domain.equipment.papers import Certified
from domain.kernel.errors import ErrorDeclared
from domain.log.log import Log
from projections.engine import Engine
from projections.equipment import end_of_life, overdue_readings
from projections.equipment.end_of_life import EndedItem, EndFilter
from projections.paging import Page, Window
from tests.projections.recording import FIRST, MAKER, RUNNER, SECOND, THIRD, Said, fact_id, micros, record
from tests.projections.running import REPAIR, REPAIRED, into, read, told, unit, working

WORN_OUT = Decommissioned(reason="worn-out")
REFURBISHED = RefurbishmentAuthorised(authority="NB-1")
WASTE = Disposed(
    method="recycled", waste_document="WTN-1", mass=Decimal("10.50"), materials=(("steel", Decimal("9.00")),)
)


def ends(log: Log, engine: Engine, facts: list[Said], hour: int | None = None, **more: Any) -> Page[EndedItem]:
    record(log, facts)
    engine.catch_up()
    known_at, window = more.pop("known_at", None), more.pop("window", Window())
    with engine.views.read() as connection:
        as_of = None if hour is None else micros(hour)
        return end_of_life.ended(connection, EndFilter(**more), window, as_of=as_of, known_at=known_at)


def test_an_item_is_in_the_register_with_what_became_of_it_last(log: Log, engine: Engine) -> None:
    facts = working((20, WORN_OUT), (30, REFURBISHED), (31, Certified(certificate="EC-2", authority="NB-1")))
    facts += told(300, FIRST, (32, Stocked(place="w")), (40, Decommissioned(reason="accident")), (50, WASTE))
    found = [ends(log, engine, facts if hour == 15 else [], hour).items for hour in (15, 20, 35, 45)]
    assert [[each.end for each in items] for items in found] == [
        [],
        ["decommissioned"],
        ["refurbished"],
        ["decommissioned"],
    ]
    (last,) = ends(log, engine, []).items
    assert (last.end, last.ended_at, last.reason, last.authority) == ("disposed", micros(50), "accident", "NB-1")
    assert (last.serial, last.mass, last.materials) == ("A-1", "10.50", (("steel", Decimal("9.00")),))


def test_an_end_that_was_an_error_leaves_the_register(log: Log, engine: Engine) -> None:
    facts = working((20, WORN_OUT), (30, WASTE))
    assert [each.end for each in ends(log, engine, facts).items] == ["disposed"]
    wrong = told(300, FIRST, (40, ErrorDeclared(wrong_fact=fact_id(105), explanation="other-item")))
    assert ends(log, engine, wrong).items == ()
    assert [each.end for each in ends(log, engine, [], known_at=7).items] == ["disposed"]


def test_what_is_lost_after_its_end_is_not_in_the_register(log: Log, engine: Engine) -> None:
    assert ends(log, engine, working((20, WORN_OUT), (30, Lost()))).items == ()


def test_the_register_goes_in_pages_by_time_for_those_who_take_part(log: Log, engine: Engine) -> None:
    facts = [*working((30, WORN_OUT)), *working((20, WORN_OUT), stream=SECOND, first=200)]
    first = ends(log, engine, facts, window=Window(limit=1))
    second = ends(log, engine, [], window=Window(limit=1, after=first.next))
    assert [each.equipment_id for each in (*first.items, *second.items)] == [SECOND.id, FIRST.id]
    assert second.next is None
    assert len(ends(log, engine, [], scope=MAKER, year=2026, end="decommissioned").items) == 2
    assert ends(log, engine, [], year=2025).items == ends(log, engine, [], scope=fact_id(1)).items == ()


def test_due_readings_follow_late_readings_and_error_declarations(log: Log, engine: Engine) -> None:
    def due(facts: list[Said], **asked: Any) -> list[int | None]:
        record(log, facts)
        engine.catch_up()
        with engine.views.read() as connection:
            found = overdue_readings.overdue(connection, micros(50), Window(), scope=RUNNER, **asked)
        return [each.last_read for each in found.items]

    assert due(working((20, read("8")))) == [micros(20)]
    assert due(told(1, FIRST, (60, read("18")))) == []
    assert due(told(2, FIRST, (70, ErrorDeclared(wrong_fact=fact_id(1), explanation="other-item")))) == [micros(20)]
    assert due([], known_at=7) == []
    assert due([], as_of=micros(15)) == [None]
    assert due([], meter="starts") == []


def test_with_a_counter_named_only_those_that_have_it_are_due(log: Log, engine: Engine) -> None:
    starts = MeterFitted(meter="starts", unit="1")
    record(log, [*working((20, starts)), *working(stream=SECOND, first=200)])
    engine.catch_up()

    def due(**asked: Any) -> list[tuple[UUID, int | None]]:
        with engine.views.read() as connection:
            found = overdue_readings.overdue(connection, micros(50), Window(), **asked)
        return [(each.equipment_id, each.last_read) for each in found.items]

    assert due(meter="starts") == [(FIRST.id, micros(20))]
    assert due(meter="starts", as_of=micros(19)) == due(meter="operating-time") == []
    assert due() == [(FIRST.id, None), (SECOND.id, None)]


def test_a_unit_with_a_counter_of_its_own_is_due_while_what_it_sits_in_is_in_service(log: Log, engine: Engine) -> None:
    def due(facts: list[Said], hour: int | None = None) -> list[UUID]:
        record(log, facts)
        engine.catch_up()
        with engine.views.read() as connection:
            as_of = None if hour is None else micros(hour)
            found = overdue_readings.overdue(connection, micros(50), Window(), as_of=as_of)
        return [each.equipment_id for each in found.items]

    seal = unit((12, into(SECOND)), (15, read("7")), stream=THIRD, first=300)
    assert due([*working((60, read("9"))), *unit((20, into(FIRST))), *seal]) == [THIRD.id]
    assert due([], 19) == [FIRST.id]
    assert due([], 20) == [FIRST.id, THIRD.id]
    assert due(told(1, FIRST, (70, REPAIR))) == []
    assert due(told(2, FIRST, (80, REPAIRED)), 79) == []
    assert due(told(3, THIRD, (90, read("8")))) == []
