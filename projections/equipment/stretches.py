"""Which groups of a fleet come next in their order: found by an index, group by group, whatever is in them."""

from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Column, ColumnElement, Connection, Integer, Select, and_, bindparam, false, or_, select

from projections.equipment.technical_state import TABLE

COLUMNS: dict[str, Column[Any]] = {
    "model_id": TABLE.c.model_id,
    "operator_id": TABLE.c.told_operator_id,
    "place": TABLE.c.told_place,
}
"""What an item was, and where, by the name of the group: each is the first column of an index."""


class Stretch(NamedTuple):
    """Groups that follow each other."""

    name: str
    """Of the attribute by which is grouped."""
    ends: tuple[Any, Any] | None
    """The first value and the last one; None: nobody's at most."""
    nobody: bool
    """Whether what is nobody's is among them: it comes before all others."""
    is_all: bool
    """Whether no others follow."""

    def has(self, column: ColumnElement[Any]) -> ColumnElement[bool]:
        """Return the condition for what is in one of the groups."""
        some = false() if self.ends is None else and_(column >= self.ends[0], column <= self.ends[1])
        return or_(some, column.is_(None)) if self.nobody else some


def stretch(
    connection: Connection, name: str, number: int, place: Any, *, nobody: Any, backwards: bool = False
) -> Stretch:
    """Return the next groups that are on record of any item at any time. Each takes one look into an index.

    Args:
        connection: of the views.
        name: of the attribute.
        number: how many, beside nobody's.
        place: the group at which they begin, which is the first one of them; None: at the first of all.
        nobody: what stands for nobody in places.
        backwards: whether the ones before the place are meant.
    """
    asked = _next(name, begun=place is not None, backwards=backwards)
    found = list(connection.execute(asked, {"place": place, "most": number}).scalars())
    if backwards:
        found.reverse()
    is_all = len(found) < number
    first = is_all if backwards else place in {None, nobody}
    return Stretch(name, (found[0], found[-1]) if found else None, first, is_all)


@lru_cache
def _next(name: str, *, begun: bool, backwards: bool) -> Select[Any]:
    column = COLUMNS[name]

    def nearest(*which: ColumnElement[bool]) -> Select[Any]:
        return select(column).where(*which).order_by(column.desc() if backwards else column).limit(1)

    place = bindparam("place", type_=column.type)
    here = column <= place if backwards else column >= place
    first = nearest(here if begun else column.is_not(None)).scalar_subquery()
    found = select(first.label("value")).cte("found", recursive=True)
    beyond = column < found.c.value if backwards else column > found.c.value
    one_more = nearest(beyond).correlate(found).scalar_subquery()
    found = found.union_all(select(one_more).where(found.c.value.is_not(None)))
    return select(found.c.value).where(found.c.value.is_not(None)).limit(bindparam("most", type_=Integer))
