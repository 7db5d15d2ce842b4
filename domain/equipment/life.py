"""The axis of life: from the release to service. Names and fields of facts are a file format: add, never edit."""

from datetime import datetime
from typing import Annotated

from domain.equipment import papers
from domain.equipment.meters import initial_reading, ran_backwards
from domain.equipment.refusals import (
    CertificateNotValid,
    CyclicAssembly,
    DoesNotGoThere,
    NotInstalled,
    UnitSitsElsewhere,
)
from domain.equipment.state import AsFound, Equipment
from domain.equipment.terms import (
    Act,
    BillRevision,
    Giai,
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
    UnitsBuiltIn,
)
from domain.kernel.facts import event
from domain.kernel.marks import Example, Meaning
from domain.kernel.refusals import Refusal
from domain.kernel.states import changed
from domain.kernel.units import OperatingTime


@event("equipment.released", version=2)
class Released:
    """The item left the line: from now on it is on record, with its serial number, configuration and units as built.

    Each unit says in its own stream that it sits in the item, in the same append.
    """

    model_id: ModelId
    manufacturer_id: ManufacturerId
    serial: Serial
    giai: Giai | None = None
    plant: Plant | None = None
    as_built: Options = ()
    bill_revision: BillRevision | None = None
    units: UnitsBuiltIn = ()


@event("equipment.taken_over")
class TakenOver:
    """An item whose earlier life is not on record came on record, at the stage at which it was found."""

    model_id: ModelId
    manufacturer_id: ManufacturerId
    serial: Serial
    stage: Annotated[str, Meaning("Stage of life at which the item was found."), Example("in_service")]
    giai: Giai | None = None
    operator_id: OperatorId | None = None
    place: Place | None = None
    configuration: Options = ()


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


@event("equipment.laid_up")
class LaidUp:
    """The item was taken out of use for a time, and is kept so that it can return to service."""

    reason: Reason | None = None


@event("equipment.returned_to_service")
class ReturnedToService:
    """An item that was laid up works again."""


LifeFact = Released | TakenOver | Installed | Removed | Commissioned | LaidUp | ReturnedToService

INSTALLABLE = (Stage.IN_STOCK, Stage.DELIVERED)
REMOVABLE = frozenset({Stage.INSTALLED, Stage.IN_SERVICE})
BEFORE_SERVICE = (Stage.DELIVERED,)
AFTER_SERVICE = (Stage.IN_STOCK, Stage.IN_TRANSIT, Stage.QUARANTINED)
"""Where an item goes that is removed before it was commissioned, and afterwards; a unit goes to any of them."""


def evolve(item: Equipment, fact: LifeFact, at: datetime) -> Equipment:
    """Apply one fact. Never refuses and never reads a clock: history must always load."""
    match fact:
        case Released():
            return changed(
                item,
                model_id=fact.model_id,
                manufacturer_id=fact.manufacturer_id,
                serial=fact.serial,
                giai=fact.giai,
                plant=fact.plant,
                as_built=fact.as_built,
                configuration=tuple(sorted(dict(fact.as_built).items())),
                bill_revision=fact.bill_revision,
                units=tuple(sorted({*item.units, *fact.units})),
                released_at=at,
            )
        case TakenOver():
            return _taken_over(item, fact, at)
        case Installed():
            place = fact.place or (item.place if fact.parent_id is None else None)
            return changed(
                item, place=place, parent_id=fact.parent_id, slot=fact.slot, taken_out_of=None, taken_out_at=None
            )
        case Removed():
            return _removed(item, fact, at)
        case Commissioned():
            item = initial_reading(item, fact.operating_time, at)
            return changed(item, operator_id=fact.operator_id, act=fact.act, commissioned_at=at)
        case LaidUp():
            return item
        case ReturnedToService():
            return changed(item, returned_at=at)


def check(item: Equipment, fact: LifeFact, at: datetime) -> Refusal | None:
    """Return why the order of life forbids the fact now, or None; the life-stage table is asked after it."""
    match fact:
        case Installed() if fact.parent_id is not None and fact.parent_id in {unit for _, unit in item.units}:
            return CyclicAssembly()
        case Installed() if item.stage in REMOVABLE:
            return UnitSitsElsewhere(parent=str(item.parent_id) if item.parent_id else None)
        case Removed() if item.stage in REMOVABLE and fact.to not in destinations(item):
            return DoesNotGoThere(stage=item.stage, possible=list(destinations(item)))
        case Installed() if fact.parent_id is not None and item.stage in INSTALLABLE and not papers.holds(item, at):
            return CertificateNotValid()
        case Commissioned() if item.stage is not Stage.INSTALLED:
            return NotInstalled(stage=item.stage)
        case Commissioned() if item.parent_id is not None:
            return UnitSitsElsewhere(parent=str(item.parent_id))
        case Commissioned() if not papers.holds(item, at):
            return CertificateNotValid()
        case Commissioned():
            return ran_backwards(item, fact.operating_time, at)
        case _:
            return None


def destinations(item: Equipment) -> tuple[str, ...]:
    """Return to where an installed item may be removed."""
    if item.parent_id is not None:
        return (*BEFORE_SERVICE, *AFTER_SERVICE)
    return BEFORE_SERVICE if item.stage is Stage.INSTALLED else AFTER_SERVICE


def _removed(item: Equipment, fact: Removed, at: datetime) -> Equipment:
    """Return an item that was taken out; what sits in no parent was taken out of its former one before, if ever."""
    out_of, since = item.taken_out_of, item.taken_out_at
    if item.parent_id is not None:
        out_of, since = (item.parent_id, at) if item.stage is not None else (None, None)
    return changed(
        item,
        parent_id=None,
        slot=None,
        operator_id=None,
        former_parent_id=item.parent_id or item.former_parent_id,
        taken_out_of=out_of,
        taken_out_at=since,
        loan=item.loan if fact.to == Stage.DELIVERED else None,
    )


def _taken_over(item: Equipment, fact: TakenOver, at: datetime) -> Equipment:
    found = AsFound(stage=fact.stage, operator_id=fact.operator_id, place=fact.place, configuration=fact.configuration)
    return changed(
        item,
        model_id=fact.model_id,
        manufacturer_id=fact.manufacturer_id,
        serial=fact.serial,
        giai=fact.giai,
        operator_id=fact.operator_id,
        holder_id=fact.operator_id,
        place=fact.place,
        configuration=tuple(sorted(dict(fact.configuration).items())),
        released_at=at,
        taken_over=True,
        as_found=found,
    )
