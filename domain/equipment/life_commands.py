"""What may be asked of an item's life. Each command is decided on the state at its own moment."""

from uuid import UUID

from domain.equipment.life import (
    Commissioned,
    Installed,
    LaidUp,
    LifeFact,
    Released,
    Removed,
    ReturnedToService,
    TakenOver,
)
from domain.equipment.model import Model
from domain.equipment.refusals import AlreadyReleased, ModelNoLongerMade, NotTheMaker, SerialTaken, UnitSitsElsewhere
from domain.equipment.serials import SerialNumber, SerialReserved, serial_stream
from domain.equipment.state import AsFound, Equipment
from domain.equipment.terms import (
    Act,
    Destination,
    EquipmentId,
    Giai,
    ManufacturerId,
    ModelId,
    OperatorId,
    Options,
    Place,
    Plant,
    Reason,
    Serial,
    Stage,
    StageFound,
)
from domain.kernel.commands import command
from domain.kernel.refusals import UnknownReference
from domain.kernel.streams import StreamRef
from domain.kernel.units import OperatingTime


@command("equipment.release", decides=("equipment_id",))
class ReleaseEquipment:
    """Put a new item on record: no item leaves the line without this. Safe to retry."""

    equipment_id: EquipmentId
    model_id: ModelId
    manufacturer_id: ManufacturerId
    serial: Serial
    giai: Giai | None = None
    plant: Plant | None = None
    as_built: Options = ()

    def streams(self) -> tuple[StreamRef, ...]:
        """The item, the reservation of its serial number, and its model."""
        return _beginning(self)

    def also_now(
        self, _item: Equipment, number: SerialNumber, _model: Model, *_bearers: Equipment
    ) -> tuple[StreamRef, ...]:
        """The items for which the number was reserved, sooner or later: an error declaration may have freed it."""
        return _reserved_for(self, number)

    def known(self, item: Equipment, *_others: SerialNumber | Model | Equipment) -> bool:
        """Whether the item is on record as this."""
        told = (self.plant, self.as_built)
        return not item.taken_over and _is_this(self, item) and (item.plant, item.as_built) == told

    def decide(
        self, item: Equipment, number: SerialNumber, model: Model, *bearers: Equipment
    ) -> tuple[list[Released], list[SerialReserved]]:
        """Return the release and the reservation.

        Raises:
            AlreadyReleased: the id belongs to an item that is on record.
            ModelNoLongerMade: the model was discontinued by then.
            UnknownReference: the model is not registered.
            NotTheMaker: the model is another manufacturer's.
            SerialTaken: another item of the manufacturer bears the serial number.
        """
        if item.stage is not None:
            raise AlreadyReleased
        if model.discontinued is not None:
            raise ModelNoLongerMade
        released = Released(
            model_id=self.model_id,
            manufacturer_id=self.manufacturer_id,
            serial=self.serial,
            giai=self.giai,
            plant=self.plant,
            as_built=self.as_built,
        )
        return [released], _reservation(self, number, model, bearers)


@command("equipment.take_over", decides=("equipment_id",))
class TakeOverEquipment:
    """Put an item on record whose earlier life is not: its life here begins in the middle. Safe to retry.

    Its certificate and the readings of its counters are told after it, as they were found.
    """

    equipment_id: EquipmentId
    model_id: ModelId
    manufacturer_id: ManufacturerId
    serial: Serial
    stage: StageFound
    giai: Giai | None = None
    operator_id: OperatorId | None = None
    place: Place | None = None
    configuration: Options = ()

    def streams(self) -> tuple[StreamRef, ...]:
        """The item, the reservation of its serial number, and its model."""
        return _beginning(self)

    def also_now(
        self, _item: Equipment, number: SerialNumber, _model: Model, *_bearers: Equipment
    ) -> tuple[StreamRef, ...]:
        """The items for which the number was reserved, sooner or later: an error declaration may have freed it."""
        return _reserved_for(self, number)

    def known(self, item: Equipment, *_others: SerialNumber | Model | Equipment) -> bool:
        """Whether the item was taken over as this."""
        found = AsFound(
            stage=self.stage, operator_id=self.operator_id, place=self.place, configuration=self.configuration
        )
        return _is_this(self, item) and item.as_found == found

    def decide(
        self, item: Equipment, number: SerialNumber, model: Model, *bearers: Equipment
    ) -> tuple[list[TakenOver], list[SerialReserved]]:
        """Return the taking over and the reservation.

        Raises:
            AlreadyReleased: the id belongs to an item that is on record.
            UnknownReference: the model is not registered.
            NotTheMaker: the model is another manufacturer's.
            SerialTaken: another item of the manufacturer bears the serial number.
        """
        if item.stage is not None:
            raise AlreadyReleased
        taken_over = TakenOver(
            model_id=self.model_id,
            manufacturer_id=self.manufacturer_id,
            serial=self.serial,
            stage=self.stage,
            giai=self.giai,
            operator_id=self.operator_id,
            place=self.place,
            configuration=self.configuration,
        )
        return [taken_over], _reservation(self, number, model, bearers)


_Beginning = ReleaseEquipment | TakeOverEquipment


def _beginning(command: _Beginning) -> tuple[StreamRef, ...]:
    """Return the streams on which the beginning of a life is decided."""
    return (
        StreamRef("equipment", command.equipment_id),
        serial_stream(command.manufacturer_id, command.serial),
        StreamRef("model", command.model_id),
    )


def _reserved_for(command: _Beginning, number: SerialNumber) -> tuple[StreamRef, ...]:
    return tuple(StreamRef("equipment", each) for each in number.reserved_for if each != command.equipment_id)


def _is_this(command: _Beginning, item: Equipment) -> bool:
    """Return whether the item on record is the one that is told."""
    on_record: tuple[UUID | str | None, ...] = (item.model_id, item.manufacturer_id, item.serial, item.giai)
    return on_record == (command.model_id, command.manufacturer_id, command.serial, command.giai)


def _reservation(
    command: _Beginning, number: SerialNumber, model: Model, bearers: tuple[Equipment, ...]
) -> list[SerialReserved]:
    """Return the reservation of the serial number of an item that comes on record; none if it has it.

    Raises:
        UnknownReference: the model is not registered.
        NotTheMaker: the model is another manufacturer's.
        SerialTaken: another item of the manufacturer bears the serial number.
    """
    if model.registered is None:
        raise UnknownReference("model_id: no model is on record under this id.", field="model_id")
    if model.registered.manufacturer_id != command.manufacturer_id:
        raise NotTheMaker
    own = serial_stream(command.manufacturer_id, command.serial)
    for bearer in bearers:
        if bearer.serial is None or bearer.manufacturer_id != command.manufacturer_id:
            continue
        if serial_stream(command.manufacturer_id, bearer.serial) == own:
            raise SerialTaken
    if command.equipment_id in number.reserved_for:
        return []
    return [SerialReserved(serial=command.serial, equipment_id=command.equipment_id)]


@command("equipment.install", decides=("equipment_id",))
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


@command("equipment.commission", decides=("equipment_id",))
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


@command("equipment.remove", decides=("equipment_id",))
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


@command("equipment.lay_up", decides=("equipment_id",))
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


@command("equipment.return_to_service", decides=("equipment_id",))
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
