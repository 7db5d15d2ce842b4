"""What is said again: without a moment known by what is so, with one by what is on record for that moment."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import pytest

from domain.application.replaying import sayings_on_record, told_then
from domain.application.sight import Sight
from domain.application.standings import Standings
from domain.equipment.life_commands import CommissionEquipment
from domain.equipment.operation_commands import ReportFailure
from domain.equipment.papers_commands import CertifyEquipment, RefuseCertification
from domain.equipment.refusals import AlreadyReleased, NotInstalled, UnitNotInstalledHere
from domain.equipment.structure_commands import ExchangeUnit, InstallUnit, RemoveUnit
from domain.equipment.terms import Stage
from domain.kernel.envelope import Provenance
from domain.kernel.errors import DeclareError
from domain.log.contract import Row
from domain.parties.organisation import AddMember
from tests.application.desk import CALLER, DAY, NOON, Desk, life_of, release
from tests.equipment.lives import ITEM, ITEM_ID, OPERATOR, OTHER_ID, UNIT_ID

CERTIFY = CertifyEquipment(equipment_id=ITEM_ID, certificate="EC-1", authority="NB-1")
REFUSE = RefuseCertification(equipment_id=ITEM_ID, authority="NB-1", reason="leak")
REPORT = ReportFailure(equipment_id=ITEM_ID, failure_mode="leak")
SOURCE = Provenance(source="urn:example:plant", id="4711")


def test_what_is_told_of_a_later_moment_is_recorded_so_that_what_lies_between_may_be_told_after_it(desk: Desk) -> None:
    desk.do(release(ITEM_ID, "PX-1"), NOON)
    desk.clock.turn(9 * DAY)
    desk.do(CERTIFY, NOON + DAY)
    assert desk.do(CERTIFY, NOON + 3 * DAY).facts
    desk.do(REFUSE, NOON + 2 * DAY)
    item = desk.ledger.state(ITEM).state
    assert (item.stage, item.certificate) == (Stage.CERTIFIED, "EC-1")


def test_what_is_so_already_is_not_recorded_again_where_no_moment_is_said(desk: Desk) -> None:
    desk.do(release(ITEM_ID, "PX-1"))
    desk.do(CERTIFY)
    desk.clock.turn(DAY)
    assert desk.do(CERTIFY).facts == ()


def test_what_cannot_be_twice_is_refused_at_another_moment(desk: Desk) -> None:
    desk.item(ITEM_ID, "PX-1")
    again = CommissionEquipment(equipment_id=ITEM_ID, operator_id=OPERATOR, act="ACT-1")
    assert desk.do(again).facts == ()
    with pytest.raises(NotInstalled):
        desk.do(again, desk.clock.now)
    with pytest.raises(AlreadyReleased):
        desk.do(release(ITEM_ID, "PX-1"), desk.clock.now)


def test_a_whole_life_told_again_for_its_moments_records_nothing(desk: Desk) -> None:
    desk.clock.turn(9 * DAY)
    life = [(command, NOON + day * DAY) for day, command in enumerate(life_of(ITEM_ID, "PX-1"))]
    for command, at in life:
        assert desk.do(command, at).facts
    head = desk.log.head().position
    for ledger in (desk.ledger, desk.another()):
        for command, at in life:
            assert ledger.execute(command, CALLER, occurred_at=at).facts == ()
    assert desk.log.head().position == head


def test_what_undoes_itself_is_known_again_for_its_moment(desk: Desk) -> None:
    """After a removal the unit is not there any more; that is what was told, not what forbids it."""
    desk.item(ITEM_ID, "PX-1")
    desk.unit(UNIT_ID, "U-1")
    desk.unit(OTHER_ID, "U-2")
    install = InstallUnit(equipment_id=ITEM_ID, unit_id=UNIT_ID, slot="pump")
    exchange = ExchangeUnit(equipment_id=ITEM_ID, slot="pump", unit_id=UNIT_ID, replacement_id=OTHER_ID)
    remove = RemoveUnit(equipment_id=ITEM_ID, unit_id=OTHER_ID, slot="pump")
    told = [(command, desk.clock.turn(DAY)) for command in (install, exchange, remove)]
    for command, at in told:
        desk.do(command, at)
    desk.clock.turn(DAY)
    for command, at in told:
        assert desk.do(command, at).facts == ()
    with pytest.raises(UnitNotInstalledHere):
        desk.do(remove, desk.clock.now)


def test_the_same_fact_of_another_source_is_recorded_once_and_two_entries_of_one_source_are_two_facts(
    desk: Desk,
) -> None:
    desk.item(ITEM_ID, "PX-1")
    at = desk.clock.now
    assert desk.ledger.execute(REPORT, CALLER, occurred_at=at, source=SOURCE).facts
    other = replace(SOURCE, source="urn:example:portal")
    assert desk.ledger.execute(REPORT, CALLER, occurred_at=at, source=other).facts == ()
    assert desk.ledger.execute(REPORT, CALLER, occurred_at=at, source=replace(SOURCE, id="4712")).facts


def test_what_was_declared_wrong_is_not_known_for_its_moment(desk: Desk) -> None:
    desk.item(ITEM_ID, "PX-1")
    at = desk.clock.now
    wrong = desk.do(REPORT, at).facts[0].id
    desk.do(DeclareError(stream=str(ITEM), wrong_fact=wrong, explanation="wrong-entry"))
    assert desk.do(REPORT, at).facts
    assert desk.do(REPORT, at).facts == ()


def test_personal_fields_are_compared_in_clear_for_a_moment_too(desk: Desk) -> None:
    add = AddMember(organisation_id=OPERATOR, member_id=UNIT_ID, name="Member 1", email="member-1@example.org")
    at = desk.clock.turn(DAY)
    assert desk.do(add, at).facts
    assert desk.do(add, at).facts == ()


def test_a_new_process_knows_what_was_told_of_the_newest_moment(desk: Desk) -> None:
    desk.item(ITEM_ID, "PX-1")
    at = desk.clock.now
    sign = replace(REPORT, impact="incipient")
    desk.do(sign, at)
    desk.do(replace(sign, failure_mode="noise"), at)
    assert desk.another().execute(sign, CALLER, occurred_at=at).facts == ()


def test_for_a_moment_of_which_nothing_is_on_record_nothing_is_read(desk: Desk) -> None:
    desk.item(ITEM_ID, "PX-1")
    asked: list[Sequence[UUID]] = []

    def by_keys(keys: Sequence[UUID]) -> dict[UUID, Row]:
        asked.append(keys)
        return desk.log.by_keys(keys)

    standings = Standings(desk.log, 10)
    newest = standings.current(ITEM).newest
    assert told_then(Sight(standings, newest + DAY), sayings_on_record(by_keys, desk.vault), None)(ITEM) == []
    assert asked == []
    assert (
        len(told_then(Sight(standings, newest), sayings_on_record(by_keys, desk.vault), None)(ITEM)) == len(asked) == 1
    )
