"""What rows come to by plain arithmetic, and what the read models say of the same."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from domain.equipment.technical_state import CATEGORIES, Category
from domain.kernel.moments import to_micros
from projections.engine import Engine
from projections.equipment.technical_state import TABLE
from projections.spans import known_spans
from tests.real.mta_files import Outage, unit_id

_DOWN = [state.value for state, category in CATEGORIES.items() if category is Category.DOWN]


class Spell(NamedTuple):
    """A time without a break in which a unit was down, in microseconds."""

    begin: int
    end: int


def union(outages: Iterable[Outage], until: datetime) -> dict[UUID, list[Spell]]:
    """Return when each unit was down up to a moment: its outages, those that share a time or touch joined."""
    last, found = to_micros(until), dict[UUID, list[Spell]]()
    for outage in sorted(outages, key=lambda each: each.began):
        begin = to_micros(outage.began)
        end = last if outage.ended is None else min(last, to_micros(outage.ended))
        if begin >= end:
            continue
        spells = found.setdefault(unit_id(outage.unit), [])
        if spells and begin <= spells[-1].end:
            spells[-1] = Spell(spells[-1].begin, max(end, spells[-1].end))
        else:
            spells.append(Spell(begin, end))
    return found


def down(engine: Engine, until: datetime, known_at: int) -> dict[UUID, list[Spell]]:
    """Return when each unit was down up to a moment, as known at a position, by the rows of technical states."""
    last, found = to_micros(until), dict[UUID, list[Spell]]()
    spans = known_spans(TABLE, ("told_state",), known_at).order_by(TABLE.c.key, TABLE.c.valid_from)
    with engine.views.read() as views:
        for row in views.execute(spans):
            spells, end = found.setdefault(row.key, []), min(last, row.end)
            if row.told_state not in _DOWN or row.begin >= end:
                continue
            if spells and spells[-1].end == row.begin:
                spells[-1] = Spell(spells[-1].begin, end)
            else:
                spells.append(Spell(row.begin, end))
    return {unit: spells for unit, spells in found.items() if spells}


def total(spells: Iterable[Spell]) -> timedelta:
    """Return how long spells are together."""
    return timedelta(microseconds=sum(each.end - each.begin for each in spells))
