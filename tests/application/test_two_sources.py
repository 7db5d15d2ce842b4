"""Two sources tell of one item for one moment: the second is weighed after the first, and takes nothing from it."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import pytest

from domain.application.receipts import Receipt
from domain.equipment.custody_commands import TransferOwnership
from domain.equipment.equipment import EQUIPMENT
from domain.equipment.life_commands import InstallEquipment, LayUpEquipment
from domain.equipment.meters_commands import RecordMeterReading, ReplaceMeter
from domain.equipment.operation_commands import ReportFailure, StartRepair
from domain.equipment.papers import Certified
from domain.equipment.papers_commands import CertifyEquipment
from domain.equipment.refusals import (
    MeterAlreadyFitted,
    MeterRanBackwards,
    MeterUnitDiffers,
    NotInService,
    SlotOccupied,
    UnitSitsElsewhere,
)
from domain.equipment.structure_commands import InstallUnit
from domain.kernel.commands import Command
from domain.kernel.envelope import Provenance
from domain.kernel.folding import fold_and_check, in_order_of_life
from domain.kernel.refusals import Refusal
from domain.kernel.streams import StreamRef
from domain.log.codec import decode, happenings
from tests.application.desk import CALLER, DAY, Desk
from tests.equipment.lives import ITEM, ITEM_ID, MAKER, OTHER_ID, UNIT_ID

PLANT, SERVICE = "urn:example:plant", "urn:example:service"
SPARE_ID = UUID(int=4)
ALL = (ITEM_ID, UNIT_ID, OTHER_ID, SPARE_ID)


def read(value: str, unit: str = "h") -> RecordMeterReading:
    return RecordMeterReading(equipment_id=ITEM_ID, meter="operating-time", value=Decimal(value), unit=unit)


def certify(certificate: str) -> CertifyEquipment:
    return CertifyEquipment(equipment_id=ITEM_ID, certificate=certificate, authority="NB-1")


def replace(shows: str) -> ReplaceMeter:
    return ReplaceMeter(equipment_id=ITEM_ID, meter="operating-time", unit="h", shows=Decimal(shows))


def install(parent: UUID, unit: UUID) -> InstallUnit:
    return InstallUnit(equipment_id=parent, unit_id=unit, slot="pump")


def install_at(place: str) -> InstallEquipment:
    return InstallEquipment(equipment_id=SPARE_ID, place=place)


FAIL = ReportFailure(equipment_id=ITEM_ID, failure_mode="leak")
LAY_UP = LayUpEquipment(equipment_id=ITEM_ID)
REPAIR = StartRepair(equipment_id=ITEM_ID, maintenance_type="corrective")


@pytest.fixture(params=["as it happens", "long after it, with later facts on record"])
def moment(desk: Desk, request: pytest.FixtureRequest) -> datetime:
    """A moment at which two items are in service, one of them read before, and two units stand in a stock."""
    for item, serial in ((ITEM_ID, "PX-1"), (OTHER_ID, "PX-2")):
        desk.item(item, serial)
    for unit, serial in ((UNIT_ID, "U-1"), (SPARE_ID, "U-2")):
        desk.unit(unit, serial)
    desk.do(read("80"))
    told = desk.clock.turn(DAY)
    if "later" in request.param:
        desk.clock.turn(DAY)
        for item in ALL:
            desk.do(TransferOwnership(equipment_id=item, owner_id=MAKER))
    return told


def tell(desk: Desk, command: Command, at: datetime, source: str) -> Receipt:
    provenance = Provenance(source=source, id="4711")
    return desk.ledger.execute(command, CALLER, occurred_at=at, source=provenance)


def on_record(desk: Desk) -> list[list[tuple[object, ...]]]:
    """Return what is on record of all items, fact by fact, and where it came from."""
    streams = [[decode(row) for row in desk.log.stream(item)] for item in ALL]
    return [[(each.position, each.occurred_at, each.fact, each.source) for each in facts] for facts in streams]


def require_one_truth(desk: Desk) -> None:
    """Require that every ledger reads the items alike, and that nothing on record contradicts itself."""
    for item in ALL:
        stream = StreamRef("equipment", item)
        folded = fold_and_check(EQUIPMENT, happenings(desk.log.stream(item)))
        assert folded.contradictions == ()
        assert desk.ledger.state(stream).state == desk.another().state(stream).state == folded.state


@pytest.mark.parametrize(
    ("first", "second", "refusal"),
    [
        (read("100"), read("90"), MeterRanBackwards),
        (read("100"), read("100", "min"), MeterUnitDiffers),
        (replace("0"), replace("5"), MeterAlreadyFitted),
        (replace("0"), read("5000"), MeterAlreadyFitted),
        (install(ITEM_ID, UNIT_ID), install(OTHER_ID, UNIT_ID), UnitSitsElsewhere),
        (install(ITEM_ID, UNIT_ID), install(ITEM_ID, SPARE_ID), SlotOccupied),
        (install_at("hall-1"), install_at("hall-2"), UnitSitsElsewhere),
        (LAY_UP, FAIL, NotInService),
        (LAY_UP, REPAIR, NotInService),
    ],
)
def test_what_cannot_be_true_beside_the_first_is_refused_and_takes_nothing_from_it(
    desk: Desk, moment: datetime, first: Command, second: Command, refusal: type[Refusal]
) -> None:
    assert tell(desk, first, moment, PLANT).facts
    before = on_record(desk)
    with pytest.raises(refusal):
        tell(desk, second, moment, SERVICE)
    assert on_record(desk) == before
    require_one_truth(desk)


@pytest.mark.parametrize(
    ("first", "second"), [(FAIL, LAY_UP), (read("100"), replace("0")), (read("100"), certify("EC-7"))]
)
def test_what_can_be_true_after_the_first_is_recorded_after_it(
    desk: Desk, moment: datetime, first: Command, second: Command
) -> None:
    told = [tell(desk, first, moment, PLANT), tell(desk, second, moment, SERVICE)]
    facts = [decode(row) for row in desk.log.stream(ITEM_ID)]
    lived = in_order_of_life(happenings(desk.log.stream(ITEM_ID)))
    assert [each.fact for each in lived if each.occurred_at == moment] == [
        each.fact for each in facts if each.id in {receipt.facts[0].id for receipt in told}
    ]
    assert told[0].position < told[1].position
    require_one_truth(desk)


@pytest.mark.parametrize("certificates", [("EC-7", "EC-8"), ("EC-8", "EC-7")])
def test_of_two_that_can_both_be_true_the_one_recorded_last_is_the_last_word(
    desk: Desk, moment: datetime, certificates: tuple[str, str]
) -> None:
    for certificate, source in zip(certificates, (PLANT, SERVICE), strict=True):
        tell(desk, certify(certificate), moment, source)
    assert desk.ledger.state(ITEM, as_of=moment).state.certificate == certificates[1]
    facts = [decode(row) for row in desk.log.stream(ITEM_ID)]
    told = [(each.fact, each.source and each.source.source) for each in facts if each.occurred_at == moment]
    certified = [Certified(certificate=each, authority="NB-1") for each in certificates]
    assert told == list(zip(certified, (PLANT, SERVICE), strict=True))
    require_one_truth(desk)


@pytest.mark.parametrize("command", [read("100"), certify("EC-7"), install(ITEM_ID, UNIT_ID), FAIL, LAY_UP])
def test_the_same_fact_of_a_second_source_is_recorded_once(desk: Desk, moment: datetime, command: Command) -> None:
    first = tell(desk, command, moment, PLANT)
    before = on_record(desk)
    again = tell(desk, command, moment, SERVICE)
    assert (again.facts, again.version) == ((), first.version)
    assert on_record(desk) == before
    assert tell(desk, command, moment, PLANT).replayed
    assert on_record(desk) == before
