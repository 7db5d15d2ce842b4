"""The reference of fleet figures: plain integers, span by span; and random histories with reported periods."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple
from uuid import UUID

from hypothesis import strategies as st

from domain.equipment.custody import Moved
from domain.equipment.equipment import EQUIPMENT
from domain.equipment.life import REMOVABLE
from domain.equipment.meters import PeriodReported
from domain.equipment.operation import FailureReported, RepairCompleted, RepairStarted
from domain.equipment.state import Equipment
from domain.equipment.structure import ancestors, told_stage
from domain.equipment.technical_state import CATEGORIES, Category, TechnicalState
from domain.kernel.errors import ErrorDeclared
from domain.kernel.facts import Fact
from domain.kernel.folding import in_order_of_life
from domain.kernel.moments import to_micros
from domain.kernel.streams import StreamRef
from tests.laws.states import HOURS, Own, failing_lives, own, told
from tests.projections.recording import ITEMS, Said, fact_id, happenings, micros, moment

HOUR, MINUTE = 3_600_000_000, 60_000_000
NOBODY = (None, None, None)
Key = tuple[Any, ...]
"""Model, operator, place."""

minutes = st.integers(-60, 60 * (HOURS + 1))
sensible = st.sampled_from([("0.5", "1"), ("1.25", "2.333333"), ("0", "0.7"), ("1.0000000005", "1.3"), ("3", "7")])
senseless = st.sampled_from([("1", None), ("NaN", "2"), ("1", "NaN"), ("-1", "1"), ("2", "1"), ("0", "0")])
FAILS = FailureReported(failure_mode="leak", impact="critical", detection="operator")
MENDS = (FAILS, RepairStarted(maintenance_type="corrective"), RepairCompleted())


@st.composite
def reported_lives(draw: st.DrawFn) -> list[Said]:
    """Items that fail, are mended and move, and periods of them: some overlap, make no sense, or are wrong."""
    facts = draw(failing_lives())

    def add(item: StreamRef, fact: Fact, hour: int) -> None:
        facts.append(Said(item, fact, hour, fact_id(len(facts))))

    befalls = ["wrong", "moves", "mends", *["reports"] * 7]
    for _ in range(draw(st.integers(2, 8))):
        item, hour, number = draw(st.sampled_from(ITEMS)), draw(st.integers(0, HOURS)), len(facts)
        what = draw(st.sampled_from(befalls))
        if what == "wrong":
            wrong = draw(st.integers(0, number - 1) | st.just(number - 1))
            add(facts[wrong].stream, ErrorDeclared(wrong_fact=fact_id(wrong), explanation="wrong"), hour)
        elif what == "moves":
            add(item, Moved(place=draw(st.sampled_from(["hall", "yard"]))), hour)
        elif what == "mends":
            for fact, at in zip(MENDS, sorted(draw(st.integers(0, HOURS)) for _ in MENDS), strict=True):
                add(item, fact, at)
        else:
            add(item, draw(reports()), hour)
    return facts


@st.composite
def reports(draw: st.DrawFn) -> PeriodReported:
    """A period of any length, cut by whatever else happens; most of them count."""
    meter, unit = draw(st.sampled_from([*[("operating-time", "h")] * 8, ("starts", "h"), ("operating-time", "Cel")]))
    begin, end = (moment(0) + timedelta(minutes=draw(minutes)) for _ in range(2))
    if draw(st.integers(0, 7)):
        begin, end = min(begin, end), max(begin, end)
    up, total = draw(sensible if draw(st.integers(0, 5)) else senseless)
    return PeriodReported(
        meter=meter, unit=unit, begin=begin, end=end, up=Decimal(up), total=None if total is None else Decimal(total)
    )


class Period(NamedTuple):
    """A reported period that counts, in microseconds."""

    begin: int
    end: int
    up: int
    total: int

    def until(self, at: int) -> tuple[int, int]:
        """Return the up time and the total of its first part."""
        total = self.total * (at - self.begin) // (self.end - self.begin)
        return (self.up * total // self.total if self.total else 0), total


def periods(facts: Sequence[Said], item: StreamRef, as_of: int, known_at: int) -> list[Period]:
    """Return the periods that count: of two that share a time the one that was reported first."""
    counting: list[Period] = []
    for each in in_order_of_life(happenings(facts, item, known_at)):
        fact = each.fact
        if each.occurred_at > moment(as_of) or not isinstance(fact, PeriodReported) or fact.total is None:
            continue
        if fact.meter != "operating-time" or fact.unit != "h":
            continue
        if fact.up.is_nan() or fact.total.is_nan() or not 0 <= fact.up <= fact.total or fact.begin >= fact.end:
            continue
        begin, end = to_micros(fact.begin), to_micros(fact.end)
        if all(end <= other.begin or other.end <= begin for other in counting):
            counting.append(Period(begin, end, round(fact.up * HOUR), round(fact.total * HOUR)))
    return counting


class Then(NamedTuple):
    """What an item was in an hour."""

    groups: Key
    category: str
    stage: str


def course(facts: Sequence[Said], as_of: int, known_at: int) -> dict[tuple[UUID, int], Then]:
    """Return what each item was in each hour; nothing of hours in which it was not on record."""
    found = {}
    for hour in range(as_of + 1):
        states = told(facts, hour, known_at)
        items = {item.id: own(facts, item, hour, known_at) for item in ITEMS}
        for key, state in states.items():
            category = CATEGORIES[TechnicalState(state.state)].value
            item = items[key].item
            stage = told_stage(item, ancestors(item, partial(_of, items)))
            assert stage is not None
            found[key, hour] = Then((item.model_id, *_hands(items, item)), category, stage.value)
    return found


def _of(items: dict[UUID, Own], key: UUID) -> Equipment:
    return items[key].item if key in items else Equipment()


def _hands(items: dict[UUID, Own], item: Equipment) -> tuple[UUID | None, str | None]:
    """Return who runs an item and where: of a unit it is what the topmost item above it says, if there is one."""
    above, met = item, 0
    while above.parent_id is not None and above.stage in REMOVABLE:
        above, met = _of(items, above.parent_id), met + 1
        if met > len(items) or above.stage is None:
            return item.operator_id, item.place
    return above.operator_id, above.place


def figures(
    facts: Sequence[Said], slices: Sequence[tuple[int, int, int, int]], as_of: int, known_at: int
) -> dict[tuple[Key, int], Counter[str]]:
    """Return what is to be summed, by model, operator, place and month; slices as in the question, `as_of` in hours."""
    sums: dict[tuple[Key, int], Counter[str]] = {}
    then = course(facts, as_of, known_at)
    for item in ITEMS:
        counting = periods(facts, item, as_of, known_at)
        events = list(_events(facts, item, as_of, known_at))
        for begin, end, last, month in slices:

            def adds(at: int, month: int = month, item: StreamRef = item) -> Counter[str]:
                now = then.get((item.id, (at - micros(0)) // HOUR))
                return sums.setdefault((now.groups if now else NOBODY, month), Counter())

            for first, second in _spans(begin, end, counting):
                now = then.get((item.id, (first - micros(0)) // HOUR))
                adds(first).update(_span(counting, first, second, now))
            for at, event in events:
                if begin <= at <= last:
                    adds(at).update(event)
            if now := then.get((item.id, (last - micros(0)) // HOUR)):
                adds(last).update({f"at_{now.stage}": 1})
    return {key: +found for key, found in sums.items() if +found}


def _spans(begin: int, end: int, counting: Sequence[Period]) -> Iterator[tuple[int, int]]:
    """Yield spans in which nothing changes."""
    turns = {begin, end, *(each for period in counting for each in period[:2])}
    turns |= {micros(hour) for hour in range(HOURS + 2)}
    yield from pairwise(sorted(at for at in turns if begin <= at <= end))


def _span(counting: Sequence[Period], begin: int, end: int, now: Then | None) -> dict[str, int]:
    for period in counting:
        if period.begin <= begin < period.end:
            up, total = (after - before for before, after in zip(period.until(begin), period.until(end), strict=True))
            left = end - begin - total
            return {
                "reported_up": up,
                "reported_down": total - up,
                "reported_not_in_service": max(left, 0),
                "excess": max(-left, 0),
            }
    return {now.category: end - begin} if now else {}


def _events(facts: Sequence[Said], item: StreamRef, as_of: int, known_at: int) -> Iterator[tuple[int, dict[str, int]]]:
    """Yield failures and repairs, each with what it adds."""
    before, began = Equipment(), 0
    faults: dict[str, tuple[int, bool]] = {}
    for each in in_order_of_life(happenings(facts, item, known_at)):
        if each.occurred_at > moment(as_of):
            return
        fact, at = each.fact, to_micros(each.occurred_at)
        after = EQUIPMENT.evolve(before, fact, each.occurred_at)
        if isinstance(fact, FailureReported) and fact.impact != "incipient":
            since, critical = faults.get(fact.failure_mode, (at, False))
            faults[fact.failure_mode] = (since, critical or fact.impact == "critical")
            yield at, {"failures": 1}
        if before.repair is None and after.repair is not None:
            began = at
            yield at, {"begun": 1}
        if isinstance(fact, RepairCompleted) and before.repair is not None:
            since_ = [since for mode, (since, critical) in faults.items() if critical and mode not in after.faults]
            since_ += [began] if before.repair != "preventive" else []
            took = _down(facts, item, known_at, range(_hour(min(since_)), _hour(at))) if since_ else 0
            more = {"restorations": 1, "restoration": took} if since_ else {}
            yield at, {"completed": 1, **more}
        if before.repair is not None and after.repair not in {before.repair, None}:
            began = at  # another repair took its place
        faults = {mode: fault for mode, fault in faults.items() if mode in after.faults}
        before = after


def _hour(at: int) -> int:
    return (at - micros(0)) // HOUR


def _down(facts: Sequence[Said], item: StreamRef, known_at: int, hours: range) -> int:
    """Return for how much of some hours an item was down, by its own facts."""
    states = [own(facts, item, hour, known_at).state for hour in hours]
    return HOUR * sum(CATEGORIES[TechnicalState(state)] is Category.DOWN for state in states)
