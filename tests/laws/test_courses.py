"""The law of courses: the readings beside a moment are those that a look at every reading finds."""

from bisect import bisect_right
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from sqlalchemy import Connection, select

from domain.equipment.life import Released
from domain.equipment.meters import MeterFitted, MeterReadingCorrected, MeterReadingRecorded, MeterReplaced
from domain.kernel.errors import ErrorDeclared
from domain.kernel.facts import Fact
from projections.engine import Engine
from projections.equipment.courses import Course, beside, turns
from projections.equipment.known_lives import NEVER, Reading, counting
from projections.equipment.meter_readings import METER_READINGS, TABLE
from projections.paging import shown
from projections.views import views_url
from tests.laws.fresh import Fresh, law
from tests.projections.recording import FIRST, MAKER, MODEL_ID, Said, fact_id, micros, opened, record

HOURS = 12
ODD = (Decimal("1e40"), Decimal("-1e40"), Decimal(-3), Decimal("0.5"))
values = st.integers(0, 30).map(Decimal) | st.integers(0, 30).map(Decimal) | st.sampled_from(ODD)
units = st.sampled_from(["h", "h", "h", "mi"])
moduli = st.none() | st.just(Decimal(20))
told: st.SearchStrategy[Fact] = st.one_of(
    st.builds(MeterReadingRecorded, meter=st.just("way"), value=values, unit=units),
    st.builds(MeterReadingRecorded, meter=st.just("way"), value=values, unit=units, passes=st.sampled_from((0, 0, 1))),
    st.builds(MeterReadingCorrected, meter=st.just("way"), value=values, unit=units),
    st.builds(MeterReplaced, meter=st.just("way"), unit=units, last=st.none() | values, shows=values, modulus=moduli),
    st.builds(MeterFitted, meter=st.just("way"), unit=units, shows=values, modulus=moduli),
)


@st.composite
def readings(draw: st.DrawFn) -> list[Said]:
    """An item whose counter is read, fitted, replaced and corrected in any order; some of it is wrong."""
    facts: list[tuple[Fact, int]] = [(Released(model_id=MODEL_ID, manufacturer_id=MAKER, serial="A"), 0)]
    rising = draw(st.booleans())
    for _ in range(draw(st.integers(1, 14))):
        hour = draw(st.integers(0, HOURS))
        if draw(st.integers(0, 9)) == 0:
            facts.append(
                (ErrorDeclared(wrong_fact=fact_id(draw(st.integers(0, len(facts) - 1))), explanation="e"), hour)
            )
        elif rising and draw(st.integers(0, 3)):
            reading = MeterReadingRecorded(meter="way", value=Decimal(2 * hour + draw(st.integers(0, 2))), unit="h")
            facts.append((reading, hour))
        else:
            facts.append((draw(told), hour))
    return [Said(FIRST, fact, hour, fact_id(number)) for number, (fact, hour) in enumerate(facts)]


def every(connection: Connection, unit: str, position: int) -> list[Reading]:
    """Return the readings that count, by a look at every one."""
    query = select(TABLE).where(TABLE.c.key == FIRST.id, TABLE.c.unit == unit, shown(TABLE, None, position))
    rows = connection.execute(query.order_by(TABLE.c.valid_from, TABLE.c.position)).all()
    corrected: dict[int, int] = {}
    for row in rows:
        if row.corrects is not None:
            corrected[row.corrects] = max(row.valid_from, corrected.get(row.corrects, NEVER))
    return counting([Reading(at=row.valid_from, total=Decimal(row.total), shown=row.shown) for row in rows], corrected)


def neighbours(readings: list[Reading], moment: int) -> list[Reading]:
    """Return the reading at a moment, or those on either side of it."""
    place = bisect_right(readings, moment, key=lambda each: each.at)
    exact = place > 0 and readings[place - 1].at == moment
    return readings[max(0, place - 1) : place if exact else place + 1]


def check(connection: Connection, position: int) -> None:
    rows = turns(connection, "way", select(TABLE.c.key), position).get(FIRST.id, [])
    for unit in ("h", "mi"):
        course = Course.of(row for row in rows if row.unit == unit)
        expected = every(connection, unit, position)
        assert [*course.known[:1], *course.known[-1:]] == [*expected[:1], *expected[-1:]]
        for moment in (micros(hour) + shift for hour in range(HOURS + 1) for shift in (-1, 0)):
            search = course.search(FIRST.id, unit, moment)
            found = beside(connection, "way", [search], position)[FIRST.id, unit] if search else []
            known = {each.at: each for each in (*course.known, *found)}
            assert neighbours([known[at] for at in sorted(known)], moment) == neighbours(expected, moment), (
                unit,
                moment,
            )


def test_what_is_beside_a_moment_is_found_without_a_look_at_every_reading(database_kind: str, fresh: Fresh) -> None:
    def example(facts: list[Said], asked: int) -> None:
        url = fresh()
        log = opened(url)
        engine = Engine(log, views_url(url), (METER_READINGS,), batch=5)
        try:
            record(log, facts)
            engine.catch_up()
            with engine.views.read() as connection:
                for position in {len(facts), min(asked, len(facts))}:
                    check(connection, position)
        finally:
            engine.close()
            log.close()

    more: Any = {"asked": st.integers(1, 15)}
    law(database_kind, example, facts=readings(), **more)
