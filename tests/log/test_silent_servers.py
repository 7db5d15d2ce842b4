"""A server that is silent though its connection stays open: whoever asks is told, and the next one is answered."""

import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import literal, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from domain.application import keys
from domain.kernel.refusals import Unavailable
from domain.log import beside, vault_tables
from domain.log.libpq import engine_of
from migrations import upgrade_log, upgrade_vault
from projections import round_trip, views
from projections.offering import PASSING
from tests.log.spoiling import Proxy, swallow
from tests.servers import PostgresServer


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with PostgresServer({"fsync": "off"}, tcp=True) as server:
        yield server


@pytest.fixture
def proxy(server: PostgresServer) -> Iterator[Proxy]:
    proxy = Proxy(server.port)
    given_up = threading.Timer(60, proxy.close)  # whoever waits for ever fails the test and does not stop it
    given_up.start()
    yield proxy
    assert given_up.is_alive()
    given_up.cancel()
    proxy.close()


def test_an_answer_that_does_not_come_is_an_error_and_the_next_question_is_answered(
    server: PostgresServer, proxy: Proxy
) -> None:
    engine = engine_of(server.tcp_url(port=proxy.port), 0.5, pool_size=1, max_overflow=0)
    with engine.connect() as connection:
        proxy.spoil = swallow
        with pytest.raises(OperationalError) as silent:
            connection.execute(text("SELECT 1"))
    assert silent.value.connection_invalidated
    with engine.connect() as connection:
        assert connection.execute(text("SELECT 2")).scalar() == 2
    engine.dispose()


def test_a_server_that_is_silent_while_it_is_greeted_is_given_up(server: PostgresServer, proxy: Proxy) -> None:
    engine = engine_of(server.tcp_url(port=proxy.port), 0.5, connect_args={"connect_timeout": 2})
    proxy.spoil = swallow
    with pytest.raises(OperationalError):
        engine.connect()
    with engine.connect() as connection:
        assert connection.execute(text("SELECT 2")).scalar() == 2
    engine.dispose()


@pytest.fixture
def database(server: PostgresServer) -> Iterator[str]:
    url = server.create_database()
    upgrade_log(url, "test")
    upgrade_vault(url)
    yield make_url(url).database or ""
    server.drop_database(url)


def test_the_keys_say_that_their_database_does_not_answer(
    server: PostgresServer, proxy: Proxy, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beside, "_BUSY_MILLISECONDS", 500)
    url = server.tcp_url(database, proxy.port)
    issued = keys.Keys(url, now=lambda: datetime(2026, 1, 1, tzinfo=UTC), randomness=os.urandom)
    assert issued.all() == []
    proxy.mute = True
    with pytest.raises(Unavailable):
        issued.all()
    issued.close()


def test_the_vault_says_that_it_does_not_answer(
    server: PostgresServer, proxy: Proxy, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beside, "_BUSY_MILLISECONDS", 500)
    vault = vault_tables.VaultDatabase(server.tcp_url(database, proxy.port))
    proxy.mute = True
    with pytest.raises(Unavailable):
        vault.reading().__enter__()
    vault.close()


def test_the_read_models_say_that_they_do_not_answer(
    server: PostgresServer, proxy: Proxy, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "_ANSWERS_WITHIN", 0.5)
    opened = views.Views(server.tcp_url(database, proxy.port))

    def asked() -> object:
        with opened.ask() as connection:
            return connection.execute(text("SELECT 1")).scalar()

    assert asked() == 1
    proxy.mute = True
    with pytest.raises(Unavailable):
        asked()
    opened.close()


def test_what_is_said_past_the_cursors_of_the_read_models_waits_no_longer(
    server: PostgresServer, proxy: Proxy, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(round_trip, "WRITES_WITHIN", 0.5)
    opened = views.Views(server.tcp_url(database, proxy.port))
    asked = round_trip.Plain(select(literal(1)))
    with opened.write() as connection, round_trip.round_trip(connection) as trip:
        trip.tell(asked, {})
    proxy.mute = True
    with pytest.raises(PASSING), opened.write() as connection, round_trip.round_trip(connection) as trip:
        trip.tell(asked, {})
    opened.close()
