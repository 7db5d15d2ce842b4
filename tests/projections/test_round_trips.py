"""A fact is soon in all read models: PostgreSQL is asked at once and told at once, however many of them there are."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event

from domain.kernel.streams import StreamRef
from domain.log.log import Log
from projections.engine import Engine
from projections.read_models import READ_MODELS
from projections.views import views_url
from tests.projections.recording import record
from tests.projections.running import read, working

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
