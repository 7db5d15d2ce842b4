"""Options, upgrades and what became of bulletins: the configuration of an item changes with its documents."""

from datetime import timedelta
from uuid import UUID

import pytest

from domain.equipment.bulletin import BulletinIssued, BulletinWithdrawn
from domain.equipment.configuration import (
    BulletinNotApplicable,
    OptionOrdered,
    RecallApplied,
    UpgradeCompleted,
    UpgradeStarted,
)
from domain.equipment.configuration_commands import (
    ApplyBulletin,
    CompleteUpgrade,
    DeclareBulletinNotApplicable,
    OrderOption,
    StartUpgrade,
)
from domain.equipment.ending_commands import DecommissionEquipment
from domain.equipment.equipment import EQUIPMENT
from domain.equipment.life import LaidUp, Released
from domain.equipment.operation_commands import StartRepair
from domain.equipment.papers import CertificationRefused, Certified
from domain.equipment.papers_commands import CertifyEquipment
from domain.equipment.refusals import (
    AlreadyDisposed,
    BulletinAlreadyApplied,
    BulletinConcernsOthers,
    BulletinNotInForce,
    DocumentRevisionMissing,
    NotInService,
    NotPossibleAtThisStage,
    NotReleased,
    UpgradeAlreadyOpen,
    UpgradeNotStarted,
)
from domain.equipment.state import Equipment
from domain.equipment.terms import Stage
from domain.kernel.commands import Command
from domain.kernel.facts import Fact
from domain.kernel.refusals import ContradictsLaterFact, UnknownReference
from domain.kernel.streams import StreamRef
from tests.equipment.lives import (
    CERTIFIED,
    DECOMMISSIONED,
    DISPOSED,
    IN_SERVICE,
    ITEM,
    ITEM_ID,
    MAKER,
    MODEL_ID,
    RELEASED,
)
from tests.scenario import BEGIN, HOUR, Scenario, given

BULLETIN_ID, OTHER_BULLETIN_ID = UUID(int=40), UUID(int=41)
BULLETIN, OTHER_BULLETIN = StreamRef("bulletin", BULLETIN_ID), StreamRef("bulletin", OTHER_BULLETIN_ID)
ISSUED = BulletinIssued(number="SB-1", kind="service", title="seal", manufacturer_id=MAKER, models=(MODEL_ID,))
FOR_OTHERS = BulletinIssued(number="SB-2", kind="service", title="seal", manufacturer_id=MAKER, models=(UUID(int=11),))
WITHDRAWN = BulletinWithdrawn(reason="superseded")

ORDER = OrderOption(equipment_id=ITEM_ID, feature="control-unit", value="CU-7")
START = StartUpgrade(equipment_id=ITEM_ID, purpose="retrofit-7")
COMPLETE = CompleteUpgrade(equipment_id=ITEM_ID, features=(("control-unit", "CU-7"),), document_revision="B")
APPLY = ApplyBulletin(equipment_id=ITEM_ID, bulletin_id=BULLETIN_ID)
NOT_FOR_US = DeclareBulletinNotApplicable(equipment_id=ITEM_ID, bulletin_id=BULLETIN_ID, reason="no-such-valve")

ORDERED = OptionOrdered(feature="control-unit", value="CU-7")
STARTED = UpgradeStarted(purpose="retrofit-7")
COMPLETED = UpgradeCompleted(features=(("control-unit", "CU-7"),), document_revision="B")
AFFECTING = UpgradeCompleted(features=(("control-unit", "CU-7"),), document_revision="B", certification_affected=True)
APPLIED = RecallApplied(bulletin_id=BULLETIN_ID)
NOT_APPLICABLE = BulletinNotApplicable(bulletin_id=BULLETIN_ID, reason="no-such-valve")
SECOND_CERTIFICATE = Certified(certificate="EC-2", authority="NB-1")

WORKING = given(ITEM, *IN_SERVICE)
ASKED = given(BULLETIN, ISSUED).given(ITEM, *IN_SERVICE)
AWAITING = WORKING.given(ITEM, STARTED, AFFECTING)


def state(*facts: Fact) -> Equipment:
    """Return the item after facts, a minute after each other."""
    item = Equipment()
    for number, fact in enumerate(facts):
        item = EQUIPMENT.evolve(item, fact, BEGIN + timedelta(minutes=number))
    return item


def test_an_option_is_ordered_once() -> None:
    WORKING.when(ORDER).then(ORDERED)
    WORKING.given(ITEM, ORDERED).when(ORDER).then()


def test_the_last_order_of_a_feature_counts() -> None:
    other = OptionOrdered(feature="control-unit", value="CU-8")
    assert state(*IN_SERVICE, ORDERED, other).options == (("control-unit", "CU-8"),)


def test_an_option_that_is_built_in_is_ordered_no_longer() -> None:
    item = state(*IN_SERVICE, ORDERED, OptionOrdered(feature="hood", value="closed"), STARTED, COMPLETED)
    assert item.options == (("hood", "closed"),)
    WORKING.given(ITEM, ORDERED, STARTED, COMPLETED).when(ORDER).then()


def test_an_option_stays_ordered_while_another_value_is_built_in() -> None:
    other = UpgradeCompleted(features=(("control-unit", "CU-6"),), document_revision="B")
    assert state(*IN_SERVICE, ORDERED, STARTED, other).options == (("control-unit", "CU-7"),)


def test_an_upgrade_changes_the_configuration_and_the_documents_together() -> None:
    as_built = Released(
        model_id=MODEL_ID, manufacturer_id=MAKER, serial="PX-1", as_built=(("control-unit", "CU-6"), ("hood", "open"))
    )
    changed = UpgradeCompleted(
        features=(("control-unit", "CU-7"), ("hood", ""), ("bed", "long")), document_revision="B"
    )
    item = state(as_built, *IN_SERVICE[1:], STARTED, changed)
    assert item.configuration == (("bed", "long"), ("control-unit", "CU-7"))
    assert item.as_built == (("control-unit", "CU-6"), ("hood", "open"))
    assert item.document_revision == "B"
    assert (item.stage, item.upgrade) == (Stage.IN_SERVICE, None)


@pytest.mark.parametrize("told", [None, "A"])
def test_the_configuration_does_not_change_without_its_documents(told: str | None) -> None:
    documented = UpgradeCompleted(document_revision="A")
    scenario = WORKING.given(ITEM, STARTED, documented, STARTED)
    command = CompleteUpgrade(equipment_id=ITEM_ID, features=(("control-unit", "CU-7"),), document_revision=told)
    scenario.when(command).then_refused(DocumentRevisionMissing)


def test_an_upgrade_that_changes_no_feature_needs_no_new_documents() -> None:
    plain = CompleteUpgrade(equipment_id=ITEM_ID, bulletin_id=BULLETIN_ID)
    ASKED.given(ITEM, STARTED).when(plain).then(UpgradeCompleted(bulletin_id=BULLETIN_ID))


def test_an_upgrade_is_started_once_and_completed_once() -> None:
    WORKING.when(START).then(STARTED)
    WORKING.given(ITEM, STARTED).when(START).then()
    WORKING.given(ITEM, STARTED).when(COMPLETE).then(COMPLETED)
    WORKING.given(ITEM, STARTED, COMPLETED).when(COMPLETE).then()


def test_two_upgrades_of_one_item_are_not_open_at_once() -> None:
    other = StartUpgrade(equipment_id=ITEM_ID, purpose="retrofit-8")
    WORKING.given(ITEM, STARTED).when(other).then_refused(UpgradeAlreadyOpen)


@pytest.mark.parametrize("command", [COMPLETE, CompleteUpgrade(equipment_id=ITEM_ID)])
def test_an_upgrade_that_never_started_is_not_completed(command: Command) -> None:
    WORKING.when(command).then_refused(UpgradeNotStarted)


def test_an_upgrade_begins_in_service_only() -> None:
    WORKING.given(ITEM, LaidUp()).when(START).then_refused(NotPossibleAtThisStage)
    given(ITEM, RELEASED, CERTIFIED).when(START).then_refused(NotPossibleAtThisStage)


def test_an_item_under_modernisation_is_not_repaired() -> None:
    repair = StartRepair(equipment_id=ITEM_ID, maintenance_type="corrective")
    WORKING.given(ITEM, STARTED).when(repair).then_refused(NotInService)


def test_where_the_certified_configuration_changed_service_waits_for_a_certificate() -> None:
    waiting = state(*IN_SERVICE, STARTED, AFFECTING)
    assert (waiting.stage, waiting.recertify, waiting.upgrade) == (Stage.UNDER_MODERNISATION, True, None)
    back = state(*IN_SERVICE, STARTED, AFFECTING, SECOND_CERTIFICATE)
    assert (back.stage, back.recertify, back.certificate) == (Stage.IN_SERVICE, False, "EC-2")


def test_a_certificate_that_is_awaited_counts_under_its_old_number_too() -> None:
    certify = CertifyEquipment(
        equipment_id=ITEM_ID,
        certificate=CERTIFIED.certificate,
        authority=CERTIFIED.authority,
        valid_until=CERTIFIED.valid_until,
    )
    AWAITING.when(certify).then(CERTIFIED)
    AWAITING.given(ITEM, CERTIFIED).when(certify).then()


def test_no_other_upgrade_begins_while_a_certificate_is_awaited() -> None:
    AWAITING.when(START).then_refused(UpgradeAlreadyOpen)


def test_what_is_not_certified_after_an_upgrade_is_set_aside() -> None:
    refused = CertificationRefused(authority="NB-1", reason="noise")
    assert state(*IN_SERVICE, STARTED, AFFECTING, refused).stage is Stage.QUARANTINED


def test_an_item_under_modernisation_is_not_decommissioned() -> None:
    decommission = DecommissionEquipment(equipment_id=ITEM_ID, reason="worn-out")
    WORKING.given(ITEM, STARTED).when(decommission).then_refused(NotPossibleAtThisStage)


def test_a_bulletin_is_applied_once() -> None:
    ASKED.when(APPLY).then(APPLIED)
    ASKED.given(ITEM, APPLIED).when(APPLY).then()


def test_a_bulletin_that_was_applied_stays_applied_when_it_is_withdrawn() -> None:
    ASKED.given(ITEM, APPLIED).given(BULLETIN, WITHDRAWN).when(APPLY).then()


def test_a_bulletin_is_found_not_applicable_once() -> None:
    ASKED.when(NOT_FOR_US).then(NOT_APPLICABLE)
    ASKED.given(ITEM, NOT_APPLICABLE).when(NOT_FOR_US).then()


def test_what_was_found_not_applicable_is_applied_after_all() -> None:
    ASKED.given(ITEM, NOT_APPLICABLE).when(APPLY).then(APPLIED)
    assert state(*IN_SERVICE, NOT_APPLICABLE, APPLIED).bulletins == ((BULLETIN_ID, "applied"),)


def test_what_was_applied_is_not_found_not_applicable() -> None:
    ASKED.given(ITEM, APPLIED).when(NOT_FOR_US).then_refused(BulletinAlreadyApplied)
    assert state(*IN_SERVICE, APPLIED, NOT_APPLICABLE).bulletins == ((BULLETIN_ID, "applied"),)


def test_a_bulletin_is_not_found_not_applicable_before_it_was_applied() -> None:
    late = ASKED.given(ITEM, APPLIED).when(NOT_FOR_US, at=BEGIN + 7 * HOUR + timedelta(minutes=1))
    late.then(NOT_APPLICABLE)
    applied_twice = ASKED.given(ITEM, APPLIED).when(APPLY, at=BEGIN + 7 * HOUR + timedelta(minutes=1))
    applied_twice.then_refused(ContradictsLaterFact)


BY_BULLETIN = StartUpgrade(equipment_id=ITEM_ID, purpose="retrofit-7", bulletin_id=BULLETIN_ID)
COMPLETE_BY_BULLETIN = CompleteUpgrade(equipment_id=ITEM_ID, bulletin_id=BULLETIN_ID)


@pytest.mark.parametrize("command", [APPLY, NOT_FOR_US, BY_BULLETIN])
@pytest.mark.parametrize(
    ("scenario", "refusal"),
    [
        (WORKING, UnknownReference),
        (WORKING.given(BULLETIN, FOR_OTHERS), BulletinConcernsOthers),
        (ASKED.given(BULLETIN, WITHDRAWN), BulletinNotInForce),
    ],
)
def test_what_rests_on_a_bulletin_needs_one_that_is_in_force_and_concerns_the_item(
    scenario: Scenario, refusal: type[UnknownReference], command: Command
) -> None:
    scenario.when(command).then_refused(refusal)


@pytest.mark.parametrize(
    ("scenario", "refusal"),
    [
        (WORKING, UnknownReference),
        (WORKING.given(BULLETIN, FOR_OTHERS), BulletinConcernsOthers),
        (ASKED.given(BULLETIN, WITHDRAWN), BulletinNotInForce),
    ],
)
def test_an_upgrade_is_not_completed_by_such_a_bulletin(scenario: Scenario, refusal: type[UnknownReference]) -> None:
    scenario.given(ITEM, STARTED).when(COMPLETE_BY_BULLETIN).then_refused(refusal)


def test_a_bulletin_is_not_applied_before_it_was_issued() -> None:
    issued_later = given(ITEM, *IN_SERVICE).given(BULLETIN, ISSUED)
    issued_later.when(APPLY, at=BEGIN + 6 * HOUR + timedelta(minutes=1)).then_refused(UnknownReference)


def test_an_upgrade_applies_the_bulletin_by_which_it_was_started() -> None:
    by_bulletin = UpgradeStarted(purpose="retrofit-7", bulletin_id=BULLETIN_ID)
    started = ASKED.given(ITEM, by_bulletin)
    started.when(BY_BULLETIN).then()
    completed = UpgradeCompleted(bulletin_id=BULLETIN_ID)
    for command in (CompleteUpgrade(equipment_id=ITEM_ID), COMPLETE_BY_BULLETIN):
        started.given(BULLETIN, WITHDRAWN).when(command).then(completed)
    item = state(*IN_SERVICE, by_bulletin, completed)
    assert (item.bulletins, item.upgrade_bulletin_id) == (((BULLETIN_ID, "applied"),), None)


def test_an_upgrade_by_one_bulletin_may_turn_out_to_apply_another() -> None:
    started = ASKED.given(OTHER_BULLETIN, ISSUED).given(ITEM, UpgradeStarted(purpose="x", bulletin_id=BULLETIN_ID))
    other = CompleteUpgrade(equipment_id=ITEM_ID, bulletin_id=OTHER_BULLETIN_ID)
    started.when(other).then(UpgradeCompleted(bulletin_id=OTHER_BULLETIN_ID))


@pytest.mark.parametrize("command", [ORDER, START, COMPLETE, APPLY, NOT_FOR_US])
def test_there_is_no_configuration_before_the_release_or_after_the_disposal(command: Command) -> None:
    issued = given(BULLETIN, ISSUED)
    issued.when(command).then_refused(NotReleased)
    issued.given(ITEM, *IN_SERVICE, DECOMMISSIONED, DISPOSED).when(command).then_refused(AlreadyDisposed)
