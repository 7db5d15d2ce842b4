"""One item of equipment: the axes composed. The only place where they meet."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, assert_never, get_args

from domain.equipment import life, operation, structure
from domain.equipment.life import LifeFact, Released
from domain.equipment.operation import OperationFact
from domain.equipment.refusals import AlreadyDisposed, AlreadyReleased, NotReleased
from domain.equipment.state import Equipment
from domain.equipment.structure import StructureFact
from domain.equipment.terms import Stage
from domain.kernel.refusals import Refusal
from domain.kernel.streams import StreamKind, stream_kind

EquipmentFact = LifeFact | OperationFact | StructureFact


_EVOLVE: dict[type, Callable[[Equipment, Any, datetime], Equipment]] = (
    dict.fromkeys(get_args(LifeFact), life.evolve)
    | dict.fromkeys(get_args(OperationFact), operation.evolve)
    | dict.fromkeys(get_args(StructureFact), structure.evolve)
)


def evolve(item: Equipment, fact: EquipmentFact, at: datetime) -> Equipment:
    """Apply one fact. Never refuses and never reads a clock: history must always load."""
    return _EVOLVE[type(fact)](item, fact, at)


def check(item: Equipment, fact: EquipmentFact, at: datetime) -> Refusal | None:
    """Return why the fact cannot be true of the item at that moment, or None."""
    if item.stage is None:
        return None if isinstance(fact, Released) else NotReleased()
    if isinstance(fact, Released):
        return AlreadyReleased()
    if item.stage is Stage.DISPOSED:
        return AlreadyDisposed()
    if isinstance(fact, LifeFact):
        return life.check(item, fact, at)
    if isinstance(fact, OperationFact):
        return operation.check(item, fact, at)
    if isinstance(fact, StructureFact):
        return structure.check(item, fact, at)
    assert_never(fact)


EQUIPMENT = stream_kind(StreamKind("equipment", Equipment(), evolve, check, begun=lambda item: item.stage is not None))
