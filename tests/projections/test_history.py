"""The history of an item: every fact in order of life, what it changed, what was wrong and what says it rightly."""

from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from domain.equipment.life import Released
from domain.equipment.meters import MeterReadingRecorded, PeriodReported
from domain.equipment.operation import ConditionMeasured, FailureReported
from domain.equipment.papers import Certified
from domain.equipment.structure import UnitInstalled
from domain.kernel.errors import ErrorDeclared
from domain.log.log import Log
from projections.engine import Engine
from projections.equipment import history
from projections.equipment.changes import Change
from projections.equipment.history import HistoryStep
from projections.paging import Page, Window
from tests.projections.recording import (
    CALLER,
    FIRST,
    MAKER,
    MODEL_ID,
    SECOND,
    Said,
    fact_id,
    micros,
    moment,
    record,
    said,
)

RELEASED = Released(model_id=MODEL_ID, manufacturer_id=MAKER, serial="A-1")
RIGHTLY = Released(model_id=MODEL_ID, manufacturer_id=MAKER, serial="B-1")
CERTIFIED = Certified(certificate="EC-1", authority="NB-1")
LEAK = FailureReported(
    failure_mode="leak", impact="critical", detection="operator", operating_time=Decimal("900.50"), unit_id=SECOND.id
)
WRONG_SERIAL = ErrorDeclared(wrong_fact=fact_id(1), explanation="wrong-serial", corrected_by=(fact_id(5),))

LIFE = [
    said(1, FIRST, RELEASED, 1),
    said(2, FIRST, LEAK, 4),
    said(3, FIRST, CERTIFIED, 2),
    said(4, FIRST, WRONG_SERIAL, 6),
    said(5, FIRST, RIGHTLY, 1),
    said(6, FIRST, UnitInstalled(unit_id=SECOND.id, slot="pump"), 7),
]


def followed(log: Log, engine: Engine, facts: list[Said]) -> None:
    record(log, facts)
    engine.catch_up()


def told(engine: Engine, log: Log, item: UUID, window: Window | None = None, **asked: Any) -> Page[HistoryStep]:
    with engine.views.read() as connection:
        return history.history(connection, log, item, window or Window(), **asked)


def ids(page: Page[HistoryStep]) -> list[UUID]:
    return [step.recorded.id for step in page.items]


def changed(step: HistoryStep) -> dict[str, tuple[Any, Any]]:
    return {change.field: (change.before, change.after) for change in step.changes}


def test_steps_stand_in_order_of_life_with_what_they_changed(log: Log, engine: Engine) -> None:
    followed(log, engine, LIFE[:3])
    first, second, third = told(engine, log, FIRST.id).items
    assert [first.recorded.fact, second.recorded.fact, third.recorded.fact] == [RELEASED, CERTIFIED, LEAK]
    assert (second.recorded.position, second.recorded.sequence, second.recorded.occurred_at) == (3, 3, moment(2))
    assert changed(second) == {"stage": ("released", "certified"), "certificate": (None, "EC-1")}
    counter = {"unit": "h", "shown": "900.50", "total": "900.50", "read_at": "2026-01-01T04:00:00Z", "modulus": None}
    assert Change("meters.operating-time", None, counter) in third.changes
    assert Change("faults", [], ["leak"]) in third.changes


def test_of_counters_conditions_and_periods_only_what_changed_is_told(log: Log, engine: Engine) -> None:
    more = [
        MeterReadingRecorded(meter="starts", value=Decimal(7), unit="1"),
        MeterReadingRecorded(meter="starts", value=Decimal(9), unit="1"),
        ConditionMeasured(parameter="oil-temperature", value=Decimal(60), unit="Cel"),
        ConditionMeasured(parameter="vibration-velocity", value=Decimal("2.8"), unit="mm/s"),
        *(
            ConditionMeasured(parameter="vibration-velocity", value=Decimal(value), unit="mm/s", slot="bearing-1")
            for value in ("2.9", "4.5")
        ),
        *(PeriodReported(meter="strokes", unit="1", begin=moment(n), end=moment(n + 1), up=Decimal(5)) for n in (1, 2)),
    ]
    later = [said(number, FIRST, fact, number) for number, fact in enumerate(more, start=10)]
    followed(log, engine, [*LIFE[:3], *later])
    steps = told(engine, log, FIRST.id).items[3:]
    fields = [[change.field for change in step.changes] for step in steps]
    assert fields == [
        ["meters.starts"],
        ["meters.starts"],
        ["conditions.oil-temperature"],
        ["conditions.vibration-velocity"],
        ["conditions.vibration-velocity.bearing-1"],
        ["conditions.vibration-velocity.bearing-1"],
        ["periods"],
        ["periods"],
    ]
    ((_, before, after),) = [(each.field, each.before, each.after) for each in steps[1].changes]
    assert (before["shown"], after["shown"]) == ("7", "9")
    ((before, after),) = [(each.before, each.after) for each in steps[5].changes]
    assert (before["value"], after["value"]) == ("2.9", "4.5")
    assert [(len(each.before), len(each.after)) for each in steps[7].changes] == [(0, 1)]


def test_a_wrong_fact_its_declaration_and_its_correction_are_all_shown(log: Log, engine: Engine) -> None:
    followed(log, engine, LIFE)
    steps = {step.recorded.id: step for step in told(engine, log, FIRST.id).items}
    assert list(steps) == [fact_id(number) for number in (1, 5, 3, 2, 4, 6)]
    assert (steps[fact_id(1)].wrong_by, steps[fact_id(1)].changes) == (fact_id(4), ())
    declared = changed(steps[fact_id(4)])
    assert (declared["serial"], declared["stage"]) == (("A-1", None), ("certified", None))
    assert steps[fact_id(5)].corrects == (fact_id(1),)
    assert changed(steps[fact_id(5)])["serial"] == (None, "B-1")
    assert changed(steps[fact_id(3)])["stage"] == ("released", "certified")


def test_a_declaration_that_is_wrong_itself_corrects_nothing(log: Log, engine: Engine) -> None:
    taken_back = ErrorDeclared(wrong_fact=fact_id(4), explanation="was-right")
    followed(log, engine, [*LIFE, said(7, FIRST, taken_back, 8)])
    steps = {step.recorded.id: step for step in told(engine, log, FIRST.id).items}
    assert steps[fact_id(1)].wrong_by is None
    assert (steps[fact_id(4)].wrong_by, steps[fact_id(4)].changes) == (fact_id(7), ())
    assert changed(steps[fact_id(7)]) == {}  # the serial number was said rightly since
    assert steps[fact_id(5)].corrects == ()
    before = {step.recorded.id: step for step in told(engine, log, FIRST.id, known_at=6).items}
    assert before[fact_id(5)].corrects == (fact_id(1),)
    assert changed(before[fact_id(4)])["serial"] == ("A-1", None)


def test_what_a_declaration_changed_stays_told_whatever_is_learnt_later(log: Log, engine: Engine) -> None:
    followed(log, engine, LIFE)
    late = [said(7, FIRST, CERTIFIED, 0), said(8, FIRST, ErrorDeclared(wrong_fact=fact_id(6), explanation="no"), 9)]
    followed(log, engine, late)
    steps = {step.recorded.id: changed(step) for step in told(engine, log, FIRST.id).items}
    assert steps[fact_id(4)]["serial"] == ("A-1", None)
    assert list(steps[fact_id(8)]) == ["units"]


def test_facts_of_other_items_that_name_it_belong_to_its_history(log: Log, engine: Engine) -> None:
    followed(log, engine, LIFE)
    assert ids(told(engine, log, SECOND.id)) == [fact_id(2), fact_id(6)]
    assert [step.changes for step in told(engine, log, SECOND.id).items] == [(), ()]
    followed(log, engine, [said(8, FIRST, ErrorDeclared(wrong_fact=fact_id(2), explanation="other-unit"), 9)])
    steps = told(engine, log, SECOND.id).items
    assert [(step.recorded.id, step.wrong_by) for step in steps] == [
        (fact_id(2), fact_id(8)),
        (fact_id(6), None),
        (fact_id(8), None),
    ]


def test_a_past_history_is_told_as_it_was_and_as_it_was_known(log: Log, engine: Engine) -> None:
    followed(log, engine, LIFE)
    assert ids(told(engine, log, FIRST.id, as_of=micros(3))) == [fact_id(1), fact_id(5), fact_id(3)]
    known = told(engine, log, FIRST.id, known_at=2)
    assert ids(known) == [fact_id(1), fact_id(2)]
    assert changed(known.items[0])["serial"] == (None, "A-1")


def test_pages_go_forwards_and_backwards(log: Log, engine: Engine) -> None:
    followed(log, engine, LIFE)
    first = told(engine, log, FIRST.id, Window(limit=4))
    second = told(engine, log, FIRST.id, Window(limit=4, after=first.next), known_at=first.position)
    assert [*ids(first), *ids(second)] == [fact_id(number) for number in (1, 5, 3, 2, 4, 6)]
    assert second.next is None
    back = told(engine, log, FIRST.id, Window(limit=3, before=second.previous))
    assert ids(back) == [fact_id(number) for number in (5, 3, 2)]


def test_cause_and_effect_name_each_other_as_far_as_they_are_told(log: Log, engine: Engine) -> None:
    record(log, LIFE[:3])
    because_of_the_leak = replace(CALLER, causation=fact_id(2))
    effects = [said(7, FIRST, CERTIFIED, 9), said(8, FIRST, CERTIFIED, 5), said(9, SECOND, RELEASED, 6)]
    effects.append(said(10, FIRST, UnitInstalled(unit_id=SECOND.id, slot="pump"), 8))
    record(log, effects, because_of_the_leak)
    engine.catch_up()

    def caused(**asked: Any) -> dict[UUID, tuple[UUID, ...]]:
        steps = told(engine, log, FIRST.id, **asked).items
        return {step.recorded.id: step.caused for step in steps if step.caused}

    assert caused() == {fact_id(2): (fact_id(8), fact_id(10), fact_id(7))}
    assert caused(as_of=micros(8)) == {fact_id(2): (fact_id(8), fact_id(10))}
    assert caused(known_at=4) == {fact_id(2): (fact_id(7),)}
    assert caused(known_at=3) == {}
    of_the_unit = {step.recorded.id: step.caused for step in told(engine, log, SECOND.id).items}
    assert of_the_unit == {fact_id(2): (fact_id(9), fact_id(10)), fact_id(9): (), fact_id(10): ()}


def test_of_what_led_to_very_much_the_first_effects_are_told(log: Log, engine: Engine) -> None:
    record(log, LIFE[:3])
    many = [said(number, FIRST, CERTIFIED, number) for number in range(10, 10 + history.MOST_EFFECTS + 1)]
    record(log, many, replace(CALLER, causation=fact_id(1)))
    engine.catch_up()
    (first,) = told(engine, log, FIRST.id, Window(limit=1)).items
    assert first.caused == tuple(each.id for each in many[:-1])


def test_a_page_costs_four_statements_of_the_views(log: Log, engine: Engine, queries: list[tuple[str, Any]]) -> None:
    followed(log, engine, LIFE)
    queries.clear()
    told(engine, log, FIRST.id)
    assert len(queries) == 4


def test_an_item_that_is_not_on_record_has_no_history(log: Log, engine: Engine) -> None:
    followed(log, engine, LIFE)
    assert told(engine, log, UUID(int=77)) == Page(items=(), position=6, next=None, previous=None)
