"""When PostgreSQL says yes or no wrongly, or nothing at all: never a false yes, never a false no."""

import select
import socket
import threading
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from sqlalchemy.engine import make_url

from domain.kernel.refusals import OutcomeUnknown, Unavailable
from domain.log.contract import Answered, Appended, KeyTaken
from domain.log.postgres import PostgresStore, open_postgres
from domain.log.wire import Wire
from migrations import upgrade_log
from tests.log.proposals import alone, fact, proposal, request
from tests.log.spoiling import Proxy, hang_up, lose_the_reply, lose_the_statement, swallow
from tests.servers import PostgresServer, until


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with PostgresServer({"fsync": "off"}, tcp=True) as server:
        yield server


@pytest.fixture
def database(server: PostgresServer) -> Iterator[str]:
    url = server.create_database()
    upgrade_log(url, "test")
    yield url
    server.drop_database(url)


@pytest.fixture
def proxy(server: PostgresServer) -> Iterator[Proxy]:
    proxy = Proxy(server.port)
    yield proxy
    proxy.close()


@pytest.fixture
def store(server: PostgresServer, database: str, proxy: Proxy) -> Iterator[PostgresStore]:
    name = make_url(database).database or ""
    store = open_postgres(server.tcp_url(name, proxy.port), append_timeout=1.0)
    alone(store, fact(uuid4()))  # connected, and every statement of the fast path prepared
    yield store
    store.close()


def test_a_lost_reply_is_looked_up_and_told_as_it_is(store: PostgresStore, proxy: Proxy) -> None:
    old, new, watched = uuid4(), uuid4(), uuid4()
    alone(store, fact(old), fact(old), fact(watched))
    proxy.spoil = lose_the_reply
    facts = fact(old), fact(new), fact(old)
    outcome = alone(store, *facts, on={old: 2, new: None, watched: None}, ask=request("lost"))
    assert isinstance(outcome, Appended)
    assert outcome.first_position == 5
    assert dict(outcome.versions) == {old: 4, new: 1, watched: 1}
    rows = store.rows(4, 10)
    assert [row.fact_key for row in rows] == [each.fact_key for each in facts]
    assert {row.recorded_at for row in rows} == {outcome.recorded_at}
    assert store.answered(request("lost").key) == Answered(request("lost"), 5, 3, outcome.recorded_at)


def test_a_lost_reply_to_a_request_without_facts_is_looked_up_by_its_key(store: PostgresStore, proxy: Proxy) -> None:
    stream = uuid4()
    alone(store, fact(stream))
    proxy.spoil = lose_the_reply
    outcome = alone(store, on={stream: 1}, ask=request("nothing new"))
    assert isinstance(outcome, Appended)
    assert (outcome.first_position, outcome.versions) == (2, ((stream, 1),))


def test_a_lost_reply_to_a_careful_commit_is_looked_up_too(store: PostgresStore, proxy: Proxy) -> None:
    stream, taken = uuid4(), fact(uuid4())
    alone(store, taken)
    group = [proposal(taken), proposal(fact(stream), on={stream: 0})]
    store.commit(group)  # every statement of the careful path is prepared
    wire = store._writer._wire
    assert wire is not None
    run = wire.run

    def spoil_the_commit(statement: str, *parameters: object) -> object:
        if statement == "COMMIT":
            proxy.spoil = lose_the_reply
        return run(statement, *parameters)  # type: ignore[arg-type]

    wire.run = spoil_the_commit  # type: ignore[assignment,method-assign]
    again = [proposal(taken), proposal(fact(stream), on={stream: 1})]
    key, appended = store.commit(again)
    assert key == KeyTaken(((taken.fact_key, 2),))
    assert isinstance(appended, Appended)
    assert (appended.first_position, appended.versions) == (4, ((stream, 2),))


@pytest.mark.parametrize("spoil", [lose_the_statement, swallow])
def test_what_is_not_found_is_unknown_and_not_a_no(
    store: PostgresStore, proxy: Proxy, spoil: Callable[[socket.socket, socket.socket, bytes], None]
) -> None:
    lost = fact(uuid4())
    proxy.spoil = spoil
    with pytest.raises(OutcomeUnknown):
        alone(store, lost)
    assert store.by_keys([lost.fact_key]) == {}
    assert isinstance(alone(store, lost), Appended), "the next append has a new connection"


def test_a_read_from_a_silent_server_ends(store: PostgresStore, proxy: Proxy) -> None:
    store.head()
    proxy.spoil = swallow
    with pytest.raises(Unavailable) as silent:
        store.head()
    assert type(silent.value) is Unavailable
    assert store.head().position == 1


def test_other_facts_under_the_same_keys_are_no_proof(store: PostgresStore, proxy: Proxy) -> None:
    stream = uuid4()
    first = fact(stream)
    alone(store, first)
    proxy.spoil = lose_the_reply
    with pytest.raises(OutcomeUnknown):
        alone(store, first._replace(body=b"{}"))


def test_connections_that_the_server_closed_are_replaced_before_anything_is_sent(
    store: PostgresStore, server: PostgresServer
) -> None:
    store.head()
    server.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'aftercare'")
    until(lambda: not server.psql("SELECT 1 FROM pg_stat_activity WHERE application_name = 'aftercare'"))
    assert isinstance(alone(store, fact(uuid4())), Appended)
    assert store.head().position == 2


def test_a_server_that_takes_its_leave_is_heard_before_it_has_hung_up(server: PostgresServer) -> None:
    for _ in range(30):  # between its last word and the end of its connection there is not much time
        wire = Wire(server.url(), 5, {})
        (backend,), *_ = wire.run("SELECT pg_backend_pid()")
        server.psql(f"SELECT pg_terminate_backend({backend})")
        select.select([wire._pg.socket], [], [], 30)
        assert not wire.usable
        wire.close()


def test_while_the_server_is_gone_nothing_is_recorded_and_then_all_works_again(
    store: PostgresStore, server: PostgresServer
) -> None:
    server.kill()
    for _ in range(2):
        with pytest.raises(Unavailable):
            alone(store, fact(uuid4()))
        with pytest.raises(Unavailable):
            store.head()
    server.start()
    assert isinstance(alone(store, fact(uuid4())), Appended)
    assert store.head().position == 2


WAITS = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'"


def interrupt(server: PostgresServer, how: str) -> threading.Thread:
    """Interrupt the next commit that waits for a standby."""

    def act() -> None:
        until(lambda: bool(server.psql(WAITS)), what="a commit that waits")
        server.psql(WAITS.replace("SELECT pid", f"SELECT {how}(pid)"))

    thread = threading.Thread(target=act)
    thread.start()
    return thread


@pytest.fixture
def synchronous() -> Iterator[tuple[PostgresServer, PostgresServer, str]]:
    """A server that answers only what its standby has, the standby, and the URL of a log."""
    with PostgresServer({"fsync": "off"}, tcp=True) as primary:
        url = primary.create_database()
        upgrade_log(url, "test")
        standby = primary.standby("witness")
        primary.configure({"synchronous_standby_names": "'witness'"})
        yield primary, standby, url
        primary.configure({"synchronous_standby_names": "''"})


@pytest.mark.parametrize("how", ["pg_cancel_backend", "pg_terminate_backend"])
def test_a_commit_that_did_not_wait_for_its_standby_is_no_yes(
    synchronous: tuple[PostgresServer, PostgresServer, str], how: str
) -> None:
    primary, standby, url = synchronous
    store = open_postgres(url)
    alone(store, fact(uuid4()))
    standby.stop()
    facts, ask = fact(uuid4()), request("unsure")
    for attempt in range(2):  # the second finds the first, which may still be lost with its server
        interrupted = interrupt(primary, how)
        with pytest.raises(OutcomeUnknown):
            alone(store, facts, ask=ask)
        interrupted.join()
        assert attempt == 0 or store.head().position == 2
    standby.start()
    assert isinstance(alone(store, facts, ask=ask), Answered)
    assert alone(store, facts) == KeyTaken(((facts.fact_key, 2),))
    store.close()


def test_a_find_is_no_yes_before_the_standby_has_it(synchronous: tuple[PostgresServer, PostgresServer, str]) -> None:
    primary, standby, url = synchronous
    proxy = Proxy(primary.port)
    store = open_postgres(primary.tcp_url(make_url(url).database or "", proxy.port))
    alone(store, fact(uuid4()))
    standby.stop()
    lost = fact(uuid4())

    def commit_unseen(client: socket.socket, server: socket.socket, data: bytes) -> None:
        """Let the server record without its standby, keep the warning back, and then cut the connection."""
        proxy.mute = True
        server.sendall(data)
        interrupt(primary, "pg_cancel_backend").join()
        until(lambda: primary.psql("SELECT position FROM log_head", make_url(url).database or "") == [(2,)])
        proxy.mute = False
        hang_up(client)
        looked.append(interrupt(primary, "pg_cancel_backend"))

    looked: list[threading.Thread] = []
    proxy.spoil = commit_unseen
    with pytest.raises(OutcomeUnknown):
        alone(store, lost)
    looked[0].join()
    standby.start()
    assert alone(store, lost) == KeyTaken(((lost.fact_key, 2),))
    store.close()
    proxy.close()
