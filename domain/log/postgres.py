"""The log on PostgreSQL: one order for all processes, appended in one round trip."""
# ruff: noqa: S608  the texts that statements are made of are constants of this file

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from threading import Condition
from typing import Any, Never
from uuid import UUID

import eventsourcing.persistence as library_contract
import eventsourcing.postgres as library
from eventsourcing.utils import Environment, strtobool
from sqlalchemy.engine import URL, make_url

from domain.log import making  # as a module: the library takes every factory named here for the store's own
from domain.log.binary import bigint, byteas, uuids
from domain.log.contract import PAGE_BYTES, Answered, HalfMade, Head, Line, Meta, Outcome, Proposal, Row
from domain.log.pool import Pool
from domain.log.postgres_append import ANSWERED, Writer, answered, unavailable
from domain.log.recording import Recording
from domain.log.talk import Parameter
from domain.log.wire import Wire

_COLUMNS = "position, stream, kind, sequence, fact_key, type, occurred_at, recorded_at, body"
_ROWS = f"""
    SELECT {_COLUMNS} FROM fact WHERE position > $1::bigint AND position <= $2::bigint
    ORDER BY position LIMIT $3::bigint"""
_PAGE = f"""
    SELECT {_COLUMNS} FROM (
        SELECT {_COLUMNS}, sum(octet_length(body)) OVER before AS size_before FROM fact
        WHERE position > $1::bigint AND position <= $2::bigint
        WINDOW before AS (ORDER BY position ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
        ORDER BY position LIMIT $3::bigint
    ) AS page WHERE size_before IS NULL OR size_before < {PAGE_BYTES} ORDER BY position"""
_STREAM = f"""
    SELECT {_COLUMNS} FROM fact WHERE stream = $1::uuid AND sequence > $2::bigint AND sequence <= $3::bigint
    ORDER BY sequence LIMIT $4::bigint"""
_LINES = _STREAM.replace(_COLUMNS, "type, occurred_at, body")
_NEWEST = _STREAM.replace("ORDER BY sequence", "ORDER BY sequence DESC")
_BY_KEYS = f"SELECT {_COLUMNS} FROM fact WHERE fact_key = ANY ($1::uuid[])"
_CONCERNING = f"""
    (
        SELECT {_COLUMNS} FROM fact
        WHERE stream = $1::uuid AND (occurred_at, position) > ($2::bigint, $3::bigint) AND position <= $4::bigint
        ORDER BY occurred_at, position LIMIT $5::bigint
    ) UNION ALL (
        SELECT fact.position, stream, kind, sequence, fact_key, type, fact.occurred_at, recorded_at, body
        FROM fact_subject AS named JOIN fact ON fact.position = named.position
        WHERE named.subject = $1::uuid AND (named.occurred_at, named.position) > ($2::bigint, $3::bigint)
        AND named.position <= $4::bigint
        ORDER BY named.occurred_at, named.position LIMIT $5::bigint
    ) ORDER BY occurred_at, position LIMIT $5::bigint"""
_END = 2**63 - 1
_PATIENCE_SECONDS = 10.0

_SESSION = {
    # Every statement goes by a key; a plan made while a table was small must not scan it when it is large.
    "enable_seqscan": "off",
    "plan_cache_mode": "force_generic_plan",
    "jit": "off",
}


class Datastore(library.PostgresDatastore):
    """The library's datastore in name: the log connects by itself."""

    def __init__(self, url: str, seconds: float) -> None:
        """Name the database; nothing is opened yet."""
        self.url, self.seconds = url, seconds
        parts = make_url(url)
        super().__init__(
            parts.database or "", parts.host or "", parts.port or 5432, parts.username or "", parts.password or ""
        )

    def register_type_adapters(self) -> None:
        """Do nothing: the log has no composite types."""

    def get_connection(self) -> Never:
        """Refuse: its statements and its retries are not the log's."""
        raise library_contract.NotSupportedError("the log reads and appends by its own connections")


class PostgresStore(Recording, library.PostgresApplicationRecorder):
    """The log on PostgreSQL. Safe to use from many threads; appends of one process take their turn."""

    def __init__(
        self,
        datastore: Datastore,
        *,
        clock_tolerance: timedelta = timedelta(seconds=5),
        pool_size: int = 10,
        poll_interval: float = 0.5,
    ) -> None:
        """Take where the log is, and how far the database's clock may fall behind the last recorded fact."""
        super().__init__(datastore)
        self._url, self._seconds = datastore.url, datastore.seconds
        self.poll_seconds = poll_interval
        self.growth = Condition()
        self._writer = Writer(self._connect_writer, clock_tolerance // timedelta(microseconds=1))
        self._readers = Pool(self._connect_reader, pool_size, datastore.seconds, lambda wire: wire.usable)

    def commit(self, group: Sequence[Proposal]) -> list[Outcome]:
        """Append a group in one transaction; see the contract of the log."""
        outcomes, latest = self._writer.commit(group)
        if latest:
            self.ring(latest)
        return outcomes

    def rows(self, after: int, limit: int, until: int | None = None) -> list[Row]:
        """Return rows with after < position ≤ until in order of position."""
        return self._rows(_ROWS, bigint(after), _until(until), bigint(limit))

    def page(self, after: int, limit: int, until: int | None = None) -> list[Row]:
        """Return `rows`, or the first of them where together they are large."""
        return self._rows(_PAGE, bigint(after), _until(until), bigint(limit))

    def stream(self, stream: UUID, after: int = 0, until: int | None = None, limit: int | None = None) -> list[Row]:
        """Return rows of one stream with after < sequence ≤ until in order of sequence."""
        return self.pick(stream, after, until, limit, newest_first=False)

    def lines(self, stream: UUID, after: int, limit: int) -> list[Line]:
        """Return lines of one stream with after < sequence in order of sequence."""
        return self._run(_LINES, stream.bytes, bigint(after), _until(None), bigint(limit))

    def pick(self, stream: UUID, after: int, until: int | None, limit: int | None, *, newest_first: bool) -> list[Row]:
        """Return rows of one stream with after < sequence ≤ until."""
        most = None if limit is None else bigint(limit)
        return self._rows(_NEWEST if newest_first else _STREAM, stream.bytes, bigint(after), _until(until), most)

    def concerning(
        self, subject: UUID, after: tuple[int, int] = (-(2**63), 0), limit: int = 1000, until: int | None = None
    ) -> list[Row]:
        """Return rows of the stream `subject` and rows that name it, by (occurred_at, position)."""
        return self._rows(_CONCERNING, subject.bytes, *map(bigint, after), _until(until), bigint(limit))

    def by_keys(self, keys: Sequence[UUID]) -> dict[UUID, Row]:
        """Return the rows on record under these fact keys."""
        return {row.fact_key: row for row in self._rows(_BY_KEYS, uuids(keys))}

    def answered(self, key: bytes) -> Answered | None:
        """Return the first answer to a request, if it is still kept."""
        found = self._run(ANSWERED, byteas([key]))
        return answered(found[0]) if found else None

    def head(self) -> Head:
        """Return the end of the log; position 0 if it is empty."""
        return Head(*self._run("SELECT position, recorded_at FROM log_head")[0])

    def position_at(self, recorded_at: int) -> int:
        """Return the last position recorded at or before a moment; 0 if there is none."""
        return int(self._run("SELECT position_at($1::bigint)", bigint(recorded_at))[0][0])

    def meta(self) -> Meta:
        """Return which log this is."""
        found = self._run("SELECT environment, log_id, format FROM log_meta")
        if not found:
            raise HalfMade
        return Meta(*found[0])

    def forget_answers(self, before: int) -> int:
        """Delete answers to requests given before a moment; return how many."""
        return self._writer.forget_answers(before)

    def max_notification_id(self) -> int | None:
        """Return the last position; None if the log is empty."""
        return Recording.max_notification_id(self)

    def close(self) -> None:
        """Let go of the database."""
        self._writer.close()
        self._readers.close()
        self.datastore.close()

    def _rows(self, statement: str, *parameters: Parameter) -> list[Row]:
        with self._readers.one() as wire, unavailable():
            return wire.rows(statement, parameters, Row._make)

    def _run(self, statement: str, *parameters: Parameter) -> list[tuple[Any, ...]]:
        with self._readers.one() as wire, unavailable():
            return wire.run(statement, parameters)

    def _connect_writer(self) -> Wire:
        seconds = self._seconds
        wire = Wire(self._url, seconds + 1, _SESSION | {"lock_timeout": _milliseconds(seconds / 2)})
        try:
            if wire.run("SELECT current_setting('synchronous_commit')") == [("off",)]:
                wire.run("SET synchronous_commit = on")  # an append that was answered is on the disk
        except BaseException:
            wire.close()
            raise
        return wire

    def _connect_reader(self) -> Wire:
        seconds = self._seconds
        session = {"default_transaction_read_only": "on", "statement_timeout": _milliseconds(seconds)}
        with unavailable():
            return Wire(self._url, seconds + 1, _SESSION | session)


def _until(position: int | None) -> bytes:
    return bigint(_END if position is None else position)


def _milliseconds(seconds: float) -> str:
    return str(max(1, int(seconds * 1000)))


def open_postgres(
    url: str,
    *,
    clock_tolerance: timedelta = timedelta(seconds=5),
    append_timeout: float = _PATIENCE_SECONDS,
    poll_interval: float = 0.5,
    pool_size: int = 10,
) -> PostgresStore:
    """Return the log in a PostgreSQL database. Its clock is the database's.

    Args:
        url: `postgresql+psycopg://user@host/database`.
        clock_tolerance: how far the clock may be behind the last recorded fact.
        append_timeout: seconds that a statement may take; half of it may be spent on the lock of the head.
        poll_interval: seconds after which a library subscription looks for what other processes appended.
        pool_size: how many reads may run at once.
    """
    datastore = Datastore(url, append_timeout)
    return PostgresStore(datastore, clock_tolerance=clock_tolerance, pool_size=pool_size, poll_interval=poll_interval)


def refuse_database_functions(value: str | None) -> None:
    """Refuse the library's own functions in the database: readers of a log that they append to miss facts.

    Raises:
        OSError: POSTGRES_ENABLE_DB_FUNCTIONS is set.
    """
    enabled = True
    with suppress(ValueError):
        enabled = strtobool(value or "no")
    if enabled:
        raise OSError("POSTGRES_ENABLE_DB_FUNCTIONS must not be set: readers would miss facts")


class Factory(making.StoreFactory):
    """For applications of the eventsourcing library: `PERSISTENCE_MODULE=domain.log.postgres`, `POSTGRES_DBNAME=…`."""

    def __init__(self, env: Environment | dict[str, str] | None) -> None:
        """Take the settings by the library's names."""
        super().__init__(env)
        refuse_database_functions(self.env.get("POSTGRES_ENABLE_DB_FUNCTIONS"))

    def application_recorder(self) -> PostgresStore:
        """Return the log."""
        host, port = self.env.get("POSTGRES_HOST"), self.env.get("POSTGRES_PORT")
        where = {name: value for name, value in (("host", host), ("port", port)) if value}
        url = URL.create(
            "postgresql+psycopg",
            username=self.env.get("POSTGRES_USER") or None,
            password=self.env.get("POSTGRES_PASSWORD") or None,
            database=self.env.get("POSTGRES_DBNAME"),
            query=where,
        )
        return PostgresStore(Datastore(url.render_as_string(hide_password=False), _PATIENCE_SECONDS))
