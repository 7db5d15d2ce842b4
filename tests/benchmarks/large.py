"""A large registry, made from a small one in a few statements: the same thousand items, over and over."""

import hashlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Integer,
    MetaData,
    Table,
    Uuid,
    case,
    cast,
    func,
    insert,
    literal,
    select,
    text,
    update,
)

from domain.kernel.moments import FOREVER, to_micros
from domain.log.tracking import BOOKMARK
from projections import building
from projections.engine import Engine
from projections.equipment.registry import REGISTRY, TABLE
from projections.read_model import Tables
from projections.read_models import READ_MODELS
from tests.benchmarks import fleet
from tests.benchmarks.appends import open_at

ITEMS, FACTS = 1_000, 3_800
"""In the small one: each item was released, certified and shipped, and units apart, delivered."""
IN_TRANSIT = to_micros(fleet.START) + 7 * 1_800_000_000
"""A moment, three and a half hours after the first one, at which all of them are on their way, units apart."""
_LATER = 100_000
"""By how much each thousand lives later than the one before it, in microseconds."""


def grow(url: str, views_url: str, items: int) -> int:
    """Fill an empty log with the small fleet, and the registry with so many items; return up to where it is known."""
    fleet.record(url, fleet.facts(FACTS))
    with open_at(url) as log:
        engine = Engine(log, views_url, READ_MODELS)
        engine.catch_up()
        with engine.views.write() as connection:
            position = _multiply(connection, items // ITEMS)
        with engine.views.engines[0].connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))
        engine.close()
    fleet.move_head(url, position)
    return position


def _multiply(connection: Connection, times: int) -> int:
    """Build a registry anew from the rows of the one that answers; return up to where it is known."""
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.driver_connection
        driver.create_function("key_of", 2, _key_of, deterministic=True)
    building.begin(connection, REGISTRY)
    beside, number = Tables.of(REGISTRY, beside=True), Table("number", MetaData(), Column("number", Integer))
    connection.execute(text("CREATE TEMPORARY TABLE number (number bigint)"))
    connection.execute(insert(number), [{"number": each} for each in range(times)])
    columns = [_shifted(connection, column, number.c.number) for column in TABLE.c]
    rows = select(*columns).select_from(TABLE.join(number, literal(value=True)))
    connection.execute(insert(beside.rows).from_select([column.name for column in TABLE.c], rows))
    states = Tables.of(REGISTRY).states
    connection.execute(insert(beside.states).from_select([column.name for column in states.c], select(states)))
    building.index(connection, REGISTRY)
    position = times * FACTS
    building.change_over(connection, REGISTRY, position)
    connection.execute(update(BOOKMARK).values(position=position))
    connection.execute(text("DROP TABLE number"))
    return position


def _shifted(connection: Connection, column: Column[Any], number: ColumnElement[int]) -> ColumnElement[Any]:
    """Return a column of a row in the so-manieth thousand; the first one stays as it is."""
    if column.name == "key":
        if connection.dialect.name == "sqlite":
            return func.key_of(column, number)
        return case((number == 0, column), else_=cast(func.md5(func.concat(column, number)), Uuid))
    if column.name in {"serial", "serial_normal"}:
        return column.concat("-").concat(cast(number, column.type))
    if column.name in {"valid_from", "valid_to"}:
        return case((column == FOREVER, column), else_=column + number * _LATER)
    if column.name in {"known_from", "known_to", "ended_by"}:
        return case((column == FOREVER, column), else_=column + number * FACTS)
    return column


def _key_of(key: bytes, number: int) -> bytes:
    return key if number == 0 else hashlib.md5(key + number.to_bytes(4, "big"), usedforsecurity=False).digest()


def give(connection: Connection, organisation: UUID, items: int) -> None:
    """Let an organisation own the last items by serial number: where a list of the fleet would come to them last."""
    now = (TABLE.c.valid_to == FOREVER, TABLE.c.known_to == FOREVER)
    last = select(TABLE.c.key).where(*now).order_by(TABLE.c.serial_normal.desc()).limit(items)
    keys = connection.execute(last).scalars().all()
    connection.execute(update(TABLE).where(TABLE.c.key.in_(keys), *now).values(owner_id=organisation))


def first_items(connection: Connection, most: int) -> Sequence[Any]:
    """Return the ids of items that the log knows too."""
    query = select(TABLE.c.key).where(TABLE.c.known_from <= most, TABLE.c.valid_from == to_micros(fleet.START))
    return connection.execute(query.order_by(TABLE.c.known_from)).scalars().all()
