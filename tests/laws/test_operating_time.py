"""The law of operating time: as of any moment, as known at any position, it equals plain arithmetic hour by hour."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from hypothesis import strategies as st
from sqlalchemy import Connection

from projections.engine import Engine
from projections.equipment.meter_readings import METER_READINGS
from projections.equipment.operating_time import operating_time
from projections.equipment.operating_times import ItemOperatingTime, operating_times
from projections.equipment.registry import REGISTRY, RegistryFilter
from projections.paging import Window
from projections.views import views_url
from tests.laws.fresh import Fresh, law
from tests.laws.running import HOURS, Plain, running_lives
from tests.projections.recording import ITEMS, Said, micros, opened, record

MODELS = (REGISTRY, METER_READINGS)
LAST = HOURS + 7
"""After everything on record."""
positions = st.lists(st.integers(0, 20), max_size=2)


def rounded(figure: Fraction | None) -> Fraction | None:
    return None if figure is None else round(figure, 6)


def listed(connection: Connection, as_of: int | None, known_at: int) -> dict[UUID, ItemOperatingTime]:
    """Return what is told of a fleet, read in pages of two."""
    found: dict[UUID, ItemOperatingTime] = {}
    window = Window(limit=2)
    while True:
        page = operating_times(connection, RegistryFilter(), window, sort="id", as_of=as_of, known_at=known_at)
        found |= {each.item.equipment_id: each for each in page.items}
        if page.next is None:
            return found
        window = Window(limit=2, after=page.next)


def check(engine: Engine, facts: Sequence[Said], known_at: int) -> None:
    """Compare what is told of every item and of the fleet at every hour, and at last, with plain arithmetic."""
    plain = Plain(facts, known_at)
    with engine.views.read() as connection:
        for hour in range(HOURS + 8):
            as_of = None if hour == LAST else micros(hour)
            fleet = listed(connection, as_of, known_at)
            assert list(fleet) == [item.id for item in ITEMS if plain.hours[item.id][hour].stage is not None], hour
            for item in ITEMS:
                found = operating_time(connection, item.id, as_of=as_of, known_at=known_at)
                expected = plain.done(item.id, hour)
                assert found.measured == rounded(expected.measured), (item, hour)
                assert found.reported == rounded(expected.reported), (item, hour)
                assert found.total == rounded(expected.total), (item, hour)
                if item.id in fleet:
                    assert fleet[item.id].done == found, (item, hour)
                    assert last_read(fleet[item.id]) == plain.last_read(item.id, hour), (item, hour)


def last_read(of: ItemOperatingTime) -> tuple[int, Decimal] | None:
    return None if of.last_read is None else (of.last_read.at, of.last_read.total)


def test_operating_time_equals_plain_arithmetic(database_kind: str, fresh: Fresh) -> None:
    def example(facts: list[Said], asked: list[int]) -> None:
        url = fresh()
        log = opened(url)
        engine = Engine(log, views_url(url), MODELS, batch=5)
        try:
            record(log, facts)
            engine.catch_up()
            for known_at in {len(facts), *(min(each, len(facts)) for each in asked)}:
                check(engine, facts, known_at)
        finally:
            engine.close()
            log.close()

    law(database_kind, example, facts=running_lives(), asked=positions)
