"""The register of ends, and readings that are due: as of any moment, as known at any position."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from domain.equipment.custody import Found, Lost, Stocked
from domain.equipment.ending import Decommissioned, Disposed, RefurbishmentAuthorised
from domain.equipment.meters import MeterFitted
from domain.equipment.papers import Certified
from domain.kernel.errors import ErrorDeclared
from domain.log.log import Log
from projections.engine import Engine
from projections.equipment import end_of_life, overdue_readings
from projections.equipment.end_of_life import EndFilter, ItemEnd
from projections.paging import Page, Window
from tests.projections.recording import FIRST, MAKER, MODEL_ID, RUNNER, SECOND, THIRD, Said, fact_id, micros, record
from tests.projections.running import REPAIR, REPAIRED, into, read, told, unit, working

WORN_OUT = Decommissioned(reason="worn-out")
LOST = Lost(reason="stolen")
REFURBISHED = RefurbishmentAuthorised(authority="NB-1")
WASTE = Disposed(
    method="recycled", waste_document="WTN-1", mass=Decimal("10.50"), materials=(("steel", Decimal("9.00")),)
)


def ends(log: Log, engine: Engine, facts: list[Said], hour: int | None = None, **more: Any) -> Page[ItemEnd]:
    record(log, facts)
    engine.catch_up()
    known_at, window = more.pop("known_at", None), more.pop("window", Window())
    with engine.views.read() as connection:
        as_of = None if hour is None else micros(hour)
        return end_of_life.ends(connection, EndFilter(**more), window, as_of=as_of, known_at=known_at)


def kinds(page: Page[ItemEnd]) -> list[str]:
    return [each.end for each in page.items]


def test_every_end_stays_in_the_register(log: Log, engine: Engine) -> None:
    facts = working((20, WORN_OUT), (30, REFURBISHED), (31, Certified(certificate="EC-2", authority="NB-1")))
    facts += told(300, FIRST, (32, Stocked(place="w")), (40, Decommissioned(reason="accident")), (50, WASTE))
    found = [kinds(ends(log, engine, facts if hour == 15 else [], hour)) for hour in (15, 20, 35, 45)]
    all_four = ["decommissioned", "refurbished", "decommissioned", "disposed"]
    assert found == [all_four[:count] for count in (0, 1, 2, 3)]
    first, second, third, last = ends(log, engine, []).items
    assert [each.ended_at for each in (first, second, third, last)] == [micros(hour) for hour in (20, 30, 40, 50)]
    assert [each.reason for each in (first, second, third, last)] == ["worn-out", "worn-out", "accident", "accident"]
    assert [each.undone_at for each in (first, second, third, last)] == [micros(30), None, None, None]
    assert [each.authority for each in (first, second, third, last)] == [None, "NB-1", "NB-1", "NB-1"]
    assert (last.serial, last.mass, last.materials) == ("A-1", "10.50", (("steel", Decimal("9.00")),))


def test_what_was_decommissioned_in_a_year_is_still_told_when_it_is_disposed_of_in_the_next(
    log: Log, engine: Engine
) -> None:
    facts = working((20, WORN_OUT), (30, WASTE))
    time = {"ended_from": micros(20), "ended_to": micros(30)}
    assert kinds(ends(log, engine, facts, **time)) == ["decommissioned"]
    assert kinds(ends(log, engine, [], ended_from=micros(21))) == ["disposed"]
    assert kinds(ends(log, engine, [], ended_to=micros(20))) == []


def test_an_end_that_is_told_late_stands_at_its_time(log: Log, engine: Engine) -> None:
    facts = [*working((40, LOST)), *told(300, FIRST, (50, Found(place="yard"))), *told(301, FIRST, (20, WORN_OUT))]
    assert kinds(ends(log, engine, facts)) == ["decommissioned", "lost"]
    assert kinds(ends(log, engine, [], known_at=7)) == ["lost"]
    assert [each.undone_at for each in ends(log, engine, []).items] == [None, micros(50)]


def test_an_end_that_was_an_error_leaves_the_register_with_what_rested_on_it(log: Log, engine: Engine) -> None:
    facts = working((20, WORN_OUT), (30, WASTE))
    assert kinds(ends(log, engine, facts)) == ["decommissioned", "disposed"]
    wrong = told(300, FIRST, (40, ErrorDeclared(wrong_fact=fact_id(105), explanation="other-item")))
    assert kinds(ends(log, engine, wrong)) == []
    assert kinds(ends(log, engine, [], known_at=7)) == ["decommissioned", "disposed"]


def test_what_was_found_again_is_told_as_undone_from_then_on(log: Log, engine: Engine) -> None:
    facts = working((20, LOST), (20, Found(place="yard")), (30, LOST), (35, Found(place="hall")))
    assert [each.undone_at for each in ends(log, engine, facts).items] == [micros(20), micros(35)]
    assert [each.undone_at for each in ends(log, engine, [], 34).items] == [micros(20), None]
    assert [each.ended_at for each in ends(log, engine, [], 34, undone=False).items] == [micros(30)]
    assert [each.ended_at for each in ends(log, engine, [], 34, undone=True).items] == [micros(20)]
    never_found = told(300, FIRST, (40, ErrorDeclared(wrong_fact=fact_id(108), explanation="other-item")))
    assert [each.undone_at for each in ends(log, engine, never_found).items] == [micros(20), None]
    assert {each.reason for each in ends(log, engine, []).items} == {"stolen"}


def test_a_fact_that_ends_nothing_is_not_in_the_register(log: Log, engine: Engine) -> None:
    facts = working((15, WASTE), (16, REFURBISHED), (20, WORN_OUT), (21, WORN_OUT), (30, Found(place="yard")))
    (found,) = ends(log, engine, facts).items
    assert (found.end, found.ended_at, found.authority, found.undone_at) == ("decommissioned", micros(20), None, None)


def test_the_register_goes_in_pages_by_time_for_those_who_take_part(log: Log, engine: Engine) -> None:
    facts = [*working((30, WORN_OUT), (30, WASTE)), *working((20, WORN_OUT), stream=SECOND, first=200)]
    first = ends(log, engine, facts, window=Window(limit=1))
    second = ends(log, engine, [], window=Window(limit=1, after=first.next))
    third = ends(log, engine, [], window=Window(limit=1, after=second.next))
    shown = [(each.equipment_id, each.end) for page in (first, second, third) for each in page.items]
    assert shown == [(SECOND.id, "decommissioned"), (FIRST.id, "decommissioned"), (FIRST.id, "disposed")]
    assert third.next is None
    assert len(ends(log, engine, [], scope=MAKER, model_id=MODEL_ID, end="decommissioned").items) == 2
    assert kinds(ends(log, engine, [], equipment_id=FIRST.id, method="recycled")) == ["disposed"]
    assert ends(log, engine, [], model_id=MAKER).items == ends(log, engine, [], scope=fact_id(1)).items == ()


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
