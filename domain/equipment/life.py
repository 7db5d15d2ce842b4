"""The axis of life: from the release to the disposal. Names and fields of facts are a file format: add, never edit."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from domain.equipment.refusals import (
    CertificateNotValid,
    CyclicAssembly,
    MeterRanBackwards,
    NotCertified,
    NotDecommissioned,
    NotInstalled,
    NotPossibleAtThisStage,
    ShippingWhileInService,
    UnitSitsElsewhere,
    WasteDocumentMissing,
)
from domain.equipment.state import Equipment
from domain.equipment.terms import (
    Act,
    Authority,
    CertificateNumber,
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
    Slot,
    Stage,
    UnitId,
    WasteDocument,
)
from domain.kernel.facts import event
from domain.kernel.marks import Example, Meaning, Refers
from domain.kernel.refusals import Refusal
from domain.kernel.states import changed
from domain.kernel.units import OperatingTime

ValidUntil = Annotated[
    date, Meaning("Last day on which the certificate is valid, in UTC; none: without end."), Example("2029-12-31")
]


@event("equipment.released")
class Released:
    """The item left the line: from now on it is on record, with its serial number and as-built configuration."""

    model_id: ModelId
    manufacturer_id: ManufacturerId
    serial: Serial
    giai: Giai | None = None
    plant: Plant | None = None
    as_built: Options = ()


@event("equipment.certified")
class Certified:
    """The item was found to conform; without this it is neither stocked nor shipped nor commissioned."""

    certificate: CertificateNumber
    authority: Authority
    valid_until: ValidUntil | None = None


@event("equipment.stocked")
class Stocked:
    """The item was taken into a stock."""

    place: Place


@event("equipment.shipped")
class Shipped:
    """The item left for its consignee."""

    place: Place


@event("equipment.delivered")
class Delivered:
    """The item was handed over to an organisation."""

    recipient_id: Annotated[
        UUID,
        Refers("organisation"),
        Meaning("The organisation that received the item."),
        Example("01890a5d-ac96-774b-bcce-b302099a80bb"),
    ]
    place: Place | None = None


@event("equipment.installed")
class Installed:
    """The item was built in: at a site, or as a unit into a parent."""

    place: Place | None = None
    parent_id: UnitId | None = None
    slot: Slot | None = None


@event("equipment.removed")
class Removed:
    """The item was taken out of its place or parent."""

    to: Annotated[str, Meaning("Stage after the removal: delivered, in_stock, in_transit or quarantined.")]
    reason: Reason | None = None


@event("equipment.commissioned")
class Commissioned:
    """The item started to work for its operator; the act is signed."""

    operator_id: OperatorId
    act: Act
    operating_time: OperatingTime | None = None


@event("equipment.decommissioned")
class Decommissioned:
    """The item was taken out of service for good."""

    reason: Reason


@event("equipment.disposed")
class Disposed:
    """The life of the item ended: it was recycled or otherwise disposed of, with its waste document."""

    method: Annotated[str, Meaning("What was done: recycled, landfilled, incinerated or scrapped.")]
    waste_document: WasteDocument
    mass: Kilograms | None = None


LifeFact = (
    Released
    | Certified
    | Stocked
    | Shipped
    | Delivered
    | Installed
    | Removed
    | Commissioned
    | Decommissioned
    | Disposed
)

NEXT: dict[type, dict[Stage, Stage]] = {
    Certified: {Stage.RELEASED: Stage.CERTIFIED, Stage.QUARANTINED: Stage.CERTIFIED},
    Stocked: {Stage.CERTIFIED: Stage.IN_STOCK, Stage.DELIVERED: Stage.IN_STOCK, Stage.IN_TRANSIT: Stage.IN_STOCK},
    Shipped: {Stage.CERTIFIED: Stage.IN_TRANSIT, Stage.IN_STOCK: Stage.IN_TRANSIT},
    Delivered: {Stage.IN_TRANSIT: Stage.DELIVERED},
    Installed: {Stage.IN_STOCK: Stage.INSTALLED, Stage.DELIVERED: Stage.INSTALLED},
    Commissioned: {Stage.INSTALLED: Stage.IN_SERVICE},
    Decommissioned: {
        Stage.QUARANTINED: Stage.DECOMMISSIONED,
        Stage.IN_STOCK: Stage.DECOMMISSIONED,
        Stage.DELIVERED: Stage.DECOMMISSIONED,
        Stage.IN_SERVICE: Stage.DECOMMISSIONED,
        Stage.UNDER_REPAIR: Stage.DECOMMISSIONED,
    },
    Disposed: {Stage.DECOMMISSIONED: Stage.DISPOSED},
}
"""Which fact leads from which stage to which: the life-stage table. A removal says itself where it leads."""

REMOVABLE = frozenset({Stage.INSTALLED, Stage.IN_SERVICE})
_STAGES: dict[str, Stage] = {stage.value: stage for stage in Stage}
RECERTIFIABLE = frozenset(Stage) - {Stage.DISPOSED, Stage.DECOMMISSIONED}
"""A certificate may be renewed at any stage before the end; only the first one changes the stage."""


def next_stage(item: Equipment, fact: object) -> Stage | None:
    """Return the stage that follows from a fact, or the present one where the table has no row for it."""
    if item.stage is None:
        return None
    return NEXT.get(type(fact), {}).get(item.stage, item.stage)


def evolve(item: Equipment, fact: LifeFact, at: datetime) -> Equipment:
    """Apply one fact. Never refuses and never reads a clock: history must always load."""
    stage = next_stage(item, fact)
    match fact:
        case Released():
            return changed(
                item,
                stage=item.stage or Stage.RELEASED,
                model_id=fact.model_id,
                manufacturer_id=fact.manufacturer_id,
                serial=fact.serial,
                giai=fact.giai,
                plant=fact.plant,
                as_built=fact.as_built,
                released_at=at,
            )
        case Certified():
            return changed(item, stage=stage, certificate=fact.certificate, certificate_until=end_of(fact.valid_until))
        case Stocked() | Shipped():
            return changed(item, stage=stage, place=fact.place)
        case Delivered():
            return changed(item, stage=stage, holder_id=fact.recipient_id, place=fact.place or item.place)
        case Installed():
            return changed(item, stage=stage, place=fact.place or item.place, parent_id=fact.parent_id, slot=fact.slot)
        case Removed():
            left = _STAGES.get(fact.to, stage) if stage else None
            return changed(item, stage=left, parent_id=None, slot=None, operator_id=None)
        case Commissioned():
            return _commissioned(item, fact, at)
        case Decommissioned():
            return changed(item, stage=stage, end_reason=fact.reason, repair=None, stage_before_repair=None)
        case Disposed():
            return changed(item, stage=stage, waste_document=fact.waste_document)


def _commissioned(item: Equipment, fact: Commissioned, at: datetime) -> Equipment:
    reading = item.operating_time if fact.operating_time is None else fact.operating_time
    return changed(
        item,
        stage=next_stage(item, fact),
        operator_id=fact.operator_id,
        act=fact.act,
        commissioned_at=at,
        operating_time=reading,
    )


def end_of(day: date | None) -> datetime | None:
    """Return the first moment after a last day of validity, in UTC; None if there is no end."""
    if day is None or day >= date.max:
        return None
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)


def check(item: Equipment, fact: LifeFact, at: datetime) -> Refusal | None:
    """Return why the order of life forbids the fact now, or None."""
    match fact:
        case Released():
            return None
        case Certified() if item.stage in RECERTIFIABLE:
            return None
        case Removed() if item.stage in REMOVABLE:
            return None
        case Stocked() | Shipped() if item.stage in {Stage.RELEASED, Stage.QUARANTINED}:
            return NotCertified()
        case Shipped() if item.stage in {Stage.IN_SERVICE, Stage.UNDER_REPAIR}:
            return ShippingWhileInService()
        case Installed() if fact.parent_id is not None and fact.parent_id in {unit for _, unit in item.units}:
            return CyclicAssembly()
        case Installed() if item.stage in REMOVABLE:
            return UnitSitsElsewhere(parent=str(item.parent_id) if item.parent_id else None)
        case Commissioned():
            return _check_commissioned(item, fact, at)
        case Decommissioned() if item.parent_id is not None:
            return NotPossibleAtThisStage(stage=item.stage, possible=["equipment.removed"])
        case Disposed() if item.stage is not Stage.DECOMMISSIONED:
            return NotDecommissioned(stage=item.stage)
        case Disposed() if not fact.waste_document.strip():
            return WasteDocumentMissing()
        case _ if item.stage not in NEXT.get(type(fact), {}):
            return NotPossibleAtThisStage(stage=item.stage, possible=possible_facts(item))
    return None


def _check_commissioned(item: Equipment, fact: Commissioned, at: datetime) -> Refusal | None:
    if item.stage is not Stage.INSTALLED:
        return NotInstalled(stage=item.stage)
    if item.certificate is None or (item.certificate_until and at >= item.certificate_until):
        return CertificateNotValid()
    return ran_backwards(item, fact.operating_time)


def ran_backwards(item: Equipment, reading: Decimal | None) -> Refusal | None:
    """Return the refusal of a reading below the last one on record, or None."""
    last = item.operating_time
    if reading is None or last is None or last.is_nan() or reading.is_nan() or reading >= last:
        return None
    return MeterRanBackwards(last=str(last))


def possible_facts(item: Equipment) -> list[str]:
    """Return the permanent names of the facts that the life-stage table allows now."""
    names = [fact.fact_type.name for fact, stages in NEXT.items() if item.stage in stages]  # type: ignore[attr-defined]
    if item.stage in REMOVABLE:
        names.append("equipment.removed")
    return sorted(names)
