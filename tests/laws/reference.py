"""The reference: what a plain fold of the facts says of an item, at any moment, as known at any position."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from domain.equipment.equipment import EQUIPMENT
from domain.equipment.state import Equipment
from domain.equipment.structure import ancestors, told_stage
from domain.kernel.errors import ErrorDeclared
from domain.kernel.facts import references
from domain.kernel.folding import in_order_of_life, juncture, voided
from domain.kernel.streams import StreamRef
from projections.equipment import registry
from projections.equipment.changes import Change, changed
from tests.laws.happened import HOURS
from tests.projections.recording import Said, happenings, moment


class Told(NamedTuple):
    """A step of a history, as the reference tells it."""

    position: int
    changes: tuple[Any, ...]
    wrong_by: UUID | None
    corrects: tuple[UUID, ...]


def expected_row(facts: Sequence[Said], item: StreamRef, hour: int | None, known_at: int) -> dict[str, Any] | None:
    def state(each: UUID) -> Equipment:
        past = happenings(facts, StreamRef("equipment", each), known_at)
        return juncture(EQUIPMENT, past, moment(HOURS + 1 if hour is None else hour)).state

    row = registry.row(state(item.id))
    stage = told_stage(state(item.id), ancestors(state(item.id), state))
    return {**row, "stage": stage.value} if row and stage else None


def declarations(facts: Sequence[Said], stream: StreamRef, known_at: int) -> dict[UUID, UUID]:
    return {
        each.id: each.fact.wrong_fact
        for each in facts[:known_at]
        if each.stream == stream and isinstance(each.fact, ErrorDeclared)
    }


def about(declared: dict[UUID, UUID], name: UUID) -> UUID:
    for _ in declared:
        name = declared.get(name, name)
    return name


def concerns(facts: Sequence[Said], index: int, item: StreamRef, known_at: int) -> bool:
    """Whether a fact is in an item's history: of its stream, naming it, or declaring a fact of its stream that does."""
    one = facts[index]
    if one.stream == item or ("equipment", item.id) in references(one.fact):
        return True
    if not isinstance(one.fact, ErrorDeclared):
        return False
    root = about(declarations(facts, one.stream, known_at), one.id)
    return any(
        each.id == root and each.stream == one.stream and ("equipment", item.id) in references(each.fact)
        for each in facts[:known_at]
    )


def expected_steps(facts: Sequence[Said], item: StreamRef, hour: int | None, known_at: int) -> list[Told]:
    changes = expected_changes(facts, item, known_at)
    steps = []
    for index, each in enumerate(facts[:known_at]):
        if concerns(facts, index, item, known_at) and (hour is None or each.hour <= hour):
            wrong_by = held_wrong(facts, each.stream, known_at).get(each.id)
            corrects = expected_corrections(facts, each.id, known_at)
            told = changes.get(each.id, ())
            if isinstance(each.fact, ErrorDeclared) and wrong_by is None:
                told = expected_corrected(facts, item, index)
            steps.append((each.hour, Told(index + 1, told, wrong_by, corrects)))
    return [told for _, told in sorted(steps, key=lambda pair: (pair[0], pair[1].position))]


def expected_changes(facts: Sequence[Said], item: StreamRef, known_at: int) -> dict[UUID, tuple[Any, ...]]:
    state = Equipment()
    changes = {}
    for happening in in_order_of_life(happenings(facts, item, known_at)):
        after = EQUIPMENT.evolve(state, happening.fact, happening.occurred_at)
        changes[happening.id] = as_json(changed(state, after))
        state = after
    return changes


def expected_corrected(facts: Sequence[Said], item: StreamRef, index: int) -> tuple[Change, ...]:
    """What was known of the present differently with a fact than before it."""
    before, after = (
        juncture(EQUIPMENT, happenings(facts, item, known_at), moment(HOURS + 1)).state
        for known_at in (index, index + 1)
    )
    return as_json(changed(before, after))


def as_json(changes: list[Change]) -> tuple[Change, ...]:
    return msgspec.json.decode(msgspec.json.encode(changes), type=tuple[Change, ...])


def held_wrong(facts: Sequence[Said], stream: StreamRef, known_at: int) -> dict[UUID, UUID]:
    """The facts of a stream that are declared wrong, each with the first declaration that was weighed as standing."""
    wrong: dict[UUID, UUID] = {}
    for declared, fact in reversed(declarations(facts, stream, known_at).items()):
        if declared not in wrong:
            wrong[fact] = declared
    assert wrong.keys() == voided(happenings(facts, stream, known_at))
    return wrong


def standing_declarations(facts: Sequence[Said], stream: StreamRef, known_at: int) -> list[tuple[UUID, UUID]]:
    wrong = voided(happenings(facts, stream, known_at))
    return [each for each in declarations(facts, stream, known_at).items() if each[0] not in wrong]


def expected_corrections(facts: Sequence[Said], name: UUID, known_at: int) -> tuple[UUID, ...]:
    return tuple(
        each.fact.wrong_fact
        for each in facts[:known_at]
        if isinstance(each.fact, ErrorDeclared)
        and name in each.fact.corrected_by
        and name != each.fact.wrong_fact
        and each.id in dict(standing_declarations(facts, each.stream, known_at))
    )
