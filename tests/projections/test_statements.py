"""What is said to the tables of read models reaches them, however much it is."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import (
    Column,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    create_engine,
    func,
    select,
)

from projections.round_trip import round_trip
from projections.statements import adding
from tests.servers import PostgresServer

PATIENCE_SECONDS = 30.0
TABLE = Table("large", MetaData(), Column("number", Integer), Column("body", LargeBinary))
SIZE = 8_000_000


def test_more_than_the_network_takes_at_once_is_committed(postgres: PostgresServer) -> None:
    engine = create_engine(postgres.create_database())
    try:
        with engine.begin() as connection:
            TABLE.create(connection)
        hasty = ThreadPoolExecutor(1)  # not as a context: one that waits for ever would keep the test
        hasty.submit(write, engine, rows=3).result(PATIENCE_SECONDS)
        with engine.connect() as connection:
            query = select(func.count(), func.sum(func.length(TABLE.c.body)))
            assert connection.execute(query).one() == (3, 3 * SIZE)
    finally:
        engine.dispose()


def write(engine: Engine, rows: int) -> None:
    many = adding(TABLE, ("number", "body"), engine.dialect)
    with engine.begin() as connection, round_trip(connection, committing=True) as trip:
        many.run(trip, [(number, bytes(SIZE)) for number in range(rows)])
