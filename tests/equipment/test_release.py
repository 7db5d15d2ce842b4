from dataclasses import replace
from uuid import UUID

import pytest

from domain.equipment.beginning_commands import ReleaseEquipment
from domain.equipment.equipment import EQUIPMENT
from domain.equipment.life import Installed
from domain.equipment.model import BillRevised
from domain.equipment.refusals import AlreadyReleased, CyclicAssembly, NotCertified, NotTheMaker, SerialTaken
from domain.equipment.serials import SerialReserved, serial_stream
from domain.kernel.errors import ErrorDeclared
from domain.kernel.ids import uuid7
from domain.kernel.refusals import Nonsense, UnknownReference
from tests.equipment.lives import (
    ITEM,
    ITEM_ID,
    MAKER,
    MODEL_ID,
    MODEL_REGISTERED,
    OTHER,
    OTHER_ID,
    RELEASED,
    STRANGER,
    THE_MODEL,
    UNIT,
    UNIT_ID,
    UNIT_IN_STOCK,
    UNIT_RELEASED,
)
from tests.scenario import BEGIN, given, nothing

RELEASE = ReleaseEquipment(equipment_id=ITEM_ID, model_id=MODEL_ID, manufacturer_id=MAKER, serial="PX-1")
SERIAL = serial_stream(MAKER, "PX-1")
RESERVED = SerialReserved(serial="PX-1", equipment_id=ITEM_ID)
TAKEN = SerialReserved(serial="px-1", equipment_id=OTHER_ID)


def test_a_release_puts_the_item_on_record_and_reserves_its_serial_number() -> None:
    given(THE_MODEL, MODEL_REGISTERED).when(RELEASE).then_on((ITEM, RELEASED), (SERIAL, RESERVED))


def test_releasing_the_same_item_again_records_nothing() -> None:
    given(THE_MODEL, MODEL_REGISTERED).given(ITEM, RELEASED).given(SERIAL, RESERVED).when(RELEASE).then()


def test_an_id_belongs_to_one_item() -> None:
    other = ReleaseEquipment(equipment_id=ITEM_ID, model_id=MODEL_ID, manufacturer_id=MAKER, serial="PX-2")
    given(THE_MODEL, MODEL_REGISTERED).given(ITEM, RELEASED).when(other).then_refused(AlreadyReleased)


def test_a_serial_number_belongs_to_one_item_of_the_maker() -> None:
    before = given(THE_MODEL, MODEL_REGISTERED).given(OTHER, RELEASED).given(SERIAL, TAKEN)
    before.when(RELEASE).then_refused(SerialTaken)


def test_serial_numbers_equal_after_normalisation_and_case_folding_are_the_same() -> None:
    assert serial_stream(MAKER, "ＰＸ－1 ") == serial_stream(MAKER, "px-1")  # noqa: RUF001  full-width on purpose
    assert serial_stream(MAKER, "Stra\u00dfe-1") == serial_stream(MAKER, "STRASSE-1")
    assert serial_stream(MAKER, "PX-1") != serial_stream(STRANGER, "PX-1")


def test_a_serial_number_is_free_again_after_its_release_was_declared_wrong() -> None:
    wrong = uuid7(2, bytes(10))
    declared = ErrorDeclared(wrong_fact=wrong, explanation="wrong-serial")
    before = given(THE_MODEL, MODEL_REGISTERED).given(OTHER, RELEASED).given(SERIAL, TAKEN).given(OTHER, declared)
    before.when(RELEASE).then_on((ITEM, RELEASED), (SERIAL, RESERVED))


def test_an_item_is_built_to_a_registered_model() -> None:
    nothing().when(RELEASE).then_refused(UnknownReference)


def test_a_model_is_built_by_its_own_maker() -> None:
    foreign = ReleaseEquipment(equipment_id=ITEM_ID, model_id=MODEL_ID, manufacturer_id=STRANGER, serial="PX-1")
    given(THE_MODEL, MODEL_REGISTERED).when(foreign).then_refused(NotTheMaker)


WITH_UNIT = replace(RELEASE, units=(("pump", UNIT_ID),))
INTO_ITEM = Installed(parent_id=ITEM_ID, slot="pump")


def test_an_item_leaves_the_line_with_its_units_and_they_say_so_too() -> None:
    scenario = given(THE_MODEL, MODEL_REGISTERED).given(UNIT, *UNIT_IN_STOCK)
    released = replace(RELEASED, units=(("pump", UNIT_ID),))
    scenario.when(WITH_UNIT).then_on((ITEM, released), (SERIAL, RESERVED), (UNIT, INTO_ITEM))
    built = scenario.given(ITEM, released).given(SERIAL, RESERVED).given(UNIT, INTO_ITEM)
    built.when(WITH_UNIT).then()
    built.when(replace(WITH_UNIT, units=(("valve", UNIT_ID),))).then_refused(AlreadyReleased)
    assert EQUIPMENT.evolve(EQUIPMENT.initial, released, BEGIN).units == (("pump", UNIT_ID),)


def test_a_unit_that_is_not_certified_leaves_in_no_item() -> None:
    given(THE_MODEL, MODEL_REGISTERED).given(UNIT, UNIT_RELEASED).when(WITH_UNIT).then_refused(NotCertified)


def test_an_item_is_no_unit_of_itself_when_it_is_released() -> None:
    ring = replace(RELEASE, units=(("pump", ITEM_ID),))
    given(THE_MODEL, MODEL_REGISTERED).when(ring).then_refused(CyclicAssembly)


@pytest.mark.parametrize("second", [("pump", OTHER_ID), ("valve", UNIT_ID)])
def test_no_unit_and_no_position_is_named_twice(second: tuple[str, UUID]) -> None:
    twice = replace(RELEASE, units=(("pump", UNIT_ID), second))
    given(THE_MODEL, MODEL_REGISTERED).given(UNIT, *UNIT_IN_STOCK).when(twice).then_refused(Nonsense)


def test_an_item_is_built_to_the_bill_in_force_where_no_other_is_said() -> None:
    scenario = given(THE_MODEL, MODEL_REGISTERED, BillRevised(revision="D", maintainable_items=("pump",)))
    scenario.when(RELEASE).then(replace(RELEASED, bill_revision="D"), RESERVED)
    scenario.when(replace(RELEASE, bill_revision="C")).then(replace(RELEASED, bill_revision="C"), RESERVED)
    built = scenario.given(ITEM, replace(RELEASED, bill_revision="D")).given(SERIAL, RESERVED)
    built.when(RELEASE).then()
    built.when(replace(RELEASE, bill_revision="C")).then_refused(AlreadyReleased)
