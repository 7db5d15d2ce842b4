"""Random lives: commands on a few items, late and in order, sensible and not, with error declarations among them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from hypothesis import strategies as st

from domain.application.receipts import Receipt
from domain.equipment.custody_commands import StockEquipment
from domain.equipment.ending_commands import DecommissionEquipment
from domain.equipment.life_commands import RemoveEquipment
from domain.equipment.operation_commands import CompleteRepair, ReportFailure, StartRepair
from domain.equipment.papers_commands import CertifyEquipment
from domain.equipment.structure_commands import InstallUnit, RemoveUnit
from domain.kernel.commands import Command
from domain.kernel.errors import DeclareError
from domain.kernel.refusals import Refusal
from domain.kernel.streams import StreamRef
from domain.log.contract import Row
from tests.application.desk import NOON, Desk, life_of

HALF_DAY = timedelta(hours=12)
DAYS = 12

Ask = Callable[[UUID, UUID], Command]
Do = Callable[[Command, datetime], Receipt]

ASKS: list[Ask] = [
    *(lambda item, _, step=step: life_of(item, f"S-{item}")[step] for step in range(6)),
    lambda item, _: StockEquipment(equipment_id=item, place="warehouse-1"),
    lambda item, _: CertifyEquipment(equipment_id=item, certificate="EC-2", authority="NB-1"),
    lambda item, _: ReportFailure(equipment_id=item, failure_mode="leak"),
    lambda item, _: ReportFailure(equipment_id=item, failure_mode="noise", impact="incipient"),
    lambda item, _: StartRepair(equipment_id=item, maintenance_type="corrective"),
    lambda item, _: CompleteRepair(equipment_id=item),
    lambda item, unit: InstallUnit(equipment_id=item, unit_id=unit, slot="pump"),
    lambda item, unit: RemoveUnit(equipment_id=item, unit_id=unit, slot="pump", to="in_stock"),
    lambda item, _: RemoveEquipment(equipment_id=item, to="in_stock"),
    lambda item, _: DecommissionEquipment(equipment_id=item, reason="worn-out"),
]


@dataclass(frozen=True)
class Step:
    """One thing that is asked: of which item (and unit), how long after the beginning, or a fact declared wrong."""

    ask: int
    item: int
    unit: int
    half_days: int
    wrong: int | None


STEPS = st.lists(
    st.builds(
        Step,
        ask=st.integers(0, len(ASKS) - 1),
        item=st.integers(0, 2),
        unit=st.integers(0, 2),
        half_days=st.integers(0, 2 * DAYS),
        wrong=st.one_of(st.none(), st.none(), st.none(), st.none(), st.none(), st.integers(0, 20)),
    ),
    max_size=40,
)


@dataclass(frozen=True)
class Life:
    """What random steps led to: the items, and the head of the log after each receipt."""

    items: tuple[UUID, ...]
    receipts: tuple[tuple[Command, datetime, Receipt], ...]


def live(desk: Desk, steps: list[Step], do: Do | None = None) -> Life:
    """Ask for random things on three fresh items whose lives have begun in order; refusals are part of life."""
    do = do or desk.do
    items = tuple(uuid4() for _ in range(3))
    desk.clock.now = NOON + DAYS * 2 * HALF_DAY + timedelta(days=1)
    receipts = []
    for item in items:
        for number, command in enumerate(life_of(item, f"S-{item}")):
            at = NOON + number * HALF_DAY
            receipts.append((command, at, do(command, at)))
    for step in steps:
        command, at = _command(desk, items, step)
        try:
            receipts.append((command, at, do(command, at)))
        except Refusal:
            continue
    return Life(items, tuple(receipts))


def _command(desk: Desk, items: tuple[UUID, ...], step: Step) -> tuple[Command, datetime]:
    item = items[step.item]
    at = NOON + step.half_days * HALF_DAY
    if step.wrong is None:
        return ASKS[step.ask](item, items[step.unit]), at
    rows = history(desk, item)
    wrong = rows[step.wrong % len(rows)].fact_key if rows else uuid4()
    stream = str(StreamRef("equipment", item))
    return DeclareError(stream=stream, wrong_fact=wrong, explanation="wrong-entry"), desk.clock.now


def history(desk: Desk, item: UUID) -> list[Row]:
    """Return all rows of an item's stream."""
    return desk.log.stream(item)
