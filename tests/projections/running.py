"""Items that go into service, sit in others and are read, for the questions about what they did."""

from decimal import Decimal

from domain.equipment.custody import Stocked
from domain.equipment.life import Commissioned, Installed, Released, Removed, TakenOver
from domain.equipment.meters import MeterReadingRecorded, PeriodReported
from domain.equipment.operation import RepairCompleted, RepairStarted
from domain.equipment.papers import Certified
from domain.kernel.facts import Fact
from domain.kernel.streams import StreamRef
from tests.projections.recording import FIRST, MAKER, MODEL_ID, RUNNER, SECOND, Said, moment, said

COMMISSIONED = Commissioned(operator_id=RUNNER, act="ACT-1")
REPAIR, REPAIRED = RepairStarted(maintenance_type="corrective"), RepairCompleted()
IN_STOCK = Removed(to="in_stock")
TAKEN_OVER = TakenOver(model_id=MODEL_ID, manufacturer_id=MAKER, serial="B-1", stage="in_service")
LIFE: list[tuple[int, Fact]] = [
    (0, Released(model_id=MODEL_ID, manufacturer_id=MAKER, serial="A-1")),
    (1, Certified(certificate="EC-1", authority="NB-1")),
    (2, Stocked(place="warehouse-1")),
]
SERVICE: list[tuple[int, Fact]] = [(5, Installed(place="hall-1")), (10, COMMISSIONED)]


def read(value: str, meter: str = "operating-time", unit: str = "h") -> MeterReadingRecorded:
    return MeterReadingRecorded(meter=meter, value=Decimal(value), unit=unit)


def reported(begin: int, end: int, up: str) -> PeriodReported:
    return PeriodReported(meter="operating-time", unit="h", begin=moment(begin), end=moment(end), up=Decimal(up))


def into(parent: StreamRef) -> Installed:
    return Installed(parent_id=parent.id, slot="pump")


def told(first: int, stream: StreamRef, *facts: tuple[int, Fact]) -> list[Said]:
    return [said(first + number, stream, fact, hour) for number, (hour, fact) in enumerate(facts)]


def working(*facts: tuple[int, Fact], stream: StreamRef = FIRST, first: int = 100) -> list[Said]:
    """Return the facts of an item that is in service from hour 10 on."""
    return told(first, stream, *LIFE, *SERVICE, *facts)


def unit(*facts: tuple[int, Fact], stream: StreamRef = SECOND, first: int = 200) -> list[Said]:
    """Return the facts of an item that stands in a stock from hour 2 on."""
    return told(first, stream, *LIFE, *facts)
