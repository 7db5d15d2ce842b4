"""The reference of where items are: plain folds of the facts, hour by hour, as known at a position."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from domain.equipment.equipment import EQUIPMENT
from domain.equipment.life import REMOVABLE
from domain.equipment.state import Equipment
from domain.equipment.structure import ancestors, told_stage
from domain.kernel.folding import in_order_of_life, juncture
from domain.kernel.streams import StreamRef
from tests.projections.recording import HOUR, Said, happenings, micros, moment

Run = tuple[int, int | None, Any]
"""What was so from when until when, in microseconds; None: it still is."""

NOBODY = (None, None, None, None, None)


class Seat(NamedTuple):
    """Where one unit sits inside an item."""

    level: int
    parent_id: UUID
    place: str
    unit_id: UUID


class Whereabouts:
    """Where some items were at every hour up to one, as known at a position."""

    def __init__(self, facts: Sequence[Said], items: Sequence[StreamRef], upto: int, known_at: int) -> None:
        self._facts, self._known_at = facts, known_at
        self.hours: list[dict[UUID, Equipment]] = []
        for hour in range(upto + 1):
            each = {item.id: _at(facts, item, hour, known_at) for item in items}
            self.hours.append({key: state for key, state in each.items() if state.stage is not None})

    def now(self) -> dict[UUID, Equipment]:
        """The items that are on record at the last hour."""
        return self.hours[-1] if self.hours else {}

    def stays(self, unit: UUID) -> list[Run]:
        """In which item and at which position a unit sat."""
        seats = (hour.get(unit) for hour in self.hours)
        return runs([(each.parent_id, each.slot) if each and each.parent_id else None for each in seats])

    def holdings(self, item: UUID) -> list[Run]:
        """In whose hands an item was, and where it sat."""
        return runs([self._held(hour, item) for hour in range(len(self.hours))])

    def _held(self, hour: int, item: UUID) -> Any:
        state = self.hours[hour].get(item)
        return state and (*self.hands(item, hour), state.parent_id, state.slot)

    def hands(self, item: UUID, hour: int = -1) -> tuple[Any, ...]:
        """Holder, operator, owner, place and loan that are told of an item: of a unit, those of the topmost above it.

        What was taken out of an item stays in the hands that had the item then, but for its operator, until something
        else is said of it.
        """
        hour = range(len(self.hours))[hour]
        state = self.hours[hour][item]
        until = state.loan and state.loan.until
        loan = None if state.loan is None else until.isoformat() if until else ""
        then = hour if state.taken_out_at is None else (state.taken_out_at - moment(0)) // HOUR
        above = self._above(item, then)
        if _follows(state):
            holder, operator, owner, place, lent = self.hands(above, then) if above else NOBODY
            return holder, operator, state.owner_id or owner, place, lent
        holder, _, owner, place, lent = self.hands(above, then) if above else NOBODY
        if holder is None or loan is not None:
            holder, lent = state.holder_id, loan
        return holder, state.operator_id, state.owner_id or owner, state.place or place, lent

    def _above(self, item: UUID, hour: int) -> UUID | None:
        """Return the item whose hands decide at the hour at which they do.

        In a ring, what was taken out stays alone, and then the others follow.
        """
        items, chain = self.hours[hour], [item]
        while (above := _link(items, chain[-1], hour)) in items and above not in chain:
            chain.append(above)
        first = chain[1] if len(chain) > 1 else None
        if _link(items, chain[-1], hour) != item:
            return first
        return first if _follows(items[item]) and not all(_follows(items[each]) for each in chain) else None

    def inside(self, item: UUID, depth: int | None = None) -> list[Seat]:
        """An item and what is inside it at the last hour, level by level."""
        if item not in self.now():
            return []
        itself = self.now()[item]
        found = [Seat(0, itself.parent_id or item, itself.slot or "", item)]
        above, level = {item}, 0
        while above and (depth is None or level < depth):
            level += 1
            seats = [(key, each) for key, each in self.now().items() if each.parent_id in above and key != item]
            found += sorted(
                Seat(level, each.parent_id, each.slot or "", key) for key, each in seats if each.parent_id is not None
            )
            above = {key for key, _ in seats}
        return found

    def stage(self, item: UUID) -> str:
        """The stage that is told of an item at the last hour."""
        state = self.now()[item]
        told = told_stage(state, ancestors(state, lambda each: self.now().get(each, Equipment())))
        assert told is not None
        return told.value

    def came(self, unit: UUID, run: Run) -> UUID | None:
        """The last fact of the moment at which a unit began to sit somewhere that led there from elsewhere."""
        return next((fact for fact, _, to in reversed(self._moves(unit, run[0])) if to == run[2]), None)

    def went(self, unit: UUID, run: Run) -> UUID | None:
        """The first fact of the moment at which a unit ended to sit somewhere that led away from there."""
        return next((fact for fact, out_of, _ in self._moves(unit, run[1]) if out_of == run[2]), None)

    def _moves(self, unit: UUID, at: int | None) -> list[tuple[UUID, Any, Any]]:
        """The facts of a moment that changed where a unit sits, in order, each with where it sat before and after."""
        found: list[tuple[UUID, Any, Any]] = []
        state = Equipment()
        for each in in_order_of_life(happenings(self._facts, StreamRef("equipment", unit), self._known_at)):
            before, state = state, EQUIPMENT.evolve(state, each.fact, each.occurred_at)
            out_of, to = ((one.parent_id, one.slot) for one in (before, state))
            if out_of != to and int(each.occurred_at.timestamp()) * 1_000_000 == at:
                found.append((each.id, out_of, to))
        return found


def runs(values: Sequence[Any]) -> list[Run]:
    """Return for how long the values of hours stayed the same; None: nothing was so."""
    found: list[Run] = []
    for hour, value in enumerate(values):
        if found and found[-1][1] is None and found[-1][2] == value:
            continue
        if found and found[-1][1] is None:
            found[-1] = (found[-1][0], micros(hour), found[-1][2])
        if value is not None:
            found.append((micros(hour), None, value))
    return found


def _link(items: dict[UUID, Equipment], item: UUID, hour: int) -> UUID | None:
    """Return the item whose hands an item is in because of what is so at that very hour."""
    state = items[item]
    if _follows(state):
        return state.parent_id
    return state.taken_out_of if state.taken_out_at == moment(hour) else None


def _follows(state: Equipment) -> bool:
    return state.parent_id is not None and state.stage in REMOVABLE


def _at(facts: Sequence[Said], item: StreamRef, hour: int, known_at: int) -> Equipment:
    return juncture(EQUIPMENT, happenings(facts, item, known_at), moment(hour)).state
