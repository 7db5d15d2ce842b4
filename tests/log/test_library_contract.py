"""Every method that the eventsourcing library's recorders have is ours, and does what the library says it does."""

import inspect
import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import eventsourcing.postgres
import eventsourcing.sqlite
import pytest
import sqlalchemy as sa
from eventsourcing.persistence import (
    ApplicationRecorder,
    DataError,
    InfrastructureFactory,
    IntegrityError,
    NotSupportedError,
    OperationalError,
    StoredEvent,
    Tracking,
)
from sqlalchemy.engine import make_url

from domain.log.codec import canonical
from domain.log.postgres import PostgresStore, refuse_database_functions
from domain.log.recording import PAGE
from domain.log.sqlite import SQLiteStore
from domain.log.tracking import Bookmarks, advance, position_of
from tests.log.proposals import Store
from tests.servers import until


@pytest.fixture
def environment(database_url: str, tmp_path: Path) -> dict[str, str]:
    """What a user of the library sets."""
    views = {"VIEWS_URL": f"sqlite:///{tmp_path / 'views.db'}"}
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        return views | {"PERSISTENCE_MODULE": "domain.log.sqlite", "SQLITE_DBNAME": url.database or ""}
    return views | {
        "PERSISTENCE_MODULE": "domain.log.postgres",
        "POSTGRES_DBNAME": url.database or "",
        "POSTGRES_HOST": str(url.query["host"]),
        "POSTGRES_USER": url.username or "",
        "POSTGRES_PASSWORD": "",
    }


@pytest.fixture
def recorder(environment: dict[str, str]) -> Iterator[Store]:
    recorder = InfrastructureFactory.construct(environment).application_recorder()
    assert isinstance(recorder, SQLiteStore | PostgresStore)
    yield recorder
    recorder.close()


def stored(stream: UUID, version: int, topic: str = "equipment.failed", subjects: tuple[UUID, ...] = ()) -> StoredEvent:
    body = {
        "data": {},
        "format": 1,
        "id": uuid4(),
        "occurred_at": "2026-05-01T12:00:00.000001+02:00",
        "stream": f"equipment:{stream}",
        "subjects": [f"model:{subject}" for subject in subjects],
        "type": topic,
        "version": 1,
    }
    return StoredEvent(stream, version, topic, canonical(body))


PUBLIC = {
    name
    for library in (eventsourcing.sqlite.SQLiteApplicationRecorder, eventsourcing.postgres.PostgresApplicationRecorder)
    for name, _ in inspect.getmembers(library, inspect.isfunction)
    if not name.startswith("_")
}
NOT_STORING = {"check_identifier_length", "construct_create_table_statements", "construct_pg_stored_event"}
"""These touch no database: the names and the texts of tables that are never created."""


@pytest.mark.parametrize("store", [SQLiteStore, PostgresStore])
@pytest.mark.parametrize("name", sorted(PUBLIC - NOT_STORING - {"convert_originator_id"}))
def test_every_public_method_is_ours(store: type, name: str) -> None:
    assert getattr(store, name).__module__.startswith("domain.log."), name


def test_the_recorder_is_what_the_library_expects(recorder: Store) -> None:
    assert isinstance(recorder, ApplicationRecorder)
    library = (eventsourcing.sqlite.SQLiteApplicationRecorder, eventsourcing.postgres.PostgresApplicationRecorder)
    assert isinstance(recorder, library)


def test_the_library_creates_no_tables(recorder: Store, database_url: str) -> None:
    recorder.create_table()
    engine = sa.create_engine(database_url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        assert "stored_events" not in sa.inspect(connection).get_table_names()


def test_events_of_the_library_become_facts_of_the_log(recorder: Store) -> None:
    stream, subject = uuid4(), uuid4()
    events = [stored(stream, 1, subjects=(subject,)), stored(stream, 2)]
    assert recorder.insert_events(events) == [1, 2]
    row = recorder.rows(0, 10)[0]
    assert (row.kind, row.type, row.sequence) == ("equipment", "equipment.failed", 1)
    assert row.occurred_at == 1_777_629_600_000_001
    assert [each.position for each in recorder.concerning(subject)] == [1]
    assert recorder.insert_events([]) == []


def test_events_are_found_by_a_16_byte_id(recorder: Store) -> None:
    stream = uuid4()
    events = [stored(stream, version) for version in range(1, 6)]
    recorder.insert_events(events)
    assert recorder.select_events(stream) == events
    assert recorder.select_events(str(stream)) == events
    assert recorder.select_events(stream, gt=1, lte=4, limit=2) == events[1:3]
    assert recorder.select_events(stream, gt=1, lte=4, desc=True, limit=2) == [events[3], events[2]]
    assert recorder.select_events(uuid4()) == []


def test_notifications_are_pages_of_the_whole_log(recorder: Store) -> None:
    stream = uuid4()
    topics = ["equipment.failed", "equipment.repaired"] * 3
    assert recorder.max_notification_id() is None
    recorder.insert_events([stored(stream, version, topic) for version, topic in enumerate(topics, 1)])
    assert recorder.max_notification_id() == 6

    def ids(*arguments: int | None, **filters: object) -> list[int]:
        return [each.id for each in recorder.select_notifications(*arguments, **filters)]  # type: ignore[arg-type]

    assert ids(None, 10) == [1, 2, 3, 4, 5, 6]
    assert ids(2, 2) == [2, 3]
    assert ids(2, 2, inclusive_of_start=False) == [3, 4]
    assert ids(1, 10, 3) == [1, 2, 3]
    assert ids(1, 2, topics=["equipment.repaired"]) == [2, 4]
    assert ids(1, 10, 5, topics=["equipment.repaired"]) == [2, 4]


def test_a_conflict_is_the_librarys_conflict_and_records_nothing(recorder: Store) -> None:
    stream, other = uuid4(), uuid4()
    first = stored(stream, 1)
    recorder.insert_events([first])
    for events in ([stored(stream, 1)], [stored(stream, 3)], [first], [stored(other, 1), stored(other, 3)]):
        with pytest.raises(IntegrityError):
            recorder.insert_events(events)
    assert recorder.max_notification_id() == 1


@pytest.mark.parametrize("state", [b"", b"{}", b'{"id": "no"}', b"\xff"])
def test_a_state_that_is_no_canonical_body_is_refused(recorder: Store, state: bytes) -> None:
    with pytest.raises(DataError):
        recorder.insert_events([StoredEvent(uuid4(), 1, "equipment.failed", state)])


def test_an_event_says_what_its_body_says(recorder: Store) -> None:
    event = stored(uuid4(), 1)
    for lie in (
        StoredEvent(uuid4(), 1, event.topic, event.state),
        StoredEvent(event.originator_id, 1, "other", event.state),
    ):
        with pytest.raises(DataError):
            recorder.insert_events([lie])


def test_a_store_that_is_away_is_the_librarys_operational_error(recorder: Store, database_url: str) -> None:
    stream = uuid4()
    recorder.insert_events([stored(stream, 1)])
    engine = sa.create_engine(database_url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE log_head SET recorded_at = recorded_at + 60000000"))
    with pytest.raises(OperationalError):
        recorder.insert_events([stored(stream, 2)])


def test_a_subscription_yields_what_was_and_what_comes(recorder: Store) -> None:
    stream = uuid4()
    recorder.insert_events([stored(stream, version) for version in range(1, PAGE + 3)])
    recorder.poll_seconds = threading.TIMEOUT_MAX  # only being woken helps
    heard: list[int] = []
    with recorder.subscribe(gt=1) as subscription:
        assert [next(subscription).id for _ in range(PAGE + 1)] == list(range(2, PAGE + 3))
        listener = threading.Thread(target=lambda: heard.extend(each.id for each in subscription))
        listener.start()
        recorder.insert_events([stored(stream, PAGE + 3)])
        until(lambda: heard == [PAGE + 3], what="the notification")
    listener.join(10)
    assert not listener.is_alive(), "the end of the subscription ends the iteration"


def test_a_subscription_may_ask_for_some_topics(recorder: Store) -> None:
    stream = uuid4()
    recorder.insert_events([stored(stream, 1), stored(stream, 2, "equipment.repaired"), stored(stream, 3)])
    with recorder.subscribe(topics=["equipment.repaired"]) as subscription:
        assert next(subscription).id == 2


def test_the_log_keeps_facts_only(environment: dict[str, str]) -> None:
    factory = InfrastructureFactory.construct(environment)
    with pytest.raises(NotSupportedError):
        factory.aggregate_recorder("snapshots")
    with pytest.raises(NotSupportedError):
        factory.process_recorder()
    recorder = factory.aggregate_recorder()
    assert isinstance(recorder, SQLiteStore | PostgresStore)
    recorder.close()


def test_the_librarys_functions_in_the_database_are_refused(environment: dict[str, str]) -> None:
    if "SQLITE_DBNAME" in environment:
        environment["POSTGRES_DBNAME"] = "any"
    for value in ("y", "true", "1", "nonsense"):
        with pytest.raises(OSError, match="readers would miss facts"):
            refuse_database_functions(value)
        settings = environment | {"PERSISTENCE_MODULE": "domain.log.postgres", "POSTGRES_ENABLE_DB_FUNCTIONS": value}
        with pytest.raises(OSError, match="readers would miss facts"):
            InfrastructureFactory.construct(settings)
    refuse_database_functions(None)
    refuse_database_functions("no")


def test_bookmarks_track_as_the_library_expects(environment: dict[str, str]) -> None:
    bookmarks = InfrastructureFactory.construct(environment).tracking_recorder()
    assert isinstance(bookmarks, Bookmarks)
    assert bookmarks.max_tracking_id("open faults") is None
    assert bookmarks.has_tracking_id("open faults", None)
    assert not bookmarks.has_tracking_id("open faults", 1)
    bookmarks.insert_tracking(Tracking("open faults", 3))
    bookmarks.insert_tracking(Tracking("open faults", 7))
    for position in (7, 3):
        with pytest.raises(IntegrityError):
            bookmarks.insert_tracking(Tracking("open faults", position))
    assert bookmarks.max_tracking_id("open faults") == 7
    assert bookmarks.has_tracking_id("open faults", 7)
    assert not bookmarks.has_tracking_id("open faults", 8)
    bookmarks.wait("open faults", 7)
    with pytest.raises(TimeoutError):
        bookmarks.wait("open faults", 8, timeout=0)
    bookmarks.engine.dispose()


def test_a_bookmark_moves_only_from_where_it_is_believed_to_be(database_url: str) -> None:
    engine = sa.create_engine(database_url, poolclass=sa.NullPool)
    Bookmarks(engine).create_table()
    with engine.begin() as connection:
        assert advance(connection, "reader", 0, 5)
        assert not advance(connection, "reader", 0, 6)
        assert not advance(connection, "reader", 4, 6)
        assert not advance(connection, "unknown", 4, 6)
        assert advance(connection, "reader", 5, 6)
        assert position_of(connection, "reader") == 6
        with pytest.raises(ValueError, match="forward"):
            advance(connection, "reader", 6, 6)


def test_two_readers_that_begin_at_once_do_not_both_begin(database_url: str) -> None:
    engine = sa.create_engine(database_url, poolclass=sa.NullPool)
    Bookmarks(engine).create_table()
    moved = []

    def begin() -> None:
        with engine.begin() as connection:
            moved.append(advance(connection, "reader", 0, 5))

    readers = [threading.Thread(target=begin) for _ in range(4)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert sorted(moved) == [False, False, False, True]
