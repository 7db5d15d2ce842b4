"""Laws of what was taken out of an item: it stays in the hands that had the item then, whoever gets the item later."""

from typing import Any

from hypothesis import strategies as st

from projections.engine import Engine
from projections.equipment import custody, registry
from projections.equipment.custody import CUSTODY
from projections.equipment.hands import HANDS
from projections.equipment.registry import REGISTRY, RegistryFilter
from projections.paging import Window
from projections.views import views_url
from tests.laws.fresh import Fresh, law
from tests.laws.partings import CHAIN, HOURS, partings
from tests.laws.test_above import LANDLORD, LESSOR, Plain
from tests.laws.whereabouts import Whereabouts
from tests.projections.recording import MAKER, RUNNER, Said, micros, opened, record

ALL = Window(limit=100)
pasts = st.lists(st.tuples(st.integers(0, HOURS), st.integers(0, 12)), min_size=2, max_size=4)
"""As of which hours, and how many facts before the end of the record it was known."""


def test_what_was_taken_out_stays_in_the_hands_that_had_the_item_then(database_kind: str, fresh: Fresh) -> None:
    def example(facts: list[Said], batch: int, asked: list[tuple[int, int]]) -> None:
        url = fresh()
        log = opened(url)
        engine = Engine(log, views_url(url), (REGISTRY, CUSTODY), batch=batch)
        record(log, facts)
        engine.catch_up()
        assert {each.error for each in engine.positions().values()} == {None}
        with engine.views.read() as connection:
            for hour, unknown in [(HOURS, 0), *asked]:
                known_at = max(len(facts) - unknown, 0)
                plain = Whereabouts(facts, CHAIN, hour, known_at)
                past: Any = {"as_of": micros(hour), "known_at": known_at}
                for item in CHAIN:
                    held = custody.holdings(connection, item.id, ALL, **past).items
                    told = [(each.begin, each.end, _whole(each.hands)) for each in held]
                    assert told == plain.holdings(item.id)
            everything = registry.items(connection, RegistryFilter(), ALL).items
            for party in (MAKER, RUNNER, LESSOR, LANDLORD):
                seen = registry.items(connection, RegistryFilter(scope=party), ALL).items
                expected = Plain(facts, None, len(facts)).seen_by(party) & {each.equipment_id for each in everything}
                assert {each.equipment_id for each in seen} == expected
        engine.close()
        log.close()

    law(database_kind, example, facts=partings(), batch=st.sampled_from([1, 5, 60]), asked=pasts)


def _whole(found: custody.Hands) -> tuple[Any, ...]:
    return (*(getattr(found, name) for name in HANDS), found.parent_id, found.slot)
