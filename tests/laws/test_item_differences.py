"""Laws of the differences of one item: they are those of its two answers, and of the facts that count at each."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from api.asking import Past
from api.equipment.difference_shapes import state_differences
from api.equipment.shapes import item_of
from domain.application.states import StateAnswer
from domain.equipment.equipment import EQUIPMENT
from domain.equipment.state import Equipment
from domain.equipment.structure import ancestors
from domain.kernel.errors import ErrorDeclared
from domain.kernel.folding import fold_and_check
from domain.kernel.streams import StreamRef
from projections.engine import Engine
from projections.equipment.facts_between import Point, facts_between
from projections.equipment.history import HISTORY
from projections.views import views_url
from tests.laws.fresh import Fresh, law
from tests.laws.happened import lives, moments_and_positions
from tests.laws.reference import expected_changes
from tests.laws.test_above import TREE, trees
from tests.projections.recording import ITEMS, Said, happenings, micros, moment, opened, record

Asked = tuple[int | None, int]
pairs = st.tuples(moments_and_positions, moments_and_positions)
OF_POINTS = {"version", "as_of", "known_at"}
NAMES = {
    "bulletins": ("bulletin_id",),
    "conditions": ("parameter", "slot"),
    "contradictions": ("fact",),
    "diagnoses": ("failure_mode", "slot", "unit_id"),
    "meters": ("name",),
    "units": ("slot",),
}


def state(facts: Sequence[Said], item: StreamRef, hour: int | None, known_at: int) -> StateAnswer | None:
    """Return the state of an item by a plain fold; None if it was not on record."""
    known = happenings(facts, item, known_at)
    lived = [
        each
        for each in known
        if hour is None or each.occurred_at <= moment(hour) or isinstance(each.fact, ErrorDeclared)
    ]
    if all(isinstance(each.fact, ErrorDeclared) for each in lived):
        return None
    folded = fold_and_check(EQUIPMENT, lived)
    return StateAnswer(stream=item, state=folded.state, version=len(known), contradictions=folded.contradictions)


def answered(facts: Sequence[Said], item: StreamRef, hour: int | None, known_at: int) -> dict[str, Any] | None:
    """Return the whole answer about an item."""
    found = state(facts, item, hour, known_at)
    above: list[StateAnswer] = []

    def look(parent: UUID) -> Equipment:
        each = state(facts, StreamRef("equipment", parent), hour, known_at)
        above.extend([each] if each else [])
        looked: Equipment = each.state if each else Equipment()
        return looked

    if found is None:
        return None
    ancestors(found.state, look)
    return item_of(found, Past(None if hour is None else moment(hour), known_at), *above)


def leaves(path: str, name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield every plain value of an answer with where it stands; a member of a list stands under its name."""
    match value:
        case None:
            return
        case dict():
            for each, inner in value.items():
                yield from leaves(f"{path}/{each}", each, inner)
        case list():
            for member in value:
                match member:
                    case dict():
                        named = ":".join(str(member[part]) for part in NAMES[name] if member[part] is not None)
                        yield from leaves(f"{path}/{named}", named, member)
                    case [feature, told]:
                        yield f"{path}/{feature}", told
                    case _:
                        yield f"{path}/{member}", member
        case _:
            yield path, value


def check_answers(facts: Sequence[Said], items: Sequence[StreamRef], before: Asked, after: Asked) -> None:
    for item in items:
        sides = [answered(facts, item, *point) for point in (before, after)]
        old, new = (
            set(leaves("", "", {name: told for name, told in (side or {}).items() if name not in OF_POINTS}))
            for side in sides
        )
        found = state_differences(*sides)
        went: set[tuple[str, Any]] = set()
        came: set[tuple[str, Any]] = set()
        for each in found:
            assert each["before"] != each["after"]
            name = each["path"].rpartition("/")[2]
            here, there = (set(leaves(each["path"], name, each[side])) for side in ("before", "after"))
            went, came = went | (here - there), came | (there - here)
        assert (went, came) == (old - new, new - old)
        assert len({each["path"] for each in found}) == len(found)


@given(facts=lives(), points=pairs)
def test_what_differs_is_what_the_two_answers_say_differently(facts: list[Said], points: tuple[Asked, Asked]) -> None:
    check_answers(facts, ITEMS, *points)


@given(facts=trees(), points=pairs)
def test_what_differs_of_units_follows_what_is_above_them(facts: list[Said], points: tuple[Asked, Asked]) -> None:
    check_answers(facts, TREE, *points)


def counting(facts: Sequence[Said], item: StreamRef, hour: int | None, known_at: int) -> dict[UUID, bool]:
    """Return the facts of an item that count at a point, each with whether it changes anything."""
    hours = {each.id: each.hour for each in facts}
    changes = expected_changes(facts, item, known_at)
    return {fact: bool(told) for fact, told in changes.items() if hour is None or hours[fact] <= hour}


def test_the_facts_that_are_told_are_those_that_count_at_one_point_alone(database_kind: str, fresh: Fresh) -> None:
    def example(facts: list[Said], asked: list[tuple[Asked, Asked]]) -> None:
        url = fresh()
        log = opened(url)
        record(log, facts)
        engine = Engine(log, views_url(url), (HISTORY,), batch=4)
        engine.catch_up()
        with engine.views.read() as connection:
            for pair in asked:
                points = [(hour, min(known_at, len(facts))) for hour, known_at in pair]
                before, after = (Point(None if hour is None else micros(hour), known) for hour, known in points)
                for item in ITEMS:
                    found, whole = facts_between(connection, item.id, before, after)
                    old, new = (counting(facts, item, *point) for point in points)
                    came = {(fact, True) for fact, changes in new.items() if changes and fact not in old}
                    went = {(fact, False) for fact, changes in old.items() if changes and fact not in new}
                    assert {(each.id, each.counts) for each in found} == came | went
                    assert whole
                    places = [(each.occurred_at, each.position) for each in found]
                    assert places == sorted(places)
        engine.close()
        log.close()

    law(database_kind, example, facts=lives(), asked=st.lists(pairs, min_size=1, max_size=6))
