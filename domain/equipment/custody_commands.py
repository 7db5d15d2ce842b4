"""What may be asked of the custody of an item: who has it, whose it is, and where."""

from domain.equipment.custody import (
    CustodyFact,
    Delivered,
    Found,
    Lent,
    LentUntil,
    Lost,
    Moved,
    OwnershipTransferred,
    Shipped,
    Stocked,
)
from domain.equipment.life import Removed
from domain.equipment.state import Equipment, Loan
from domain.equipment.structure import StructureFact, UnitRemoved
from domain.equipment.terms import BorrowerId, EquipmentId, OperatorId, OwnerId, Place, Reason, Stage
from domain.kernel.commands import command
from domain.kernel.streams import StreamRef


@command("equipment.stock", decides=("equipment_id",), tells=Stocked)
class StockEquipment:
    """Take a certified item into a stock. Safe to retry."""

    equipment_id: EquipmentId
    place: Place

    def known(self, item: Equipment) -> bool:
        """Whether the item is in this stock."""
        return item.stage is Stage.IN_STOCK and item.place == self.place

    def decide(self, _item: Equipment) -> list[CustodyFact]:
        """Return that it was taken in."""
        return [Stocked(place=self.place)]


@command("equipment.ship", decides=("equipment_id",), tells=Shipped)
class ShipEquipment:
    """Send a certified item to its consignee. Safe to retry."""

    equipment_id: EquipmentId
    place: Place

    def known(self, item: Equipment) -> bool:
        """Whether the item is on its way there."""
        return item.stage is Stage.IN_TRANSIT and item.place == self.place

    def decide(self, _item: Equipment) -> list[CustodyFact]:
        """Return the shipment."""
        return [Shipped(place=self.place)]


@command("equipment.deliver", decides=("equipment_id",), tells=Delivered)
class DeliverEquipment:
    """Hand the item over to an organisation. Safe to retry."""

    equipment_id: EquipmentId
    recipient_id: OperatorId
    place: Place | None = None

    def known(self, item: Equipment) -> bool:
        """Whether it was delivered to them."""
        place = self.place or item.place
        return item.stage is Stage.DELIVERED and (item.holder_id, item.place) == (self.recipient_id, place)

    def decide(self, _item: Equipment) -> list[CustodyFact]:
        """Return the delivery."""
        return [Delivered(recipient_id=self.recipient_id, place=self.place)]


@command("equipment.lend", decides=("equipment_id",), tells=Lent)
class LendEquipment:
    """Hand an item over from a stock on loan. Safe to retry."""

    equipment_id: EquipmentId
    borrower_id: BorrowerId
    until: LentUntil | None = None
    place: Place | None = None

    def known(self, item: Equipment) -> bool:
        """Whether they have it on this loan."""
        lent = item.stage is Stage.DELIVERED and item.loan == Loan(borrower_id=self.borrower_id, until=self.until)
        return lent and item.place == (self.place or item.place)

    def decide(self, _item: Equipment) -> list[CustodyFact]:
        """Return the loan."""
        return [Lent(borrower_id=self.borrower_id, until=self.until, place=self.place)]


@command("equipment.move", decides=("equipment_id",), tells=Moved)
class MoveEquipment:
    """Move the item to another place in the same hands. Units move with their parent. Safe to retry."""

    equipment_id: EquipmentId
    place: Place

    def known(self, item: Equipment) -> bool:
        """Whether the item stands there."""
        return item.place == self.place and item.stage is not Stage.LOST

    def decide(self, _item: Equipment) -> list[CustodyFact]:
        """Return the move."""
        return [Moved(place=self.place)]


@command("equipment.transfer_ownership", decides=("equipment_id",), tells=OwnershipTransferred)
class TransferOwnership:
    """Record that the item belongs to another organisation, wherever it stands. Safe to retry."""

    equipment_id: EquipmentId
    owner_id: OwnerId

    def known(self, item: Equipment) -> bool:
        """Whether it is theirs."""
        return item.owner_id == self.owner_id

    def decide(self, _item: Equipment) -> list[CustodyFact]:
        """Return the transfer."""
        return [OwnershipTransferred(owner_id=self.owner_id)]


@command("equipment.report_loss", decides=("equipment_id",), tells=Lost)
class ReportLoss:
    """Report that nobody knows where the item is. A unit leaves its parent by this, in one append. Safe to retry."""

    equipment_id: EquipmentId
    reason: Reason | None = None

    def also(self, item: Equipment, *_parent: Equipment) -> tuple[StreamRef, ...]:
        """The item in which it sits: that one does not have it any more."""
        return () if item.parent_id is None else (StreamRef("equipment", item.parent_id),)

    def known(self, item: Equipment, *_parent: Equipment) -> bool:
        """Whether it is lost."""
        return item.stage is Stage.LOST

    def decide(self, item: Equipment, *parent: Equipment) -> tuple[list[CustodyFact | Removed], list[StructureFact]]:
        """Return the facts for the item, and the one for its parent where that lists it."""
        out: list[StructureFact] = [
            UnitRemoved(unit_id=self.equipment_id, slot=slot, reason=self.reason)
            for each in parent
            for slot, unit in each.units
            if unit == self.equipment_id
        ]
        sat = [] if item.parent_id is None else [Removed(to=Stage.QUARANTINED.value, reason=self.reason)]
        return [*sat, Lost(reason=self.reason)], out


@command("equipment.report_finding", decides=("equipment_id",), tells=Found)
class ReportFinding:
    """Report that a lost item was found; it is set aside until it is certified anew. Safe to retry."""

    equipment_id: EquipmentId
    place: Place

    def known(self, item: Equipment) -> bool:
        """Whether it is set aside at that place."""
        return item.stage is Stage.QUARANTINED and item.place == self.place

    def decide(self, _item: Equipment) -> list[CustodyFact]:
        """Return that it was found."""
        return [Found(place=self.place)]
