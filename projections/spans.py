"""For how long something was so: the rows of a timeline as spans of time, joined where they say the same."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, Subquery, and_, case, func, literal, or_, select

from domain.kernel.moments import FOREVER


def was_in_force(table: FromClause, position: int) -> ColumnElement[bool]:
    """Return the condition for rows that held for any time, as known at a position.

    What another fact of the same moment replaced did not, and its own fact is perhaps wrong by now.
    """
    return or_(table.c.valid_from < table.c.valid_to, table.c.ended_by > position)


def known_spans(table: FromClause, columns: Collection[str], position: int) -> Select[Any]:
    """Return what held for any time at all, as known at a position: `key`, `begin`, `end` and some columns.

    A row that another fact of the same moment replaced held for no time, and is perhaps wrong by now: it is left out.
    """
    end = case((table.c.ended_by <= position, table.c.valid_to), else_=literal(FOREVER, table.c.valid_to.type))
    return select(
        table.c.key, table.c.valid_from.label("begin"), end.label("end"), *(table.c[name] for name in columns)
    ).where(table.c.known_from <= position, table.c.known_to > position, end > table.c.valid_from)


def joined(
    table: FromClause,
    columns: Sequence[str],
    conditions: Collection[ColumnElement[bool]],
    as_of: int | None,
    position: int,
) -> Subquery:
    """Return from when until when some columns of each key had which values: one row for spans that touch.

    Args:
        table: of a timeline, or an alias of it.
        columns: their names; the timeline may tell more, and have a row for each change of that.
        conditions: which rows count.
        as_of: what has begun by then, and ended by then, in microseconds; None: after everything on record.
        position: as known at it.
    """
    spans = known_spans(table, columns, position).where(*conditions)
    if as_of is not None:
        spans = spans.where(table.c.valid_from <= as_of)
    span = spans.subquery()
    window: Any = {"partition_by": span.c.key, "order_by": span.c.begin}
    same = (span.c[name].is_not_distinct_from(func.lag(span.c[name]).over(**window)) for name in columns)
    goes_on = and_(func.lag(span.c.end).over(**window) == span.c.begin, *same)
    marked = select(span, case((goes_on, 0), else_=1).label("turn")).subquery()
    turns = func.sum(marked.c.turn).over(partition_by=marked.c.key, order_by=marked.c.begin)
    each = select(marked, turns.label("number")).subquery()
    values = [each.c[name] for name in columns]
    end: ColumnElement[int] = func.max(each.c.end)
    if as_of is not None:
        end = case((end > as_of, literal(FOREVER, each.c.end.type)), else_=end)
    return (
        select(each.c.key, func.min(each.c.begin).label("begin"), end.label("end"), *values)
        .group_by(each.c.key, each.c.number, *values)
        .subquery()
    )
