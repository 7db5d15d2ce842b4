"""The law of configurations: at any moment, as known at any position, they equal a plain fold of the facts."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from hypothesis import strategies as st

from domain.equipment.configuration import UpgradeCompleted, UpgradeStarted
from domain.equipment.custody import Lost
from domain.equipment.ending import Decommissioned
from domain.equipment.equipment import EQUIPMENT
from domain.equipment.life import Released, TakenOver
from domain.equipment.state import Equipment
from domain.kernel.errors import ErrorDeclared
from domain.kernel.facts import Fact
from domain.kernel.folding import in_order_of_life
from domain.kernel.moments import to_micros
from domain.kernel.streams import StreamRef
from projections.engine import Engine
from projections.equipment import configuration_counts, configurations, item_configurations
from projections.equipment.configurations import CONFIGURATIONS, ConfigurationFilter, ItemConfiguration
from projections.equipment.registry import REGISTRY
from projections.paging import Window
from projections.views import views_url
from tests.laws.fresh import Fresh, law
from tests.laws.happened import BULLETIN_ID, HOURS, MOST, lives, moments
from tests.projections.recording import (
    ITEMS,
    MAKER,
    MODEL_ID,
    Said,
    fact_id,
    happenings,
    micros,
    moment,
    opened,
    record,
)

MODELS = (REGISTRY, CONFIGURATIONS)
ALL = Window(limit=1000, counted=True)

TRICKY = 'a"],["control","v1'
options = st.sampled_from([(), (("control", "v1"),), (("control", "v2"),), (("seal", TRICKY), ("x", "y"))])
upgrades: st.SearchStrategy[Fact] = st.one_of(
    st.builds(
        Released,
        model_id=st.just(MODEL_ID),
        manufacturer_id=st.just(MAKER),
        serial=st.just("A-1"),
        as_built=options,
    ),
    st.builds(UpgradeStarted, purpose=st.sampled_from(["retrofit", "recall"])),
    *[
        st.builds(
            UpgradeCompleted,
            features=options | st.just((("control", ""),)),
            document_revision=st.sampled_from([None, "B", "C"]),
            bulletin_id=st.sampled_from([None, BULLETIN_ID]),
        )
    ]
    * 3,
    st.just(Lost()),
)


@st.composite
def upgrades_given_up(draw: st.DrawFn) -> list[tuple[Fact, int]]:
    """An upgrade that ends with the life of the item, or with its loss, and one that is completed without a start."""
    facts: list[Fact] = [
        Released(model_id=MODEL_ID, manufacturer_id=MAKER, serial="A-1"),
        UpgradeStarted(purpose=draw(st.sampled_from(["retrofit", "recall"]))),
        draw(st.sampled_from([Lost(), Decommissioned(reason="worn-out")])),
        UpgradeCompleted(features=draw(options), document_revision=draw(st.sampled_from([None, "B", "D"]))),
    ]
    hours = draw(st.lists(st.integers(0, HOURS), min_size=len(facts), max_size=len(facts)))
    return list(zip(facts, sorted(hours), strict=True))


@st.composite
def upgraded_lives(draw: st.DrawFn) -> list[Said]:
    """Items that are upgraded again and again, late and at one moment too, some of it wrong."""
    size = draw(st.integers(4, MOST))
    given_up = [(ITEMS[0], fact, hour) for fact, hour in draw(upgrades_given_up())]
    declared = st.builds(ErrorDeclared, wrong_fact=st.integers(0, size - 1).map(fact_id), explanation=st.just("wrong"))
    facts = [
        (
            draw(st.sampled_from(ITEMS[:2])),
            draw(declared if draw(st.integers(0, 5)) == 0 else upgrades),
            draw(st.integers(0, HOURS)),
        )
        for _ in range(size)
    ]
    facts = [*facts, *given_up] if draw(st.booleans()) else [*given_up, *facts]
    return [Said(stream, fact, hour, fact_id(number)) for number, (stream, fact, hour) in enumerate(facts)]


class Had(NamedTuple):
    """A configuration of an item, as the reference tells it."""

    features: tuple[tuple[str, str], ...]
    document_revision: str | None
    made_by: str
    purpose: str | None
    bulletin_id: UUID | None
    fact: UUID
    begin: int
    end: int | None


def course(facts: Sequence[Said], item: StreamRef, hour: int | None, known_at: int) -> list[Had]:
    """Return the configurations of an item up to an hour, one after the other."""
    had: list[Had] = []
    now = Equipment()
    for each in in_order_of_life(happenings(facts, item, known_at)):
        if hour is not None and each.occurred_at > moment(hour):
            break
        before, now = now, EQUIPMENT.evolve(now, each.fact, each.occurred_at)
        made = _made(before, now, each.fact)
        if now.stage is not None and (made or not had):
            begin = to_micros(each.occurred_at)
            how = made or ("upgrade", None, None)
            turn = Had(now.configuration, now.document_revision, *how, each.id, begin, None)
            had = [*[one._replace(end=one.end or begin) for one in had if one.begin < begin], turn]
    return had


def _made(before: Equipment, now: Equipment, fact: Fact) -> tuple[str, str | None, UUID | None] | None:
    match fact:
        case Released():
            return "released", None, None
        case TakenOver():
            return "taken_over", None, None
        case UpgradeCompleted(bulletin_id=bulletin):
            changed = (before.configuration, before.document_revision) != (now.configuration, now.document_revision)
            return ("upgrade", before.upgrade, bulletin) if changed else None
    return None


def check(engine: Engine, facts: Sequence[Said], hour: int | None, known_at: int) -> None:
    """Compare the course of every item, the list of all, and the counts with the reference."""
    past: Any = {"as_of": None if hour is None else micros(hour), "known_at": known_at}
    expected = {item.id: course(facts, item, hour, known_at) for item in ITEMS}
    now = {item: had[-1] for item, had in expected.items() if had}
    with engine.views.read() as views:
        for item in ITEMS:
            found = item_configurations.course(views, item.id, ALL, **past).items
            assert [_had(each) for each in found] == expected[item.id]
        listed = configurations.configurations(views, ConfigurationFilter(), ALL, **past).items
        assert {each.equipment_id: _had(each) for each in listed} == now
        for feature, value in [("control", None), ("control", "v1"), ("con", None), ("seal", None)]:
            wanted = ConfigurationFilter(feature=feature, value=value)
            expected_items = {
                item for item, had in now.items() if any(f == feature and value in {None, v} for f, v in had.features)
            }
            some = configurations.configurations(views, wanted, ALL, **past)
            assert {each.equipment_id for each in some.items} == expected_items
            assert some.count == len(expected_items)
        counted = configuration_counts.counts(views, ConfigurationFilter(), ALL, **past)
        assert counted.count == len(counted.items)
    assert {each.features: each.items for each in counted.items} == Counter(had.features for had in now.values())


def _had(found: ItemConfiguration) -> Had:
    return Had(
        found.features,
        found.document_revision,
        found.made_by,
        found.purpose,
        found.bulletin_id,
        found.fact,
        found.begin,
        found.end,
    )


def test_configurations_equal_a_plain_fold_of_what_was_known(database_kind: str, fresh: Fresh) -> None:
    def example(facts: list[Said], asked: list[tuple[int | None, int]]) -> None:
        url = fresh()
        log = opened(url)
        engine = Engine(log, views_url(url), MODELS, batch=4)
        try:
            record(log, facts)
            engine.catch_up()
            assert {(each.error, each.parked) for each in engine.positions().values()} == {(None, 0)}
            for hour in (None, *range(HOURS + 1)):
                check(engine, facts, hour, len(facts))
            for hour, known in asked[:4]:
                check(engine, facts, hour, min(known, len(facts)))
        finally:
            engine.close()
            log.close()

    law(database_kind, example, facts=upgraded_lives() | upgraded_lives() | lives(), asked=moments)
