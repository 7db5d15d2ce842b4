"""How an item comes on record: released by its maker, or taken over in the middle of its life."""

from collections.abc import Callable
from uuid import UUID

from domain.equipment.life import (
    Installed,
    Released,
    TakenOver,
)
from domain.equipment.model import Model
from domain.equipment.refusals import AlreadyReleased, ModelNoLongerMade, NotTheMaker, SerialTaken
from domain.equipment.serials import SerialNumber, SerialReserved, serial_stream
from domain.equipment.state import AsFound, Equipment
from domain.equipment.structure import require_no_ring
from domain.equipment.terms import (
    BillRevision,
    EquipmentId,
    Giai,
    ManufacturerId,
    ModelId,
    OperatorId,
    Options,
    Place,
    Plant,
    Serial,
    StageFound,
    UnitsBuiltIn,
)
from domain.kernel.commands import command
from domain.kernel.refusals import Nonsense, UnknownReference
from domain.kernel.streams import Course, StreamRef


@command("equipment.release", decides=("equipment_id",), tells=Released)
class ReleaseEquipment:
    """Put a new item on record: no item leaves the line without this. Safe to retry."""

    equipment_id: EquipmentId
    model_id: ModelId
    manufacturer_id: ManufacturerId
    serial: Serial
    giai: Giai | None = None
    plant: Plant | None = None
    as_built: Options = ()
    bill_revision: BillRevision | None = None
    units: UnitsBuiltIn = ()

    def streams(self) -> tuple[StreamRef, ...]:
        """The item, the reservation of its serial number, its model, and its units."""
        return (*_beginning(self), *(StreamRef("equipment", unit) for _, unit in self.units))

    def also_now(
        self, _item: Equipment, number: SerialNumber, _model: Model, *_others: Equipment
    ) -> tuple[StreamRef, ...]:
        """The items for which the number was reserved, sooner or later: an error declaration may have freed it."""
        return _reserved_for(self, number)

    def throughout(self, course: Callable[[StreamRef], Course]) -> None:
        """Refuse units of which the item is part.

        Raises:
            CyclicAssembly: it is.
        """
        for _, unit in self.units:
            require_no_ring(unit, self.equipment_id, course)

    def known(self, item: Equipment, *_others: SerialNumber | Model | Equipment) -> bool:
        """Whether the item is on record as this."""
        told = (self.plant, self.as_built, self.bill_revision or item.bill_revision)
        built_so = (item.plant, item.as_built, item.bill_revision) == told and set(self.units) <= set(item.units)
        return not item.taken_over and _is_this(self, item) and built_so

    def decide(
        self, item: Equipment, number: SerialNumber, model: Model, *others: Equipment
    ) -> tuple[list[Released] | list[SerialReserved] | list[Installed], ...]:
        """Return the release, the reservation, and of each unit that it sits in the item.

        Where the revision of the bill is not said, it is the one in force.

        Raises:
            AlreadyReleased: the id belongs to an item that is on record.
            ModelNoLongerMade: the model was discontinued by then.
            Nonsense: a unit or a position is named twice.
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
            bill_revision=self.bill_revision or (model.bill.revision if model.bill else None),
            units=self.units,
        )
        if any(len(set(each)) < len(self.units) for each in zip(*self.units, strict=True)):
            raise Nonsense("units", "names a unit or a position twice")
        reserved = _reservation(self, number, model, others[len(self.units) :])
        sitting = [[Installed(parent_id=self.equipment_id, slot=slot)] for slot, _ in self.units]
        return [released], reserved, [], *sitting


@command("equipment.take_over", decides=("equipment_id",), tells=TakenOver)
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
