"""Laws of time travel: every read model equals a plain fold of the facts, at any moment, as known at any position."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.equipment.equipment import EQUIPMENT
from domain.equipment.life import Certified, Commissioned, Delivered, Installed, Released, Removed, Stocked
from domain.equipment.operation import FailureReported
from domain.equipment.state import Equipment
from domain.equipment.structure import UnitInstalled, UnitRemoved
from domain.kernel.errors import ErrorDeclared
from domain.kernel.facts import Fact, references
from domain.kernel.folding import in_order_of_life, state_at, voided
from domain.kernel.streams import StreamRef
from domain.log.log import Log
from projections.engine import Engine
from projections.equipment import history, registry
from projections.equipment.history import HISTORY, Change, changed
from projections.equipment.registry import REGISTRY, RegistryFilter
from projections.paging import Window
from projections.views import views_url
from tests.projections.recording import (
    ITEMS,
    MAKER,
    MODEL_ID,
    RUNNER,
    Said,
    fact_id,
    happenings,
    micros,
    moment,
    opened,
    record,
    rows_of,
)

HOURS = 5
MOST = 14
MODELS = (REGISTRY, HISTORY)
ALL = Window(limit=1000)

LEAK = FailureReported(failure_mode="leak", impact="critical", detection="operator")
NOISE = FailureReported(failure_mode="noise", impact="degraded", detection="inspection")
facts_of_life: st.SearchStrategy[Fact] = st.one_of(
    st.builds(
        Released,
        model_id=st.just(MODEL_ID),
        manufacturer_id=st.just(MAKER),
        serial=st.sampled_from(["A-1", "a-1", "B-2"]),
    ),
    st.just(Certified(certificate="EC-1", authority="NB-1")),
    st.just(Stocked(place="stock")),
    st.just(Delivered(recipient_id=RUNNER)),
    st.builds(Installed, place=st.just("hall"), parent_id=st.sampled_from([None, *(item.id for item in ITEMS)])),
    st.just(Commissioned(operator_id=RUNNER, act="ACT-1")),
    st.just(Removed(to="in_stock")),
    st.sampled_from([LEAK, NOISE]),
    st.builds(UnitInstalled, unit_id=st.sampled_from([item.id for item in ITEMS]), slot=st.just("pump")),
    st.builds(UnitRemoved, unit_id=st.sampled_from([item.id for item in ITEMS]), slot=st.just("pump")),
)


@st.composite
def lives(draw: st.DrawFn) -> list[Said]:
    """Histories with late, simultaneous and error-declared facts, in any order, sensible or not.

    Declarations name any facts: of another stream, not yet on record, other declarations, themselves.
    """
    size = draw(st.integers(1, MOST))
    number = st.integers(0, size - 1).map(fact_id)
    declared = st.builds(
        ErrorDeclared,
        wrong_fact=number,
        explanation=st.just("wrong"),
        corrected_by=st.lists(number, max_size=2, unique=True).map(tuple),
    )
    return [
        Said(
            draw(st.sampled_from(ITEMS)),
            draw(declared if draw(st.integers(0, 3)) == 0 else facts_of_life),
            draw(st.integers(0, HOURS)),
            fact_id(index),
        )
        for index in range(size)
    ]


moments_and_positions = st.tuples(st.none() | st.integers(-1, HOURS + 1), st.integers(0, MOST))
moments = st.lists(moments_and_positions, max_size=12)
"""As of which hour (None: all of life), as known at which position."""


class Told(NamedTuple):
    """A step of a history, as the reference tells it."""

    position: int
    changes: tuple[Any, ...]
    wrong_by: UUID | None
    corrects: tuple[UUID, ...]


def expected_row(facts: Sequence[Said], item: StreamRef, hour: int | None, known_at: int) -> dict[str, Any] | None:
    past = happenings(facts, item, known_at)
    return registry.row(state_at(EQUIPMENT, past, moment(HOURS + 1 if hour is None else hour)))


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
            steps.append((each.hour, Told(index + 1, changes.get(each.id, ()), wrong_by, corrects)))
    return [told for _, told in sorted(steps, key=lambda pair: (pair[0], pair[1].position))]


def expected_changes(facts: Sequence[Said], item: StreamRef, known_at: int) -> dict[UUID, tuple[Any, ...]]:
    state = Equipment()
    changes = {}
    for happening in in_order_of_life(happenings(facts, item, known_at)):
        after = EQUIPMENT.evolve(state, happening.fact, happening.occurred_at)
        changes[happening.id] = as_json(changed(state, after))
        state = after
    return changes


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


def check_registry(engine: Engine, facts: Sequence[Said]) -> None:
    """Compare the registry with the reference as of every moment, as known at every position."""
    with engine.views.read() as connection:
        for known_at in range(len(facts) + 1):
            for hour in (None, *range(-1, HOURS + 1)):
                as_of = None if hour is None else micros(hour)
                page = registry.items(connection, RegistryFilter(), ALL, sort="id", as_of=as_of, known_at=known_at)
                rows = {item.id: expected_row(facts, item, hour, known_at) for item in ITEMS}
                assert [shown_as_expected(each, rows[each.equipment_id]) for each in page.items] == [
                    True for row in rows.values() if row is not None
                ]


def check_histories(engine: Engine, log: Log, facts: Sequence[Said], asked: Iterable[tuple[int | None, int]]) -> None:
    """Compare the history of every item with the reference as of moments, as known at positions."""
    with engine.views.read() as connection:
        for hour, known in asked:
            known_at = min(known, len(facts))
            as_of = None if hour is None else micros(hour)
            for item in ITEMS:
                steps = history.history(connection, log, item.id, ALL, as_of=as_of, known_at=known_at).items
                told = [Told(s.recorded.position, s.changes, s.wrong_by, s.corrects) for s in steps]
                assert told == expected_steps(facts, item, hour, known_at)


def shown_as_expected(found: registry.RegisteredItem, row: dict[str, Any] | None) -> bool:
    assert row is not None
    assert {name: getattr(found, name, row[name]) for name in row} == row
    return True


EXAMPLES = {"sqlite": 30, "postgresql": 6}
"""A fresh database per example costs PostgreSQL a hundred times as much."""

Fresh = Callable[[], str]


@pytest.fixture
def fresh(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Fresh:
    """Makes empty, migrated databases."""
    if database_kind == "sqlite":
        template = request.getfixturevalue("sqlite_templates")[0]
        numbers = iter(range(10**9))

        def copy() -> str:
            target = tmp_path / f"{next(numbers)}.db"
            target.write_bytes(template.read_bytes())
            return f"sqlite:///{target}"

        return copy
    server = request.getfixturevalue("postgres")
    template_url = request.getfixturevalue("postgres_templates")[0]
    return lambda: str(server.create_database(template_url))


def law(kind: str, check: Callable[..., None], **drawn: st.SearchStrategy[Any]) -> None:
    settings(max_examples=EXAMPLES[kind])(given(**drawn)(check))()


def recorded_in_groups(url: str, facts: Sequence[Said], sizes: Sequence[int]) -> Log:
    log = opened(url)
    rest = list(facts)
    for size in sizes:
        if rest[:size]:
            record(log, rest[:size])
        rest = rest[size:]
    if rest:
        record(log, rest)
    return log


def test_every_answer_equals_a_plain_fold_of_what_was_known(database_kind: str, fresh: Fresh) -> None:
    def example(facts: list[Said], batch: int, asked: list[tuple[int | None, int]]) -> None:
        url = fresh()
        log = recorded_in_groups(url, facts, [3, 1, 4])
        engine = Engine(log, views_url(url), MODELS, batch=batch)
        engine.catch_up()
        assert {name: each.error for name, each in engine.positions().items()} == {"history": None, "registry": None}
        check_registry(engine, facts)
        check_histories(engine, log, facts, [(None, MOST), *asked])
        engine.close()
        log.close()

    law(database_kind, example, facts=lives(), batch=st.integers(1, 6), asked=moments)


def test_a_rebuild_makes_the_same_rows_as_following_fact_by_fact(database_kind: str, fresh: Fresh) -> None:
    def example(facts: list[Said], batch: int) -> None:
        url = fresh()
        log = recorded_in_groups(url, facts, [5])
        engine = Engine(log, views_url(url), MODELS, batch=1)
        engine.catch_up()
        with engine.views.read() as connection:
            followed = {model.name: rows_of(connection, model) for model in MODELS}
        engine.close()
        anew = Engine(log, views_url(url), MODELS, batch=batch)
        for model in MODELS:
            anew.rebuild(model.name)
        with anew.views.read() as connection:
            assert {model.name: rows_of(connection, model) for model in MODELS} == followed
        assert all(each.position == len(facts) and not each.rebuilding for each in anew.positions().values())
        anew.close()
        log.close()

    law(database_kind, example, facts=lives(), batch=st.integers(1, 20))


def test_what_was_known_before_a_fact_stays_as_it_was(database_kind: str, fresh: Fresh) -> None:
    def example(facts: list[Said], asked: list[tuple[int | None, int]]) -> None:
        url = fresh()
        log = opened(url)
        engine = Engine(log, views_url(url), MODELS)
        answers: list[tuple[int | None, int, object]] = []
        for position, fact in enumerate(facts, start=1):
            record(log, [fact])
            engine.catch_up()
            now = [(hour, position) for hour, _ in asked]
            answers += [(hour, known_at, answer(engine, log, hour, known_at)) for hour, known_at in now]
        for hour, known_at, before in answers:
            assert answer(engine, log, hour, known_at) == before
        engine.close()
        log.close()

    law(database_kind, example, facts=lives(), asked=st.lists(moments_and_positions, max_size=3))


def answer(engine: Engine, log: Log, hour: int | None, known_at: int) -> object:
    as_of = None if hour is None else micros(hour)
    with engine.views.read() as connection:
        page = registry.items(connection, RegistryFilter(), ALL, as_of=as_of, known_at=known_at)
        told = [history.history(connection, log, item.id, ALL, as_of=as_of, known_at=known_at) for item in ITEMS]
    return page, told


def test_two_engines_on_one_views_database_apply_nothing_twice(database_kind: str, fresh: Fresh) -> None:
    def example(facts: list[Said], turns: list[tuple[bool, int]]) -> None:
        url = fresh()
        log = recorded_in_groups(url, facts, [2, 2, 2])
        one, other = (Engine(log, views_url(url), MODELS, batch=batch) for batch in (2, 3))
        for first, steps in turns:
            for _ in range(steps):
                (one if first else other).step()
        other.catch_up()
        one.catch_up()
        with one.views.read() as connection:
            together = {model.name: rows_of(connection, model) for model in MODELS}
        one.rebuild(REGISTRY.name)
        one.rebuild(HISTORY.name)
        with other.views.read() as connection:
            assert {model.name: rows_of(connection, model) for model in MODELS} == together
        one.close()
        other.close()
        log.close()

    turns = st.lists(st.tuples(st.booleans(), st.integers(1, 3)), max_size=8)
    law(database_kind, example, facts=lives(), turns=turns)
