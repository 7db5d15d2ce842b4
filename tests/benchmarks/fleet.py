"""A fleet that lives: items go into service, fail and are repaired, units go into some of them, some facts are late.

The same facts on every run. A thousand items live at once, so that hardly any two facts of a batch are of one item.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count, islice
from random import Random
from typing import NamedTuple
from uuid import UUID

import psycopg
from sqlalchemy.engine import make_url

from domain.equipment.custody import Delivered, Shipped, Stocked
from domain.equipment.life import Commissioned, Installed, Released
from domain.equipment.meters import MeterReadingRecorded
from domain.equipment.operation import FailureReported, RepairCompleted, RepairStarted
from domain.equipment.papers import Certified
from domain.equipment.structure import UnitInstalled
from domain.kernel.facts import Fact
from domain.kernel.streams import StreamRef
from domain.log.codec import Draft, encode
from domain.log.contract import NewFact
from tests.benchmarks.rows import CALLER, NoSealer
from tests.servers import libpq

START = datetime(2020, 1, 1, tzinfo=UTC)
MAKER, MODELS = UUID(int=20), tuple(UUID(int=number) for number in range(100, 150))
OPERATORS = tuple(UUID(int=number) for number in range(200, 300))
AT_ONCE = 1_000
EVERY_FIFTH, EVERY_HUNDREDTH = 5, 100
_HOUR = timedelta(hours=1)
_PIECE = 10_000
_FACT = "INSERT INTO fact VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_SUBJECT = "INSERT INTO fact_subject VALUES (?, ?, ?)"


class _Said(NamedTuple):
    step: int
    """The steps of all items that live at once follow each other."""
    hour: int
    """When it happened, counted from the begin of the item."""
    fact: Fact


def facts(most: int) -> Iterator[NewFact]:
    """Yield so many facts, in the order in which they are recorded."""
    return islice(_endless(), most)


def _endless() -> Iterator[NewFact]:
    random, sealer = Random(4), NoSealer()
    for first in count(0, AT_ONCE):
        ids = [UUID(int=random.getrandbits(128), version=4) for _ in range(AT_ONCE)]
        begin = START + first // AT_ONCE * _HOUR
        lives = [_life(first + number, number, ids) for number in range(AT_ONCE)]
        for step in range(10):
            for item, life in zip(ids, lives, strict=True):
                for said in (each for each in life if each.step == step):
                    at, fact_id = begin + said.hour * _HOUR, UUID(int=random.getrandbits(128), version=4)
                    draft = Draft(StreamRef("equipment", item), said.fact, at, fact_id)
                    yield encode(draft, CALLER, sealer)


def _life(number: int, place: int, ids: list[UUID]) -> list[_Said]:
    """Return what is told of an item; every fifth is a unit of the one before it."""
    released = Released(model_id=MODELS[number % 50], manufacturer_id=MAKER, serial=f"PX-{number:08}")
    begun = [_Said(0, 0, released), _Said(1, 1, Certified(certificate=f"EC-{number}", authority="NB-1"))]
    if number % EVERY_FIFTH == EVERY_FIFTH - 1:
        inside = Installed(parent_id=ids[place - 1], slot="pump")
        return [*begun, _Said(2, 2, Stocked(place="warehouse-1")), _Said(6, 30, inside)]
    operator, site = OPERATORS[number % 100], f"site-{number % 1000}"
    used: Fact = MeterReadingRecorded(meter="operating-time", value=Decimal(number % 500 + 1), unit="h")
    if number % EVERY_FIFTH == EVERY_FIFTH - 2:
        used = UnitInstalled(unit_id=ids[place + 1], slot="pump")
    failed = FailureReported(failure_mode=f"mode-{number % 7}", impact="critical", detection="operator")
    return [
        *begun,
        _Said(2, 2, Shipped(place=site)),
        _Said(3, 5, Delivered(recipient_id=operator, place=site)),
        _Said(4, 10, Installed(place=site)),
        _Said(5, 12, Commissioned(operator_id=operator, act=f"ACT-{number}")),
        _Said(6, 30, used),
        _Said(9 if number % EVERY_HUNDREDTH == 0 else 7, 100, failed),
        _Said(7 if number % EVERY_HUNDREDTH == 0 else 8, 110, RepairStarted(maintenance_type="corrective")),
        _Said(8 if number % EVERY_HUNDREDTH == 0 else 9, 120, RepairCompleted()),
    ]


class _Placed(NamedTuple):
    position: int
    sequence: int
    fact: NewFact


def record(url: str, recorded: Iterable[NewFact]) -> int:
    """Write facts into an empty log as an append would leave them there; return how many."""
    sequences: Counter[UUID] = Counter()
    numbers = count(1)

    def place(fact: NewFact) -> _Placed:
        sequences[fact.stream] += 1
        return _Placed(next(numbers), sequences[fact.stream], fact)

    write = _to_sqlite if url.startswith("sqlite") else _to_postgres
    placed = map(place, recorded)
    return write(url, iter(lambda: tuple(islice(placed, _PIECE)), ()))


def _to_sqlite(url: str, pieces: Iterable[tuple[_Placed, ...]]) -> int:
    last = 0
    with closing(sqlite3.connect(str(make_url(url).database), isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA cache_size = -262144")
        for piece in pieces:
            connection.execute("BEGIN IMMEDIATE")
            rows = [
                (
                    at,
                    fact.stream.bytes,
                    fact.kind,
                    number,
                    fact.fact_key.bytes,
                    fact.type,
                    fact.occurred_at,
                    at,
                    fact.body,
                )
                for at, number, fact in piece
            ]
            subjects = [(named.bytes, fact.occurred_at, at) for at, _, fact in piece for named in fact.subjects]
            connection.executemany(_FACT, rows)
            connection.executemany(_SUBJECT, subjects)
            last = piece[-1].position
            connection.execute("UPDATE log_head SET position = ?, recorded_at = ?", (last, last))
            connection.execute("COMMIT")
    return last


def _to_postgres(url: str, pieces: Iterable[tuple[_Placed, ...]]) -> int:
    last = 0
    with psycopg.connect(libpq(url)) as connection, connection.cursor() as cursor:
        for piece in pieces:
            with cursor.copy("COPY fact FROM STDIN (FORMAT BINARY)") as copy:
                copy.set_types(["int8", "uuid", "text", "int8", "uuid", "text", "int8", "int8", "bytea"])
                for at, number, fact in piece:
                    named = (
                        at,
                        fact.stream,
                        fact.kind,
                        number,
                        fact.fact_key,
                        fact.type,
                        fact.occurred_at,
                        at,
                        fact.body,
                    )
                    copy.write_row(named)
            with cursor.copy("COPY fact_subject FROM STDIN (FORMAT BINARY)") as copy:
                copy.set_types(["uuid", "int8", "int8"])
                for at, _, fact in piece:
                    for subject in fact.subjects:
                        copy.write_row((subject, fact.occurred_at, at))
            last = piece[-1].position
            cursor.execute("UPDATE log_head SET position = %s, recorded_at = %s", (last, last))
            connection.commit()
        connection.autocommit = True
        cursor.execute("ANALYZE fact, fact_subject")
    return last


def move_head(url: str, position: int) -> None:
    """Let a log end at a position that it has no fact of: for read models that were filled without it."""
    move = f"UPDATE log_head SET position = {position}, recorded_at = {position}"
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(str(make_url(url).database), isolation_level=None)) as file:
            file.execute(move)
    else:
        with psycopg.connect(libpq(url)) as connection:
            connection.execute(move.encode())
