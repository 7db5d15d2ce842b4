"""How read models were made: a program applies facts to tables of its own making, and to no others.

Which of two programs a read model is left to is decided by their versions alone, whoever came first. Whoever changes
over puts another bookmark in the place of the old one: who was about to move that, as it stood, does not find it.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, exists, select, update

from domain.log.tracking import BOOKMARK
from projections.read_model import BESIDE, ReadModel
from projections.round_trip import Answer, Plain, RoundTrip, round_trip
from projections.views import read_model

NEWER = "made by a newer version of the program"
OLDER = "made by an older version of the program, until it is built anew"


class Making(NamedTuple):
    """The fold, by its number, and the columns."""

    version: int
    layout: str

    @classmethod
    def of(cls, model: ReadModel[Any]) -> "Making":
        """Return how this program makes a read model."""
        return cls(model.version, model.layout)


class Overtaken(Exception):  # noqa: N818  what happened, not what went wrong
    """Another program was faster with some of the read models, or took them over: undo all, and look at them anew."""


class Course(Enum):
    """What a program does with a read model."""

    FOLLOW = "follow"
    REPLACE = "replace"
    """Builds its own beside what answers, which it does not follow, and changes over."""
    LEAVE = "leave"
    """It is a newer program's, or another one's of the same version."""


_OF_THE_MAKING = exists().where(
    read_model.c.name == BOOKMARK.c.name,
    read_model.c.version == bindparam("its_version"),
    read_model.c.layout == bindparam("its_layout"),
)
_MOVE = Plain(
    update(BOOKMARK)
    .where(BOOKMARK.c.name == bindparam("its_name"), BOOKMARK.c.position == bindparam("expected"), _OF_THE_MAKING)
    .values(position=bindparam("new"))
)
"""Built once: building it costs more than running it."""

_HOLD = (
    select(BOOKMARK.c.position)
    .where(BOOKMARK.c.name == bindparam("its_name"), _OF_THE_MAKING)
    .with_for_update(of=BOOKMARK)
)


def move(connection: Connection, makings: Mapping[str, Making], expected: int, new: int) -> bool:
    """Move bookmarks inside the caller's transaction, if they are where and what the caller believes them to be.

    Args:
        connection: of the views, in the transaction that also applies the facts.
        makings: by the name of each bookmark, how the caller makes its read model.
        expected: where every one of the bookmarks is.
        new: where they are to be, beyond `expected`.

    Returns:
        Whether all of them were so. If not, others were faster with some, or took them over: undo the transaction.
    """
    with round_trip(connection) as trip:
        moves = moving(trip, makings, expected, new)
    return all(moved.changed for moved in moves)


def moving(trip: RoundTrip, makings: Mapping[str, Making], expected: int, new: int) -> list[Answer]:
    """Tell bookmarks to move, as `move` does; each that was not as the caller believes it to be changes nothing."""
    if new <= expected:
        raise ValueError("a bookmark only moves forward")
    # Always in the same order: of two programs, the later waits for the earlier at the first one.
    where = {"expected": expected, "new": new}
    return [trip.tell(_MOVE, _named(name, makings[name]) | where) for name in sorted(makings)]


def hold(connection: Connection, name: str, making: Making) -> bool:
    """Let nobody else apply facts to a read model until the commit; return whether it is of this making."""
    return connection.execute(_HOLD, _named(name, making)).first() is not None


def makings(connection: Connection) -> dict[str, Making]:
    """Return how everything that answers or is built beside was made, by the names of the bookmarks."""
    found = connection.execute(select(read_model.c.name, read_model.c.version, read_model.c.layout))
    return {row.name: Making(row.version, row.layout) for row in found}


def course(made: Mapping[str, Making], model: ReadModel[Any], *, starting: bool = False) -> Course:
    """Return what is to be done with a read model.

    Args:
        made: how everything was made.
        model: the read model.
        starting: whether the program starts. Only then it replaces another making of its own version: two such
            programs would go on replacing each other's.
    """
    own, answers, beside = Making.of(model), made.get(model.name), made.get(model.name + BESIDE)
    if answers is None or answers == own:
        return Course.FOLLOW
    if is_newer(made, model):
        return Course.LEAVE
    return Course.REPLACE if starting or beside == own or answers.version < own.version else Course.LEAVE


def is_newer(made: Mapping[str, Making], model: ReadModel[Any]) -> bool:
    """Return whether what answers, or is built beside, was made by a newer program."""
    there = [made[name] for name in (model.name, model.name + BESIDE) if name in made]
    return any(each.version > model.version for each in there)


def unfit(made: Mapping[str, Making], model: ReadModel[Any]) -> str | None:
    """Return why the rows that answer cannot be read by this program: columns are missing or others; None: they can."""
    answers = made.get(model.name)
    if answers is None or answers.layout == model.layout:
        return None
    return OLDER if answers.version < model.version else NEWER


def _named(name: str, making: Making) -> dict[str, Any]:
    return {"its_name": name, "its_version": making.version, "its_layout": making.layout}
