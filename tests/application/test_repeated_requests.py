from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest

from domain.application.receipts import RETENTION, Ask, Receipt
from domain.equipment.custody_commands import DeliverEquipment
from domain.equipment.operation_commands import ReportFailure
from domain.equipment.papers_commands import CertifyEquipment
from domain.equipment.structure_commands import InstallUnit
from domain.kernel.envelope import Provenance
from domain.kernel.moments import from_micros
from domain.kernel.refusals import AlreadyRecordedDifferently, HistoryDiffers, KeyReused, VersionDiffers
from domain.parties.organisation import AddMember
from tests.application.desk import CALLER, DAY, Desk, release
from tests.equipment.lives import ITEM, ITEM_ID, OTHER_ID, UNIT_ID

ASK = Ask(route="release", key="k-1", payload=b"payload")
SIGN = ReportFailure(equipment_id=ITEM_ID, failure_mode="noise", impact="incipient")
SOURCE = Provenance(source="urn:example:plant", id="4711")


def as_first(receipt: Receipt) -> Receipt:
    return replace(receipt, replayed=False)


def test_the_same_request_gets_the_first_receipt_and_records_nothing(desk: Desk) -> None:
    first = desk.ledger.execute(release(ITEM_ID, "PX-1"), CALLER, ask=ASK)
    desk.do(CertifyEquipment(equipment_id=ITEM_ID, certificate="EC-1", authority="NB-1"))
    head = desk.log.head().position
    again = desk.another().execute(release(ITEM_ID, "PX-1"), CALLER, ask=ASK)
    assert (as_first(again), again.replayed, desk.log.head().position) == (first, True, head)


def test_a_key_belongs_to_one_request(desk: Desk) -> None:
    desk.ledger.execute(release(ITEM_ID, "PX-1"), CALLER, ask=ASK)
    with pytest.raises(KeyReused):
        desk.ledger.execute(release(OTHER_ID, "PX-2"), CALLER, ask=replace(ASK, payload=b"other"))


def test_a_key_belongs_to_one_caller_and_route(desk: Desk) -> None:
    desk.ledger.execute(release(ITEM_ID, "PX-1"), CALLER, ask=ASK)
    stranger = replace(CALLER, actor=OTHER_ID)
    assert desk.ledger.execute(release(OTHER_ID, "PX-2"), stranger, ask=ASK).facts
    elsewhere = desk.ledger.execute(release(UNIT_ID, "PX-3"), CALLER, ask=replace(ASK, route="other"))
    assert elsewhere.facts


def test_a_success_that_recorded_nothing_is_answered_again_too(desk: Desk) -> None:
    desk.do(release(ITEM_ID, "PX-1"))
    first = desk.ledger.execute(release(ITEM_ID, "PX-1"), CALLER, ask=ASK)
    desk.do(CertifyEquipment(equipment_id=ITEM_ID, certificate="EC-1", authority="NB-1"))
    again = desk.ledger.execute(release(ITEM_ID, "PX-1"), CALLER, ask=ASK)
    assert (again.facts, again.version, again.replayed) == ((), first.version, True)


def test_of_twins_sent_at_once_one_is_recorded_and_both_get_its_receipt(desk: Desk) -> None:
    desk.item(ITEM_ID, "PX-1")
    ledgers = [desk.ledger, desk.another(), desk.another(), desk.another()]
    barrier = Barrier(4)

    def send(number: int) -> Receipt:
        barrier.wait()
        return ledgers[number].execute(SIGN, CALLER, ask=ASK)

    with ThreadPoolExecutor(4) as pool:
        receipts = [as_first(receipt) for receipt in pool.map(send, range(4))]
    assert all(receipt == receipts[0] for receipt in receipts)
    assert desk.ledger.state(ITEM).version == 7


def test_after_the_retention_a_key_is_free_again(desk: Desk) -> None:
    desk.ledger.execute(release(ITEM_ID, "PX-1"), CALLER, ask=ASK)
    desk.clock.now = from_micros(desk.log.head().recorded_at) + RETENTION + DAY
    desk.ledger.forget_old_answers()
    assert desk.ledger.execute(release(OTHER_ID, "PX-2"), CALLER, ask=replace(ASK, payload=b"other")).facts


def test_a_key_that_outlived_its_retention_is_free_even_before_the_cleaning(desk: Desk) -> None:
    desk.ledger.execute(release(ITEM_ID, "PX-1"), CALLER, ask=ASK)
    desk.clock.now = from_micros(desk.log.head().recorded_at) + RETENTION + DAY
    assert desk.ledger.execute(release(OTHER_ID, "PX-2"), CALLER, ask=replace(ASK, payload=b"other")).facts


def test_an_expected_version_is_the_version_or_refused(desk: Desk) -> None:
    desk.item(ITEM_ID, "PX-1")
    with pytest.raises(VersionDiffers) as refused:
        desk.ledger.execute(SIGN, CALLER, expected_version=7)
    assert refused.value.facts["actual_version"] == 6
    with pytest.raises(VersionDiffers):
        desk.ledger.execute(SIGN, CALLER, expected_version=5)
    assert desk.ledger.execute(SIGN, CALLER, expected_version=6).version == 7


def test_the_same_command_on_the_same_expected_version_gets_the_original_receipt(desk: Desk) -> None:
    desk.item(ITEM_ID, "PX-1")
    desk.unit(UNIT_ID, "U-1")
    install = InstallUnit(equipment_id=ITEM_ID, unit_id=UNIT_ID, slot="pump")
    first = desk.ledger.execute(install, CALLER, expected_version=6)
    desk.ledger.execute(SIGN, CALLER)
    desk.clock.turn(timedelta(hours=1))
    again = desk.another().execute(install, CALLER, expected_version=6)
    assert (as_first(again), again.replayed) == (first, True)


def test_a_command_that_begins_like_the_record_and_then_differs_is_refused(desk: Desk) -> None:
    desk.item(ITEM_ID, "PX-1")
    for unit, serial in ((UNIT_ID, "U-1"), (OTHER_ID, "U-2")):
        desk.unit(unit, serial)
    desk.ledger.execute(SIGN, CALLER, expected_version=6)
    with pytest.raises(VersionDiffers):
        desk.ledger.execute(InstallUnit(equipment_id=ITEM_ID, unit_id=UNIT_ID, slot="pump"), CALLER, expected_version=6)


def test_the_first_fact_alone_does_not_make_it_the_same_command(desk: Desk) -> None:
    released = desk.do(release(ITEM_ID, "PX-1"))
    twice = desk.do(release(OTHER_ID, "PX-2"))
    assert twice.position == released.position + 2
    # The same item again with another reservation behind it: its first fact equals, the second does not.
    with pytest.raises((HistoryDiffers, VersionDiffers)):
        desk.ledger.execute(release(ITEM_ID, "PX-3"), CALLER, expected_version=0)


def test_a_fact_of_a_source_is_recorded_once_for_ever(desk: Desk) -> None:
    desk.item(ITEM_ID, "PX-1")
    first = desk.ledger.execute(SIGN, CALLER, source=SOURCE)
    desk.clock.turn(DAY)
    again = desk.another().execute(SIGN, CALLER, source=SOURCE)
    assert (as_first(again), again.replayed) == (first, True)
    with pytest.raises(AlreadyRecordedDifferently):
        desk.ledger.execute(replace(SIGN, failure_mode="heat"), CALLER, source=SOURCE)
    assert desk.ledger.execute(SIGN, CALLER, source=replace(SOURCE, id="4712")).facts


def test_personal_fields_are_compared_in_clear_when_a_source_repeats_itself(desk: Desk) -> None:
    member = AddMember(
        organisation_id=CALLER.organisation, member_id=UNIT_ID, name="Member 1", email="member-1@example.org"
    )
    first = desk.ledger.execute(member, CALLER, source=SOURCE)
    assert as_first(desk.ledger.execute(member, CALLER, source=SOURCE)) == first
    with pytest.raises(AlreadyRecordedDifferently) as refused:
        desk.ledger.execute(replace(member, name="Member 2"), CALLER, source=SOURCE)
    assert refused.value.facts["differs"] == ["name"]
    assert refused.value.detail.endswith("; what differs: name.")


def test_what_another_organisation_recorded_is_not_told_of(desk: Desk) -> None:
    desk.item(ITEM_ID, "PX-1")
    desk.ledger.execute(SIGN, CALLER, source=SOURCE)
    certify = CertifyEquipment(equipment_id=ITEM_ID, certificate="EC-1", authority="NB-1")
    for other, differs in ((replace(SIGN, failure_mode="heat"), "failure_mode"), (certify, "type")):
        with pytest.raises(AlreadyRecordedDifferently) as own:
            desk.ledger.execute(other, CALLER, source=SOURCE)
        assert own.value.facts["differs"] == [differs]
        with pytest.raises(AlreadyRecordedDifferently) as refused:
            desk.ledger.execute(other, replace(CALLER, organisation=OTHER_ID), source=SOURCE)
        assert "differs" not in refused.value.facts


def test_an_expected_version_holds_for_a_late_fact_too_whatever_is_remembered(desk: Desk) -> None:
    desk.item(ITEM_ID, "PX-1")
    desk.ledger.execute(SIGN, CALLER)
    other = desk.another()
    assert other.state(ITEM).version == 7
    desk.ledger.execute(SIGN, CALLER)
    with pytest.raises(VersionDiffers):
        other.execute(SIGN, CALLER, occurred_at=desk.clock.now - DAY / 2, expected_version=7)
    assert desk.ledger.state(ITEM).version == 8


def test_an_expected_version_is_asked_before_what_the_command_names(desk: Desk) -> None:
    desk.item(ITEM_ID, "PX-1", steps=3)
    nobody = DeliverEquipment(equipment_id=ITEM_ID, recipient_id=OTHER_ID)
    with pytest.raises(VersionDiffers):
        desk.ledger.execute(nobody, CALLER, expected_version=1)
