from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from uuid import UUID

import pytest
import sqlalchemy as sa

from domain.application.snapshots import SNAPSHOT, SnapshotShelf
from domain.application.standings import Standing, Standings
from domain.equipment.operation_commands import ReportFailure
from domain.equipment.papers_commands import CertifyEquipment
from domain.kernel.errors import DeclareError
from domain.log.contract import Line, Row
from tests.application.desk import Desk
from tests.equipment.lives import ITEM, ITEM_ID
from tests.servers import PostgresServer

GLANCE = 500
"""So many facts are read before a snapshot is asked for: most streams are shorter, and pay nothing for it."""

ITS_LAST = 1
"""The last fact of a snapshot, by which it is held against the log."""


class Reader:
    """Reads streams as the log does, and counts the rows."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.rows = 0

    def stream(self, stream: UUID, after: int = 0, until: int | None = None, limit: int | None = None) -> list[Row]:
        rows = self.desk.log.stream(stream, after, until, limit)
        self.rows += len(rows)
        return rows

    def lines(self, stream: UUID, after: int, limit: int) -> list[Line]:
        lines = self.desk.log.lines(stream, after, limit)
        self.rows += len(lines)
        return lines


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[sa.Engine]:
    made = sa.create_engine(f"sqlite:///{tmp_path}/views.db")
    yield made
    made.dispose()


def problem(error: Exception) -> None:
    raise AssertionError from error


def long_life(desk: Desk) -> None:
    desk.item(ITEM_ID, "PX-1")
    for number in range(500):
        desk.do(ReportFailure(equipment_id=ITEM_ID, failure_mode=f"mode-{number % 7}", impact="incipient"))


def standing(desk: Desk, engine: sa.Engine) -> tuple[Standing, int]:
    """Load the stream as a new process does; return its standing and how many rows were read."""
    reader = Reader(desk)
    shelf = SnapshotShelf(engine, problem)
    found = Standings(reader, 10, shelf).current(ITEM)
    shelf.close()
    return found, reader.rows


def test_a_new_process_refolds_only_what_came_after_the_snapshot(desk: Desk, engine: sa.Engine) -> None:
    long_life(desk)
    first, rows = standing(desk, engine)
    assert rows == 506 + ITS_LAST
    desk.do(ReportFailure(equipment_id=ITEM_ID, failure_mode="leak"))
    second, rows = standing(desk, engine)
    assert rows == GLANCE + 1 + ITS_LAST
    assert second.state == desk.ledger.state(ITEM).state
    assert second.version == first.version + 1


def test_a_snapshot_is_not_used_where_a_late_fact_or_an_error_changes_what_came_before(
    desk: Desk, engine: sa.Engine
) -> None:
    long_life(desk)
    standing(desk, engine)
    late = CertifyEquipment(equipment_id=ITEM_ID, certificate="EC-0", authority="NB-1")
    desk.do(late, at=desk.clock.now.replace(day=2))
    assert standing(desk, engine)[0].state == desk.ledger.state(ITEM).state
    wrong = desk.log.stream(ITEM_ID)[-1].fact_key
    desk.do(DeclareError(stream=str(ITEM), wrong_fact=wrong, explanation="wrong-entry"))
    assert standing(desk, engine)[0].state == desk.ledger.state(ITEM).state


def test_a_snapshot_that_other_rules_made_is_not_used(desk: Desk, engine: sa.Engine) -> None:
    long_life(desk)
    standing(desk, engine)
    with engine.begin() as connection:
        connection.execute(sa.update(SNAPSHOT).values(rules="other"))
    assert standing(desk, engine)[1] == 506 + ITS_LAST


@pytest.mark.parametrize("behind", [1, 2000])
def test_a_snapshot_of_another_log_is_not_used(desk: Desk, engine: sa.Engine, behind: int) -> None:
    long_life(desk)
    standing(desk, engine)
    lost = str(UUID(int=7))
    with engine.begin() as connection:
        connection.execute(sa.update(SNAPSHOT).values(version=505 + behind, last_fact=lost))
    found, _ = standing(desk, engine)
    assert (found.version, found.state) == (506, desk.ledger.state(ITEM).state)


def test_a_short_stream_costs_no_question_to_the_shelf(desk: Desk, engine: sa.Engine) -> None:
    desk.item(ITEM_ID, "PX-1")
    shelf = SnapshotShelf(engine, problem)
    with engine.begin() as connection:
        SNAPSHOT.drop(connection)
    assert Standings(Reader(desk), 10, shelf).current(ITEM).version == 6
    shelf.close()


def test_a_shelf_that_breaks_costs_time_and_nothing_else(desk: Desk, engine: sa.Engine) -> None:
    long_life(desk)
    problems: list[Exception] = []
    shelf = SnapshotShelf(engine, problems.append)
    with engine.begin() as connection:
        SNAPSHOT.drop(connection)
    found = Standings(Reader(desk), 10, shelf).current(ITEM)
    shelf.close()
    assert found.state == desk.ledger.state(ITEM).state
    assert len(problems) == 2


def test_shelves_that_are_set_up_at_once_share_one_table(postgres: PostgresServer) -> None:
    for _ in range(5):
        url = postgres.create_database()
        engines = [sa.create_engine(url) for _ in range(8)]
        start = Barrier(len(engines))

        def set_up(engine: sa.Engine, start: Barrier = start) -> None:
            with engine.connect():
                start.wait()
            SnapshotShelf(engine, problem).close()

        with ThreadPoolExecutor(len(engines)) as pool:
            assert list(pool.map(set_up, engines)) == [None] * len(engines)
        for each in engines:
            each.dispose()
        postgres.drop_database(url)
