"""Models: what their maker says of them, and that nothing of a discontinued one is released."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from domain.equipment.beginning_commands import ReleaseEquipment
from domain.equipment.model import (
    BillRevised,
    DocumentSetDefined,
    Model,
    ModelDiscontinued,
    PlanTemplateSet,
    WarrantyTermsSet,
    evolve,
)
from domain.equipment.model_commands import (
    DefineDocumentSet,
    DiscontinueModel,
    RegisterModel,
    ReviseBill,
    SetPlanTemplate,
    SetWarrantyTerms,
)
from domain.equipment.refusals import (
    ModelAlreadyDiscontinued,
    ModelAlreadyRegistered,
    ModelNoLongerMade,
    ModelNotRegistered,
)
from domain.equipment.serials import SerialReserved
from domain.kernel.commands import Command
from domain.kernel.facts import Fact
from tests.equipment.lives import ITEM_ID, MAKER, MODEL_ID, MODEL_REGISTERED, RELEASED, THE_MODEL
from tests.scenario import BEGIN, HOUR, given, nothing

REVISE = ReviseBill(model_id=MODEL_ID, revision="B", maintainable_items=("pump", "seal"))
PLAN = SetPlanTemplate(
    model_id=MODEL_ID,
    by_hours=(("oil", Decimal(500)),),
    by_cycles=(("die", Decimal(10_000)),),
    by_calendar=(("inspection", 365),),
    by_condition=(("bearing", "vibration-velocity"),),
)
WARRANTY = SetWarrantyTerms(
    model_id=MODEL_ID, terms="standard-24", begins="delivered", months=24, hours=Decimal(4000), uncovered=("seal",)
)
DOCUMENTS = DefineDocumentSet(model_id=MODEL_ID, documents=(("manual", "03-02"), ("declaration", "02-01")))
DISCONTINUE = DiscontinueModel(model_id=MODEL_ID, reason="replaced", successor_id=UUID(int=11))
DISCONTINUED = ModelDiscontinued(reason="replaced", successor_id=UUID(int=11))
RELEASE = ReleaseEquipment(equipment_id=ITEM_ID, model_id=MODEL_ID, manufacturer_id=MAKER, serial="PX-1")

SAID: list[tuple[Command, Fact]] = [
    (REVISE, BillRevised(revision="B", maintainable_items=("pump", "seal"))),
    (
        PLAN,
        PlanTemplateSet(
            by_hours=(("oil", Decimal(500)),),
            by_cycles=(("die", Decimal(10_000)),),
            by_calendar=(("inspection", 365),),
            by_condition=(("bearing", "vibration-velocity"),),
        ),
    ),
    (
        WARRANTY,
        WarrantyTermsSet(terms="standard-24", begins="delivered", months=24, hours=Decimal(4000), uncovered=("seal",)),
    ),
    (DOCUMENTS, DocumentSetDefined(documents=(("manual", "03-02"), ("declaration", "02-01")))),
    (DISCONTINUE, DISCONTINUED),
]
CHANGED: list[Command] = [
    replace(REVISE, revision="C"),
    replace(PLAN, by_calendar=()),
    replace(WARRANTY, months=None),
    replace(DOCUMENTS, documents=()),
]


@pytest.mark.parametrize(("command", "fact"), SAID)
def test_what_a_maker_says_of_a_model_is_recorded_once(command: Command, fact: Fact) -> None:
    registered = given(THE_MODEL, MODEL_REGISTERED)
    registered.when(command).then_on((THE_MODEL, fact))
    registered.given(THE_MODEL, fact).when(command).then()


@pytest.mark.parametrize("command", [command for command, _ in SAID])
def test_nothing_is_said_of_a_model_before_it_is_registered(command: Command) -> None:
    nothing().when(command).then_refused(ModelNotRegistered)


@pytest.mark.parametrize(("command", "before"), list(zip(CHANGED, SAID, strict=False)))
def test_what_is_said_anew_takes_the_place_of_what_was_said(command: Command, before: tuple[Command, Fact]) -> None:
    said = given(THE_MODEL, MODEL_REGISTERED, before[1])
    (fact,) = command.decide(Model(registered=MODEL_REGISTERED))
    said.when(command).then(fact)
    said.given(THE_MODEL, fact).when(command).then()
    said.given(THE_MODEL, fact).when(before[0]).then(before[1])


def test_the_bill_in_force_is_the_one_last_revised() -> None:
    registered = replace(MODEL_REGISTERED, maintainable_items=("pump",))
    model = evolve(Model(), registered, BEGIN)
    assert (Model().maintainable_items, model.maintainable_items) == ((), ("pump",))
    revised = evolve(model, BillRevised(revision="B", maintainable_items=()), BEGIN)
    assert (revised.maintainable_items, revised.registered) == ((), registered)


def test_a_model_is_registered_once_whatever_was_said_since() -> None:
    register = RegisterModel(model_id=MODEL_ID, designation="Press PX-40", manufacturer_id=MAKER)
    said = given(THE_MODEL, MODEL_REGISTERED, *(fact for _, fact in SAID))
    said.when(register).then()
    said.when(replace(register, designation="Press PX-41")).then_refused(ModelAlreadyRegistered)


def test_a_model_is_discontinued_once() -> None:
    ended = given(THE_MODEL, MODEL_REGISTERED, DISCONTINUED)
    ended.when(replace(DISCONTINUE, reason="banned")).then_refused(ModelAlreadyDiscontinued)


def test_no_item_of_a_discontinued_model_is_released() -> None:
    ended = given(THE_MODEL, MODEL_REGISTERED, DISCONTINUED)
    ended.when(RELEASE).then_refused(ModelNoLongerMade)
    before = BEGIN + HOUR + timedelta(minutes=1)
    ended.when(RELEASE, at=before).then(RELEASED, SerialReserved(serial="PX-1", equipment_id=ITEM_ID))


def test_more_is_said_of_a_discontinued_model() -> None:
    given(THE_MODEL, MODEL_REGISTERED, DISCONTINUED).when(REVISE).then(SAID[0][1])
