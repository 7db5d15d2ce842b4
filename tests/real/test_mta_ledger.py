"""Some units on PostgreSQL: the same facts, and the same answers."""

import pytest

from domain.kernel.moments import to_micros
from projections.equipment import technical_states
from projections.paging import Window
from tests.real.conftest import SOME_UNITS
from tests.real.metros import Metro
from tests.real.mta_files import FOLDER, unit_id
from tests.real.reckoned import down, union
from tests.real.test_mta_outages import FIRST_SEEN, LAST_SEEN

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"the data of the metro is not at {FOLDER}")


def test_the_facts_are_the_same_on_both_databases(metro: Metro, some_of_metro: Metro) -> None:
    for unit in sorted(SOME_UNITS):
        on_both = [each.book.log.stream(unit_id(unit)) for each in (metro, some_of_metro)]
        assert len(on_both[0]) > 1
        told = [[(row.fact_key, row.type, row.occurred_at, row.body) for row in rows] for rows in on_both]
        assert told[0] == told[1]


def test_they_were_down_as_the_rows_say(some_of_metro: Metro) -> None:
    head = some_of_metro.book.log.head().position
    assert down(some_of_metro.engine, LAST_SEEN, head) == union(some_of_metro.outages, LAST_SEEN)
    known = down(some_of_metro.engine, FIRST_SEEN, some_of_metro.head_of_first)
    assert known == union(some_of_metro.first, FIRST_SEEN)


def test_they_are_in_the_states_in_which_all_units_are(metro: Metro, some_of_metro: Metro) -> None:
    told = []
    for each in (metro, some_of_metro):
        with each.engine.views.read() as views:
            window = Window(limit=1_000)
            page = technical_states.states(views, technical_states.StateFilter(), window, as_of=to_micros(LAST_SEEN))
        told.append([item for item in page.items if item.serial in SOME_UNITS])
    assert told[0] == told[1]
    assert {item.category for item in told[1]} == {"up", "down"}
