"""Where units sat, and what sat in items: from when until when, at which position, and who said so."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, ScalarSelect, Subquery, func, literal, select

from domain.kernel.envelope import Recorded
from domain.kernel.moments import FOREVER
from domain.log.codec import decode
from domain.log.columns import Id
from projections.equipment import registry
from projections.equipment.changes import Change
from projections.equipment.history import HISTORY
from projections.equipment.registry import REGISTRY
from projections.page_statements import Pages, pages
from projections.paging import Page, Window, page, shown
from projections.past import Source
from projections.prepared import prepared
from projections.spans import joined
from projections.views import followed

NEEDS = (REGISTRY, HISTORY)
"""The read models from which the question is answered."""

TABLE = registry.TABLE
_PLACE = ("parent_id", "slot")
Turn = tuple[UUID, int]
"""A unit, and a moment at which it came somewhere or went from there, in microseconds."""

_read_changes = msgspec.json.Decoder(tuple[Change, ...]).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """The fact by which something is known, and who recorded it."""

    fact: UUID
    position: int
    actor: UUID
    organisation: UUID
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """A time in which a unit sat at one position of one item."""

    unit_id: UUID
    serial: str | None
    """Of the unit; None: who asks takes no part in it by now."""
    parent_id: UUID
    slot: str | None
    begin: int
    """In microseconds."""
    end: int | None
    """None: it sits there at the moment that is asked about."""
    installed: Word | None
    """By which fact it is known; None: by none of just that moment, such as the release of a unit that sat there. Of
    several at that moment, the last: it led there."""
    removed: Word | None
    """Of several at that moment, the first: it led away from there."""
    above: tuple["Above", ...] = ()
    """Where it sits at the moment that is asked about, if it does: in what, in what that sits, and so on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Above:
    """An item above a unit, and where the one below sits in it."""

    equipment_id: UUID
    slot: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitFilter:
    """Which of the times that units sat in an item are asked for; what is None does not matter."""

    slot: str | None = None
    unit_id: UUID | None = None
    since: int | None = None
    """Only those that had not ended by this moment, in microseconds."""
    scope: UUID | None = None
    """Who asks: the serial number of a unit is told to those who take part in it by now; None: all."""


def installations(
    connection: Connection,
    log: Source,
    unit_id: UUID,
    window: Window,
    *,
    scope: UUID | None = None,
    as_of: int | None = None,
    known_at: int | None = None,
) -> Page[Installation]:
    """Return a page of the times in which a unit sat in an item, the earliest first.

    Args:
        connection: of the views.
        log: where the facts are read by which they are known.
        unit_id: the unit.
        window: which page; places are microseconds and the unit.
        scope: who asks; None: all.
        as_of: what had begun and ended by then, in microseconds; None: after everything on record.
        known_at: a position; None: as is known by now.

    Raises:
        Unavailable: a read model has not followed the log so far yet.
    """
    position = min(followed(connection, each.name, known_at) for each in NEEDS)
    found = page(connection, _of_unit(unit_id, scope, as_of, position), window, position)
    present = any(row.end == FOREVER for row in found.items)
    chain = _above(connection, unit_id, as_of, position) if present else ()
    made = _installation(connection, log, found.items, as_of, position)
    return found.of(lambda row: made(row) if row.end < FOREVER else replace(made(row), above=chain))


def units(
    connection: Connection,
    log: Source,
    equipment_id: UUID,
    wanted: UnitFilter,
    window: Window,
    *,
    as_of: int | None = None,
    known_at: int | None = None,
) -> Page[Installation]:
    """Return a page of the times in which units sat in an item, by position and then by time. As `installations`."""
    position = min(followed(connection, each.name, known_at) for each in NEEDS)
    found = page(connection, _units(equipment_id, wanted, as_of, position), window, position)
    return found.of(_installation(connection, log, found.items, as_of, position))


@prepared
def _of_unit(unit_id: UUID, scope: UUID | None, as_of: int | None, position: int) -> Pages:
    sat = joined(TABLE, _PLACE, (TABLE.c.key == unit_id, TABLE.c.parent_id.is_not(None)), as_of, position)
    return pages(select(sat, _serial(sat, scope).label("serial")), (sat.c.begin, sat.c.key))


@prepared
def _units(equipment_id: UUID, wanted: UnitFilter, as_of: int | None, position: int) -> Pages:
    sat = _inside(equipment_id, wanted, as_of, position)
    query = select(sat, _serial(sat, wanted.scope).label("serial"))
    if wanted.since is not None:
        query = query.where(sat.c.end > wanted.since)
    return pages(query, (sat.c.place, sat.c.begin, sat.c.key))


def _above(connection: Connection, unit_id: UUID, as_of: int | None, position: int) -> tuple[Above, ...]:
    """Return in what a unit sits, in what that sits, and so on up to the topmost; a ring ends where it closes.

    One statement, however deep the unit sits.
    """
    item, start = TABLE.alias("item"), select(literal(unit_id, Id).label("key"))
    chain = start.cte("chain", recursive=True)
    sits = (item.c.parent_id.is_not(None), shown(item, as_of, position))
    chain = chain.union(select(item.c.parent_id).where(item.c.key == chain.c.key, *sits))
    query = select(item.c.key, item.c.parent_id, item.c.slot).where(item.c.key.in_(select(chain.c.key)), *sits)
    parents = {row.key: Above(equipment_id=row.parent_id, slot=row.slot) for row in connection.execute(query)}
    found: dict[UUID, Above] = {}
    each = unit_id
    while each in parents and each not in found:
        found[each] = parents[each]
        each = parents[each].equipment_id
    return tuple(found.values())


def _inside(equipment_id: UUID, wanted: UnitFilter, as_of: int | None, position: int) -> Subquery:
    conditions = [TABLE.c.parent_id == equipment_id]
    if wanted.slot is not None:
        conditions.append(TABLE.c.slot == wanted.slot)
    if wanted.unit_id is not None:
        conditions.append(TABLE.c.key == wanted.unit_id)
    sat = joined(TABLE, _PLACE, conditions, as_of, position)
    return select(sat, func.coalesce(sat.c.slot, "").label("place")).subquery()


def _serial(sat: Subquery, scope: UUID | None) -> ScalarSelect[str]:
    """Return the serial number of a unit, told to those who take part in it by now."""
    now = TABLE.alias("named")
    present = (now.c.key == sat.c.key, now.c.valid_to == FOREVER, now.c.known_to == FOREVER)
    seen, query = registry.seen_by(scope), select(now.c.serial).where(*present)
    return (query if seen is None else query.where(seen.takes_part(now.c.key))).scalar_subquery()


def _installation(
    connection: Connection, log: Source, rows: Sequence[Any], as_of: int | None, position: int
) -> Callable[[Any], Installation]:
    """Return what makes rows of a page into what is told, with the facts by which it is known."""
    came, went = _words(connection, log, rows, as_of, position)
    return lambda row: Installation(
        unit_id=row.key,
        serial=row.serial,
        parent_id=row.parent_id,
        slot=row.slot,
        begin=row.begin,
        end=None if row.end == FOREVER else row.end,
        installed=came.get((row.key, row.begin)),
        removed=went.get((row.key, row.end)),
    )


def _words(
    connection: Connection, log: Source, rows: Sequence[Any], as_of: int | None, position: int
) -> tuple[dict[Turn, Word], dict[Turn, Word]]:
    """Return by which facts units came to where they sat, and by which they went from there; two statements.

    A fact that is declared wrong changed nothing, so it is never one of them. What is told of a time lasts longer than
    a moment: of several facts of one moment, the first finds the unit where it sat before, and the last leaves it where
    it sits from then on.
    """
    turns = {(row.key, moment) for row in rows for moment in (row.begin, row.end)}
    table = HISTORY.table
    query = (
        select(table.c.key, table.c.valid_from, table.c.fact, table.c.changes)
        .where(table.c.key.in_({key for key, _ in turns}), table.c.valid_from.in_({moment for _, moment in turns}))
        .where(shown(table, as_of, position))
        .order_by(table.c.position)
    )
    first: dict[Turn, UUID] = {}
    last: dict[Turn, UUID] = {}
    for row in connection.execute(query) if turns else ():
        turn = (row.key, row.valid_from)
        if turn in turns and any(each.field in _PLACE for each in _read_changes(row.changes)):
            first.setdefault(turn, row.fact)
            last[turn] = row.fact
    found = log.by_keys(sorted({*first.values(), *last.values()})) if last else {}
    words = {fact: _word(decode(row)) for fact, row in found.items()}
    return {turn: words[fact] for turn, fact in last.items()}, {turn: words[fact] for turn, fact in first.items()}


def _word(told: Recorded) -> Word:
    return Word(
        fact=told.id,
        position=told.position,
        actor=told.actor,
        organisation=told.organisation,
        recorded_at=told.recorded_at,
    )
