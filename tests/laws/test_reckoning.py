"""The law of reckoning in SQL: on either database it is that of the domain, to the microsecond and beyond 64 bits."""

from hypothesis import strategies as st
from sqlalchemy import BigInteger, literal, select

from domain.equipment.availability import part_of
from projections.engine import Engine
from projections.equipment import reckoning
from projections.equipment.reckoning import let_it_reckon
from projections.views import views_url
from tests.laws.fresh import Fresh, law
from tests.projections.recording import opened

HOUR = 3_600_000_000
CENTURY = 876_600 * HOUR
Share = tuple[int, int, int]
"""A whole, a part of a length, and the length."""


@st.composite
def shares(draw: st.DrawFn) -> Share:
    """Shares of which most do not come out even, some of them just below or above a whole microsecond."""
    length = draw(st.integers(0, 7) | st.integers(0, HOUR) | st.integers(0, CENTURY))
    part = draw(st.integers(0, length) | st.sampled_from([0, length // 2, max(length - 1, 0), length]))
    whole = draw(st.integers(0, 7) | st.integers(0, CENTURY) | st.sampled_from([length, length + 1, HOUR]))
    return whole, part, length


def test_a_part_is_rounded_down_as_the_rule_says_on_either_database(database_kind: str, fresh: Fresh) -> None:
    url = fresh()
    log = opened(url)
    engine = Engine(log, views_url(url), ())

    def example(asked: list[Share]) -> None:
        reckoned = [reckoning.part_of(*(literal(number, BigInteger) for number in each)) for each in asked]
        with engine.views.read() as connection:
            let_it_reckon(connection)
            found = connection.execute(select(*reckoned)).one()
        assert list(found) == [part_of(*each) for each in asked]

    try:
        law(database_kind, example, asked=st.lists(shares(), min_size=20, max_size=60))
    finally:
        engine.close()
        log.close()
