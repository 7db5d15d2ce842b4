"""One item of equipment: the axes composed. The only place where they meet."""

from collections.abc import Callable
from datetime import datetime
from types import ModuleType
from typing import Any, get_args

from domain.equipment import (
    configuration,
    custody,
    ending,
    life,
    meters,
    operation,
    papers,
    stages,
    structure,
    upcasters,  # noqa: F401  declares how older facts are read
)
from domain.equipment.configuration import ConfigurationFact
from domain.equipment.custody import CustodyFact
from domain.equipment.ending import EndFact
from domain.equipment.life import LifeFact, Released, TakenOver
from domain.equipment.meters import MetersFact
from domain.equipment.operation import OperationFact
from domain.equipment.papers import PapersFact
from domain.equipment.refusals import AlreadyDisposed, AlreadyReleased, NotReleased
from domain.equipment.state import Equipment
from domain.equipment.structure import StructureFact
from domain.equipment.terms import Stage
from domain.kernel.refusals import Refusal
from domain.kernel.states import changed
from domain.kernel.streams import StreamKind, stream_kind

EquipmentFact = (
    LifeFact | PapersFact | CustodyFact | StructureFact | OperationFact | MetersFact | ConfigurationFact | EndFact
)

_AXES: tuple[tuple[object, ModuleType], ...] = (
    (LifeFact, life),
    (PapersFact, papers),
    (CustodyFact, custody),
    (StructureFact, structure),
    (OperationFact, operation),
    (MetersFact, meters),
    (ConfigurationFact, configuration),
    (EndFact, ending),
)
_EVOLVE: dict[type, Callable[[Equipment, Any, datetime], Equipment]] = {
    fact: axis.evolve for facts, axis in _AXES for fact in get_args(facts)
}
_CHECK: dict[type, Callable[[Equipment, Any, datetime], Refusal | None]] = {
    fact: axis.check for facts, axis in _AXES for fact in get_args(facts)
}

STATED_IN_PASSPORT = frozenset(
    {
        papers.Certified,
        papers.CertificationRefused,
        custody.OwnershipTransferred,
        configuration.UpgradeCompleted,
        configuration.RecallApplied,
        meters.MeterFitted,
        meters.MeterReplaced,
        ending.RefurbishmentAuthorised,
        *get_args(StructureFact),
    }
)
"""What the passport of an item states: after one of these it is to be revised."""

_AWAY = frozenset({Stage.UNDER_REPAIR, Stage.UNDER_MODERNISATION, Stage.LAID_UP})
"""Stages from which an item returns to the one before."""


def evolve(item: Equipment, fact: EquipmentFact, at: datetime) -> Equipment:
    """Apply one fact. Never refuses and never reads a clock: history must always load."""
    kind = type(fact)
    evolved = _EVOLVE[kind](item, fact, at)
    if evolved.passport is not None and kind in STATED_IN_PASSPORT:
        evolved = changed(evolved, passport=changed(evolved.passport, outdated=True))
    stage = stages.next_stage(item, fact)
    if stage is item.stage:
        return evolved
    before, left = evolved.stage_before, evolved.left_service_at
    if stage in _AWAY:
        before = item.stage if item.stage not in _AWAY else before
    elif item.stage in _AWAY:
        before = None
    if item.stage is Stage.IN_SERVICE or (item.parent_id and evolved.parent_id is None):
        left = at
    state = "operating" if stage is Stage.IN_SERVICE else None
    return changed(evolved, stage=stage, stage_before=before, left_service_at=left, operational_state=state)


def check(item: Equipment, fact: EquipmentFact, at: datetime) -> Refusal | None:
    """Return why the fact cannot be true of the item at that moment, or None."""
    begins = isinstance(fact, Released | TakenOver)
    if item.stage is None:
        return None if begins else NotReleased()
    if begins:
        return AlreadyReleased()
    if item.stage is Stage.DISPOSED:
        return AlreadyDisposed()
    return _CHECK[type(fact)](item, fact, at) or stages.check(item, fact)


EQUIPMENT = stream_kind(StreamKind("equipment", Equipment(), evolve, check, begun=lambda item: item.stage is not None))
