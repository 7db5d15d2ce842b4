from domain.equipment.contradictions import Disagreement, disagreements
from domain.equipment.state import Equipment
from domain.equipment.terms import Stage
from tests.equipment.lives import ITEM_ID, OTHER_ID, UNIT_ID

PRESS = Equipment(stage=Stage.IN_SERVICE, units=(("pump", UNIT_ID),))
PUMP = Equipment(stage=Stage.INSTALLED, parent_id=ITEM_ID, slot="pump")


def test_a_pair_that_agrees_is_no_contradiction() -> None:
    assert disagreements(ITEM_ID, PRESS, {UNIT_ID: "pump"}) == []
    assert disagreements(UNIT_ID, PUMP, {}, PRESS) == []


def test_a_unit_that_only_the_item_lists_is_one() -> None:
    assert disagreements(ITEM_ID, PRESS, {}) == [Disagreement(ITEM_ID, "pump", UNIT_ID, said_by_parent=True)]


def test_a_unit_that_the_item_does_not_list_is_one_for_both() -> None:
    expected = [Disagreement(ITEM_ID, "pump", UNIT_ID, said_by_parent=False)]
    bare = Equipment(stage=Stage.IN_SERVICE)
    assert disagreements(ITEM_ID, bare, {UNIT_ID: "pump"}) == expected
    assert disagreements(UNIT_ID, PUMP, {}, bare) == disagreements(UNIT_ID, PUMP, {}) == expected


def test_a_unit_at_another_position_is_told_from_both_sides() -> None:
    assert disagreements(ITEM_ID, PRESS, {UNIT_ID: "seal"}) == [
        Disagreement(ITEM_ID, "pump", UNIT_ID, said_by_parent=True),
        Disagreement(ITEM_ID, "seal", UNIT_ID, said_by_parent=False),
    ]


def test_two_units_do_not_fill_one_position() -> None:
    claims = {UNIT_ID: "pump", OTHER_ID: "pump"}
    assert disagreements(ITEM_ID, PRESS, claims) == [Disagreement(ITEM_ID, "pump", OTHER_ID, said_by_parent=False)]
