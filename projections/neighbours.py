"""The statements that find what rows follow and what follows them."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Dialect, Executable, Table, func, or_, select

from domain.kernel.moments import FOREVER
from projections.round_trip import Plain, among


@dataclass(frozen=True)
class Neighbours:
    """The statements that find the rows of keys, of what follows them and of what they follow."""

    around: Plain
    """The open rows of keys, of what follows them and of what all these follow; `left` is when something left last."""
    left: Plain
    """When something last ceased to follow keys, of those that anything ever followed."""
    followed: Executable
    """The keys of rows that follow one of some keys, or did once, as is known now."""
    live: Executable
    """The rows of keys that are not forgotten."""

    @classmethod
    def of(cls, rows: Table, link: str, dialect: Dialect) -> "Neighbours":
        """Build the statements for the rows of a read model.

        Args:
            rows: the table, with an index by what is followed and by the end of rows.
            link: the column that has what a row follows.
            dialect: of the database.
        """
        its_keys = partial(among, name="its_keys", on_sqlite=dialect.name == "sqlite")
        seed, unit, item, each = rows.alias("seed"), rows.alias("unit"), rows.alias("item"), rows.alias("each_row")
        below = select(seed.c.key).where(_is_open(seed), or_(its_keys(seed.c.key), its_keys(seed.c[link])))
        beneath = below.cte("below", recursive=True)
        beneath = beneath.union(select(unit.c.key).join(beneath, unit.c[link] == beneath.c.key).where(_is_open(unit)))
        around = select(beneath.c.key).cte("around", recursive=True)
        over = select(item.c[link]).join(around, item.c.key == around.c.key)
        around = around.union(over.where(_is_open(item)))
        former = rows.alias("former")
        ended = (former.c.valid_to < FOREVER,)
        left = select(func.max(former.c.valid_to)).where(former.c[link] == each.c.key, *ended).scalar_subquery()
        about = select(each, left.label("left")).join(around, around.c.key == each.c.key).where(_is_open(each))
        last = select(former.c[link].label("key"), func.max(former.c.valid_to).label("left"))
        return cls(
            around=Plain(about),
            left=Plain(last.where(its_keys(former.c[link]), *ended).group_by(former.c[link])),
            followed=select(rows.c.key).where(its_keys(rows.c[link]), rows.c.known_to == FOREVER).distinct(),
            live=select(rows).where(its_keys(rows.c.key), rows.c.known_to == FOREVER),
        )


def _is_open(rows: Any) -> Any:
    """Return whether a row is open; in a form for which no index is used, or all open rows might be gone through."""
    return (rows.c.valid_to + 0 == FOREVER) & (rows.c.known_to == FOREVER)
