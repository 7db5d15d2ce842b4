"""Building read models: making their tables, building anew beside those that answer, changing over in one commit."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Protocol

from sqlalchemy import Connection, MetaData, Table, delete, insert, inspect, select, text, update

from domain.log.contract import Head, Meta, Row
from domain.log.tracking import BOOKMARK, create_bookmarks
from projections import parking
from projections.makings import Course, Making, course, is_newer, makings
from projections.past import Source
from projections.read_model import BESIDE, ReadModel, Tables
from projections.views import BOOKKEEPING, declaration, mention, origin, parked, read_model

_FIRST_GENERATION = 1
_PATIENCE_MILLISECONDS = 200


class Followed(Source, Protocol):
    """What the engine reads of the log."""

    def rows(self, after: int, limit: int, until: int | None = None) -> list[Row]:
        """Return rows with after < position ≤ until in order of position."""

    def page(self, after: int, limit: int, until: int | None = None) -> list[Row]:
        """Return rows with after < position ≤ until in order of position: fewer of them where they are large."""

    def head(self) -> Head:
        """Return the end of the log."""

    def meta(self) -> Meta:
        """Return which log this is."""

    def wait_beyond(self, position: int, timeout: float) -> bool:
        """Wait until the head is beyond a position; return whether it is."""


class Plan(NamedTuple):
    """What is to be done with the declared read models."""

    follow: tuple[str, ...]
    """Read models whose tables are of the declared making."""
    beside: tuple[str, ...]
    """Read models of which another making answers, which is not followed, until this one is built beside."""
    newer: tuple[str, ...]
    """Read models that a newer version of the program made, or makes: left to it."""


class MadeByNewer(Exception):  # noqa: N818  what is there, not what went wrong
    """What answers, or is being built beside, is of a newer version of the program: only that one builds it anew."""


def prepare(connection: Connection, log: Followed, models: Iterable[ReadModel[Any]]) -> Plan:
    """Make what is missing, drop what was made from another log, and return what is to be done by who starts."""
    BOOKKEEPING.create_all(connection)
    create_bookmarks(connection)
    if not _same_log(connection, log):
        _forget_all(connection)
        connection.execute(insert(origin).values(log_id=log.meta().log_id, position=0))
    return plan(connection, models, starting=True)


def plan(connection: Connection, models: Iterable[ReadModel[Any]], *, starting: bool = False) -> Plan:
    """Make what is missing, begin to build what is to be replaced, and return what is to be done."""
    made = makings(connection)
    courses: dict[Course, list[str]] = {each: [] for each in Course}
    for model in models:
        its_course = course(made, model, starting=starting)
        courses[its_course].append(model.name)
        if model.name not in made:
            _make(connection, model)
        elif its_course is Course.REPLACE:
            resume_or_begin(connection, model)
    return Plan(*(tuple(courses[each]) for each in (Course.FOLLOW, Course.REPLACE, Course.LEAVE)))


def _same_log(connection: Connection, log: Followed) -> bool:
    """Return whether the log is the one that was followed, and still has what was followed of it."""
    last = connection.execute(select(origin)).first()
    if last is None or last.log_id != log.meta().log_id:
        return False
    if last.position == 0:
        return True
    found = log.rows(last.position - 1, 1)
    return bool(found) and found[0].fact_key == last.fact


def _forget_all(connection: Connection) -> None:
    for name in connection.execute(select(read_model.c.name)).scalars().all():
        end = BESIDE if name.endswith(BESIDE) else ""
        stem = name.removesuffix(BESIDE)
        for named in (f"{stem}{end}", f"{stem}_state{end}"):
            Table(named, MetaData()).drop(connection, checkfirst=True)
    for table in (read_model, declaration, mention, origin, parked, BOOKMARK):
        connection.execute(delete(table))


def _make(connection: Connection, model: ReadModel[Any]) -> None:
    """Make the tables of a new read model: it answers at once, as known at the position that it has followed."""
    tables = Tables.of(model)
    tables.create(connection, model, _FIRST_GENERATION)
    tables.create_indexes(connection, model, _FIRST_GENERATION)
    _note(connection, model, tables.bookmark, _FIRST_GENERATION)


def _note(connection: Connection, model: ReadModel[Any], name: str, generation: int) -> None:
    made = {"name": name, "version": model.version, "layout": model.layout, "generation": generation}
    connection.execute(insert(read_model).values(made))
    connection.execute(insert(BOOKMARK).values(name=name, position=0))


def is_under_way(connection: Connection, model: ReadModel[Any]) -> bool:
    """Return whether this making of a read model is being built beside."""
    return makings(connection).get(model.name + BESIDE) == Making.of(model)


def is_of_this_making(connection: Connection, model: ReadModel[Any]) -> bool:
    """Return whether what answers was made as what is built beside: then equal facts must have led to equal rows."""
    return makings(connection).get(model.name) == Making.of(model)


def generation_of(connection: Connection, name: str) -> int | None:
    """Return which build of a read model answers, or is built beside; None if none is."""
    return connection.execute(select(read_model.c.generation).where(read_model.c.name == name)).scalar()


def resume_or_begin(connection: Connection, model: ReadModel[Any]) -> bool:
    """Go on building a read model beside the one that answers, or begin; return whether it is gone on with.

    Raises:
        MadeByNewer: it is left to a newer program.
    """
    if is_under_way(connection, model):
        return True
    begin(connection, model)
    return False


def begin_anew(connection: Connection, model: ReadModel[Any]) -> None:
    """Begin to build a read model beside the one that answers; what is built there already stays if nothing failed.

    Raises:
        MadeByNewer: it is left to a newer program.
    """
    if not is_under_way(connection, model) or any(parking.numbers(connection, model.name + BESIDE)):
        begin(connection, model)


def begin(connection: Connection, model: ReadModel[Any]) -> None:
    """Begin to build a read model from the first fact, beside the one that answers.

    Raises:
        MadeByNewer: it is left to a newer program.
    """
    if is_newer(makings(connection), model):
        raise MadeByNewer
    generation = generation_of(connection, model.name)
    assert generation is not None
    drop(connection, model)
    tables = Tables.of(model, beside=True)
    tables.create(connection, model, generation + 1)
    _note(connection, model, tables.bookmark, generation + 1)


def drop(connection: Connection, model: ReadModel[Any]) -> None:
    """Drop what is built beside the one that answers, if anything is, whoever builds it."""
    tables = Tables.of(model, beside=True)
    connection.execute(delete(BOOKMARK).where(BOOKMARK.c.name == tables.bookmark))
    connection.execute(delete(read_model).where(read_model.c.name == tables.bookmark))
    parking.forget(connection, tables.bookmark)
    tables.drop(connection)


def index(connection: Connection, model: ReadModel[Any]) -> None:
    """Create the indexes of what was built beside, if it is there still and they are missing."""
    tables = Tables.of(model, beside=True)
    generation = generation_of(connection, tables.bookmark) if is_under_way(connection, model) else None
    if generation is not None and len(inspect(connection).get_indexes(tables.rows.name)) < len(model.table.indexes):
        tables.create_indexes(connection, model, generation)
        if connection.dialect.name == "postgresql":
            connection.execute(text(f'ANALYZE "{tables.rows.name}"'))  # or its planner knows nothing of it for a while


def held(connection: Connection, model: ReadModel[Any]) -> tuple[int, int] | None:
    """Hold both bookmarks of a read model until the commit; return where it answers and where it is built beside.

    None if nothing of this making is being built beside (any more).
    """
    names = (model.name, model.name + BESIDE)
    query = select(BOOKMARK).where(BOOKMARK.c.name.in_(names)).order_by(BOOKMARK.c.name).with_for_update()
    found = {row.name: row.position for row in connection.execute(query)}
    there = len(found) == len(names) and is_under_way(connection, model)
    return (found[names[0]], found[names[1]]) if there else None


def change_over(connection: Connection, model: ReadModel[Any], position: int) -> None:
    """Let what was built beside answer from the commit on, if nobody reads the one that answers for long.

    On PostgreSQL all who come later would wait behind one who waits for such a reader: rather try again later. The
    bookmark is another one from then on: who waits to move the old one does not find it, and looks at the making anew.
    """
    if connection.dialect.name != "sqlite":
        connection.execute(text(f"SET LOCAL lock_timeout = '{_PATIENCE_MILLISECONDS}ms'"))
    live, beside = Tables.of(model), Tables.of(model, beside=True)
    live.drop(connection)
    for old, new in zip(_names(beside), _names(live), strict=True):
        connection.execute(text(f'ALTER TABLE "{old}" RENAME TO "{new}"'))
    connection.execute(delete(BOOKMARK).where(BOOKMARK.c.name == live.bookmark))
    moved = update(BOOKMARK).where(BOOKMARK.c.name == beside.bookmark)
    connection.execute(moved.values(name=live.bookmark, position=position))
    parking.hand_over(connection, beside.bookmark, live.bookmark)
    connection.execute(delete(read_model).where(read_model.c.name == live.bookmark))
    renamed = update(read_model).where(read_model.c.name == beside.bookmark)
    connection.execute(renamed.values(name=live.bookmark, error=None))


def _names(tables: Tables) -> Sequence[str]:
    return tables.rows.name, tables.states.name
