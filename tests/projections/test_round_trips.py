"""A fact is soon in all read models: PostgreSQL is asked at once and told at once, however many of them there are."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import bindparam, event, select, text

from domain.kernel.streams import StreamRef
from domain.log.log import Log
from domain.log.tracking import BOOKMARK
from projections.engine import Engine
from projections.equipment.registry import REGISTRY
from projections.offering import PASSING
from projections.read_models import READ_MODELS
from projections.round_trip import Plain, round_trip
from projections.views import views_url
from tests.projections.recording import record
from tests.projections.running import read, working
from tests.servers import PostgresServer

PASSED = Plain(select(BOOKMARK.c.position).where(BOOKMARK.c.name == bindparam("its_name")))

ANSWERED = "ReadyForQuery"
"""What PostgreSQL says at the end of each round trip."""
MOST = 2
"""To all that is read, and to all that is written; the transaction begins with the one and ends with the other."""
OTHER = StreamRef("equipment", UUID(int=77))


@pytest.mark.parametrize("database_kind", ["postgresql"])
@pytest.mark.parametrize("number", [0, 3, 5], ids=["released", "installed", "read"])
def test_a_fact_is_applied_to_all_read_models_in_as_many_round_trips_as_to_one(
    log: Log, database_url: str, number: int, tmp_path: Path
) -> None:
    life = working((12, read("9")), stream=OTHER, first=300)
    engine = Engine(log, views_url(database_url), READ_MODELS)
    record(log, [*working(), *life[:number]])
    engine.catch_up()
    record(log, [life[number]])
    with (tmp_path / "trace").open("w") as lines:

        def trace(driver: Any, *_: Any) -> None:
            driver.pgconn.trace(lines.fileno())

        event.listen(engine.views.engines[0], "checkout", trace)
        event.listen(engine.views.engines[0], "checkin", lambda driver, *_: driver.pgconn.untrace())
        assert engine.step()
    assert (tmp_path / "trace").read_text().count(ANSWERED) == MOST
    engine.close()


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_what_is_prepared_stays_so_whatever_else_is_said_and_undone(log: Log, database_url: str) -> None:
    engine = Engine(log, views_url(database_url), [REGISTRY])
    for _ in range(2):
        with engine.views.write() as connection:
            for _ in range(10):  # the driver has a habit of preparing what is said often
                connection.execute(text("SELECT 1"))
            with round_trip(connection) as trip:
                found = trip.tell(PASSED, {"its_name": "registry"})
            assert found.rows() == [(0,)]
            connection.rollback()
    engine.close()


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_a_lost_connection_costs_one_try(log: Log, database_url: str, postgres: PostgresServer) -> None:
    engine = Engine(log, views_url(database_url), [REGISTRY])
    record(log, working()[:1])
    with engine.views.write() as connection:
        (backend,) = connection.execute(text("SELECT pg_backend_pid()")).scalars()
    postgres.psql(f"SELECT pg_terminate_backend({backend}, 10000)")
    with pytest.raises(PASSING):
        engine.step()
    assert engine.step()
    assert engine.positions()["registry"].position == 1
    engine.close()
