"""The law of repairs and failures: at any moment, as known at any position, they equal a plain fold of the facts."""

from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import strategies as st

from projections.engine import Engine
from projections.equipment import failures, repairs
from projections.equipment.failures import FAILURES, Failure, FailureFilter
from projections.equipment.open_repairs import OPEN_REPAIRS
from projections.equipment.registry import REGISTRY
from projections.equipment.repairs import REPAIRS, ItemRepair, RepairFilter
from projections.paging import Window
from projections.views import views_url
from tests.laws.fresh import Fresh, law
from tests.laws.happened import lives
from tests.laws.mended import HOURS, Failed, Mended, failed, mended, mended_lives
from tests.projections.recording import ITEMS, Said, micros, opened, record

MODELS = (REGISTRY, OPEN_REPAIRS, REPAIRS, FAILURES)
ALL = Window(limit=1000, counted=True)
moments = st.lists(st.tuples(st.none() | st.integers(-1, HOURS), st.integers(0, 30)), min_size=4, max_size=12)
_FOREVER = 10**18
LEAK = ("leak", "critical")


def check(engine: Engine, facts: Sequence[Said], hour: int | None, known_at: int) -> None:
    """Compare all repairs, in either order, and all failures with the reference."""
    past: Any = {"as_of": None if hour is None else micros(hour), "known_at": known_at}
    mends, fails = mended(facts, hour, known_at), failed(facts, hour, known_at)
    with engine.views.read() as connection:
        whole = repairs.repairs(connection, RepairFilter(), ALL, **past)
        begun = whole.items
        longest = repairs.repairs(connection, RepairFilter(), ALL, sort="longest", **past).items
        still = repairs.repairs(connection, RepairFilter(state="open"), ALL, **past).items
        listed = failures.failures(connection, FailureFilter(), ALL, **past).items
        worn = failures.failures(connection, FailureFilter(mechanism="wear", cause="use"), ALL, **past).items
    expected = {each._replace(ended_by=None) for each in mends}
    assert {_mended(each) for each in begun} == {_mended(each) for each in longest} == expected
    assert len(begun) == len(longest) == len(mends) == whole.count
    assert {_mended(each) for each in still} == {each for each in expected if each.state == "open"}
    assert [(each.begun, each.began_by) for each in begun] == sorted((each.begun, each.began_by) for each in mends)
    lengths = [_FOREVER - each.begun if each.ended is None else each.ended - each.begun for each in longest]
    assert lengths == sorted(lengths, reverse=True)
    assert {_failed(each) for each in listed} == fails
    assert [(each.failed_at, each.position) for each in listed] == sorted((e.failed_at, e.position) for e in listed)
    assert {_failed(each) for each in worn} == {
        each for each in fails if any(one[:2] == ("wear", "use") for one in each.diagnoses)
    }


def check_some(engine: Engine, facts: Sequence[Said], hour: int | None, known_at: int) -> None:
    """Compare the failures that are asked for by one thing with those of all of which it is so."""
    past: Any = {"as_of": None if hour is None else micros(hour), "known_at": known_at}
    fails = failed(facts, hour, known_at)
    asked: list[tuple[FailureFilter, Callable[[Failed], bool]]] = [
        *((FailureFilter(unit_id=item.id), lambda each, item=item: each.unit == item.id) for item in ITEMS),
        *((FailureFilter(equipment_id=item.id), lambda each, item=item: each.item == item.id) for item in ITEMS),
        (FailureFilter(failure_mode="leak", impact="critical"), lambda each: (each.mode, each.impact) == LEAK),
    ]
    with engine.views.read() as connection:
        for wanted, fits in asked:
            found = failures.failures(connection, wanted, ALL, **past)
            expected = {each for each in fails if fits(each)}
            assert ({_failed(each) for each in found.items}, found.count) == (expected, len(expected))


def _mended(found: ItemRepair) -> Mended:
    return Mended(
        found.equipment_id,
        found.began_by,
        found.begun,
        found.maintenance_type,
        found.operator_id,
        found.state,
        found.ended,
        frozenset(found.restored),
        tuple((unit.unit_id, unit.slot, unit.installed) for unit in found.units),
        found.uneconomic,
        None,
    )


def _failed(found: Failure) -> Failed:
    diagnoses = tuple((each.mechanism, each.cause, each.unit_id) for each in found.diagnoses)
    ended = None if found.repair is None else (found.repair.ended, found.repair.began_by)
    said = (found.failure_mode, found.impact, found.unit_id)
    return Failed(found.equipment_id, found.position, *said, diagnoses, ended)


def test_repairs_and_failures_equal_a_plain_fold_of_what_was_known(database_kind: str, fresh: Fresh) -> None:
    def example(facts: list[Said], asked: list[tuple[int | None, int]]) -> None:
        url = fresh()
        log = opened(url)
        engine = Engine(log, views_url(url), MODELS, batch=5)
        try:
            record(log, facts)
            engine.catch_up()
            assert {each.error for each in engine.positions().values()} == {None}
            for hour, known_at in [(None, len(facts)), *asked]:
                check(engine, facts, hour, min(known_at, len(facts)))
            check_some(engine, facts, None, len(facts))
        finally:
            engine.close()
            log.close()

    law(database_kind, example, facts=mended_lives() | mended_lives() | lives(), asked=moments)
