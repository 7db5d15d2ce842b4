"""Bookmarks: up to which position each read model has read. They stand beside the read models, in the same commit."""

from contextlib import closing
from typing import Any

import sqlalchemy as sa
from eventsourcing.persistence import IntegrityError, Tracking, TrackingRecorder
from eventsourcing.utils import Environment

METADATA = sa.MetaData()
BOOKMARK = sa.Table(
    "bookmark",
    METADATA,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("position", sa.BigInteger, nullable=False),
)

_MOVE = (
    sa.update(BOOKMARK)
    .where(BOOKMARK.c.name == sa.bindparam("its_name"), BOOKMARK.c.position == sa.bindparam("expected"))
    .values(position=sa.bindparam("new"))
)
"""Built once: building it costs more than running it."""


def create_bookmarks(connection: sa.Connection) -> None:
    """Create the table of bookmarks in a views database, if it is missing."""
    METADATA.create_all(connection)


def position_of(connection: sa.Connection, name: str) -> int:
    """Return up to which position a reader has read; 0 if it has not begun."""
    found = connection.execute(sa.select(BOOKMARK.c.position).where(BOOKMARK.c.name == name)).scalar()
    return found or 0


def advance(connection: sa.Connection, name: str, expected: int, new: int) -> bool:
    """Move a bookmark inside the caller's transaction, if it still is where the caller believes it to be.

    Args:
        connection: of the views database, in the transaction that also changes the read model.
        name: of the reader.
        expected: where the bookmark is; 0 for a reader that has not begun.
        new: where it is to be, beyond `expected`.

    Returns:
        Whether it was there. If not, another reader was faster: undo the transaction.
    """
    if new <= expected:
        raise ValueError("a bookmark only moves forward")
    if connection.execute(_MOVE, {"its_name": name, "expected": expected, "new": new}).rowcount:
        return True
    if expected or _exists(connection, name):
        return False
    try:
        with connection.begin_nested():
            connection.execute(sa.insert(BOOKMARK).values(name=name, position=new))
    except sa.exc.IntegrityError:
        return False
    return True


def _exists(connection: sa.Connection, name: str) -> bool:
    return connection.execute(sa.select(BOOKMARK.c.name).where(BOOKMARK.c.name == name)).first() is not None


class Bookmarks(TrackingRecorder):
    """The bookmarks as the eventsourcing library sees them."""

    def __init__(self, engine: sa.Engine) -> None:
        """Take the engine of the views database."""
        self.engine = engine

    def create_table(self) -> None:
        """Create the table of bookmarks, if it is missing."""
        with self.engine.begin() as connection:
            create_bookmarks(connection)

    def insert_tracking(self, tracking: Tracking) -> None:
        """Move a bookmark forward.

        Raises:
            IntegrityError: it is already there, or beyond.
        """
        name, new = tracking.application_name, tracking.notification_id
        with self.engine.begin() as connection:
            expected = position_of(connection, name)
            if new <= expected or not advance(connection, name, expected, new):
                raise IntegrityError(f"{name} has read up to {expected} already")

    def max_tracking_id(self, application_name: str) -> int | None:
        """Return up to which position a reader has read; None if it has not begun."""
        with closing(self.engine.connect()) as connection:
            return position_of(connection, application_name) or None


def bookmarks_from(env: Environment, recorder_class: type[Bookmarks] | None) -> Bookmarks:
    """Return the bookmarks in the views database that VIEWS_URL names."""
    url: Any = env.get("VIEWS_URL")
    if not url:
        raise OSError("VIEWS_URL names the database of the read models")
    bookmarks = (recorder_class or Bookmarks)(sa.create_engine(url))
    bookmarks.create_table()
    return bookmarks
