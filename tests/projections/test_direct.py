"""Statements handed to the driver: the rows and errors are those of SQLAlchemy, and nothing lost is used again."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    MetaData,
    Table,
    Text,
    bindparam,
    insert,
    literal,
    select,
    text,
)
from sqlalchemy.exc import OperationalError

from domain.kernel.refusals import Unavailable
from domain.log.columns import Id
from domain.log.log import Log
from domain.log.tracking import BOOKMARK
from projections.direct import Direct
from projections.engine import Engine
from projections.equipment import registry
from projections.equipment.registry import REGISTRY, RegistryFilter
from projections.paging import Window
from projections.views import Views, normal, views_url
from tests.projections.recording import FIRST, SECOND, record, said
from tests.projections.test_registry import released

KINDS = Table(
    "kind",
    MetaData(),
    Column("key", Id, primary_key=True),
    Column("other", Id),
    Column("truth", Boolean),
    Column("number", BigInteger),
    Column("from", Text),
    Column("name_normal", Text),
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "key": st.uuids(),
            "other": st.none() | st.uuids(),
            "truth": st.none() | st.booleans(),
            "number": st.none() | st.integers(-(2**63), 2**63 - 1),
            "from": st.none() | TEXTS,
            "name_normal": st.none() | st.sampled_from(["%", "a b", "?", ":x"]),
        }
    ),
    max_size=6,
    unique_by=lambda row: row["key"],
)
ALL = RegistryFilter()


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    views = Views(views_url(database_url))
    with views.write() as opened:
        KINDS.create(opened)
        yield opened
    views.close()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, most=st.integers(0, 2**62), name=st.sampled_from(["%", "A  B", "?", ":x"]))
def test_the_rows_are_those_that_sqlalchemy_gives(
    connection: Connection, rows: list[dict[str, Any]], most: int, name: str
) -> None:
    query = select(KINDS, KINDS.c.number.label("again")).order_by(KINDS.c.key)
    known = query.where(KINDS.c.name_normal == normal(bindparam("name")), KINDS.c.number <= bindparam("most"))  # type: ignore[arg-type]  # stands for a text
    own = query.where(KINDS.c.key == bindparam("own"))
    some = query.where(KINDS.c.key.in_([row["key"] for row in rows[1:]]))
    with connection.begin_nested() as nested:
        if rows:
            connection.execute(insert(KINDS), rows)
        asked: list[tuple[Any, dict[str, Any]]] = [(query, {}), (some, {}), (known, {"most": most, "name": name})]
        asked += [(own, {"own": row["key"]}) for row in rows]
        for statement, values in asked:
            found = Direct(statement, connection.dialect).all(connection, values)
            assert found == [tuple(row) for row in connection.execute(statement, values)]
        nested.rollback()


def test_values_have_the_names_of_their_columns(connection: Connection) -> None:
    direct = Direct(select(KINDS.c.key, KINDS.c.number.label("again")), connection.dialect)
    row = direct.named((1, 2))
    assert (row.key, row.again) == (1, 2)


def test_a_fault_of_a_statement_is_told_as_sqlalchemy_tells_it(connection: Connection) -> None:
    nowhere = Table("nowhere", MetaData(), Column("key", Id))
    with pytest.raises(Exception) as told, connection.begin_nested():  # noqa: PT011  its class is compared
        connection.execute(select(nowhere))
    with pytest.raises(type(told.value)), connection.begin_nested():
        Direct(select(nowhere), connection.dialect).all(connection, {})


def test_a_connection_that_was_lost_is_not_used_again(postgres_url: str) -> None:
    views = Views(views_url(postgres_url))
    asked = Direct(select(literal(1).label("one")), views.engines[1].dialect)
    with views.ask() as connection, views.ask() as other:
        own = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        other.execute(text("SELECT pg_terminate_backend(:own, 5000)"), {"own": own})
        with pytest.raises(OperationalError):
            asked.all(connection, {})
        assert connection.invalidated
    with views.ask() as connection:
        assert asked.all(connection, {}) == [(1,)]
    with pytest.raises(Unavailable):
        _ask_on_a_lost_connection(views, asked)
    views.close()


def _ask_on_a_lost_connection(views: Views, asked: Direct) -> None:
    with views.ask() as connection:
        own = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        with views.ask() as other:
            other.execute(text("SELECT pg_terminate_backend(:own, 5000)"), {"own": own})
        asked.all(connection, {})


def test_a_page_and_how_far_its_read_model_followed_are_one_statement(
    log: Log, engine: Engine, queries: list[tuple[str, Any]]
) -> None:
    record(log, [said(1, FIRST, released("PX-1"), 1)])
    engine.catch_up()
    with engine.views.ask() as connection:
        queries.clear()
        now = registry.items(connection, ALL, Window())
        again = registry.items(connection, ALL, Window(), known_at=now.position)
        assert len(queries) == 2, queries
        record(log, [said(2, SECOND, released("PX-2"), 2)])
        engine.catch_up()
        later = registry.items(connection, ALL, Window())
        then = registry.items(connection, ALL, Window(), known_at=now.position)
    assert (now.position, later.position) == (1, 2)
    assert now == again == then
    assert [item.equipment_id for item in later.items] == [FIRST.id, SECOND.id]


def test_a_page_beyond_what_was_followed_is_refused(log: Log, engine: Engine) -> None:
    record(log, [said(1, FIRST, released("PX-1"), 1)])
    engine.catch_up()
    with engine.views.ask() as connection, pytest.raises(Unavailable):
        registry.items(connection, ALL, Window(), known_at=2)


def test_a_page_of_nothing_tells_how_far_its_read_model_followed(log: Log, engine: Engine) -> None:
    record(log, [said(1, FIRST, released("PX-1"), 1)])
    engine.catch_up()
    with engine.views.ask() as connection:
        page = registry.items(connection, RegistryFilter(serial="PX-9"), Window())
    assert (page.items, page.position, page.next) == ((), 1, None)


def test_a_page_of_what_is_not_built_is_refused(log: Log, engine: Engine) -> None:
    record(log, [said(1, FIRST, released("PX-1"), 1)])
    engine.catch_up()
    with engine.views.write() as connection:
        connection.execute(BOOKMARK.delete().where(BOOKMARK.c.name == REGISTRY.name))
    with engine.views.ask() as connection, pytest.raises(Unavailable):
        registry.items(connection, ALL, Window())
