"""Law: ten facts of a life told in any order end where they end in order, those refused with a reason apart (L6)."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.equipment.configuration_commands import OrderOption
from domain.equipment.custody_commands import StockEquipment, TransferOwnership
from domain.equipment.ending_commands import DecommissionEquipment
from domain.equipment.equipment import EQUIPMENT
from domain.equipment.life_commands import CommissionEquipment, InstallEquipment, LayUpEquipment, ReturnToService
from domain.equipment.meters_commands import RecordMeterReading, ReplaceMeter
from domain.equipment.operation_commands import CompleteRepair, ReportFailure, StartRepair
from domain.equipment.papers_commands import CertifyEquipment, IssuePassport, RefuseCertification
from domain.equipment.structure_commands import ExchangeUnit, InstallUnit, RemoveUnit
from domain.kernel.commands import Command
from domain.kernel.folding import fold_and_check
from domain.kernel.refusals import ContradictsLaterFact, Refusal
from domain.kernel.streams import StreamRef
from domain.log.codec import happenings
from tests.application.desk import NOON, Desk, life_of, release
from tests.equipment.lives import MAKER, OPERATOR
from tests.laws.lives import HALF_DAY, history

Items = tuple[UUID, UUID, UUID]
TEN = 10


def read(item: UUID, value: int) -> Command:
    return RecordMeterReading(equipment_id=item, meter="operating-time", value=Decimal(value), unit="h")


def whole(items: Items) -> list[Command]:
    """From the release to the end."""
    item = items[0]
    return [
        *life_of(item, f"S-{item}"),
        ReportFailure(equipment_id=item, failure_mode="leak"),
        StartRepair(equipment_id=item, maintenance_type="corrective"),
        CompleteRepair(equipment_id=item),
        DecommissionEquipment(equipment_id=item, reason="worn-out"),
    ]


def counted(items: Items) -> list[Command]:
    """With a counter that is read, replaced and read again, and a time laid up."""
    item = items[0]
    return [
        *life_of(item, f"S-{item}")[:1],
        CertifyEquipment(equipment_id=item, certificate="EC-1", authority="NB-1"),
        StockEquipment(equipment_id=item, place="warehouse-1"),
        InstallEquipment(equipment_id=item, place="hall-1"),
        CommissionEquipment(equipment_id=item, operator_id=OPERATOR, act="ACT-1"),
        read(item, 100),
        LayUpEquipment(equipment_id=item),
        ReturnToService(equipment_id=item),
        ReplaceMeter(equipment_id=item, meter="operating-time", unit="h", last=Decimal(150)),
        read(item, 7),
    ]


def assembled(items: Items) -> list[Command]:
    """With a unit that is built in, exchanged, certified again and stocked, and another one that is taken out."""
    item, unit, spare = items
    install = InstallUnit(equipment_id=item, unit_id=unit, slot="pump")
    out = RemoveUnit(equipment_id=item, unit_id=spare, slot="pump", to="in_stock")
    exchange = ExchangeUnit(equipment_id=item, slot="pump", unit_id=unit, replacement_id=spare)
    return [
        *life_of(item, f"S-{item}")[:2],
        StockEquipment(equipment_id=item, place="warehouse-1"),
        InstallEquipment(equipment_id=item, place="hall-1"),
        install,
        CommissionEquipment(equipment_id=item, operator_id=OPERATOR, act="ACT-1"),
        exchange,
        CertifyEquipment(equipment_id=unit, certificate="EC-2", authority="NB-1"),
        StockEquipment(equipment_id=unit, place="warehouse-2"),
        out,
    ]


def restated(items: Items) -> list[Command]:
    """With things that are told twice, of two moments, and what lies between them."""
    item = items[0]
    certify = CertifyEquipment(equipment_id=item, certificate="EC-1", authority="NB-1")
    return [
        *life_of(item, f"S-{item}")[:1],
        certify,
        RefuseCertification(equipment_id=item, authority="NB-1", reason="leak"),
        certify,
        TransferOwnership(equipment_id=item, owner_id=OPERATOR),
        TransferOwnership(equipment_id=item, owner_id=MAKER),
        TransferOwnership(equipment_id=item, owner_id=OPERATOR),
        OrderOption(equipment_id=item, feature="control-unit", value="CU-7"),
        IssuePassport(equipment_id=item, passport="PP-1"),
        certify,
    ]


LIVES: list[Callable[[Items], list[Command]]] = [whole, counted, assembled, restated]
IN_ORDER = tuple(range(TEN))
ORDERS = st.permutations(IN_ORDER)


def begin(desk: Desk) -> Items:
    """Return an item of which nothing is on record, and two units in a stock."""
    desk.clock.now = NOON + (TEN + 1) * HALF_DAY
    items = uuid4(), uuid4(), uuid4()
    for unit in items[1:]:
        desk.do(release(unit, f"S-{unit}"), NOON)
        desk.do(CertifyEquipment(equipment_id=unit, certificate="EC-1", authority="NB-1"), NOON)
        desk.do(StockEquipment(equipment_id=unit, place="warehouse-1"), NOON)
    return items


def tell(desk: Desk, life: Sequence[Command], order: Sequence[int]) -> dict[int, Refusal]:
    """Tell the facts of a life in an order, each with its own moment; return what was refused."""
    refused = {}
    for number in order:
        moment: datetime = NOON + (number + 1) * HALF_DAY
        try:
            assert desk.do(life[number], moment).facts, "what was not told before records something"
        except Refusal as refusal:
            refused[number] = refusal
    return refused


def tell_until_settled(desk: Desk, life: Sequence[Command], order: Sequence[int]) -> dict[int, Refusal]:
    """Tell what was refused again, until all is on record or nothing more is taken."""
    left = tuple(order)
    while left:
        refused = tell(desk, life, left)
        if len(refused) == len(left):
            return refused
        left = tuple(refused)
    return {}


def ends(desk: Desk, items: Items) -> list[str]:
    """Return how three items end, with neutral names; every ledger reads them alike, and nothing contradicts itself."""
    told = []
    for item in items:
        stream = StreamRef("equipment", item)
        folded = fold_and_check(EQUIPMENT, happenings(history(desk, item)))
        assert folded.contradictions == ()
        if history(desk, item):
            assert desk.ledger.state(stream).state == desk.another().state(stream).state == folded.state
        state: Any = msgspec.to_builtins(folded.state, order="deterministic")
        text = msgspec.json.encode(state).decode()
        for name, each in enumerate(items):
            text = text.replace(str(each), f"item-{name}")
        told.append(text)
    return told


def in_order(desk: Desk, life: Callable[[Items], list[Command]], without: Collection[int] = frozenset()) -> list[str]:
    """Return how a life ends whose facts are told in order, some left out."""
    items = begin(desk)
    assert tell(desk, life(items), [number for number in IN_ORDER if number not in without]) == {}
    return ends(desk, items)


@pytest.mark.parametrize("life", LIVES)
@given(order=ORDERS)
@example(order=IN_ORDER[::-1])
@example(order=(*IN_ORDER[::2], *IN_ORDER[1::2]))
def test_ten_facts_in_any_order_end_as_in_order_or_are_refused_with_a_reason(
    desk: Desk, life: Callable[[Items], list[Command]], order: Sequence[int]
) -> None:
    items = begin(desk)
    refused = tell_until_settled(desk, life(items), order)
    assert all(each.code and each.sentence() for each in refused.values())
    assert ends(desk, items) == in_order(desk, life, without=refused)


@pytest.mark.parametrize(
    ("life", "contradicting"), [(whole, {4}), (counted, {5}), (assembled, set()), (restated, set())]
)
def test_a_life_told_backwards_is_taken_up_to_what_contradicts_its_later_facts(
    desk: Desk, life: Callable[[Items], list[Command]], contradicting: set[int]
) -> None:
    """Decommissioned as delivered, it is not installed any more; read as 7 hours, it did not show 100 before."""
    expected = in_order(desk, life)
    items = begin(desk)
    refused = tell_until_settled(desk, life(items), IN_ORDER[::-1])
    assert {number for number, each in refused.items() if isinstance(each, ContradictsLaterFact)} == contradicting
    assert (ends(desk, items) == expected) is not bool(contradicting)


@pytest.mark.parametrize("life", LIVES)
@given(late=st.integers(0, TEN - 1))
def test_one_late_fact_ends_as_in_order_or_is_refused_with_a_reason(
    desk: Desk, life: Callable[[Items], list[Command]], late: int
) -> None:
    items = begin(desk)
    order = [number for number in IN_ORDER if number != late]
    refused = tell_until_settled(desk, life(items), [*order, late])
    assert all(each.code and each.sentence() for each in refused.values())
    assert ends(desk, items) == in_order(desk, life, without=refused)
