"""The life-stage table as the vocabulary has it, row by row, held against what the rules allow."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest

from domain.equipment.configuration import OptionOrdered, UpgradeCompleted, UpgradeStarted
from domain.equipment.custody import Found, Lent, Lost, Moved, OwnershipTransferred
from domain.equipment.ending import BeyondEconomicRepairDeclared, RefurbishmentAuthorised
from domain.equipment.equipment import EQUIPMENT, EquipmentFact, check, evolve
from domain.equipment.life import Commissioned, Installed, LaidUp, Removed, ReturnedToService, TakenOver
from domain.equipment.operation import RepairCompleted
from domain.equipment.papers import CertificationRefused
from domain.equipment.refusals import AlreadyDisposed, AlreadyReleased, NotPossibleAtThisStage, NotReleased
from domain.equipment.stages import TABLE, possible_facts
from domain.equipment.state import Equipment
from domain.equipment.terms import Stage
from domain.kernel.folding import fold
from tests.equipment.lives import (
    CERTIFIED,
    COMMISSIONED,
    DECOMMISSIONED,
    DELIVERED,
    DISPOSED,
    FAILED,
    IN_SERVICE,
    INSTALLED,
    ITEM,
    MAKER,
    MODEL_ID,
    OPERATOR,
    RELEASED,
    REPAIR_STARTED,
    SHIPPED,
    STOCKED,
    UP_TO_DELIVERED,
    UP_TO_INSTALLED,
)
from tests.scenario import BEGIN, given

S = Stage

REFUSED = CertificationRefused(authority="NB-1", reason="test-failed")
LENT = Lent(borrower_id=OPERATOR, until=date(2030, 1, 1))
TO_STOCK, ON_ITS_WAY, ASIDE, TO_OWNER = (
    Removed(to=to) for to in ("in_stock", "in_transit", "quarantined", "delivered")
)
UPGRADE = UpgradeStarted(purpose="retrofit")
UPGRADED = UpgradeCompleted(document_revision="B")
CHANGED = UpgradeCompleted(document_revision="B", certification_affected=True)
LAID_UP, RETURNED = LaidUp(), ReturnedToService()
UNECONOMIC, REFURBISHED = BeyondEconomicRepairDeclared(), RefurbishmentAuthorised(authority="NB-1")
LOST, FOUND = Lost(), Found(place="yard")
REPAIRED = RepairCompleted()

HISTORIES: dict[S, tuple[EquipmentFact, ...]] = {
    S.RELEASED: (RELEASED,),
    S.QUARANTINED: (RELEASED, REFUSED),
    S.CERTIFIED: (RELEASED, CERTIFIED),
    S.IN_STOCK: (RELEASED, CERTIFIED, STOCKED),
    S.IN_TRANSIT: (RELEASED, CERTIFIED, SHIPPED),
    S.DELIVERED: UP_TO_DELIVERED,
    S.INSTALLED: UP_TO_INSTALLED,
    S.IN_SERVICE: IN_SERVICE,
    S.UNDER_REPAIR: (*IN_SERVICE, FAILED, REPAIR_STARTED, UNECONOMIC),
    S.UNDER_MODERNISATION: (*IN_SERVICE, UPGRADE),
    S.LAID_UP: (*IN_SERVICE, LAID_UP),
    S.LOST: (*IN_SERVICE, LOST),
    S.DECOMMISSIONED: (*IN_SERVICE, DECOMMISSIONED),
    S.DISPOSED: (*IN_SERVICE, DECOMMISSIONED, DISPOSED),
}

VOCABULARY: dict[S, dict[EquipmentFact, S]] = {
    S.RELEASED: {CERTIFIED: S.CERTIFIED, REFUSED: S.QUARANTINED},
    S.QUARANTINED: {CERTIFIED: S.CERTIFIED, DECOMMISSIONED: S.DECOMMISSIONED},
    S.CERTIFIED: {SHIPPED: S.IN_TRANSIT, STOCKED: S.IN_STOCK},
    S.IN_STOCK: {
        SHIPPED: S.IN_TRANSIT,
        INSTALLED: S.INSTALLED,
        LENT: S.DELIVERED,
        DECOMMISSIONED: S.DECOMMISSIONED,
    },
    S.IN_TRANSIT: {DELIVERED: S.DELIVERED, STOCKED: S.IN_STOCK},
    S.DELIVERED: {INSTALLED: S.INSTALLED, STOCKED: S.IN_STOCK, DECOMMISSIONED: S.DECOMMISSIONED},
    S.INSTALLED: {COMMISSIONED: S.IN_SERVICE, TO_OWNER: S.DELIVERED},
    S.IN_SERVICE: {
        REPAIR_STARTED: S.UNDER_REPAIR,
        UPGRADE: S.UNDER_MODERNISATION,
        LAID_UP: S.LAID_UP,
        TO_STOCK: S.IN_STOCK,
        ON_ITS_WAY: S.IN_TRANSIT,
        ASIDE: S.QUARANTINED,
        DECOMMISSIONED: S.DECOMMISSIONED,
    },
    S.UNDER_REPAIR: {REPAIRED: S.IN_SERVICE, UNECONOMIC: S.UNDER_REPAIR, DECOMMISSIONED: S.DECOMMISSIONED},
    S.UNDER_MODERNISATION: {UPGRADED: S.IN_SERVICE, CHANGED: S.UNDER_MODERNISATION},
    S.LAID_UP: {RETURNED: S.IN_SERVICE, DECOMMISSIONED: S.DECOMMISSIONED},
    S.LOST: {FOUND: S.QUARANTINED},
    S.DECOMMISSIONED: {DISPOSED: S.DISPOSED, REFURBISHED: S.QUARANTINED},
    S.DISPOSED: {},
}
"""Lost, from every stage but its own and the last, is added below; so are papers that may be told at any time."""

IN_USE = (S.IN_TRANSIT, S.INSTALLED, S.IN_SERVICE, S.UNDER_REPAIR, S.UNDER_MODERNISATION, S.LAID_UP)
AT_HAND = (S.CERTIFIED, S.IN_STOCK, S.DELIVERED)
ALLOWED: dict[tuple[Stage, EquipmentFact], Stage] = {
    **{(stage, fact): to for stage, row in VOCABULARY.items() for fact, to in row.items()},
    **{(stage, LOST): S.LOST for stage in S if stage not in {S.LOST, S.DISPOSED}},
    **{(stage, CERTIFIED): stage for stage in (*IN_USE, *AT_HAND)},
    **{(stage, REFUSED): stage for stage in IN_USE},
    **{(stage, REFUSED): S.QUARANTINED for stage in (*AT_HAND, S.QUARANTINED)},
}
FACTS = tuple(dict.fromkeys(fact for _, fact in ALLOWED))
LATER = BEGIN + timedelta(days=30)


def item_at(stage: S) -> Equipment:
    item: Equipment = fold(EQUIPMENT, [each for _, each in given(ITEM, *HISTORIES[stage]).happened])
    assert item.stage is stage
    return item


def test_every_fact_that_leads_from_stage_to_stage_is_tried() -> None:
    assert {type(fact) for fact in FACTS} == set(TABLE)


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: f"{type(fact).__name__}-{getattr(fact, 'to', '')}")
@pytest.mark.parametrize("stage", S)
def test_a_fact_may_happen_exactly_where_the_vocabulary_has_it(stage: S, fact: EquipmentFact) -> None:
    item = item_at(stage)
    refusal = check(item, fact, LATER)
    assert (refusal is None) is ((stage, fact) in ALLOWED), refusal
    if refusal is None:
        assert evolve(item, fact, LATER).stage is ALLOWED[stage, fact]
    else:
        assert refusal.accepted


@pytest.mark.parametrize("stage", S)
def test_what_is_said_to_be_possible_is(stage: S) -> None:
    names = {type(fact).fact_type.name for at, fact in ALLOWED if at is stage}  # type: ignore[union-attr]  # by @event
    assert set(possible_facts(item_at(stage))) == names
    if stage is S.UNDER_REPAIR:
        assert "equipment.decommissioned" not in possible_facts(replace(item_at(stage), uneconomic=False))


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: f"{type(fact).__name__}-{getattr(fact, 'to', '')}")
def test_nothing_happens_before_the_release_nor_after_the_disposal(fact: EquipmentFact) -> None:
    assert type(check(Equipment(), fact, LATER)) is NotReleased
    assert type(check(item_at(S.DISPOSED), fact, LATER)) is AlreadyDisposed


@pytest.mark.parametrize(
    "fact", [Moved(place="yard"), OwnershipTransferred(owner_id=OPERATOR), OptionOrdered(feature="hood", value="steel")]
)
def test_facts_beside_the_table_change_no_stage_and_end_with_the_life(fact: EquipmentFact) -> None:
    for stage in S:
        item = item_at(stage)
        assert evolve(item, fact, LATER).stage is stage
        if stage is S.DISPOSED:
            assert type(check(item, fact, LATER)) is AlreadyDisposed
        elif stage is not S.LOST:
            assert check(item, fact, LATER) is None
    assert type(check(item_at(S.LOST), Moved(place="yard"), LATER)) is NotPossibleAtThisStage


def test_a_life_begins_once() -> None:
    again = TakenOver(model_id=MODEL_ID, manufacturer_id=MAKER, serial="PX-1", stage="in_service")
    for stage in set(S) - {S.DISPOSED}:
        assert type(check(item_at(stage), RELEASED, LATER)) is AlreadyReleased
        assert type(check(item_at(stage), again, LATER)) is AlreadyReleased


def test_a_unit_leaves_its_parent_to_anywhere_and_is_not_decommissioned_inside() -> None:
    inside = Installed(parent_id=UUID(int=9), slot="pump")
    unit = fold(EQUIPMENT, [each for _, each in given(ITEM, *HISTORIES[S.IN_STOCK], inside).happened])
    assert unit.stage is S.INSTALLED
    for out in (TO_OWNER, TO_STOCK, ON_ITS_WAY, ASIDE):
        assert check(unit, out, LATER) is None
        assert evolve(unit, out, LATER).stage == out.to
    works = evolve(unit, Commissioned(operator_id=OPERATOR, act="ACT-1"), LATER)
    assert type(check(works, DECOMMISSIONED, LATER)) is NotPossibleAtThisStage
