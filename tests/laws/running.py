"""The reference of operating time: hour by hour, from plain folds; and random histories that run."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple
from uuid import UUID

from hypothesis import strategies as st

from domain.equipment.custody import Stocked
from domain.equipment.equipment import EQUIPMENT
from domain.equipment.life import Commissioned, Installed, Released, Removed, TakenOver
from domain.equipment.meters import (
    MeterFitted,
    MeterReadingCorrected,
    MeterReadingRecorded,
    MeterReplaced,
    PeriodReported,
)
from domain.equipment.operation import RepairCompleted, RepairStarted
from domain.equipment.papers import Certified
from domain.equipment.state import Equipment
from domain.kernel.errors import ErrorDeclared
from domain.kernel.facts import Fact
from domain.kernel.folding import in_order_of_life
from domain.kernel.streams import StreamRef
from projections.equipment.meter_readings import reads
from tests.projections.recording import ITEMS, MAKER, MODEL_ID, RUNNER, START, Said, fact_id, happenings, micros, moment

HOURS = 14
_HOUR_SECONDS = 3600
METER: Any = {"meter": "operating-time", "unit": "h"}
PARENTS = [None, None, *(item.id for item in ITEMS)]
counted = st.integers(0, 40).map(Decimal)
periods = st.tuples(st.integers(0, HOURS), st.integers(1, 6)).map(lambda each: (each[0], each[0] + each[1]))

running: st.SearchStrategy[Fact] = st.one_of(
    st.builds(Installed, place=st.just("hall"), parent_id=st.sampled_from(PARENTS)),
    st.just(Commissioned(operator_id=RUNNER, act="ACT-1")),
    st.just(Removed(to="in_stock")),
    st.just(RepairStarted(maintenance_type="corrective")),
    st.just(RepairCompleted()),
    st.builds(MeterReadingRecorded, value=counted, **{name: st.just(each) for name, each in METER.items()}),
    st.builds(MeterReadingRecorded, value=counted, **{name: st.just(each) for name, each in METER.items()}),
    st.builds(MeterReadingCorrected, value=counted, **{name: st.just(each) for name, each in METER.items()}),
    st.builds(MeterReplaced, last=st.none() | counted, **{name: st.just(each) for name, each in METER.items()}),
    st.builds(lambda period, up: period_of(period[0], period[1], up), periods, counted),
)


def period_of(begin: int, end: int, up: Decimal) -> PeriodReported:
    return PeriodReported(**METER, begin=moment(begin), end=moment(end), up=up)


@st.composite
def moved(draw: st.DrawFn) -> list[tuple[StreamRef, Fact, int]]:
    """Return how a unit sat in an item that was read, and then in one of which at most totals are known."""
    unit, known, unknown = draw(st.permutations(ITEMS))
    into, read, over, upto = sorted(draw(st.lists(st.integers(1, HOURS), min_size=4, max_size=4, unique=True)))
    return [
        *((item, Installed(place="hall"), 0) for item in (known, unknown)),
        *((item, Commissioned(operator_id=RUNNER, act="ACT-1"), 0) for item in (known, unknown)),
        (unit, Installed(parent_id=known.id), into),
        (known, MeterReadingRecorded(**METER, value=draw(counted)), read),
        (unit, Removed(to="in_stock"), over),
        (unit, Installed(parent_id=unknown.id), over),
        (draw(st.sampled_from((unit, unknown))), period_of(over, upto, draw(counted)), upto),
    ]


@st.composite
def read_later(draw: st.DrawFn) -> list[tuple[StreamRef, Fact, int]]:
    """Return how the totals of an item were reported before its counter was read at last."""
    item = draw(st.sampled_from(ITEMS))
    begin, end, read = sorted(draw(st.lists(st.integers(0, HOURS), min_size=3, max_size=3, unique=True)))
    taken_over = TakenOver(model_id=MODEL_ID, manufacturer_id=MAKER, serial="A", stage="in_service")
    return [
        (item, taken_over, 0),
        (item, period_of(begin, end, draw(counted)), end),
        (item, MeterReadingRecorded(**METER, value=draw(counted)), read),
    ]


@st.composite
def read_often(draw: st.DrawFn) -> list[tuple[StreamRef, Fact, int]]:
    """Return how an item was read many times, not in order, its counter replaced, fitted again, or its reading wrong.

    A unit sits in it for a time, and so did what it did.
    """
    item, unit, _ = draw(st.permutations(ITEMS))
    into, over = sorted(draw(st.lists(st.integers(1, HOURS), min_size=2, max_size=2, unique=True)))
    facts: list[tuple[StreamRef, Fact, int]] = [
        (item, Installed(place="hall"), 0),
        (item, Commissioned(operator_id=RUNNER, act="ACT-1"), 0),
        (unit, Installed(parent_id=item.id), into),
        (unit, Removed(to="in_stock"), over),
    ]
    turns = st.one_of(
        st.builds(MeterReadingCorrected, value=counted, **{name: st.just(each) for name, each in METER.items()}),
        st.builds(MeterReplaced, last=st.none() | counted, **{name: st.just(each) for name, each in METER.items()}),
        st.builds(MeterFitted, shows=counted, **{name: st.just(each) for name, each in METER.items()}),
    )
    for hour in draw(st.permutations(range(1, HOURS + 1)))[: draw(st.integers(3, HOURS))]:
        read = MeterReadingRecorded(value=Decimal(3 * hour), **METER)
        facts.append((item, draw(turns) if draw(st.integers(0, 3)) == 0 else read, hour))
    return facts


@st.composite
def running_lives(draw: st.DrawFn) -> list[Said]:
    """Three items on record in order, of which the last was perhaps taken over; then facts in any order, some wrong."""
    model: Any = {"model_id": MODEL_ID, "manufacturer_id": MAKER}
    facts: list[tuple[StreamRef, Fact, int]] = []
    for item in ITEMS:
        if draw(st.integers(0, 4)) == 0:
            stage = draw(st.sampled_from(["in_service", "in_stock"]))
            facts.append((item, TakenOver(**model, serial="A", stage=stage), 0))
        else:
            facts += [(item, Released(**model, serial="A"), 0), (item, Certified(certificate="E", authority="N"), 0)]
            facts.append((item, Stocked(place="stock"), 0))
    begun = len(facts)
    facts += draw(st.just([]) | moved() | read_later() | read_often())
    for _ in range(draw(st.integers(1, 14))):
        hour = draw(st.integers(0, HOURS))
        if len(facts) > begun and draw(st.integers(0, 7)) == 0:
            wrong = draw(st.integers(0, len(facts) - 1))
            facts.append((facts[wrong][0], ErrorDeclared(wrong_fact=fact_id(wrong), explanation="wrong"), hour))
        else:
            facts.append((draw(st.sampled_from(ITEMS)), draw(running), hour))
    return [Said(stream, fact, hour, fact_id(number)) for number, (stream, fact, hour) in enumerate(facts)]


class Hour(NamedTuple):
    """Where an item stood in one hour."""

    stage: str | None
    parent: UUID | None


class Sums(NamedTuple):
    """What an item had done; None: of some of its life nobody knows, or nothing at all is known."""

    measured: Fraction | None
    reported: Fraction
    total: Fraction | None


def _counting(readings: Sequence[tuple[int, Decimal]]) -> dict[int, Decimal]:
    """Return of each hour the last total said of it that is not more than what counts of a later hour."""
    totals: dict[int, Decimal] = {}
    for hour in sorted({hour for hour, _ in readings}, reverse=True):
        least = totals[min(totals)] if totals else Decimal("Infinity")
        said = [total for at, total in readings if at == hour and total <= least]
        totals |= {hour: said[-1]} if said else {}
    return totals


class Plain:
    """Operating time by plain arithmetic: what each item did in each single hour."""

    def __init__(self, facts: Sequence[Said], known_at: int) -> None:
        self.hours: dict[UUID, list[Hour]] = {}
        self.totals: dict[UUID, dict[int, Decimal]] = {}
        self.periods: dict[UUID, list[tuple[int, int, Decimal]]] = {}
        self.taken_over: set[UUID] = set()
        for item in ITEMS:
            self._live(facts, item, known_at)

    def _live(self, facts: Sequence[Said], item: StreamRef, known_at: int) -> None:
        state, states = Equipment(), {}
        readings: list[tuple[int, Decimal]] = []
        periods = []
        for each in in_order_of_life(happenings(facts, item, known_at)):
            before, state = state, EQUIPMENT.evolve(state, each.fact, each.occurred_at)
            hour = int((each.occurred_at - START).total_seconds()) // _HOUR_SECONDS
            states[hour] = state
            meter, earlier = state.meter("operating-time"), before.meter("operating-time")
            if isinstance(each.fact, PeriodReported):
                begin, end = ((at - START).total_seconds() // _HOUR_SECONDS for at in (each.fact.begin, each.fact.end))
                periods.append((int(begin), int(end), each.fact.up))
            elif reads(each.fact) and meter is not None and meter.read_at == each.occurred_at:
                if (
                    isinstance(each.fact, MeterReadingCorrected)
                    and earlier is not None
                    and earlier.read_at < meter.read_at
                ):
                    readings = [reading for reading in readings if moment(reading[0]) != earlier.read_at]
                readings.append((hour, meter.total))
        now = Equipment()
        self.hours[item.id] = []
        for hour in range(HOURS + 8):
            now = states.get(hour, now)
            on_record = now.stage is not None  # of what is not, nobody knows where it is
            self.hours[item.id].append(Hour(now.stage, now.parent_id if on_record else None))
        self.totals[item.id] = _counting(readings)
        self.periods[item.id] = sorted(periods, key=lambda each: each[:2])
        self.taken_over |= {item.id} if now.taken_over else set()

    def runs(self, item: UUID, hour: int, path: tuple[UUID, ...] = ()) -> bool:
        """Whether an item is in service in an hour."""
        stands = self.hours[item][hour]
        if stands.parent is None:
            return stands.stage == "in_service"
        inside = stands.stage in {"installed", "in_service"} and stands.parent not in (item, *path)
        return inside and self.runs(stands.parent, hour, (item, *path))

    def measured(self, item: UUID, hour: int, path: tuple[UUID, ...] = ()) -> Fraction | None:
        """What an item did in an hour, as far as anybody measured; what it is first read to have done comes with it."""
        totals = self.totals[item]
        if self._counts(item, hour):
            end = min(at for at in totals if at > hour)
            begin = max((at for at in totals if at <= hour), default=None)
            if begin is None:
                return self._first(item, hour, end, path)
            grown = Fraction(totals[end] - totals[begin])
            return grown * self._weight(item, hour, (begin, end), path)
        stands = self.hours[item][hour]
        if stands.parent in (item, *path):
            return Fraction(0)
        if stands.parent is not None:
            return self.measured(stands.parent, hour, (item, *path))
        read = bool(totals) and hour >= min(totals)
        return None if stands.stage == "in_service" and not read else Fraction(0)

    def _counts(self, item: UUID, hour: int) -> bool:
        """Whether an item's own counter tells of an hour; that of one taken over does not before its first reading."""
        totals = self.totals[item]
        return bool(totals) and hour < max(totals) and (item not in self.taken_over or hour >= min(totals))

    def _first(self, item: UUID, hour: int, end: int, path: tuple[UUID, ...]) -> Fraction:
        total = Fraction(self.totals[item][end])
        if any(self.runs(item, each, path) for each in range(end)):
            return total * self._weight(item, hour, (0, end), path)
        return total if hour == end - 1 else Fraction(0)

    def _weight(self, item: UUID, hour: int, span: tuple[int, int], path: tuple[UUID, ...]) -> Fraction:
        ran = [each for each in range(*span) if self.runs(item, each, path)] or list(range(*span))
        return Fraction(hour in ran, len(ran))

    def done(self, item: UUID, upto: int) -> Sums:
        """What an item had done by an hour: what its last reading by then tells of all before, and each hour since."""
        totals = self.totals[item]
        begin = max((at for at in totals if at <= upto), default=None)
        told = [] if begin is None else [Fraction(totals[begin])]
        unknown = begin is None and item in self.taken_over
        reported = []
        for hour in range(begin or 0, upto):
            done, said = self.measured(item, hour), self.reported(item, hour)
            unknown = unknown or done is None
            if self.is_measured(item, hour):
                told.append(done or Fraction(0))
            elif said is not None:
                reported.append(said)
        measured = None if unknown else sum(told, Fraction(0))
        nothing = unknown and not told and not reported
        total = None if nothing else sum((*told, *reported), Fraction(0))
        return Sums(measured, sum(reported, Fraction(0)), total)

    def last_read(self, item: UUID, upto: int) -> tuple[int, Decimal] | None:
        """When the counter of an item was read last by an hour, in microseconds, and what it had done by then."""
        hour = max((at for at in self.totals[item] if at <= upto), default=None)
        return None if hour is None else (micros(hour), self.totals[item][hour])

    def is_measured(self, item: UUID, hour: int, path: tuple[UUID, ...] = ()) -> bool:
        """Whether what an item did in an hour follows from readings."""
        if self._counts(item, hour):
            return True
        parent = self.hours[item][hour].parent
        return parent is not None and parent not in (item, *path) and self.is_measured(parent, hour, (item, *path))

    def reported(self, item: UUID, hour: int, path: tuple[UUID, ...] = ()) -> Fraction | None:
        """What an item is said to have done in an hour; None: nothing is said of it."""
        for begin, end, up in self.periods[item]:
            if begin <= hour < end:
                return Fraction(up) * self._weight(item, hour, (begin, end), path)
        parent = self.hours[item][hour].parent
        inside = parent is not None and parent not in (item, *path)
        return self.reported(parent, hour, (item, *path)) if parent is not None and inside else None
