"""What happened to one item, model or bulletin, fact by fact: who recorded what, when, why, and what it changed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Column, Connection, Index, LargeBinary, Table, and_, func, select

from domain.equipment.bulletin import BULLETIN
from domain.equipment.equipment import EQUIPMENT
from domain.equipment.model import MODEL
from domain.equipment.state import Equipment
from domain.kernel.envelope import Recorded
from domain.kernel.errors import ErrorDeclared
from domain.kernel.streams import StreamKind
from domain.log.codec import Sealer, decode
from domain.log.columns import Id
from projections.equipment.changes import Change, changed
from projections.page_statements import Pages, pages
from projections.paging import Page, Window, page, shown
from projections.past import Source
from projections.prepared import prepared
from projections.read_model import Steps, steps_table
from projections.timeline import Values
from projections.views import declaration, followed, mention


def _table(name: str) -> Table:
    return steps_table(
        name,
        Column("fact", Id, nullable=False),
        Column("wrong_by", Id),
        Column("caused_by", Id),
        Column("changes", LargeBinary, nullable=False),
        Column("corrected", LargeBinary),
        Index(f"{name}_life", "key", "valid_from", "position"),
        Index(f"{name}_effects", "caused_by", "key"),
    )


MOST_EFFECTS = 100
"""Most facts that are told of those to which one led."""

_read_changes = msgspec.json.Decoder(tuple[Change, ...]).decode


def keys(recorded: Recorded) -> Iterable[UUID]:
    """Return the item in whose stream the fact stands, and every other item that it names."""
    return [stream.id for stream in (recorded.stream, *recorded.subjects) if stream.kind == EQUIPMENT.kind]


def evolve(item: Equipment, recorded: Recorded, key: UUID) -> Equipment:
    """Apply one fact as the rules of equipment do; a fact of another stream changes nothing."""
    if recorded.stream.id != key:
        return item
    return EQUIPMENT.evolve(item, recorded.fact, recorded.occurred_at.astimezone(UTC))


def step(before: Any, after: Any, recorded: Recorded, wrong_by: UUID | None) -> Values:
    """Return what the history keeps of a fact: nothing of its data, which stays in the log alone."""
    changes = msgspec.json.encode(changed(before, after))
    return {
        "position": recorded.position,
        "fact": recorded.id,
        "wrong_by": wrong_by,
        "caused_by": recorded.causation,
        "changes": changes,
        "corrected": None,
    }


def learnt(before: Any, after: Any, recorded: Recorded) -> Values:
    """Return what an error declaration changed of what was known.

    By its place in the life it changes nothing: the steps leave out what is wrong from the beginning, so that their
    changes add up to the state.
    """
    found = changed(before, after) if isinstance(recorded.fact, ErrorDeclared) else []
    return {"corrected": msgspec.json.encode(found) if found else None}


HISTORY = Steps(
    name="history",
    version=6,
    table=_table("history"),
    initial=Equipment(),
    keys=keys,
    evolve=evolve,
    step=step,
    learnt=learnt,
)


def _of_own_facts(name: str, kind: StreamKind[Any]) -> Steps[Any]:
    """Return a history of what is told of a thing itself: not of the many others that name it, and whose they are."""
    return Steps(
        name=name,
        version=3,
        table=_table(name),
        initial=kind.initial,
        keys=lambda recorded: (recorded.stream.id,) if recorded.stream.kind == kind.kind else (),
        evolve=lambda state, recorded, _key: kind.evolve(state, recorded.fact, recorded.occurred_at.astimezone(UTC)),
        step=step,
        learnt=learnt,
    )


MODEL_HISTORY = _of_own_facts("model_history", MODEL)
BULLETIN_HISTORY = _of_own_facts("bulletin_history", BULLETIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryStep:
    """One fact of a history."""

    recorded: Recorded
    """The fact with its envelope, from the log; personal fields shut unless a sealer opened them."""
    changes: tuple[Change, ...]
    """Empty for a fact that does not count, or that is about something else. Of an error declaration: how the state, as
    was known with it, differed from what was known just before."""
    wrong_by: UUID | None
    """The error declaration that holds the fact wrong."""
    corrects: tuple[UUID, ...]
    """The wrong facts that this one says rightly."""
    caused: tuple[UUID, ...]
    """The facts of the same history to which this one led, in order of life: the first hundred."""


def history(
    connection: Connection,
    log: Source,
    about: UUID,
    window: Window,
    *,
    of: Steps[Any] = HISTORY,
    as_of: int | None = None,
    known_at: int | None = None,
    sealer: Sealer | None = None,
) -> Page[HistoryStep]:
    """Return a page of a history in order of occurrence, as of a moment, as known at a position.

    Args:
        connection: of the views.
        log: where the facts themselves are read.
        about: the item, model or bulletin.
        window: which page; places are pairs of microseconds and position.
        of: which history; by default that of items.
        as_of: microseconds; None: its whole life.
        known_at: a position; None: as the history knows by now.
        sealer: opens personal fields, for those who may read them.

    Raises:
        Unavailable: the history has not followed the log so far yet.
    """
    position = followed(connection, of.name, known_at)
    table = of.table
    found = page(connection, _steps(table, about, as_of, position), window, position)
    facts = [row.fact for row in found.items]
    rows = log.by_keys(facts) if facts else {}
    corrections = _corrections(connection, table, facts, position)
    effects = _effects(connection, table, about, facts, as_of=as_of, position=position)
    return found.of(
        lambda row: HistoryStep(
            recorded=decode(rows[row.fact], sealer),
            changes=_read_changes(row.changes if row.corrected is None or row.wrong_by else row.corrected),
            wrong_by=row.wrong_by,
            corrects=tuple(corrections.get(row.fact, ())),
            caused=tuple(effects.get(row.fact, ())),
        )
    )


@prepared
def _steps(table: Table, about: UUID, as_of: int | None, position: int) -> Pages:
    query = select(table).where(table.c.key == about, shown(table, as_of, position))
    return pages(query, (table.c.valid_from, table.c.position))


def _corrections(connection: Connection, table: Table, facts: Sequence[UUID], position: int) -> dict[UUID, list[UUID]]:
    """Return for each fact the wrong ones that it corrects by declarations that stand, as known at a position."""
    known = and_(table.c.known_from <= position, table.c.known_to > position)
    declared = and_(table.c.key == declaration.c.stream, table.c.position == declaration.c.position, known)
    query = (
        select(mention.c.fact, mention.c.corrects)
        .join(declaration, declaration.c.id == mention.c.declaration)
        .outerjoin(table, declared)
        .where(mention.c.fact.in_(facts), mention.c.corrects.is_not(None), mention.c.position <= position)
        .where(table.c.wrong_by.is_(None))
        .order_by(mention.c.position)
    )
    found: dict[UUID, list[UUID]] = {}
    for fact, wrong in connection.execute(query) if facts else ():
        found.setdefault(fact, []).append(wrong)
    return found


def _effects(
    connection: Connection, table: Table, about: UUID, facts: Sequence[UUID], *, as_of: int | None, position: int
) -> dict[UUID, list[UUID]]:
    """Return for each fact those of the same history that name it as what led to them."""
    number = func.row_number().over(partition_by=table.c.caused_by, order_by=(table.c.valid_from, table.c.position))
    each = (
        select(table.c.caused_by, table.c.fact, number.label("number"))
        .where(table.c.caused_by.in_(facts), table.c.key == about, shown(table, as_of, position))
        .subquery()
    )
    query = select(each.c.caused_by, each.c.fact).where(each.c.number <= MOST_EFFECTS).order_by(each.c.number)
    found: dict[UUID, list[UUID]] = {}
    for cause, effect in connection.execute(query) if facts else ():
        found.setdefault(cause, []).append(effect)
    return found
