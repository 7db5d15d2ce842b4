"""Whole commands on items of a hundred to ten thousand facts, late facts among them, and units in a tree of 500."""

from datetime import datetime, timedelta
from itertools import count
from uuid import UUID

from domain.application.ledger import Ledger
from domain.equipment.custody_commands import StockEquipment
from domain.equipment.operation_commands import ReportFailure
from domain.equipment.papers_commands import CertifyEquipment
from domain.equipment.structure_commands import InstallUnit, RemoveUnit
from domain.kernel.moments import from_micros
from domain.log.log import Log
from tests.application.desk import release
from tests.benchmarks.rows import CALLER, new_stream
from tests.benchmarks.stand import OURS, Row, compete, rate
from tests.benchmarks.states import begin, ledger_at

LENGTHS = (100, 1_000, 10_000)
TREE, WIDE, DEEP = 500, 49, 10
"""Units of the tree: ten of one below the other, each with 49 beside the next."""
ROUNDS = 3


def on(kind: str, url: str) -> list[Row]:
    """Measure on one database."""
    rows = []
    with ledger_at(url) as (log, ledger):
        for length in LENGTHS:
            item = begin(log, ledger, length)
            middle = from_micros(log.stream(item)[length // 2].occurred_at)
            late = f"{kind}, late fact into the middle of {length:,}: facts of the item gone through"
            rows.append(_late(late, ledger, item, middle, length))
            rows.append(_command(f"{kind}, whole command on {length:,} facts", ledger, item))
        rows.append(_tree(f"{kind}, unit into a tree of {TREE}, at its {DEEP}th level, and out", log, ledger))
    return rows


def _command(what: str, ledger: Ledger, item: UUID) -> Row:
    def ours() -> None:
        for _ in range(100):
            ledger.execute(ReportFailure(equipment_id=item, failure_mode="mode-1", impact="incipient"), CALLER)

    return compete(what, {OURS: lambda: rate(100, ours)}, None, rounds=ROUNDS)


def _late(what: str, ledger: Ledger, item: UUID, middle: datetime, length: int) -> Row:
    ticks = count()

    def ours() -> None:
        for _ in range(3):
            moment = middle + timedelta(microseconds=next(ticks))
            command = ReportFailure(equipment_id=item, failure_mode="mode-2", impact="incipient")
            ledger.execute(command, CALLER, occurred_at=moment)

    return compete(what, {OURS: lambda: rate(3 * length, ours)}, None, rounds=ROUNDS)


def _unit(ledger: Ledger) -> UUID:
    unit = new_stream()
    ledger.execute(release(unit, str(unit)), CALLER)
    _into_stock(ledger, unit)
    return unit


def _into_stock(ledger: Ledger, unit: UUID) -> None:
    ledger.execute(CertifyEquipment(equipment_id=unit, certificate="EC-1", authority="NB-1"), CALLER)
    ledger.execute(StockEquipment(equipment_id=unit, place="warehouse-1"), CALLER)


def _tree(what: str, log: Log, ledger: Ledger) -> Row:
    parent = begin(log, ledger, 6)
    for _ in range(DEEP):
        units = [_unit(ledger) for _ in range(WIDE + 1)]
        for number, unit in enumerate(units):
            ledger.execute(InstallUnit(equipment_id=parent, unit_id=unit, slot=f"slot-{number}"), CALLER)
        parent = units[0]
    last = _unit(ledger)

    def ours() -> None:
        for _ in range(20):
            ledger.execute(InstallUnit(equipment_id=parent, unit_id=last, slot="seal"), CALLER)
            ledger.execute(RemoveUnit(equipment_id=parent, unit_id=last, slot="seal", to="in_stock"), CALLER)

    return compete(what, {OURS: lambda: rate(40, ours)}, None, rounds=ROUNDS)
