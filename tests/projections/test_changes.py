"""What a fact changed: of lists what left and what came, whose size follows what a fact says, not what is on record."""

from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.equipment.configuration import BulletinNotApplicable, OptionOrdered, RecallApplied
from domain.equipment.equipment import EQUIPMENT
from domain.equipment.meters import MeterReadingRecorded, PeriodReported
from domain.equipment.operation import ConditionMeasured, FailureDiagnosed, FailureReported
from domain.equipment.state import Equipment, Meter, Period
from domain.equipment.structure import UnitInstalled
from domain.kernel.folding import in_order_of_life
from projections.equipment.changes import Change, changed
from tests.laws.happened import lives
from tests.projections.recording import ITEMS, START, Said, happenings, moment


def reported(number: int) -> PeriodReported:
    begin = START + number * timedelta(days=1)
    return PeriodReported(
        meter="operating-time", unit="h", begin=begin, end=begin + timedelta(hours=8), up=Decimal(7), total=Decimal(8)
    )


def failed(number: int) -> FailureReported:
    unit = UUID(int=number) if number % 2 else None
    return FailureReported(failure_mode=f"mode-{number:04}", impact="degraded", detection="operator", unit_id=unit)


ONE_MORE: dict[str, Callable[[int], Any]] = {
    "periods": reported,
    "failures": failed,
    "diagnoses": lambda number: FailureDiagnosed(failure_mode=f"mode-{number:04}", mechanism="wear", cause="age"),
    "bulletins": lambda number: RecallApplied(bulletin_id=UUID(int=number)),
    "bulletins beside": lambda number: BulletinNotApplicable(bulletin_id=UUID(int=number), reason="other-pump"),
    "options": lambda number: OptionOrdered(feature=f"option-{number:04}", value="v1"),
    "units": lambda number: UnitInstalled(unit_id=UUID(int=number), slot=f"slot-{number:04}"),
    "meters": lambda number: MeterReadingRecorded(meter=f"meter-{number:04}", value=Decimal(7), unit="1"),
    "conditions": lambda number: ConditionMeasured(parameter=f"heat-{number:04}", value=Decimal(7), unit="Cel"),
}


@pytest.mark.parametrize("what", ONE_MORE)
def test_one_more_of_many_is_told_as_that_one_alone(what: str) -> None:
    item, sizes = Equipment(), []
    for number in [*range(1, 100), *range(101, 200), 100]:  # the last one in their midst
        after = EQUIPMENT.evolve(item, ONE_MORE[what](number), moment(1))
        sizes.append(len(msgspec.json.encode(changed(item, after))))
        item = after
    assert max(sizes) <= max(sizes[:3])


class Watch:
    """Counts how often members of a list are looked into."""

    looks = 0


class WatchedPeriod(Period, Watch):
    """A period that is looked into where it is compared."""

    def __eq__(self, other: object) -> bool:
        Watch.looks += 1
        return super().__eq__(other)

    __hash__ = None  # type: ignore[assignment]


class WatchedMeter(Meter, Watch):
    """A counter that is looked into where it is compared, or told of."""

    def __getattribute__(self, name: str) -> Any:
        Watch.looks += name == "name"
        return super().__getattribute__(name)


def watched(kind: Any, members: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(kind(**{each.name: getattr(member, each.name) for each in fields(member)}) for member in members)


def test_what_differs_among_many_is_found_without_looking_into_each() -> None:
    item = Equipment()
    for number in range(500):
        item = EQUIPMENT.evolve(item, reported(number), moment(1))
        item = EQUIPMENT.evolve(item, ONE_MORE["meters"](number), moment(1))
    periods, meters = watched(WatchedPeriod, item.periods), watched(WatchedMeter, item.meters)
    after = replace(item, periods=periods, meters=meters)
    before = replace(after, periods=periods[:250] + periods[251:], meters=meters[:250] + meters[251:])
    Watch.looks = 0
    assert [each.field for each in changed(before, after)] == ["meters.meter-0250", "periods"]
    assert Watch.looks <= 100


def test_a_period_that_is_told_twice_came_twice() -> None:
    once = EQUIPMENT.evolve(Equipment(), reported(1), moment(1))
    twice = EQUIPMENT.evolve(once, reported(1), moment(1))
    told = {each.field: (each.before, each.after) for each in changed(once, twice)}
    assert [len(each) for each in told["periods"]] == [0, 1]
    taken_away = {each.field: (each.before, each.after) for each in changed(twice, once)}
    assert taken_away["periods"] == told["periods"][::-1]
    first, last = (EQUIPMENT.evolve(Equipment(), reported(number), moment(1)).periods for number in (0, 2))
    mixed = replace(twice, periods=once.periods + first + once.periods)
    (change,) = changed(mixed, replace(twice, periods=first + once.periods + last))
    assert (change.before, change.after) == (told["periods"][1], as_json(last))


def test_another_order_of_the_same_members_is_no_change() -> None:
    one, other = ("leak", "wear", "age", None, None), ("noise", "wear", "age", None, None)
    assert changed(Equipment(diagnoses=(one, other)), Equipment(diagnoses=(other, one))) == []
    assert changed(Equipment(certification_refused=("NB-1", "a")), Equipment(certification_refused=("a", "NB-1"))) != []


@pytest.mark.parametrize("odd", ["NaN", "sNaN"])
def test_what_is_no_number_is_told_too(odd: str) -> None:
    def read(value: str) -> Equipment:
        period = Period(meter="starts", unit="1", begin=moment(1), end=moment(2), up=Decimal(value))
        item = EQUIPMENT.evolve(Equipment(periods=(period,)), ONE_MORE["meters"](1), moment(1))
        return replace(item, meters=(replace(item.meters[0], total=Decimal(value)),))

    assert changed(read(odd), read(odd)) == []
    assert [each.field for each in changed(read(odd), read("7"))] == ["meters.meter-0001", "periods"]


def as_json(value: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(value, order="deterministic"))


@given(facts=lives(), known_at=st.integers(0, 20))
def test_changes_add_up_to_the_state(facts: list[Said], known_at: int) -> None:
    lists = {each.name for each in fields(Equipment) if isinstance(each.default, tuple | frozenset)}
    for item in ITEMS:
        state, told = Equipment(), as_json(Equipment())
        for each in in_order_of_life(happenings(facts, item, known_at)):
            after = EQUIPMENT.evolve(state, each.fact, each.occurred_at)
            for change in as_json(changed(state, after)):
                add(told, Change(**change), lists)
            state = after
        final = as_json(state)
        for name in {field.name for field in fields(Equipment)} - {"meters", "conditions"}:
            there, expected = told[name], final[name]
            if name in lists:
                there, expected = sorted(there, key=repr), sorted(expected, key=repr)
            assert there == expected
        shown = {f"meters.{each.name}": as_json(each.total) for each in state.meters}
        assert {name: each["total"] for name, each in told.items() if name.startswith("meters.")} == shown


def add(told: dict[str, Any], change: Change, lists: set[str]) -> None:
    """Add a change to what was told before."""
    if change.field in lists:
        for each in change.before:
            told[change.field].remove(each)
        told[change.field] += change.after
    else:
        assert told.get(change.field) == change.before
        told[change.field] = change.after
