from datetime import UTC, date, datetime

import pytest

from domain.equipment.configuration import UpgradeCompleted, UpgradeStarted
from domain.equipment.custody import OwnershipTransferred
from domain.equipment.equipment import EQUIPMENT
from domain.equipment.life import Removed
from domain.equipment.papers import CertificateExpired, CertificationRefused, Certified, PassportIssued, PassportRevised
from domain.equipment.papers_commands import (
    CertifyEquipment,
    IssuePassport,
    RecordCertificateExpiry,
    RefuseCertification,
    RevisePassport,
)
from domain.equipment.passport import stated
from domain.equipment.refusals import (
    CertificateStillValid,
    CertificateSuperseded,
    NotCertified,
    PassportAlreadyIssued,
    PassportNotIssued,
    PassportUpToDate,
)
from domain.equipment.state import Equipment
from domain.equipment.terms import Stage
from domain.kernel.errors import ErrorDeclared
from domain.kernel.facts import Fact
from domain.kernel.folding import Happening, fold
from domain.kernel.ids import uuid7
from tests.equipment.lives import CERTIFIED, IN_SERVICE, ITEM, ITEM_ID, OPERATOR, RELEASED, SHIPPED, STOCKED
from tests.scenario import given

REFUSE = RefuseCertification(equipment_id=ITEM_ID, authority="NB-1", reason="test-failed")
REFUSED = CertificationRefused(authority="NB-1", reason="test-failed")
EXPIRE = RecordCertificateExpiry(equipment_id=ITEM_ID, certificate="EC-1")
EXPIRED = CertificateExpired(certificate="EC-1")
ENDING = Certified(certificate="EC-1", authority="NB-1", valid_until=date(2024, 6, 30))
ENDLESS = Certified(certificate="EC-1", authority="NB-1")
NEWER = Certified(certificate="EC-2", authority="NB-1")
BEFORE_THE_END = datetime(2024, 6, 30, 23, 59, 59, tzinfo=UTC)
AT_THE_END = datetime(2024, 7, 1, tzinfo=UTC)
ISSUE = IssuePassport(equipment_id=ITEM_ID, passport="PP-1")
ISSUED = PassportIssued(passport="PP-1")
REVISE = RevisePassport(equipment_id=ITEM_ID, reason="new-owner")
REVISED = PassportRevised(reason="new-owner")
SOLD = OwnershipTransferred(owner_id=OPERATOR)


def state_after(*facts: Fact) -> Equipment:
    item: Equipment = fold(EQUIPMENT, [each for _, each in given(ITEM, *facts).happened])
    return item


@pytest.mark.parametrize("before", [(RELEASED,), (RELEASED, CERTIFIED), (RELEASED, CERTIFIED, STOCKED)])
def test_an_item_whose_certification_is_refused_is_set_aside_without_a_certificate(before: tuple[Fact, ...]) -> None:
    given(ITEM, *before).when(REFUSE).then(REFUSED)
    item = state_after(*before, REFUSED)
    assert (item.stage, item.certificate) == (Stage.QUARANTINED, None)


@pytest.mark.parametrize("before", [(RELEASED, CERTIFIED, SHIPPED), IN_SERVICE])
def test_an_item_that_left_stays_where_it_is_when_its_certification_is_refused(before: tuple[Fact, ...]) -> None:
    item = state_after(*before, REFUSED)
    assert (item.stage, item.certificate) == (state_after(*before).stage, None)


def test_a_refusal_is_recorded_once_until_the_item_is_certified() -> None:
    given(ITEM, RELEASED, REFUSED).when(REFUSE).then()
    given(ITEM, RELEASED, REFUSED, CERTIFIED).when(REFUSE).then(REFUSED)


def test_a_certificate_ends_when_it_says_and_no_sooner() -> None:
    scenario = given(ITEM, RELEASED, ENDING)
    scenario.when(EXPIRE, at=BEFORE_THE_END).then_refused(CertificateStillValid)
    scenario.when(EXPIRE, at=AT_THE_END).then(EXPIRED)
    given(ITEM, RELEASED, ENDLESS).when(EXPIRE, at=AT_THE_END).then_refused(CertificateStillValid)


def test_the_end_of_a_certificate_is_recorded_once() -> None:
    given(ITEM, RELEASED, ENDING, EXPIRED).when(EXPIRE).then()


def test_only_the_certificate_of_the_item_ends() -> None:
    given(ITEM, RELEASED).when(EXPIRE).then_refused(NotCertified)
    given(ITEM, RELEASED, ENDING, NEWER).when(EXPIRE, at=AT_THE_END).then_refused(CertificateSuperseded)
    item = state_after(RELEASED, NEWER, EXPIRED)
    assert (item.certificate, item.certificate_until, item.certificate_ended) == ("EC-2", None, False)


def test_an_item_that_is_not_certified_has_no_passport() -> None:
    given(ITEM, RELEASED).when(ISSUE).then_refused(NotCertified)
    given(ITEM, RELEASED).when(REVISE).then_refused(PassportNotIssued)


def test_an_item_has_one_passport() -> None:
    given(ITEM, RELEASED, CERTIFIED).when(ISSUE).then(ISSUED)
    given(ITEM, RELEASED, CERTIFIED, ISSUED).when(ISSUE).then()
    second = IssuePassport(equipment_id=ITEM_ID, passport="PP-2")
    given(ITEM, RELEASED, CERTIFIED, ISSUED).when(second).then_refused(PassportAlreadyIssued)


def test_a_passport_is_revised_when_what_it_states_has_changed() -> None:
    before = (RELEASED, CERTIFIED, ISSUED)
    given(ITEM, *before).when(REVISE).then_refused(PassportUpToDate)
    given(ITEM, *before, SOLD).when(REVISE).then(REVISED)
    given(ITEM, *before, SOLD, REVISED).when(REVISE).then()
    given(ITEM, *before, SOLD, REVISED, SOLD).when(REVISE).then(REVISED)
    passport = state_after(*before, SOLD, REVISED).passport
    assert passport is not None
    assert (passport.number, passport.revision, passport.outdated) == ("PP-1", 2, False)


def test_what_was_set_aside_is_certified_before_it_is_used() -> None:
    certify = CertifyEquipment(
        equipment_id=ITEM_ID, certificate="EC-1", authority="NB-1", valid_until=date(2030, 12, 31)
    )
    aside = given(ITEM, *IN_SERVICE, Removed(to="quarantined"))
    aside.when(certify).then(CERTIFIED)


def test_an_upgrade_that_changed_what_is_certified_waits_for_its_certificate() -> None:
    upgraded = UpgradeCompleted(document_revision="B", certification_affected=True)
    waiting = (*IN_SERVICE, UpgradeStarted(purpose="retrofit"), upgraded)
    until = date(2030, 12, 31)
    certify = CertifyEquipment(equipment_id=ITEM_ID, certificate="EC-1", authority="NB-1", valid_until=until)
    assert state_after(*waiting).stage is Stage.UNDER_MODERNISATION
    given(ITEM, *waiting).when(certify).then(CERTIFIED)
    given(ITEM, *waiting, CERTIFIED).when(certify).then()
    assert state_after(*waiting, CERTIFIED).stage is Stage.IN_SERVICE
    given(ITEM, *waiting).when(REFUSE).then(REFUSED)
    assert state_after(*waiting, REFUSED).stage is Stage.QUARANTINED


def facts_of(*facts: Fact) -> list[Happening]:
    """Return facts an hour apart."""
    return [each for _, each in given(ITEM, *facts).happened]


def test_a_passport_states_the_item_as_it_was_when_the_passport_was_issued_last() -> None:
    happened = facts_of(RELEASED, CERTIFIED, ISSUED, SOLD, REVISED, NEWER)
    found = stated(happened)
    assert (found.certificate, found.owner_id, found.passport and found.passport.revision) == ("EC-1", OPERATOR, 2)
    before = stated(happened, happened[3].occurred_at)
    assert (before.certificate, before.owner_id, before.passport and before.passport.revision) == ("EC-1", None, 1)
    assert stated(happened[:2]) == Equipment()


def test_a_passport_states_what_was_recorded_before_it_of_the_very_moment_of_its_issue() -> None:
    happened = facts_of(RELEASED, CERTIFIED, SOLD, ISSUED, NEWER)
    at_once = [each._replace(occurred_at=happened[-1].occurred_at) for each in happened]
    found = stated(at_once)
    assert (found.certificate, found.owner_id) == ("EC-1", OPERATOR)


def test_a_passport_states_nothing_that_was_declared_wrong_since() -> None:
    happened = facts_of(RELEASED, CERTIFIED, SOLD, ISSUED, NEWER)
    declared = ErrorDeclared(wrong_fact=happened[2].id, explanation="other-item")
    assert (
        stated([*happened, happened[-1]._replace(id=uuid7(9, bytes(10)), position=9, fact=declared)]).owner_id is None
    )
