"""The law of operating time: as of any moment, as known at any position, it equals plain arithmetic hour by hour."""

from collections.abc import Sequence
from fractions import Fraction

from hypothesis import strategies as st

from projections.engine import Engine
from projections.equipment.meter_readings import METER_READINGS
from projections.equipment.operating_time import operating_time
from projections.equipment.registry import REGISTRY
from projections.views import views_url
from tests.laws.fresh import Fresh, law
from tests.laws.running import HOURS, Plain, running_lives
from tests.projections.recording import ITEMS, Said, micros, opened, record

MODELS = (REGISTRY, METER_READINGS)
positions = st.lists(st.integers(0, 20), max_size=2)


def rounded(figure: Fraction | None) -> Fraction | None:
    return None if figure is None else round(figure, 6)


def check(engine: Engine, facts: Sequence[Said], known_at: int) -> None:
    """Compare what is told of every item at every hour with plain arithmetic."""
    plain = Plain(facts, known_at)
    with engine.views.read() as connection:
        for item in ITEMS:
            for hour in range(HOURS + 7):
                found = operating_time(connection, item.id, as_of=micros(hour), known_at=known_at)
                expected = plain.done(item.id, hour)
                assert found.measured == rounded(expected.measured), (item, hour)
                assert found.reported == rounded(expected.reported), (item, hour)
                assert found.total == rounded(expected.total), (item, hour)


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
