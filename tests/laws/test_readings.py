"""The law of readings: what is overdue, and what is listed of an item, equal a plain fold of the facts."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from hypothesis import strategies as st

from domain.equipment.custody import Lost, Stocked
from domain.equipment.equipment import EQUIPMENT
from domain.equipment.life import REMOVABLE, Commissioned, Installed, LaidUp, Released, Removed, ReturnedToService
from domain.equipment.meters import MeterReadingCorrected, MeterReadingRecorded, PeriodReported
from domain.equipment.papers import Certified
from domain.equipment.state import OPERATING_TIME, Equipment
from domain.equipment.structure import ancestors
from domain.kernel.errors import ErrorDeclared
from domain.kernel.facts import Fact
from domain.kernel.folding import in_order_of_life
from domain.kernel.moments import to_micros
from domain.kernel.streams import StreamRef
from projections.engine import Engine
from projections.equipment import overdue_readings, readings
from projections.equipment.last_readings import LAST_READINGS
from projections.equipment.meter_readings import METER_READINGS, reads
from projections.equipment.registry import REGISTRY
from projections.paging import Window
from projections.views import views_url
from tests.laws.fresh import Fresh, law
from tests.laws.happened import lives
from tests.laws.reference import held_wrong
from tests.laws.running import HOURS, counted, running_lives
from tests.projections.recording import (
    FIRST,
    ITEMS,
    MAKER,
    MODEL_ID,
    RUNNER,
    SECOND,
    Said,
    fact_id,
    micros,
    moment,
    opened,
    record,
)
from tests.projections.recording import happenings as happened

MODELS = (REGISTRY, METER_READINGS, LAST_READINGS)
ALL = Window(limit=1000, counted=True)
STARTS = "starts"
METERS = (OPERATING_TIME, STARTS)
meters = st.sampled_from(METERS)
SOON = 6
"""By then most of what is read is read: much of it at the same moment."""
soon = st.integers(2, SOON)
hours = st.none() | st.integers(-1, HOURS) | soon
moments = st.lists(st.tuples(hours, st.integers(0, 25)), min_size=3, max_size=6)
tells: st.SearchStrategy[Fact] = st.one_of(
    *[st.builds(MeterReadingRecorded, meter=meters, unit=st.sampled_from(["h", "h", "1"]), value=counted)] * 6,
    *[st.builds(MeterReadingCorrected, meter=meters, unit=st.just("h"), value=counted)] * 3,
    st.sampled_from([Removed(to="in_stock"), Lost(), LaidUp(), ReturnedToService(), Installed(place="hall")]),
    st.builds(Installed, parent_id=st.sampled_from([item.id for item in ITEMS])),
)
out: st.SearchStrategy[Fact] = st.sampled_from([LaidUp(), Removed(to="in_stock")])


@st.composite
def read_lives(draw: st.DrawFn) -> list[Said]:
    """Two items in service, the second perhaps in the first, the third in the second; they are read, late and wrong."""
    model: Any = {"model_id": MODEL_ID, "manufacturer_id": MAKER, "serial": "A"}
    facts: list[tuple[StreamRef, Fact, int]] = []
    for above, item in zip([None, draw(st.none() | st.just(FIRST.id)), SECOND.id], ITEMS, strict=True):
        placed = [Released(**model), Certified(certificate="E", authority="N"), Stocked(place="stock")]
        facts += [(item, each, 0) for each in placed]
        facts.append((item, Installed(place="hall") if above is None else Installed(parent_id=above), 1))
        if above is None:
            facts.append((item, Commissioned(operator_id=RUNNER, act="ACT-1"), 1))
    item, (early, late) = draw(st.sampled_from(ITEMS)), sorted(draw(st.tuples(soon, soon)))
    facts += [(item, MeterReadingRecorded(meter=each, unit="h", value=draw(counted)), early) for each in METERS]
    facts.append((item, MeterReadingCorrected(meter=draw(meters), unit="h", value=draw(counted)), late))
    facts += [(FIRST, each, draw(soon)) for each in draw(st.lists(out, max_size=1))]
    for _ in range(draw(st.integers(2, 12))):
        item, hour = draw(st.sampled_from(ITEMS)), draw(soon)
        if draw(st.integers(0, 7)) == 0:
            wrong = draw(st.integers(0, len(facts) - 1))
            facts.append((facts[wrong][0], ErrorDeclared(wrong_fact=fact_id(wrong), explanation="wrong"), hour))
        else:
            facts.append((item, draw(tells), hour))
    return [Said(stream, fact, hour, fact_id(number)) for number, (stream, fact, hour) in enumerate(facts)]


class Read(NamedTuple):
    """What a reading tells, as the reference has it."""

    at: int
    meter: str
    total: str
    corrected_by: UUID | None


def read(facts: Sequence[Said], item: StreamRef, hour: int | None, known_at: int) -> tuple[Equipment, dict[UUID, Read]]:
    """Return an item by an hour, and its readings that count."""
    now, told = Equipment(), dict[UUID, Read]()
    for each in in_order_of_life(happened(facts, item, known_at)):
        if hour is not None and each.occurred_at > moment(hour):
            break
        before, now = now, EQUIPMENT.evolve(now, each.fact, each.occurred_at)
        name = getattr(each.fact, "meter", OPERATING_TIME)
        meter, earlier = now.meter(name), before.meter(name)
        of_counter = reads(each.fact) and not isinstance(each.fact, PeriodReported)
        if not of_counter or meter is None or meter.read_at != each.occurred_at:
            continue
        if isinstance(each.fact, MeterReadingCorrected) and earlier is not None:
            at = to_micros(earlier.read_at)
            for one, reading in told.items():
                if (reading.at, reading.meter, reading.corrected_by) == (at, name, None):
                    told[one] = reading._replace(corrected_by=each.id)
        told[each.id] = Read(to_micros(each.occurred_at), name, format(meter.total, "f"), None)
    return now, told


def due(facts: Sequence[Said], hour: int | None, known_at: int, before: int, meter: str) -> list[tuple[int, UUID]]:
    """Return what should be read, by an hour: when it was last read (-1: never), and which item it is."""
    items = {item.id: read(facts, item, hour, known_at) for item in ITEMS}
    found = []
    for key, (item, told) in items.items():
        last = max((each.at for each in told.values() if each.meter == meter), default=-1)
        chain = [item, *ancestors(item, lambda each: items[each][0] if each in items else Equipment())]
        runs = chain[-1].parent_id is None and chain[-1].stage == "in_service"
        counts = item.parent_id is None or (last >= 0 and item.stage in REMOVABLE)
        if item.stage and runs and counts and last < before:
            found.append((last, key))
    return sorted(found)


def check(engine: Engine, facts: Sequence[Said], hour: int | None, known_at: int) -> None:
    """Compare what is overdue with what the facts say."""
    past: Any = {"as_of": None if hour is None else micros(hour), "known_at": known_at}
    before = micros((HOURS if hour is None else hour) - 2)
    with engine.views.read() as connection:
        for meter in (None, *METERS):
            found = overdue_readings.overdue(connection, before, ALL, meter=meter, **past)
            expected = due(facts, hour, known_at, before, meter or OPERATING_TIME)
            expected = [each for each in expected if meter is None or each[0] >= 0]
            last = [(-1 if each.last_read is None else each.last_read, each.equipment_id) for each in found.items]
            assert (last, found.count) == (expected, len(expected))


def check_list(engine: Engine, log: Any, facts: Sequence[Said], hour: int | None, known_at: int) -> None:
    """Compare the list of readings of each item with the facts of its stream that read a counter."""
    past: Any = {"as_of": None if hour is None else micros(hour), "known_at": known_at}
    for item in ITEMS:
        wrong, (_, counts) = held_wrong(facts, item, known_at), read(facts, item, hour, known_at)
        told = [
            (each.hour, number, wrong.get(each.id), *(counts[each.id][2:] if each.id in counts else (None, None)))
            for number, each in enumerate(facts[:known_at], start=1)
            if each.stream == item and (hour is None or each.hour <= hour) and reads(each.fact)
            if not isinstance(each.fact, PeriodReported)
        ]
        with engine.views.read() as connection:
            found = readings.readings(connection, log, item.id, ALL, **past).items
        listed = [(each.recorded.position, each.wrong_by, each.total, each.corrected_by) for each in found]
        assert listed == [each[1:] for each in sorted(told, key=lambda each: each[:2])]


def test_readings_equal_what_the_facts_say(database_kind: str, fresh: Fresh) -> None:
    def example(facts: list[Said], asked: list[tuple[int | None, int]]) -> None:
        url = fresh()
        log = opened(url)
        engine = Engine(log, views_url(url), MODELS, batch=5)
        try:
            record(log, facts)
            engine.catch_up()
            assert {each.error for each in engine.positions().values()} == {None}
            for hour, known_at in [(HOURS, len(facts)), (None, len(facts)), *asked]:
                check(engine, facts, hour, min(known_at, len(facts)))
                check_list(engine, log, facts, hour, min(known_at, len(facts)))
        finally:
            engine.close()
            log.close()

    law(database_kind, example, facts=read_lives() | read_lives() | running_lives() | lives(), asked=moments)
