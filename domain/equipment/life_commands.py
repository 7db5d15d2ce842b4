"""What may be asked of an item's life. Each command is decided on the state at its own moment."""

from domain.equipment.life import (
    Commissioned,
    Installed,
    LaidUp,
    LifeFact,
    Removed,
    ReturnedToService,
)
from domain.equipment.refusals import UnitSitsElsewhere
from domain.equipment.state import Equipment
from domain.equipment.terms import (
    Act,
    Destination,
    EquipmentId,
    OperatorId,
    Place,
    Reason,
    Stage,
)
from domain.kernel.commands import command
from domain.kernel.units import OperatingTime


@command("equipment.install", decides=("equipment_id",), tells=Installed)
class InstallEquipment:
    """Build the item in at a site. Units go into a parent by InstallUnit. Safe to retry."""

    equipment_id: EquipmentId
    place: Place

    def known(self, item: Equipment) -> bool:
        """Whether the item is installed there."""
        return item.stage is Stage.INSTALLED and item.place == self.place and item.parent_id is None

    def decide(self, _item: Equipment) -> list[LifeFact]:
        """Return the installation."""
        return [Installed(place=self.place)]


@command("equipment.commission", decides=("equipment_id",), tells=Commissioned)
class CommissionEquipment:
    """Start the item's work for its operator, by a signed act. Safe to retry."""

    equipment_id: EquipmentId
    operator_id: OperatorId
    act: Act
    operating_time: OperatingTime | None = None

    def known(self, item: Equipment) -> bool:
        """Whether the item is in service by this act."""
        return item.stage is Stage.IN_SERVICE and (item.operator_id, item.act) == (self.operator_id, self.act)

    def decide(self, _item: Equipment) -> list[LifeFact]:
        """Return the commissioning."""
        return [Commissioned(operator_id=self.operator_id, act=self.act, operating_time=self.operating_time)]


@command("equipment.remove", decides=("equipment_id",), tells=Removed)
class RemoveEquipment:
    """Take the item out of its site. Units leave a parent by RemoveUnit."""

    equipment_id: EquipmentId
    to: Destination
    reason: Reason | None = None

    def decide(self, item: Equipment) -> list[LifeFact]:
        """Return the removal.

        Raises:
            UnitSitsElsewhere: the item is a unit inside a parent.
        """
        if item.parent_id is not None:
            raise UnitSitsElsewhere(parent=str(item.parent_id))
        return [Removed(to=self.to, reason=self.reason)]


@command("equipment.lay_up", decides=("equipment_id",), tells=LaidUp)
class LayUpEquipment:
    """Take an item in service out of use for a time. Safe to retry."""

    equipment_id: EquipmentId
    reason: Reason | None = None

    def known(self, item: Equipment) -> bool:
        """Whether it is laid up."""
        return item.stage is Stage.LAID_UP

    def decide(self, _item: Equipment) -> list[LifeFact]:
        """Return that it was laid up."""
        return [LaidUp(reason=self.reason)]


@command("equipment.return_to_service", decides=("equipment_id",), tells=ReturnedToService)
class ReturnToService:
    """Let an item that was laid up work again. Safe to retry."""

    equipment_id: EquipmentId

    def known(self, item: Equipment) -> bool:
        """Whether it did, and has been in service since. One that works without having been laid up did not return."""
        left, returned = item.left_service_at, item.returned_at
        return item.stage is Stage.IN_SERVICE and left is not None and returned is not None and left <= returned

    def decide(self, _item: Equipment) -> list[LifeFact]:
        """Return the return."""
        return [ReturnedToService()]
