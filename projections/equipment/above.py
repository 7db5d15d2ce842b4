"""What is above a unit: the rule by which its rows follow those of its parent, and SQL that climbs the registry."""

from collections.abc import Callable
from uuid import UUID

from sqlalchemy import CTE, Alias, ColumnElement, FromClause, and_, exists, select

from domain.equipment.life import REMOVABLE
from domain.equipment.structure import FOLLOWED
from domain.equipment.terms import Stage
from projections.paging import shown
from projections.timeline import Values

_REMOVABLE = frozenset(stage.value for stage in REMOVABLE)
_FOLLOWED = {stage.value: told.value for stage, told in FOLLOWED.items()}


def followed_by(own: Values) -> UUID | None:
    """Return the item that a row follows: its parent, of a unit that sits in one.

    Args:
        own: a row with the columns `stage` and `parent_id`.
    """
    parent: UUID | None = own["parent_id"] if own["stage"] in _REMOVABLE else None
    return parent


def told_stage(own: Values, above: Values | None) -> str:
    """Return the stage that is told of an item, by the rule of `domain.equipment.structure.told_stage`.

    Args:
        own: its row.
        above: the row that it follows, which tells it in turn of what is above that.
    """
    if followed_by(own) is None:
        return str(own["stage"])
    if above is None:
        return Stage.INSTALLED.value
    if followed_by(above) is not None:
        return str(above["told_stage"])
    return _FOLLOWED.get(above["stage"], Stage.INSTALLED.value)


def any_above(
    item: FromClause,
    condition: Callable[[FromClause], ColumnElement[bool]],
    as_of: int | None,
    known_at: int,
) -> ColumnElement[bool]:
    """Return whether a condition holds of the parent of an item, of the parent of that, or of any one above.

    Args:
        item: the registry or an alias of it, as the question reads it.
        condition: of an item above.
        as_of: the moment, in microseconds; None: after everything on record.
        known_at: the position.
    """
    above, parent = _climb(item, as_of, known_at), beside(item)
    return and_(
        item.c.parent_id.is_not(None),
        exists().where(parent.c.key == above.c.key, shown(parent, as_of, known_at), condition(parent)).correlate(item),
    )


def _climb(item: FromClause, as_of: int | None, known_at: int) -> CTE:
    """Return the keys of what is above an item.

    None is in it twice (UNION, not UNION ALL), so that a ring that is on record ends where it closes.
    """
    above = select(item.c.parent_id.label("key")).correlate(item).cte(recursive=True, nesting=True)
    each = beside(item)
    held = (each.c.key == above.c.key, shown(each, as_of, known_at), each.c.parent_id.is_not(None))
    return above.union(select(each.c.parent_id).where(*held))


def beside(item: FromClause) -> FromClause:
    """Return the registry once more, beside the one of which an item is a row."""
    return (item.element if isinstance(item, Alias) else item).alias()
