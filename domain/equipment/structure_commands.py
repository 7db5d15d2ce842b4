"""What may be asked of the structure of an item. Unit and parent say the same, in one append."""

from collections.abc import Callable

from domain.equipment.life import Installed, LifeFact, Removed
from domain.equipment.refusals import UnitNotInstalledHere
from domain.equipment.state import Equipment
from domain.equipment.structure import StructureFact, UnitInstalled, UnitRemoved, require_no_ring
from domain.equipment.terms import Destination, EquipmentId, MaintenanceType, Reason, ReplacementId, Slot, UnitId
from domain.kernel.commands import command
from domain.kernel.refusals import Nonsense
from domain.kernel.streams import Course, StreamRef


@command("equipment.install_unit", decides=("equipment_id", "unit_id"), tells=UnitInstalled)
class InstallUnit:
    """Build a serialised unit into the item: both streams say it, in one append. Safe to retry.

    Where only one of the two says so, after an error declaration, the other one is brought into line.
    """

    equipment_id: EquipmentId
    unit_id: UnitId
    slot: Slot

    def throughout(self, course: Callable[[StreamRef], Course]) -> None:
        """Refuse a unit that the item is part of, then or at any time since.

        Raises:
            CyclicAssembly: it is.
        """
        require_no_ring(self.unit_id, self.equipment_id, course)

    def known(self, item: Equipment, unit: Equipment) -> bool:
        """Whether both say so."""
        return self._listed(item) and _sits(unit, self.equipment_id, self.slot)

    def decide(self, item: Equipment, unit: Equipment) -> tuple[list[StructureFact], list[LifeFact]]:
        """Return the fact for the item and the one for the unit; where one of them says so, only the other."""
        listed, sits = self._listed(item), _sits(unit, self.equipment_id, self.slot)
        return (
            [] if listed and not sits else [UnitInstalled(unit_id=self.unit_id, slot=self.slot)],
            [] if sits and not listed else [Installed(parent_id=self.equipment_id, slot=self.slot)],
        )

    def _listed(self, item: Equipment) -> bool:
        return item.unit_in(self.slot) == self.unit_id


@command("equipment.remove_unit", decides=("equipment_id", "unit_id"), tells=UnitRemoved)
class RemoveUnit:
    """Take a serialised unit out of the item: both streams say it, in one append.

    Where only one of the two has the unit there, after an error declaration, or because the unit was lost, that one
    says so.
    """

    equipment_id: EquipmentId
    unit_id: UnitId
    slot: Slot
    to: Destination = "quarantined"
    maintenance_type: MaintenanceType | None = None
    reason: Reason | None = None

    def decide(self, item: Equipment, unit: Equipment) -> tuple[list[StructureFact], list[LifeFact]]:
        """Return the fact for the item and the one for the unit, of each only if it has the unit there.

        Raises:
            UnitNotInstalledHere: neither has.
        """
        listed, sits = item.unit_in(self.slot) == self.unit_id, _sits(unit, self.equipment_id, self.slot)
        if not listed and not sits:
            raise UnitNotInstalledHere(slot=self.slot)
        out = UnitRemoved(
            unit_id=self.unit_id, slot=self.slot, maintenance_type=self.maintenance_type, reason=self.reason
        )
        return [out] if listed else [], [Removed(to=self.to, reason=self.reason)] if sits else []


@command("equipment.exchange_unit", decides=("equipment_id", "unit_id", "replacement_id"))
class ExchangeUnit:
    """Take a serialised unit out of the item and build another into its position, in one append. Safe to retry."""

    equipment_id: EquipmentId
    slot: Slot
    unit_id: UnitId
    replacement_id: ReplacementId
    to: Destination = "quarantined"
    maintenance_type: MaintenanceType | None = None
    reason: Reason | None = None

    def throughout(self, course: Callable[[StreamRef], Course]) -> None:
        """Refuse a replacement that the item is part of, then or at any time since.

        Raises:
            CyclicAssembly: it is.
        """
        require_no_ring(self.replacement_id, self.equipment_id, course)

    def known(self, item: Equipment, unit: Equipment, replacement: Equipment) -> bool:
        """Whether they were exchanged."""
        left = unit.parent_id != self.equipment_id and unit.former_parent_id == self.equipment_id
        fills = item.unit_in(self.slot) == self.replacement_id and _sits(replacement, self.equipment_id, self.slot)
        return left and fills

    def decide(
        self, item: Equipment, unit: Equipment, _replacement: Equipment
    ) -> tuple[list[StructureFact], list[LifeFact], list[LifeFact]]:
        """Return the facts for the item, the old unit and the new one.

        Raises:
            Nonsense: the unit is to replace itself.
            UnitNotInstalledHere: the old unit is not there.
        """
        if self.unit_id == self.replacement_id:
            raise Nonsense("replacement_id", "is the unit that goes out")
        out = UnitRemoved(
            unit_id=self.unit_id, slot=self.slot, maintenance_type=self.maintenance_type, reason=self.reason
        )
        listed, sat = item.unit_in(self.slot) == self.unit_id, _sits(unit, self.equipment_id, self.slot)
        if not listed:
            raise UnitNotInstalledHere(slot=self.slot)
        return (
            [out, UnitInstalled(unit_id=self.replacement_id, slot=self.slot)],
            [Removed(to=self.to, reason=self.reason)] if sat else [],
            [Installed(parent_id=self.equipment_id, slot=self.slot)],
        )


def _sits(unit: Equipment, parent: EquipmentId, slot: Slot) -> bool:
    """Return whether the unit's own stream has it at that position."""
    return (unit.parent_id, unit.slot) == (parent, slot)
