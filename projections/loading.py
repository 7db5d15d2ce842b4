"""What folding starts from, read in one statement as long as it stays short: each statement is a round trip."""

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Table, bindparam, literal_column, null, select, union_all
from sqlalchemy.sql.selectable import CompoundSelect

from domain.kernel.envelope import Recorded
from projections import parking
from projections.applying import Applying
from projections.past import before_themselves, named_before
from projections.statements import MOST_NAMED
from projections.views import mention

_FACTS = "facts"
_ANY_PARKED = -1


def load(connection: Connection, facts: Sequence[Recorded], folding: Sequence[Applying[Any]]) -> Collection[UUID]:
    """Give those who will fold facts the states of their keys.

    Returns:
        Which of the facts an error declaration named as wrong before they were on record themselves.
    """
    wanted = [each.meet(facts) for each in folding]
    names = tuple(each.name for each in folding)
    if len(facts) + sum(map(len, wanted)) > MOST_NAMED or any(each.met for each in folding):
        any_parked = connection.execute(select(parking.is_any(names))).scalar_one()
        for each, keys in zip(folding, wanted, strict=True):
            each.may_be_held_up = any_parked
            if any_parked:
                each.forget()
            each.load(keys)
        return named_before(connection, facts)
    named = {_keys_of(number): keys for number, keys in enumerate(wanted)}
    found = connection.execute(
        _together(tuple(each.statements.states_table for each in folding), names),
        {**named, _FACTS: [fact.id for fact in facts]},
    ).all()
    any_parked = any(row.number == _ANY_PARKED for row in found)
    for number, (each, keys) in enumerate(zip(folding, wanted, strict=True)):
        each.take(keys, [row for row in found if row.number == number])
        each.may_be_held_up = any_parked
        if any_parked:
            each.hold_up(keys)
    return before_themselves(facts, [(row.key, row.newest) for row in found if row.number == len(folding)])


@lru_cache(maxsize=64)
def _together(tables: tuple[Table, ...], names: tuple[str, ...]) -> CompoundSelect[Any]:
    """Return the query for the states of keys in tables, and for the mentions of facts; each row has its number.

    One more row says that facts are parked for some of the read models.
    """
    states = [
        select(
            literal_column(str(number)).label("number"),
            *(table.c[name] for name in ("key", "newest", "open_from", "open_known", "state")),
        ).where(table.c.key.in_(bindparam(_keys_of(number), expanding=True)))
        for number, table in enumerate(tables)
    ]
    mentions = select(
        literal_column(str(len(tables))), mention.c.fact, mention.c.position, null(), null(), null()
    ).where(mention.c.fact.in_(bindparam(_FACTS, expanding=True)), mention.c.corrects.is_(None))
    is_parked: Any = select(literal_column(str(_ANY_PARKED)), *(null() for _ in range(5))).where(parking.is_any(names))
    return union_all(*states, mentions, is_parked)


def _keys_of(number: int) -> str:
    return f"keys_{number}"
