"""What may be asked at the end of an item's life."""

from decimal import Decimal

from domain.equipment.ending import (
    BeyondEconomicRepairDeclared,
    Decommissioned,
    Disposed,
    EndFact,
    RefurbishmentAuthorised,
)
from domain.equipment.state import Equipment
from domain.equipment.terms import (
    Authority,
    DisposalMethod,
    EquipmentId,
    Kilograms,
    Materials,
    Reason,
    Stage,
    WasteCode,
    WasteDocument,
)
from domain.kernel.commands import command
from domain.kernel.refusals import Nonsense


@command("equipment.declare_beyond_economic_repair", decides=("equipment_id",))
class DeclareBeyondEconomicRepair:
    """Say of an item under repair that the repair costs more than it is worth: it may be given up. Safe to retry."""

    equipment_id: EquipmentId
    reason: Reason | None = None

    def decide(self, item: Equipment) -> list[EndFact]:
        """Return the facts to record; none if it was declared during this repair."""
        known = item.stage is Stage.UNDER_REPAIR and item.uneconomic
        return [] if known else [BeyondEconomicRepairDeclared(reason=self.reason)]


@command("equipment.decommission", decides=("equipment_id",))
class DecommissionEquipment:
    """Take the item out of service for good. Safe to retry."""

    equipment_id: EquipmentId
    reason: Reason

    def decide(self, item: Equipment) -> list[EndFact]:
        """Return the facts to record; none if it was decommissioned for this reason."""
        known = item.stage is Stage.DECOMMISSIONED and item.end_reason == self.reason
        return [] if known else [Decommissioned(reason=self.reason)]


@command("equipment.authorise_refurbishment", decides=("equipment_id",))
class AuthoriseRefurbishment:
    """Let a decommissioned item live again as second category, once it is certified anew. Safe to retry."""

    equipment_id: EquipmentId
    authority: Authority

    def decide(self, item: Equipment) -> list[EndFact]:
        """Return the facts to record; none if the item was refurbished and awaits its certificate."""
        known = item.stage is Stage.QUARANTINED and item.second_category
        return [] if known else [RefurbishmentAuthorised(authority=self.authority)]


@command("equipment.dispose", decides=("equipment_id",))
class DisposeOfEquipment:
    """End the life of the item on record, with its waste document. Safe to retry."""

    equipment_id: EquipmentId
    method: DisposalMethod
    waste_document: WasteDocument
    mass: Kilograms | None = None
    waste_code: WasteCode | None = None
    materials: Materials = ()

    def decide(self, item: Equipment) -> list[EndFact]:
        """Return the facts to record; none if it was disposed of by this document.

        Raises:
            Nonsense: the materials weigh more together than the whole.
        """
        if self.mass is not None and sum((mass for _, mass in self.materials), Decimal(0)) > self.mass:
            raise Nonsense("materials", "weigh more together than the mass handed over")
        if item.stage is Stage.DISPOSED and item.waste_document == self.waste_document:
            return []
        return [
            Disposed(
                method=self.method,
                waste_document=self.waste_document,
                mass=self.mass,
                waste_code=self.waste_code,
                materials=self.materials,
            )
        ]
