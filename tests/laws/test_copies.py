"""The law of copies: facts written out and recorded in a database of the other kind are the same log."""

import io
from contextlib import closing

from hypothesis import given, settings

from domain.log.copying import examine
from domain.log.fact_lines import FactLines
from domain.log.log import Log
from domain.parties.organisation import MemberAdded
from projections.engine import Engine
from projections.read_models import READ_MODELS
from projections.rebuilding import Manner
from projections.views import views_url
from tests.application.desk import Desk
from tests.copies import copy_of, lasting, record
from tests.laws.fresh import Fresh
from tests.laws.happened import lives
from tests.laws.lives import STEPS, Step, live
from tests.projections.recording import ITEMS, MAKER, Said, fact_id, opened
from tests.projections.recording import record as record_facts

NAMES = [model.name for model in READ_MODELS]
MEMBER = MemberAdded(member_id=MAKER, name="Member 1", email="member-1@example.org", role="maintenance")


def digests(log: Log, url: str) -> dict[str, str]:
    """Return the digests of all read models."""
    with closing(Engine(log, views_url(url), READ_MODELS)) as engine:
        engine.catch_up()
        results = engine.rebuild(*NAMES, manner=Manner.ONLY_COMPARE)
    return {name: result.comparison.digest for name, result in results.items() if result.comparison}


def test_a_copy_has_the_same_bodies_and_positions(fresh: Fresh, fresh_others: Fresh) -> None:
    @settings(max_examples=6)
    @given(facts=lives())
    def example(facts: list[Said]) -> None:
        sealed = Said(ITEMS[0]._replace(kind="organisation"), MEMBER, 1, fact_id(100))
        with closing(opened(fresh())) as log, closing(opened(fresh_others())) as other:
            record_facts(log, [*facts, sealed])
            octets = copy_of(log)
            assert record(other, octets) == (0, len(facts) + 1)
            assert lasting(other) == lasting(log)
            assert record(other, octets) == (len(facts) + 1, 0)
            assert examine(FactLines(io.BytesIO(copy_of(other)))) == (len(facts) + 1, 1, True)

    example()


def test_a_copy_leads_to_the_same_rows_of_every_read_model(desk: Desk, database_url: str, fresh_others: Fresh) -> None:
    @settings(max_examples=2)
    @given(steps=STEPS)
    def example(steps: list[Step]) -> None:
        live(desk, steps)
        url = fresh_others()
        with closing(opened(url)) as other:
            record(other, copy_of(desk.log))
            assert lasting(other) == lasting(desk.log)
            found, expected = digests(other, url), digests(desk.log, database_url)
        assert found.keys() == set(NAMES)
        assert found == expected

    example()
