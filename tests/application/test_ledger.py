from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from uuid import UUID

import pytest

from domain.application.receipts import Receipt
from domain.equipment.custody_commands import DeliverEquipment
from domain.equipment.operation_commands import ReportFailure, StartRepair
from domain.equipment.papers_commands import CertifyEquipment
from domain.equipment.refusals import NotReleased, RepairAlreadyOpen, SerialTaken, UnitSitsElsewhere
from domain.equipment.structure_commands import InstallUnit, RemoveUnit
from domain.equipment.terms import Stage
from domain.kernel.errors import DeclareError
from domain.kernel.moments import from_micros
from domain.kernel.refusals import Nonsense, NotOnRecord, OccursInTheFuture, Refusal, UnknownReference
from domain.kernel.streams import StreamRef
from domain.log.contract import Line
from domain.log.log import Log
from domain.parties.organisation import AddMember, RegisterOrganisation
from tests.application.desk import CALLER, DAY, Desk, ledger_on, release
from tests.equipment.lives import ITEM, ITEM_ID, MAKER, MODEL_ID, OTHER, OTHER_ID, STRANGER, UNIT, UNIT_ID

CERTIFY = CertifyEquipment(equipment_id=ITEM_ID, certificate="EC-1", authority="NB-1")


def test_what_a_command_records_is_told_with_its_place_in_the_log(desk: Desk) -> None:
    before = desk.log.head().position
    receipt = desk.do(release(ITEM_ID, "PX-1"))
    assert [(fact.type, fact.sequence, fact.position) for fact in receipt.facts] == [
        ("equipment.released", 1, before + 1),
        ("serial.reserved", 1, before + 2),
    ]
    assert (receipt.stream, receipt.version, receipt.position) == (ITEM, 1, before + 2)
    assert [row.fact_key for row in desk.log.rows(before, 10)] == [fact.id for fact in receipt.facts]


def test_what_is_true_already_is_not_recorded_again(desk: Desk) -> None:
    desk.do(release(ITEM_ID, "PX-1"))
    head = desk.log.head().position
    again = desk.do(release(ITEM_ID, "PX-1"))
    assert (again.facts, again.version, desk.log.head().position) == ((), 1, head)


def test_a_refused_command_records_nothing(desk: Desk) -> None:
    head = desk.log.head().position
    with pytest.raises(NotReleased):
        desk.do(StartRepair(equipment_id=ITEM_ID, maintenance_type="corrective"))
    assert desk.log.head().position == head


def test_what_a_command_names_must_be_on_record(desk: Desk) -> None:
    desk.item(ITEM_ID, "PX-1", steps=3)
    with pytest.raises(UnknownReference) as refused:
        desk.do(DeliverEquipment(equipment_id=ITEM_ID, recipient_id=STRANGER))
    assert refused.value.facts == {"field": "recipient_id"}


def test_a_model_that_is_not_on_record_is_built_by_nobody(desk: Desk) -> None:
    with pytest.raises(UnknownReference):
        desk.do(replace(release(ITEM_ID, "PX-1"), model_id=STRANGER))


def test_nothing_happens_later_than_now(desk: Desk) -> None:
    with pytest.raises(OccursInTheFuture):
        desk.do(release(ITEM_ID, "PX-1"), at=desk.clock.now + DAY)


def test_what_is_said_without_a_time_comes_after_what_a_faster_clock_has_recorded(desk: Desk) -> None:
    ahead = desk.clock.now + timedelta(seconds=3)
    desk.do(release(ITEM_ID, "PX-1"), at=ahead)
    desk.do(CERTIFY)
    assert from_micros(desk.log.stream(ITEM_ID)[-1].occurred_at) == ahead
    with pytest.raises(NotReleased):
        desk.do(replace(CERTIFY, certificate="EC-0"), at=desk.clock.now)


def test_an_id_names_a_thing_of_one_kind(desk: Desk) -> None:
    desk.item(ITEM_ID, "PX-1", steps=3)
    for stream in (StreamRef("equipment", MAKER), StreamRef("organisation", ITEM_ID), StreamRef("model", ITEM_ID)):
        with pytest.raises(NotOnRecord):
            desk.ledger.state(stream)
        with pytest.raises(NotOnRecord):
            desk.ledger.state(stream, as_of=desk.clock.now)
    for other in (ITEM_ID, MODEL_ID):
        with pytest.raises(UnknownReference):
            desk.do(DeliverEquipment(equipment_id=ITEM_ID, recipient_id=other))
    with pytest.raises(Nonsense) as refused:
        desk.do(release(MAKER, "PX-2"))
    assert refused.value.field == "equipment_id"


def test_what_was_registered_by_mistake_is_named_by_nobody(desk: Desk) -> None:
    other = desk.another()
    mistaken = register(desk, STRANGER)
    assert other.state(StreamRef("organisation", STRANGER)).version == 1
    desk.do(AddMember(organisation_id=STRANGER, member_id=OTHER_ID, name="Member 1", email="member-1@example.org"))
    desk.item(ITEM_ID, "PX-1", steps=3)
    desk.do(DeclareError(stream=f"organisation:{STRANGER}", wrong_fact=mistaken, explanation="wrong-entry"))
    deliver = DeliverEquipment(equipment_id=ITEM_ID, recipient_id=STRANGER)
    for ledger in (desk.ledger, other):
        with pytest.raises(UnknownReference):
            ledger.execute(deliver, CALLER)
    register(desk, STRANGER)
    assert other.execute(deliver, CALLER).facts


def register(desk: Desk, organisation: UUID) -> UUID:
    return desk.do(RegisterOrganisation(organisation_id=organisation, name="Works")).facts[0].id


def test_a_no_from_a_stale_memory_is_taken_back_even_if_somebody_refreshed_it_meanwhile(desk: Desk) -> None:
    desk.item(ITEM_ID, "PX-1")
    for unit, serial in ((UNIT_ID, "U-1"), (OTHER_ID, "U-2")):
        desk.unit(unit, serial)
    desk.do(InstallUnit(equipment_id=ITEM_ID, unit_id=OTHER_ID, slot="pump"))
    log = Interrupted(desk.log)
    other = ledger_on(log, desk.vault, desk.clock)  # type: ignore[arg-type]  # a log in all that is asked of it here
    assert other.state(ITEM).version == 7
    desk.do(RemoveUnit(equipment_id=ITEM_ID, unit_id=OTHER_ID, slot="pump"))
    # The item is remembered with its pump, the unit is not: while it is read, somebody else looks at the item.
    log.at_next_look = lambda: other.state(ITEM)
    assert other.execute(InstallUnit(equipment_id=ITEM_ID, unit_id=UNIT_ID, slot="pump"), CALLER).facts


class Interrupted:
    """A log at which somebody else is served first."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self.at_next_look: Callable[[], object] | None = None

    def __getattr__(self, name: str) -> object:
        return getattr(self._log, name)

    def lines(self, stream: UUID, after: int, limit: int) -> list[Line]:
        if interrupt := self.at_next_look:
            self.at_next_look = None
            interrupt()
        return self._log.lines(stream, after, limit)


def test_a_command_on_several_streams_is_recorded_whole(desk: Desk) -> None:
    desk.item(ITEM_ID, "PX-1")
    desk.unit(UNIT_ID, "U-1")
    receipt = desk.do(InstallUnit(equipment_id=ITEM_ID, unit_id=UNIT_ID, slot="pump"))
    assert [(fact.stream, fact.type) for fact in receipt.facts] == [
        (ITEM, "equipment.unit_installed"),
        (UNIT, "equipment.installed"),
    ]
    assert desk.ledger.state(ITEM).state.units == (("pump", UNIT_ID),)
    assert desk.ledger.state(UNIT).state.parent_id == ITEM_ID


def test_a_ledger_that_remembers_too_little_decides_on_the_present_state(desk: Desk) -> None:
    other = desk.another()
    desk.item(ITEM_ID, "PX-1")
    assert other.state(ITEM).state.stage is Stage.IN_SERVICE
    desk.do(StartRepair(equipment_id=ITEM_ID, maintenance_type="corrective"))
    with pytest.raises(RepairAlreadyOpen):
        other.execute(StartRepair(equipment_id=ITEM_ID, maintenance_type="corrective"), CALLER)


def test_a_stale_no_is_taken_back(desk: Desk) -> None:
    other = desk.another()
    with pytest.raises(NotReleased):
        other.execute(CertifyEquipment(equipment_id=ITEM_ID, certificate="EC-1", authority="NB-1"), CALLER)
    desk.do(release(ITEM_ID, "PX-1"))
    receipt = other.execute(CertifyEquipment(equipment_id=ITEM_ID, certificate="EC-1", authority="NB-1"), CALLER)
    assert receipt.version == 2


def test_of_many_who_release_one_serial_number_exactly_one_succeeds(desk: Desk) -> None:
    ledgers = [desk.another() for _ in range(4)]
    barrier = Barrier(8)

    def attempt(number: int) -> Receipt | Refusal:
        barrier.wait()
        try:
            return ledgers[number % 4].execute(release(UUID(int=1000 + number), "PX-1"), CALLER)
        except SerialTaken as refusal:
            return refusal

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(attempt, range(8)))
    assert sum(isinstance(outcome, Receipt) for outcome in outcomes) == 1


def test_of_many_who_take_one_unit_exactly_one_gets_it(desk: Desk) -> None:
    desk.unit(UNIT_ID, "U-1")
    parents = [UUID(int=2000 + number) for number in range(4)]
    for number, parent in enumerate(parents):
        desk.do(release(parent, f"PX-{number}"))
    barrier = Barrier(4)

    def attempt(parent: UUID) -> bool:
        barrier.wait()
        try:
            desk.do(InstallUnit(equipment_id=parent, unit_id=UNIT_ID, slot="pump"))
        except UnitSitsElsewhere:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(attempt, parents))
    assert outcomes.count(True) == 1
    assert desk.ledger.state(UNIT).state.parent_id == parents[outcomes.index(True)]


def test_writers_of_one_stream_all_succeed_in_some_order(desk: Desk) -> None:
    desk.item(ITEM_ID, "PX-1")
    ledgers = [desk.another() for _ in range(4)]
    version = desk.ledger.state(ITEM).version

    def report(number: int) -> None:
        mode = f"mode-{number}"
        ledgers[number % 4].execute(ReportFailure(equipment_id=ITEM_ID, failure_mode=mode), CALLER)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(report, range(40)))
    answer = desk.ledger.state(ITEM)
    assert (answer.version, len(answer.state.faults)) == (version + 40, 40)


def test_a_stream_that_is_not_on_record_has_no_state(desk: Desk) -> None:
    with pytest.raises(NotOnRecord):
        desk.ledger.state(OTHER)
    desk.do(release(OTHER_ID, "PX-9"))
    with pytest.raises(NotOnRecord):
        desk.ledger.state(OTHER, as_of=desk.clock.now - DAY)


def test_nothing_personal_stands_in_the_log_in_clear(desk: Desk) -> None:
    before = desk.log.head().position
    name, email = "Member 1", "member-1@example.org"
    desk.do(AddMember(organisation_id=CALLER.organisation, member_id=UUID(int=7), name=name, email=email))
    (row,) = desk.log.rows(before, 10)
    assert name.encode() not in row.body
    assert email.encode() not in row.body
    assert desk.vault.find("email", "MEMBER-1@example.org ", [UUID(int=7)]) == {UUID(int=7)}
