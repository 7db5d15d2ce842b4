"""Of which time of items somebody reported how much of it they were up: periods that count for availability."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, Column, Index

from domain.equipment.availability import micros_of
from domain.equipment.equipment import EQUIPMENT
from domain.equipment.life import Released, TakenOver
from domain.equipment.meters import PeriodReported
from domain.equipment.state import HOURS, OPERATING_TIME
from domain.kernel.envelope import Recorded
from domain.kernel.moments import to_micros
from projections.read_model import Steps, steps_table
from projections.timeline import Values

TABLE = steps_table(
    "reported_time",
    Column("begin", BigInteger, nullable=False),
    Column("end", BigInteger, nullable=False),
    Column("up", BigInteger, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("of_unknown", Boolean, nullable=False),
    Index("reported_time_begin", "key", "begin"),
    Index("reported_time_of_unknown", "of_unknown", "key"),
)
"""A row is a period that counts, all in microseconds: no two of one item share a time. `of_unknown` is true where it
begins before the item was on record; of no other period any part does."""

_LONGEST = Decimal(10_000_000)
"""Hours. No period has so many: a number beyond is a slip of a pen."""


@dataclass(frozen=True, kw_only=True)
class Covered:
    """Of which time of an item the hours are reported: spans in order that do not touch, as pairs of microseconds."""

    spans: tuple[tuple[int, int], ...] = ()
    on_record_since: int | None = None
    """When its life began, in microseconds; None: it has not yet."""


def keys(recorded: Recorded) -> Iterable[UUID]:
    """Return the item in whose own stream the fact stands, if it reports a period or begins its life."""
    own = recorded.stream.kind == EQUIPMENT.kind and isinstance(recorded.fact, PeriodReported | Released | TakenOver)
    return (recorded.stream.id,) if own else ()


def evolve(covered: Covered, recorded: Recorded, _key: UUID) -> Covered:
    """Cover the time of a period that counts."""
    if isinstance(recorded.fact, Released | TakenOver) and covered.on_record_since is None:
        return replace(covered, on_record_since=to_micros(recorded.occurred_at))
    if (period := _counting(covered, recorded)) is None:
        return covered
    begin, end = period["begin"], period["end"]
    before = [span for span in covered.spans if span[1] < begin]
    after = [span for span in covered.spans if span[0] > end]
    touching = covered.spans[len(before) : len(covered.spans) - len(after)]
    merged = (min([begin, *(span[0] for span in touching)]), max([end, *(span[1] for span in touching)]))
    return replace(covered, spans=(*before, merged, *after))


def step(before: Covered, _after: Covered, recorded: Recorded, wrong_by: UUID | None) -> Values | None:
    """Return a period that counts; nothing of one that does not, or is declared wrong."""
    period = None if wrong_by else _counting(before, recorded)
    if period is None:
        return None
    since = before.on_record_since
    return {"position": recorded.position, **period, "of_unknown": since is None or period["begin"] < since}


def _counting(covered: Covered, recorded: Recorded) -> Values | None:
    """Return the period of a fact, by the rule of `domain.equipment.availability`; None if it changes nothing."""
    fact = recorded.fact
    if not isinstance(fact, PeriodReported) or fact.total is None:
        return None
    if (fact.meter, fact.unit) != (OPERATING_TIME, HOURS) or not _sensible(fact.up, fact.total):
        return None
    begin, end = to_micros(fact.begin), to_micros(fact.end)
    if begin >= end or any(span[0] < end and begin < span[1] for span in covered.spans):
        return None
    return {"begin": begin, "end": end, "up": micros_of(fact.up), "total": micros_of(fact.total)}


def _sensible(up: Decimal, total: Decimal) -> bool:
    return up.is_finite() and total.is_finite() and 0 <= up <= total <= _LONGEST


REPORTED_TIME = Steps(
    name="reported_time", version=2, table=TABLE, initial=Covered(), keys=keys, evolve=evolve, step=step
)
