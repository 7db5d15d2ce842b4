"""Snapshots: states of long streams, kept beside the read models so that a new process need not refold them.

They are written by a thread of their own, never while a command waits. A snapshot made by other rules is not used.
"""

from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from queue import Full, Queue
from threading import Thread
from uuid import UUID

import msgspec
import sqlalchemy as sa

import domain
from domain.application.standings import Kept, Standing
from domain.kernel.moments import from_micros, to_micros
from domain.kernel.streams import KINDS, StreamRef
from domain.log.decoders import decoder

_METADATA = sa.MetaData()
SNAPSHOT = sa.Table(
    "standing",
    _METADATA,
    sa.Column("stream", sa.Text, primary_key=True),
    sa.Column("rules", sa.Text, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("last_fact", sa.Text, nullable=False),
    sa.Column("newest", sa.BigInteger, nullable=False),
    sa.Column("state", sa.LargeBinary, nullable=False),
)
_WAITING = 100
_RULES = ("kernel", "equipment", "parties")


@cache
def fingerprint() -> str:
    """Return what identifies the present rules: any change of their code makes every snapshot stale."""
    digest = sha256()
    root = Path(domain.__file__).parent
    for folder in _RULES:
        for path in sorted((root / folder).glob("*.py")):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


class SnapshotShelf:
    """Keeps snapshots in a table that may be lost at any time: it is rebuilt from the log."""

    def __init__(self, engine: sa.Engine, on_error: Callable[[Exception], None]) -> None:
        """Use a database of read models; problems with it are told and cost nothing but time."""
        self._engine = engine
        self._on_error = on_error
        self._offers: Queue[tuple[StreamRef, Kept] | None] = Queue(_WAITING)
        with engine.begin() as connection:
            if connection.dialect.name != "sqlite":  # two workers that start at once would both make the table
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('aftercare.standing'))"))
            _METADATA.create_all(connection)
        self._writer = Thread(target=self._write, name="snapshots")
        self._writer.start()

    def load(self, stream: StreamRef) -> Kept | None:
        """Return a kept state that the present rules made, or None."""
        query = sa.select(SNAPSHOT).where(SNAPSHOT.c.stream == str(stream), SNAPSHOT.c.rules == fingerprint())
        try:
            with self._engine.connect() as connection:
                row = connection.execute(query).one_or_none()
        except sa.exc.SQLAlchemyError as error:
            self._on_error(error)
            return None
        if row is None:
            return None
        made = type(KINDS[stream.kind].initial)
        state, before, since = decoder(tuple[made, made, int]).decode(row.state)  # type: ignore[valid-type]  # of this kind
        return Kept(Standing(state, row.version, from_micros(row.newest), before, since), UUID(row.last_fact))

    def offer(self, stream: StreamRef, kept: Kept) -> None:
        """Keep a state some time soon, unless too many wait already; one with contradictions is always refolded."""
        if kept.standing.contradictions:
            return
        try:
            self._offers.put_nowait((stream, kept))
        except Full:
            return

    def close(self) -> None:
        """Write what waits, and stop."""
        self._offers.put(None)
        self._writer.join()

    def _write(self) -> None:
        while (offer := self._offers.get()) is not None:
            stream, (standing, last_fact) = offer
            values = {
                "stream": str(stream),
                "rules": fingerprint(),
                "version": standing.version,
                "last_fact": str(last_fact),
                "newest": to_micros(standing.newest),
                "state": msgspec.json.encode((standing.state, standing.before, standing.since)),
            }
            try:
                with self._engine.begin() as connection:
                    connection.execute(sa.delete(SNAPSHOT).where(SNAPSHOT.c.stream == str(stream)))
                    connection.execute(sa.insert(SNAPSHOT).values(values))
            except sa.exc.SQLAlchemyError as error:
                self._on_error(error)
