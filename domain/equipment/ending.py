"""The axis of the end: decommissioned, refurbished, disposed of. Names and fields of facts are a file format."""

from datetime import datetime
from typing import Annotated

from domain.equipment.refusals import (
    NotDecommissioned,
    UnitsInside,
    WasteDocumentMissing,
)
from domain.equipment.state import Equipment
from domain.equipment.terms import Authority, Kilograms, Materials, Reason, Stage, WasteCode, WasteDocument
from domain.kernel.facts import event
from domain.kernel.marks import Meaning
from domain.kernel.refusals import Refusal
from domain.kernel.states import changed


@event("equipment.beyond_economic_repair_declared")
class BeyondEconomicRepairDeclared:
    """Repairing the item would cost more than it is worth; the repair stays open until it is completed or given up."""

    reason: Reason | None = None


@event("equipment.decommissioned")
class Decommissioned:
    """The item was taken out of service for good."""

    reason: Reason


@event("equipment.refurbishment_authorised")
class RefurbishmentAuthorised:
    """A decommissioned item may live again as second category: it is set aside until it is certified anew."""

    authority: Authority


@event("equipment.disposed", version=2)
class Disposed:
    """The life of the item ended: it was recycled or otherwise disposed of, with its waste document."""

    method: Annotated[str, Meaning("What was done: recycled, landfilled, incinerated or scrapped.")]
    waste_document: WasteDocument
    mass: Kilograms | None = None
    waste_code: WasteCode | None = None
    materials: Materials = ()


EndFact = BeyondEconomicRepairDeclared | Decommissioned | RefurbishmentAuthorised | Disposed


def evolve(item: Equipment, fact: EndFact, _at: datetime) -> Equipment:
    """Apply one fact. Never refuses and never reads a clock: history must always load."""
    match fact:
        case BeyondEconomicRepairDeclared():
            return changed(item, uneconomic=True)
        case Decommissioned():
            return changed(
                item, end_reason=fact.reason, repair=None, upgrade=None, upgrade_bulletin_id=None, stage_before=None
            )
        case RefurbishmentAuthorised():
            return changed(
                item,
                second_category=True,
                uneconomic=False,
                end_reason=None,
                certificate=None,
                certificate_until=None,
                certificate_ended=False,
                certification_refused=None,
                operator_id=None,
                faults=frozenset(),
                failed_units=frozenset(),
            )
        case Disposed():
            return changed(item, waste_document=fact.waste_document)


def check(item: Equipment, fact: EndFact, _at: datetime) -> Refusal | None:
    """Return why the item cannot come to this end now, or None."""
    match fact:
        case Disposed() if item.stage is not Stage.DECOMMISSIONED:
            return NotDecommissioned(stage=item.stage)
        case Disposed() if item.units:
            return UnitsInside(units=[str(unit) for _, unit in item.units])
        case Disposed() if not fact.waste_document.strip():
            return WasteDocumentMissing()
        case _:
            return None
