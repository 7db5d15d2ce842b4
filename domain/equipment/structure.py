"""The axis of structure: which units sit where. Names and fields of facts are a file format: add, never edit."""

from datetime import datetime
from typing import Annotated

from domain.equipment.life import Installed, LifeFact, Removed
from domain.equipment.refusals import (
    CyclicAssembly,
    NotPossibleAtThisStage,
    SlotOccupied,
    UnitNotInstalledHere,
    UnitSitsElsewhere,
)
from domain.equipment.state import Equipment
from domain.equipment.terms import Destination, EquipmentId, MaintenanceType, Reason, Slot, Stage, UnitId
from domain.kernel.commands import command
from domain.kernel.facts import event
from domain.kernel.marks import Meaning
from domain.kernel.refusals import Refusal
from domain.kernel.states import changed
from domain.kernel.streams import StreamRef


@event("equipment.unit_installed")
class UnitInstalled:
    """A serialised unit was built into the item; the unit's own stream says the same in the same append."""

    unit_id: UnitId
    slot: Slot


@event("equipment.unit_removed")
class UnitRemoved:
    """A serialised unit was taken out of the item; the unit's own stream says the same in the same append."""

    unit_id: UnitId
    slot: Slot
    maintenance_type: (
        Annotated[str, Meaning("EN 13306: corrective after a failure of this unit, preventive before one.")] | None
    ) = None
    reason: Reason | None = None


StructureFact = UnitInstalled | UnitRemoved


def evolve(item: Equipment, fact: StructureFact, _at: datetime) -> Equipment:
    """Apply one fact. Never refuses and never reads a clock: history must always load."""
    match fact:
        case UnitInstalled():
            return changed(item, units=tuple(sorted({*item.units, (fact.slot, fact.unit_id)})))
        case UnitRemoved():
            return changed(item, units=tuple(pair for pair in item.units if pair != (fact.slot, fact.unit_id)))


def check(item: Equipment, fact: StructureFact, _at: datetime) -> Refusal | None:
    """Return why the structure of the item forbids the fact now, or None."""
    match fact:
        case UnitInstalled():
            if fact.unit_id == item.parent_id:
                return CyclicAssembly()
            if any(unit == fact.unit_id for _, unit in item.units) and item.unit_in(fact.slot) is None:
                return UnitSitsElsewhere(parent=None)
            if item.stage is Stage.DECOMMISSIONED:
                return NotPossibleAtThisStage(stage=item.stage, possible=["equipment.unit_removed"])
            if item.unit_in(fact.slot) is not None:
                return SlotOccupied(slot=fact.slot)
        case UnitRemoved():
            if item.unit_in(fact.slot) != fact.unit_id:
                return UnitNotInstalledHere(slot=fact.slot)
    return None


@command("equipment.install_unit", decides=("equipment_id", "unit_id"))
class InstallUnit:
    """Build a serialised unit into the item: both streams say it, in one append. Safe to retry."""

    equipment_id: EquipmentId
    unit_id: UnitId
    slot: Slot

    def also(self, item: Equipment, _unit: Equipment, *ancestors: Equipment) -> tuple[StreamRef, ...]:
        """The item above the topmost one known: an assembly must not close into a ring."""
        topmost = ancestors[-1] if ancestors else item
        return () if topmost.parent_id is None else (StreamRef("equipment", topmost.parent_id),)

    def decide(
        self, item: Equipment, unit: Equipment, *ancestors: Equipment
    ) -> tuple[list[StructureFact], list[LifeFact]]:
        """Return the fact for the item and the one for the unit; none if the unit sits there.

        Raises:
            CyclicAssembly: the unit is the item itself or contains it.
        """
        if item.unit_in(self.slot) == self.unit_id and unit.parent_id == self.equipment_id:
            return [], []
        above = {each.parent_id for each in (item, *ancestors)}
        if self.unit_id in {self.equipment_id, *above}:
            raise CyclicAssembly
        return (
            [UnitInstalled(unit_id=self.unit_id, slot=self.slot)],
            [Installed(parent_id=self.equipment_id, slot=self.slot)],
        )


@command("equipment.remove_unit", decides=("equipment_id", "unit_id"))
class RemoveUnit:
    """Take a serialised unit out of the item: both streams say it, in one append."""

    equipment_id: EquipmentId
    unit_id: UnitId
    slot: Slot
    to: Destination = "quarantined"
    maintenance_type: MaintenanceType | None = None
    reason: Reason | None = None

    def decide(self, _item: Equipment, unit: Equipment) -> tuple[list[StructureFact], list[LifeFact]]:
        """Return the fact for the item and the one for the unit.

        Raises:
            UnitNotInstalledHere: the unit's own stream has it elsewhere.
        """
        if unit.parent_id != self.equipment_id or unit.slot != self.slot:
            raise UnitNotInstalledHere(slot=self.slot)
        return (
            [
                UnitRemoved(
                    unit_id=self.unit_id, slot=self.slot, maintenance_type=self.maintenance_type, reason=self.reason
                )
            ],
            [Removed(to=self.to, reason=self.reason)],
        )
