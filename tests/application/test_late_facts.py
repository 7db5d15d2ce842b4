from datetime import datetime
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from domain.equipment.custody_commands import DeliverEquipment
from domain.equipment.life_commands import CommissionEquipment
from domain.equipment.meters_commands import RecordMeterReading
from domain.equipment.operation_commands import CompleteRepair, ReportFailure, StartRepair
from domain.equipment.papers_commands import CertifyEquipment
from domain.equipment.refusals import CyclicAssembly, NotReleased, SerialTaken
from domain.equipment.structure_commands import InstallUnit, RemoveUnit
from domain.equipment.terms import Stage
from domain.kernel.errors import DeclareError
from domain.kernel.refusals import ContradictsLaterFact, Nonsense, NotOnRecord
from domain.kernel.streams import StreamRef
from tests.application.desk import CALLER, DAY, NOON, Desk, release
from tests.equipment.lives import ITEM, ITEM_ID, OPERATOR, OTHER_ID, UNIT, UNIT_ID

REPORT = ReportFailure(equipment_id=ITEM_ID, failure_mode="leak")


def declare(fact: UUID, stream: str = str(ITEM)) -> DeclareError:
    return DeclareError(stream=stream, wrong_fact=fact, explanation="wrong-entry")


def test_a_late_fact_takes_its_place_in_life_and_its_own_in_the_log(desk: Desk) -> None:
    desk.item(ITEM_ID, "PX-1")
    known = desk.log.head().position
    desk.do(REPORT, at=NOON + 11 * DAY / 2)
    assert desk.ledger.state(ITEM).state.faults == {"leak"}
    assert desk.ledger.state(ITEM, as_of=NOON + 5 * DAY).state.faults == frozenset()
    assert desk.ledger.state(ITEM, as_of=NOON + 6 * DAY).state.faults == {"leak"}
    assert desk.ledger.state(ITEM, as_of=NOON + 6 * DAY, known_at=known).state.faults == frozenset()


def test_a_late_fact_before_the_release_is_refused(desk: Desk) -> None:
    desk.item(ITEM_ID, "PX-1")
    with pytest.raises(NotReleased):
        desk.do(CertifyEquipment(equipment_id=ITEM_ID, certificate="EC-0", authority="NB-1"), at=NOON - DAY)


def test_a_late_fact_that_would_undo_a_later_one_is_refused_and_names_it(desk: Desk) -> None:
    desk.item(ITEM_ID, "PX-1")
    start = desk.do(StartRepair(equipment_id=ITEM_ID, maintenance_type="corrective"))
    with pytest.raises(ContradictsLaterFact) as refused:
        desk.do(StartRepair(equipment_id=ITEM_ID, maintenance_type="preventive"), at=NOON + 11 * DAY / 2)
    assert refused.value.facts == {"later_fact": str(start.facts[0].id), "because": "repair-already-open"}


def test_a_late_repair_fits_between_two_facts(desk: Desk) -> None:
    desk.item(ITEM_ID, "PX-1")
    desk.do(REPORT)
    desk.do(StartRepair(equipment_id=ITEM_ID, maintenance_type="corrective"), at=NOON + 11 * DAY / 2)
    with pytest.raises(ContradictsLaterFact):
        desk.do(CommissionEquipment(equipment_id=ITEM_ID, operator_id=OPERATOR, act="x"), at=NOON + 9 * DAY / 2)
    desk.do(CompleteRepair(equipment_id=ITEM_ID), at=NOON + 23 * DAY / 4)
    answer = desk.ledger.state(ITEM)
    assert (answer.state.stage, answer.state.faults) == (Stage.IN_SERVICE, {"leak"})


def test_moments_of_a_place_whose_clocks_change_are_told_in_the_order_in_which_they_were(desk: Desk) -> None:
    """Ten past two of the second time came after ten to three of the first; wall clocks say otherwise."""
    desk.item(ITEM_ID, "PX-1")
    desk.clock.turn(365 * DAY)
    zone = ZoneInfo("Europe/Berlin")
    second, first = datetime(2026, 10, 25, 2, 10, fold=1, tzinfo=zone), datetime(2026, 10, 25, 2, 50, tzinfo=zone)
    for at, value in ((second, 101), (first, 100)):
        desk.do(RecordMeterReading(equipment_id=ITEM_ID, meter="operating-time", value=Decimal(value), unit="h"), at)
    assert desk.ledger.state(ITEM).state.operating_time == desk.another().state(ITEM).state.operating_time == 101


def test_a_late_removal_is_checked_in_both_streams(desk: Desk) -> None:
    desk.item(ITEM_ID, "PX-1")
    desk.unit(UNIT_ID, "U-1")
    desk.do(InstallUnit(equipment_id=ITEM_ID, unit_id=UNIT_ID, slot="pump"))
    installed = desk.clock.now
    desk.clock.turn(10 * DAY)
    desk.do(REPORT)
    desk.do(RemoveUnit(equipment_id=ITEM_ID, unit_id=UNIT_ID, slot="pump", to="in_stock"), at=installed + DAY)
    assert desk.ledger.state(UNIT).state.stage is Stage.IN_STOCK
    assert desk.ledger.state(ITEM, as_of=installed).state.units == (("pump", UNIT_ID),)
    assert desk.ledger.state(ITEM).state.units == ()


def test_a_fact_declared_wrong_no_longer_counts_but_is_known_to_have_counted(desk: Desk) -> None:
    desk.item(ITEM_ID, "PX-1")
    report = desk.do(REPORT)
    desk.clock.turn(DAY)
    desk.do(declare(report.facts[0].id))
    assert desk.ledger.state(ITEM).state.faults == frozenset()
    assert desk.ledger.state(ITEM, known_at=report.position).state.faults == {"leak"}


def test_what_an_error_declaration_breaks_is_shown_as_a_contradiction(desk: Desk) -> None:
    desk.item(ITEM_ID, "PX-1")
    release_id, certify_id = (row.fact_key for row in desk.log.stream(ITEM_ID)[:2])
    desk.do(declare(certify_id))
    answer = desk.ledger.state(ITEM)
    assert [contradiction.refusal.code for contradiction in answer.contradictions] == [
        "not-certified",
        "not-possible-at-this-stage",
        "not-certified",
        "not-installed",
    ]
    desk.do(declare(release_id))
    assert desk.ledger.state(ITEM).state.stage is None
    assert desk.another().state(ITEM).contradictions[0].refusal.code == "not-released"


def test_declaring_the_same_error_again_records_nothing(desk: Desk) -> None:
    desk.item(ITEM_ID, "PX-1")
    report = desk.do(REPORT)
    desk.do(declare(report.facts[0].id))
    assert desk.do(declare(report.facts[0].id)).facts == ()


def test_an_error_declaration_may_be_wrong_itself(desk: Desk) -> None:
    desk.item(ITEM_ID, "PX-1")
    report = desk.do(REPORT)
    declaration = desk.do(declare(report.facts[0].id))
    desk.do(declare(declaration.facts[0].id))
    assert desk.ledger.state(ITEM).state.faults == {"leak"}


def test_only_a_fact_of_the_stream_is_declared_wrong(desk: Desk) -> None:
    desk.item(ITEM_ID, "PX-1")
    other = desk.do(release(OTHER_ID, "PX-2"))
    for fact in (other.facts[0].id, UUID(int=5)):
        with pytest.raises(NotOnRecord):
            desk.do(declare(fact))


def test_after_an_error_declaration_life_goes_on_from_the_corrected_state(desk: Desk) -> None:
    desk.item(ITEM_ID, "PX-1", steps=4)
    wrong = desk.log.stream(ITEM_ID)[-1].fact_key
    desk.do(declare(wrong))
    desk.do(DeliverEquipment(equipment_id=ITEM_ID, recipient_id=CALLER.organisation))
    assert desk.ledger.state(ITEM).state.holder_id == CALLER.organisation


def test_a_serial_number_is_taken_whenever_its_bearer_was_released(desk: Desk) -> None:
    desk.clock.turn(DAY)
    desk.do(release(OTHER_ID, "PX-1"))
    with pytest.raises(SerialTaken):
        desk.do(release(ITEM_ID, "px-1"), at=NOON)


def test_a_serial_number_that_was_freed_is_taken_again_by_an_earlier_release(desk: Desk) -> None:
    desk.clock.turn(DAY)
    wrong = desk.do(release(OTHER_ID, "PX-1"))
    desk.do(declare(wrong.facts[0].id, f"equipment:{OTHER_ID}"))
    desk.do(release(ITEM_ID, "PX-1"), at=NOON)
    with pytest.raises(SerialTaken):
        desk.do(release(UNIT_ID, "PX-1"))
    with pytest.raises(SerialTaken):
        desk.do(release(OTHER_ID, "PX-1"))


def test_a_reservation_is_not_wrong_by_itself(desk: Desk) -> None:
    reserved = desk.do(release(ITEM_ID, "PX-1")).facts[1]
    with pytest.raises(Nonsense):
        desk.do(declare(reserved.id, str(reserved.stream)))
    with pytest.raises(SerialTaken):
        desk.do(release(OTHER_ID, "PX-1"))


def test_an_item_that_was_released_wrongly_is_released_rightly_at_its_time(desk: Desk) -> None:
    desk.item(ITEM_ID, "PX-1")
    desk.do(StartRepair(equipment_id=ITEM_ID, maintenance_type="corrective"))
    desk.do(declare(desk.log.stream(ITEM_ID)[0].fact_key))
    assert desk.ledger.state(ITEM).state.stage is None
    desk.do(release(ITEM_ID, "PX-9"), at=NOON)
    answer = desk.ledger.state(ITEM)
    assert (answer.state.serial, answer.state.stage, answer.contradictions) == ("PX-9", Stage.UNDER_REPAIR, ())


def test_a_late_installation_does_not_close_a_ring(desk: Desk) -> None:
    desk.unit(UNIT_ID, "U-1")
    desk.unit(OTHER_ID, "U-2")
    desk.clock.turn(2 * DAY)
    desk.do(InstallUnit(equipment_id=UNIT_ID, unit_id=OTHER_ID, slot="pump"))
    with pytest.raises(CyclicAssembly):
        desk.do(InstallUnit(equipment_id=OTHER_ID, unit_id=UNIT_ID, slot="pump"), at=desk.clock.now - DAY)


def test_a_late_installation_does_not_close_a_ring_that_would_have_been_open_again_by_now(desk: Desk) -> None:
    """Of A in B, B in C and C in A all three would have been so on the second day; B left C on the third."""
    for item, serial in ((ITEM_ID, "U-1"), (UNIT_ID, "U-2"), (OTHER_ID, "U-3")):
        desk.unit(item, serial)
    begin = desk.clock.now
    desk.do(InstallUnit(equipment_id=UNIT_ID, unit_id=ITEM_ID, slot="a"), at=desk.clock.turn(DAY))
    desk.do(InstallUnit(equipment_id=OTHER_ID, unit_id=UNIT_ID, slot="b"), at=desk.clock.turn(DAY))
    desk.do(RemoveUnit(equipment_id=OTHER_ID, unit_id=UNIT_ID, slot="b", to="in_stock"), at=desk.clock.turn(DAY))
    late = InstallUnit(equipment_id=ITEM_ID, unit_id=OTHER_ID, slot="c")
    with pytest.raises(CyclicAssembly):
        desk.do(late, at=begin + DAY / 2)
    desk.do(late, at=begin + 3 * DAY)
    assert desk.ledger.state(StreamRef("equipment", OTHER_ID)).state.parent_id == ITEM_ID


def test_an_item_that_was_above_the_unit_at_another_time_than_in_it_closes_no_ring(desk: Desk) -> None:
    """A was in B on the first day, and B in C on the third: at no time was A in C."""
    for item, serial in ((ITEM_ID, "U-1"), (UNIT_ID, "U-2"), (OTHER_ID, "U-3")):
        desk.unit(item, serial)
    begin = desk.clock.now
    desk.do(InstallUnit(equipment_id=UNIT_ID, unit_id=ITEM_ID, slot="a"), at=desk.clock.turn(DAY))
    desk.do(RemoveUnit(equipment_id=UNIT_ID, unit_id=ITEM_ID, slot="a", to="in_stock"), at=desk.clock.turn(DAY))
    desk.do(InstallUnit(equipment_id=OTHER_ID, unit_id=UNIT_ID, slot="b"), at=desk.clock.turn(DAY))
    desk.do(InstallUnit(equipment_id=ITEM_ID, unit_id=OTHER_ID, slot="c"), at=begin + DAY / 2)
    assert desk.ledger.state(StreamRef("equipment", OTHER_ID)).state.parent_id == ITEM_ID


def test_what_is_wholly_declared_wrong_reads_now_as_it_reads_of_now(desk: Desk) -> None:
    wrong = desk.do(release(ITEM_ID, "PX-1"))
    desk.do(declare(wrong.facts[0].id))
    assert desk.ledger.state(ITEM) == desk.ledger.state(ITEM, as_of=desk.clock.now)
    with pytest.raises(NotOnRecord):
        desk.ledger.state(ITEM, as_of=desk.clock.now - DAY)
