"""Random lives: commands on a few items, late and in order, sensible and not, with error declarations among them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from hypothesis import strategies as st

from domain.application.receipts import Receipt
from domain.equipment.beginning_commands import TakeOverEquipment
from domain.equipment.custody_commands import StockEquipment
from domain.equipment.papers_commands import CertifyEquipment
from domain.kernel.commands import Command
from domain.kernel.errors import DeclareError
from domain.kernel.refusals import Refusal
from domain.kernel.streams import StreamRef
from domain.log.contract import Row
from tests.application.desk import NOON, Desk, life_of
from tests.equipment.lives import MAKER, MODEL_ID
from tests.laws.asks import BULLETIN, COURSES, About

HALF_DAY = timedelta(hours=12)
DAY = 2 * HALF_DAY
DAYS = 24
MOST = 20
BEGUN = 3
"""After so many days each of the items has come to where its life begins here."""
APART = timedelta(hours=8)
"""Between the commands of a course."""

Do = Callable[[Command, datetime], Receipt]


@dataclass(frozen=True)
class Step:
    """One thing that is asked: a course of commands, about which item (and units), or a fact declared wrong.

    The units are counted on from the item. Its moment is half days after the beginning; None: after all that was asked
    before it.
    """

    course: int
    item: int
    unit: int
    spare: int
    number: int
    half_days: int | None
    wrong: int | None


_STEP = st.builds(
    Step,
    course=st.sampled_from(range(len(COURSES))),
    item=st.sampled_from([0, 0, 0, 1, 2]),
    unit=st.sampled_from([1, 1, 1, 2, 0]),
    spare=st.sampled_from([2, 2, 2, 1, 0]),
    number=st.integers(0, 20),
    half_days=st.none() | st.integers(0, 2 * DAYS),
    wrong=st.sampled_from([*[None] * 300, *range(20)]),
)
STEPS = st.integers(0, MOST).flatmap(lambda size: st.lists(_STEP, min_size=size, max_size=size))


@dataclass(frozen=True)
class Life:
    """What random steps led to: the items, and the head of the log after each receipt."""

    items: tuple[UUID, ...]
    receipts: tuple[tuple[Command, datetime, Receipt], ...]


def live(desk: Desk, steps: list[Step], do: Do | None = None) -> Life:
    """Ask for random things on three fresh items, one in service and two in stocks; refusals are part of life."""
    do = do or desk.do
    items = tuple(uuid4() for _ in range(3))
    desk.clock.now = NOON + (DAYS + 2) * DAY
    desk.do(BULLETIN, NOON)
    receipts = []
    for commands in beginnings(items):
        for number, command in enumerate(commands):
            at = NOON + number * HALF_DAY
            receipts.append((command, at, do(command, at)))
    for number, step in enumerate(steps):
        for command, at in _asked(desk, items, step, number):
            try:
                receipts.append((command, at, do(command, at)))
            except Refusal:
                continue
    return Life(items, tuple(receipts))


def beginnings(items: tuple[UUID, ...]) -> list[list[Command]]:
    """Return how lives begin: one is in service, one is in a stock, one was taken over there."""
    first, second, third = items
    found = TakeOverEquipment(
        equipment_id=third, model_id=MODEL_ID, manufacturer_id=MAKER, serial=f"S-{third}", stage="in_stock"
    )
    return [
        life_of(first, f"S-{first}"),
        [*life_of(second, f"S-{second}")[:2], StockEquipment(equipment_id=second, place="warehouse-1")],
        [found, CertifyEquipment(equipment_id=third, certificate="EC-1", authority="NB-1")],
    ]


def _asked(desk: Desk, items: tuple[UUID, ...], step: Step, number: int) -> list[tuple[Command, datetime]]:
    item, unit, spare = (items[(step.item + each) % len(items)] for each in (0, step.unit, step.spare))
    if step.wrong is not None:
        rows = history(desk, item)
        wrong = rows[step.wrong % len(rows)].fact_key if rows else uuid4()
        stream = str(StreamRef("equipment", item))
        return [(DeclareError(stream=stream, wrong_fact=wrong, explanation="wrong-entry"), desk.clock.now)]
    begin = NOON + ((BEGUN + number) * DAY if step.half_days is None else step.half_days * HALF_DAY)
    asked = []
    for count, ask in enumerate(COURSES[step.course]):
        at = begin + count * APART
        about = About(item, unit, spare, step.number, begin - DAY, at)
        asked.append((ask(about), at))
    return asked


def history(desk: Desk, item: UUID) -> list[Row]:
    """Return all rows of an item's stream."""
    return desk.log.stream(item)
