"""The axis of custody: who has the item, whose it is, and where. Names and fields of facts are a file format."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from domain.equipment.refusals import (
    AlreadyIssued,
    NotPossibleAtThisStage,
    Quarantined,
    ShippingWhileInService,
    UnitSitsElsewhere,
)
from domain.equipment.state import Equipment, Loan
from domain.equipment.terms import BorrowerId, OwnerId, Place, Reason, Stage
from domain.kernel.facts import event
from domain.kernel.marks import Example, Meaning, Refers
from domain.kernel.refusals import Refusal
from domain.kernel.states import changed

LentUntil = Annotated[date, Meaning("Last day of the loan, in UTC; none: without end."), Example("2026-12-31")]


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


@event("equipment.lent")
class Lent:
    """The item was handed over from a stock on loan: it is to come back."""

    borrower_id: BorrowerId
    until: LentUntil | None = None
    place: Place | None = None


@event("equipment.moved")
class Moved:
    """The item was moved to another place in the same hands."""

    place: Place


@event("equipment.ownership_transferred")
class OwnershipTransferred:
    """The item belongs to another organisation from now on, wherever it stands."""

    owner_id: OwnerId


@event("equipment.lost")
class Lost:
    """Nobody knows where the item is: stolen, missing or destroyed with its place."""

    reason: Reason | None = None


@event("equipment.found")
class Found:
    """A lost item was found again; it is set aside until it is certified anew."""

    place: Place


_AT_WORK = frozenset({Stage.IN_SERVICE, Stage.UNDER_REPAIR, Stage.UNDER_MODERNISATION})
_ISSUED = _AT_WORK | {Stage.DELIVERED, Stage.IN_TRANSIT, Stage.INSTALLED, Stage.LAID_UP}

CustodyFact = Stocked | Shipped | Delivered | Lent | Moved | OwnershipTransferred | Lost | Found


def evolve(item: Equipment, fact: CustodyFact, _at: datetime) -> Equipment:
    """Apply one fact. Never refuses and never reads a clock: history must always load."""
    match fact:
        case Stocked() | Shipped():
            return changed(item, place=fact.place, loan=None)
        case Delivered():
            place = fact.place or item.place
            return _handed_over(item, fact.recipient_id, place, None)
        case Lent():
            loan = Loan(borrower_id=fact.borrower_id, until=fact.until)
            place = fact.place or item.place
            return _handed_over(item, fact.borrower_id, place, loan)
        case Moved():
            return changed(item, place=fact.place)
        case OwnershipTransferred():
            return changed(item, owner_id=fact.owner_id)
        case Lost():
            former = item.parent_id or item.former_parent_id
            return changed(
                item,
                parent_id=None,
                slot=None,
                former_parent_id=former,
                repair=None,
                upgrade=None,
                upgrade_bulletin_id=None,
            )
        case Found():
            return changed(item, place=fact.place, parent_id=None, slot=None, operator_id=None, loan=None)


def _handed_over(item: Equipment, holder_id: UUID, place: str | None, loan: Loan | None) -> Equipment:
    """Return an item that somebody has now; out of what it was taken before is nothing to him."""
    return changed(item, holder_id=holder_id, place=place, loan=loan, taken_out_of=None, taken_out_at=None)


def check(item: Equipment, fact: CustodyFact, _at: datetime) -> Refusal | None:
    """Return why the item is in no hands that allow the fact now, or None."""
    match fact:
        case Shipped() if item.stage in _AT_WORK:
            return ShippingWhileInService()
        case Lent() if item.stage is Stage.QUARANTINED:
            return Quarantined()
        case Lent() if item.stage in _ISSUED:
            return AlreadyIssued()
        case Moved() | Lost() if item.parent_id is not None:
            return UnitSitsElsewhere(parent=str(item.parent_id))
        case Moved() if item.stage is Stage.LOST:
            return NotPossibleAtThisStage(stage=item.stage, possible=["equipment.found"])
        case _:
            return None
