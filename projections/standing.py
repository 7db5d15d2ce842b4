"""How far read models have followed the log."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, inspect, select

from domain.kernel.moments import to_micros
from domain.log.tracking import BOOKMARK
from projections import building, parking
from projections.building import Followed
from projections.makings import Making, unfit
from projections.read_model import BESIDE, ReadModel
from projections.views import Views, origin, read_model

_MICROS = 1_000_000


class Standing(NamedTuple):
    """How far a read model has followed the log."""

    position: int
    lag_facts: int
    lag_seconds: float
    """How long the first fact that it has not followed has been on record."""
    error: str | None
    rebuilding: bool
    parked: int = 0
    """Facts that it failed on, and facts that wait behind them."""


class Survey(NamedTuple):
    """Every read model of a program, as one who changes nothing finds it."""

    read_models: dict[str, Standing]
    rebuilds: dict[str, int]
    """How far each rebuild is that is under way, or was left half done."""
    parked: list[parking.Parked]


def survey(url: str, log: Followed, models: Iterable[ReadModel[Any]], now: Callable[[], datetime]) -> Survey | None:
    """Return how the read models of a log stand; nothing is made, followed or tried again.

    None if they are not built: there are none, or they followed another log and are built anew by who follows this one.

    Raises:
        Unavailable: the database does not answer.
    """
    with closing(Views(url, making=False)) as views:
        with views.read() as connection:
            if not inspect(connection).has_table(origin.name) or not building.is_of_log(connection, log):
                return None
            rebuilds, told = rebuilds_of(connection), parking.told(connection)
        found = standings(views, log, models, now)
    return Survey(found, rebuilds, [each for each in told if each.read_model in found])


def rebuilds_of(connection: Connection) -> dict[str, int]:
    """Return the read models that are being rebuilt, or were left half rebuilt, and how far each rebuild is."""
    at = connection.execute(select(BOOKMARK)).all()
    return {row.name.removesuffix(BESIDE): row.position for row in at if row.name.endswith(BESIDE)}


def state_of_rows(connection: Connection) -> Sequence[object]:
    """Return what, beside how far they have followed the log, tells the rows of all read models from other ones.

    Rows at one position are others once they were built anew, by this program or another, or once parked facts are
    applied to them. Read it before rows that it is to stand for: then it is never of later ones than they.
    """
    columns = (read_model.c.name, read_model.c.version, read_model.c.layout, read_model.c.generation)
    made = connection.execute(select(*columns).order_by(read_model.c.name)).all()
    return [*map(tuple, made), *sorted(parking.waiting(connection).items())]


def standings(
    views: Views, log: Followed, models: Iterable[ReadModel[Any]], now: Callable[[], datetime]
) -> dict[str, Standing]:
    """Return how far each of some read models has followed the log, whoever followed it, and what has stopped it.

    Rows of another making answer too, as long as they have the same columns: every server of a version says the same.
    """
    head = log.head().position
    with views.read() as connection:
        at = {row.name: row.position for row in connection.execute(select(BOOKMARK))}
        found = connection.execute(select(read_model)).all()
        waits = parking.counts(connection)
    noted = {row.name: row.error for row in found}
    made = {row.name: Making(row.version, row.layout) for row in found}
    behind = {position for position in at.values() if position < head}
    waiting = {position: _waited(log, position, to_micros(now())) for position in behind}
    return {
        (name := model.name): Standing(
            position=(position := at.get(name, 0)),
            lag_facts=head - position,
            lag_seconds=waiting.get(position, 0.0),
            error=unfit(made, model) or noted.get(name) or noted.get(name + BESIDE),
            rebuilding=name + BESIDE in at,
            parked=waits.get(name, 0),
        )
        for model in models
    }


def _waited(log: Followed, position: int, now: int) -> float:
    """Return for how many seconds the first fact beyond a position has been on record."""
    rows = log.rows(position, 1)
    return max(0.0, (now - rows[0].recorded_at) / _MICROS) if rows else 0.0
