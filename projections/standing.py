"""How far read models have followed the log."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select

from domain.kernel.moments import to_micros
from domain.log.tracking import BOOKMARK
from projections import parking
from projections.building import Followed
from projections.makings import Making, unfit
from projections.read_model import BESIDE, ReadModel
from projections.views import Views, read_model

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
