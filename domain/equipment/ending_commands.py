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


@command("equipment.declare_beyond_economic_repair", decides=("equipment_id",), tells=BeyondEconomicRepairDeclared)
class DeclareBeyondEconomicRepair:
    """Say of an item under repair that the repair costs more than it is worth: it may be given up. Safe to retry."""

    equipment_id: EquipmentId
    reason: Reason | None = None

    def known(self, item: Equipment) -> bool:
        """Whether it was declared during this repair."""
        return item.stage is Stage.UNDER_REPAIR and item.uneconomic

    def decide(self, _item: Equipment) -> list[EndFact]:
        """Return the declaration."""
        return [BeyondEconomicRepairDeclared(reason=self.reason)]


@command("equipment.decommission", decides=("equipment_id",), tells=Decommissioned)
class DecommissionEquipment:
    """Take the item out of service for good. Safe to retry."""

    equipment_id: EquipmentId
    reason: Reason

    def known(self, item: Equipment) -> bool:
        """Whether it was decommissioned for this reason."""
        return item.stage is Stage.DECOMMISSIONED and item.end_reason == self.reason

    def decide(self, _item: Equipment) -> list[EndFact]:
        """Return the decommissioning."""
        return [Decommissioned(reason=self.reason)]


@command("equipment.authorise_refurbishment", decides=("equipment_id",), tells=RefurbishmentAuthorised)
class AuthoriseRefurbishment:
    """Let a decommissioned item live again as second category, once it is certified anew. Safe to retry."""

    equipment_id: EquipmentId
    authority: Authority

    def known(self, item: Equipment) -> bool:
        """Whether the item was refurbished and awaits its certificate."""
        return item.stage is Stage.QUARANTINED and item.second_category

    def decide(self, _item: Equipment) -> list[EndFact]:
        """Return the authorisation."""
        return [RefurbishmentAuthorised(authority=self.authority)]


@command("equipment.dispose", decides=("equipment_id",), tells=Disposed)
class DisposeOfEquipment:
    """End the life of the item on record, with its waste document. Safe to retry."""

    equipment_id: EquipmentId
    method: DisposalMethod
    waste_document: WasteDocument
    mass: Kilograms | None = None
    waste_code: WasteCode | None = None
    materials: Materials = ()

    def known(self, item: Equipment) -> bool:
        """Whether it was disposed of by this document."""
        return item.stage is Stage.DISPOSED and item.waste_document == self.waste_document

    def decide(self, _item: Equipment) -> list[EndFact]:
        """Return the disposal.

        Raises:
            Nonsense: the materials weigh more together than the whole.
        """
        if self.mass is not None and sum((mass for _, mass in self.materials), Decimal(0)) > self.mass:
            raise Nonsense("materials", "weigh more together than the mass handed over")
        return [
            Disposed(
                method=self.method,
                waste_document=self.waste_document,
                mass=self.mass,
                waste_code=self.waste_code,
                materials=self.materials,
            )
        ]
