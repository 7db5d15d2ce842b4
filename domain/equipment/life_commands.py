"""What may be asked of an item's life. Each command is decided on the state at its own moment."""

from domain.equipment.custody import CustodyFact, Delivered, Shipped, Stocked
from domain.equipment.ending import Decommissioned, Disposed, EndFact
from domain.equipment.life import Commissioned, Installed, LifeFact, Released, Removed
from domain.equipment.model import Model
from domain.equipment.papers import Certified, PapersFact, ValidUntil, end_of
from domain.equipment.refusals import AlreadyReleased, ModelNoLongerMade, NotTheMaker, SerialTaken, UnitSitsElsewhere
from domain.equipment.serials import SerialNumber, SerialReserved, serial_stream
from domain.equipment.state import Equipment
from domain.equipment.terms import (
    Act,
    Authority,
    CertificateNumber,
    Destination,
    DisposalMethod,
    EquipmentId,
    Giai,
    Kilograms,
    ManufacturerId,
    ModelId,
    OperatorId,
    Options,
    Place,
    Plant,
    Reason,
    Serial,
    Stage,
    WasteDocument,
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
        return (
            StreamRef("equipment", self.equipment_id),
            serial_stream(self.manufacturer_id, self.serial),
            StreamRef("model", self.model_id),
        )

    def also_now(
        self, _item: Equipment, number: SerialNumber, _model: Model, *_bearers: Equipment
    ) -> tuple[StreamRef, ...]:
        """The items for which the number was reserved, sooner or later: an error declaration may have freed it."""
        return tuple(StreamRef("equipment", each) for each in number.reserved_for if each != self.equipment_id)

    def decide(
        self, item: Equipment, number: SerialNumber, model: Model, *bearers: Equipment
    ) -> tuple[list[Released], list[SerialReserved]]:
        """Return the release and the reservation; none if the item is on record as this.

        Raises:
            AlreadyReleased: the id belongs to an item that was released differently.
            UnknownReference: the model is not registered.
            NotTheMaker: the model is another manufacturer's.
            ModelNoLongerMade: the model was discontinued by then.
            SerialTaken: another item of the manufacturer bears the serial number.
        """
        released = Released(
            model_id=self.model_id,
            manufacturer_id=self.manufacturer_id,
            serial=self.serial,
            giai=self.giai,
            plant=self.plant,
            as_built=self.as_built,
        )
        if item.stage is not None:
            if _release_of(item) == released:
                return [], []
            raise AlreadyReleased
        if model.registered is None:
            raise UnknownReference("model_id: no model is on record under this id.", field="model_id")
        if model.registered.manufacturer_id != self.manufacturer_id:
            raise NotTheMaker
        if model.discontinued is not None:
            raise ModelNoLongerMade
        for bearer in bearers:
            own = bearer.serial is not None and bearer.manufacturer_id == self.manufacturer_id
            if own and serial_stream(self.manufacturer_id, bearer.serial or "") == self.streams()[1]:
                raise SerialTaken
        if self.equipment_id in number.reserved_for:
            return [released], []
        return [released], [SerialReserved(serial=self.serial, equipment_id=self.equipment_id)]


def _release_of(item: Equipment) -> Released | None:
    """Return the release as it is on record."""
    if item.model_id is None or item.manufacturer_id is None or item.serial is None:
        return None
    return Released(
        model_id=item.model_id,
        manufacturer_id=item.manufacturer_id,
        serial=item.serial,
        giai=item.giai,
        plant=item.plant,
        as_built=item.as_built,
    )


@command("equipment.certify", decides=("equipment_id",))
class CertifyEquipment:
    """Record that the item was found to conform. Safe to retry."""

    equipment_id: EquipmentId
    certificate: CertificateNumber
    authority: Authority
    valid_until: ValidUntil | None = None

    def decide(self, item: Equipment) -> list[PapersFact]:
        """Return the facts to record; none if this certificate is on record and none is awaited."""
        awaited = item.stage in {Stage.RELEASED, Stage.QUARANTINED} or item.recertify
        if not awaited and (item.certificate, item.certificate_until) == (self.certificate, end_of(self.valid_until)):
            return []
        return [Certified(certificate=self.certificate, authority=self.authority, valid_until=self.valid_until)]


@command("equipment.stock", decides=("equipment_id",))
class StockEquipment:
    """Take a certified item into a stock. Safe to retry."""

    equipment_id: EquipmentId
    place: Place

    def decide(self, item: Equipment) -> list[CustodyFact]:
        """Return the facts to record; none if the item is in this stock."""
        known = item.stage is Stage.IN_STOCK and item.place == self.place
        return [] if known else [Stocked(place=self.place)]


@command("equipment.ship", decides=("equipment_id",))
class ShipEquipment:
    """Send a certified item to its consignee. Safe to retry."""

    equipment_id: EquipmentId
    place: Place

    def decide(self, item: Equipment) -> list[CustodyFact]:
        """Return the facts to record; none if the item is on its way there."""
        known = item.stage is Stage.IN_TRANSIT and item.place == self.place
        return [] if known else [Shipped(place=self.place)]


@command("equipment.deliver", decides=("equipment_id",))
class DeliverEquipment:
    """Hand the item over to an organisation. Safe to retry."""

    equipment_id: EquipmentId
    recipient_id: OperatorId
    place: Place | None = None

    def decide(self, item: Equipment) -> list[CustodyFact]:
        """Return the facts to record; none if it was delivered to them."""
        place = self.place or item.place
        if item.stage is Stage.DELIVERED and (item.holder_id, item.place) == (self.recipient_id, place):
            return []
        return [Delivered(recipient_id=self.recipient_id, place=self.place)]


@command("equipment.install", decides=("equipment_id",))
class InstallEquipment:
    """Build the item in at a site. Units go into a parent by InstallUnit. Safe to retry."""

    equipment_id: EquipmentId
    place: Place

    def decide(self, item: Equipment) -> list[LifeFact]:
        """Return the facts to record; none if the item is installed there."""
        known = item.stage is Stage.INSTALLED and item.place == self.place and item.parent_id is None
        return [] if known else [Installed(place=self.place)]


@command("equipment.commission", decides=("equipment_id",))
class CommissionEquipment:
    """Start the item's work for its operator, by a signed act. Safe to retry."""

    equipment_id: EquipmentId
    operator_id: OperatorId
    act: Act
    operating_time: OperatingTime | None = None

    def decide(self, item: Equipment) -> list[LifeFact]:
        """Return the facts to record; none if this act is on record."""
        if item.stage is Stage.IN_SERVICE and (item.operator_id, item.act) == (self.operator_id, self.act):
            return []
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


@command("equipment.decommission", decides=("equipment_id",))
class DecommissionEquipment:
    """Take the item out of service for good. Safe to retry."""

    equipment_id: EquipmentId
    reason: Reason

    def decide(self, item: Equipment) -> list[EndFact]:
        """Return the facts to record; none if it was decommissioned for this reason."""
        known = item.stage is Stage.DECOMMISSIONED and item.end_reason == self.reason
        return [] if known else [Decommissioned(reason=self.reason)]


@command("equipment.dispose", decides=("equipment_id",))
class DisposeOfEquipment:
    """End the life of the item on record, with its waste document. Safe to retry."""

    equipment_id: EquipmentId
    method: DisposalMethod
    waste_document: WasteDocument
    mass: Kilograms | None = None

    def decide(self, item: Equipment) -> list[EndFact]:
        """Return the facts to record; none if it was disposed of by this document."""
        known = item.stage is Stage.DISPOSED and item.waste_document == self.waste_document
        return [] if known else [Disposed(method=self.method, waste_document=self.waste_document, mass=self.mass)]
