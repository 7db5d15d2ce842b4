"""Statements that PostgreSQL is told together: each is answered, or none after the first that is refused."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.pq import TransactionStatus

from domain.log.binary import encoder
from domain.log.talk import Talk
from tests.servers import PostgresServer, libpq

ONE, MORE, WRONG = ("SELECT 1", ()), ("SELECT $1::bigint", (encoder("bigint")(2),)), ("SELECT 1 / 0", ())

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=5)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "boolean": st.booleans(),
    "bytea": st.binary(max_size=5),
    "bigint": st.integers(-(2**63), 2**63 - 1),
    "integer": st.integers(-(2**31), 2**31 - 1),
    "text": TEXTS,
    "uuid": st.uuids(),
}


@pytest.fixture
def connection(postgres: PostgresServer) -> Iterator["psycopg.Connection[Any]"]:
    opened = psycopg.connect(libpq(postgres.url()))
    yield opened
    opened.close()


@pytest.fixture
def talk(connection: "psycopg.Connection[Any]") -> Talk:
    return Talk(connection)


@given(given=st.sampled_from(sorted(VALUES)).flatmap(lambda kind: st.tuples(st.just(kind), st.none() | VALUES[kind])))
def test_a_value_means_to_postgresql_what_it_means_here(talk: Talk, given: tuple[str, Any]) -> None:
    kind, value = given
    assert asked(talk, kind, value) == value
    assert asked(talk, f"{kind}[]", [value, None, value]) == [value, None, value]
    assert asked(talk, f"{kind}[]", []) == []


def asked(talk: Talk, kind: str, value: object) -> object:
    """Return what PostgreSQL understands, as the driver reads it."""
    results: list[Any] = []
    talk.together([(f"SELECT $1::{kind}", (encoder(kind)(value),))], results)
    return talk.made(results[0], tuple)[0][0]


def test_statements_are_answered_in_their_order_also_again(talk: Talk) -> None:
    for _ in range(2):
        results: list[Any] = []
        talk.together([ONE, MORE, ONE], results)
        assert [talk.made(each, tuple) for each in results] == [[(1,)], [(2,)], [(1,)]]


def test_after_one_that_is_refused_none_is_run_and_the_transaction_is_undone(
    talk: Talk, connection: "psycopg.Connection[Any]"
) -> None:
    results: list[Any] = []
    with pytest.raises(psycopg.errors.DivisionByZero):
        talk.together([ONE, ("CREATE TABLE made (number int)", ()), WRONG, MORE, ("COMMIT", ())], results)
    assert talk.made(results[0], tuple) == [(1,)]
    assert len(results) == 2
    assert status(connection) == TransactionStatus.INERROR
    connection.rollback()
    assert connection.execute("SELECT to_regclass('made')").fetchone() == (None,)
    talk.together([MORE, ("COMMIT", ())], results)  # which was prepared in vain, or not at all
    assert status(connection) == TransactionStatus.IDLE


def status(connection: "psycopg.Connection[Any]") -> TransactionStatus:
    return connection.info.transaction_status


def test_a_connection_that_is_lost_is_closed(postgres: PostgresServer) -> None:
    with psycopg.connect(libpq(postgres.url())) as lost:
        postgres.psql(f"SELECT pg_terminate_backend({lost.info.backend_pid})")
        with pytest.raises(psycopg.OperationalError):
            Talk(lost).together([ONE, MORE], [])
        assert lost.closed


def test_after_half_a_message_nothing_more_is_said(connection: "psycopg.Connection[Any]") -> None:
    unwritten: Any = "no bytes"
    with pytest.raises(TypeError):
        Talk(connection).together([ONE, ("SELECT $1::text", (unwritten,))], [])
    assert connection.closed


def test_more_than_the_network_takes_at_once_goes_both_ways(talk: Talk) -> None:
    large, results = encoder("text")("x" * 4_000_000), list[Any]()
    talk.together([("SELECT $1::text", (large,))] * 5, results)
    assert [len(talk.made(each, tuple)[0][0]) for each in results] == [4_000_000] * 5


def test_an_id_is_written_as_its_sixteen_bytes() -> None:
    assert encoder("uuid")(UUID(int=1)) == bytes(15) + b"\1"
