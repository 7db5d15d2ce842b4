"""What is above a unit, in questions about many items: SQL that climbs the registry from each row, at one moment."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import CTE, Alias, ColumnElement, FromClause, Select, and_, case, exists, literal, not_, or_, select

from domain.equipment.life import REMOVABLE
from domain.equipment.structure import FOLLOWED
from domain.equipment.terms import Stage
from projections.paging import shown


def _parent(item: FromClause) -> ColumnElement[UUID]:
    return item.c.parent_id


_REMOVABLE = sorted(stage.value for stage in REMOVABLE)


def told_stage(item: FromClause, as_of: int | None, known_at: int) -> ColumnElement[str]:
    """Return the stage that is told of each item, by the rule of `domain.equipment.structure.told_stage`.

    Args:
        item: the registry or an alias of it, as the question reads it: limited to the same moment and position.
        as_of: the moment, in microseconds; None: after everything on record.
        known_at: the position.
    """
    topmost = of_topmost(item, "stage", as_of, known_at)
    followed = {stage.value: told.value for stage, told in FOLLOWED.items()}
    return case(
        (not_(follows(item)), item.c.stage), else_=case(followed, value=topmost, else_=literal(Stage.INSTALLED.value))
    )


def of_topmost(item: FromClause, name: str, as_of: int | None, known_at: int) -> ColumnElement[Any]:
    """Return a column of the topmost item above each unit; null where there is none."""
    chain, each = what_it_follows(item, as_of, known_at)
    return chain.with_only_columns(each.c[name]).where(not_(follows(each))).scalar_subquery()


def what_it_follows(item: FromClause, as_of: int | None, known_at: int) -> tuple[Select[Any], FromClause]:
    """Return the query for what is above each unit up to the topmost, and the alias of which it reads the columns.

    Args:
        item: a read model with the columns `stage` and `parent_id`, or an alias of it, as the question reads it.
        as_of: the moment, in microseconds; None: after everything on record.
        known_at: the position.
    """
    above, each = _climb(item, as_of, known_at, follows), _registry(item)
    chain = select(each).where(each.c.key == above.c.key, shown(each, as_of, known_at)).correlate(item)
    return chain, each


def told_as(item: FromClause, stage: str, as_of: int | None, known_at: int) -> list[ColumnElement[bool]]:
    """Return the conditions for items of which a stage is told: an item fits one of them, by its own stage.

    Units are looked for below the items that they follow where those are few, and otherwise each by itself: nearly
    all of them follow items in service.
    """
    own = [item.c.stage == stage]
    if stage in _REMOVABLE:
        told = told_stage(item, as_of, known_at)
        return [and_(item.c.stage == each, told == stage) for each in _REMOVABLE]
    if stage in FOLLOWED.values():
        followed = [each.value for each, told in FOLLOWED.items() if told.value == stage]

        def top(each: FromClause) -> ColumnElement[bool]:
            return and_(each.c.stage.in_(followed), not_(follows(each)))

        units = select(below(item, top, as_of, known_at).c.key)
        own.append(and_(or_(*(item.c.stage == each for each in _REMOVABLE)), item.c.key.in_(units)))
    return own


def any_above(
    item: FromClause,
    condition: Callable[[FromClause], ColumnElement[bool]],
    as_of: int | None,
    known_at: int,
    by: Callable[[FromClause], ColumnElement[UUID]] = _parent,
) -> ColumnElement[bool]:
    """Return whether a condition holds of the parent of an item, of the parent of that, or of any one above.

    Args:
        item: the registry or an alias of it, as the question reads it.
        condition: of an item above.
        as_of: the moment, in microseconds; None: after everything on record.
        known_at: the position.
        by: what is above an item; null: nothing.
    """
    above, parent = _climb(item, as_of, known_at, lambda each: by(each).is_not(None), by), _registry(item)
    return and_(
        by(item).is_not(None),
        exists().where(parent.c.key == above.c.key, shown(parent, as_of, known_at), condition(parent)).correlate(item),
    )


def _climb(
    item: FromClause,
    as_of: int | None,
    known_at: int,
    on: Callable[[FromClause], ColumnElement[bool]],
    by: Callable[[FromClause], ColumnElement[UUID]] = _parent,
) -> CTE:
    """Return the keys of what is above an item, beyond each one for which it goes on.

    None is in it twice (UNION, not UNION ALL), so that a ring that is on record ends where it closes.
    """
    above = select(by(item).label("key")).correlate(item).cte(recursive=True, nesting=True)
    each = _registry(item)
    beyond = select(by(each)).where(each.c.key == above.c.key, shown(each, as_of, known_at), on(each))
    return above.union(beyond)


def below(
    item: FromClause, condition: Callable[[FromClause], ColumnElement[bool]], as_of: int | None, known_at: int
) -> CTE:
    """Return the keys of the items of which a condition holds, and of all units that follow them, however deep."""
    top, unit = _registry(item), _registry(item)
    tops = select(top.c.key).where(condition(top), shown(top, as_of, known_at))
    found = tops.cte(recursive=True)
    inside = (unit.c.parent_id == found.c.key, shown(unit, as_of, known_at), follows(unit))
    return found.union(select(unit.c.key).where(*inside))


def follows(item: FromClause) -> ColumnElement[bool]:
    """Return whether an item is a unit in a parent, and so follows what is above it."""
    return and_(item.c.parent_id.is_not(None), or_(*(item.c.stage == stage for stage in _REMOVABLE)))


def _registry(item: FromClause) -> FromClause:
    """Return the registry once more, beside the one of which an item is a row."""
    return (item.element if isinstance(item, Alias) else item).alias()
