"""What the life of an item does not allow, each by its own name."""

from domain.kernel.refusals import Refusal


class NotReleased(Refusal):
    """Nothing is on record for this item at that time: its life begins with the release."""

    accepted = "First release the item, or a time not before its release."


class AlreadyReleased(Refusal):
    """The item was released before."""

    accepted = "A new id for another item."


class SerialTaken(Refusal):
    """The manufacturer has another item with this serial number."""

    accepted = "A serial number that is unique for the manufacturer, case and character width apart."


class NotTheMaker(Refusal):
    """The model belongs to another manufacturer."""

    accepted = "The manufacturer that registered the model."


class ModelAlreadyRegistered(Refusal):
    """Another model is registered under this id."""

    accepted = "A new id for another model."


class NotPossibleAtThisStage(Refusal):
    """The order of life does not allow this at the item's present stage."""

    accepted = "One of the facts named in `possible`."


class NotCertified(Refusal):
    """What is not certified is neither stocked nor shipped."""

    accepted = "First certify the item."


class ShippingWhileInService(Refusal):
    """An item in service is not shipped."""

    accepted = "First remove or decommission the item."


class NotInstalled(Refusal):
    """Only an installed item is commissioned."""

    accepted = "First install the item."


class CertificateNotValid(Refusal):
    """The item has no certificate that is valid on the day of commissioning."""

    accepted = "First certify the item for a period that contains the day."


class NotInService(Refusal):
    """Failures and operating time belong to items in service."""

    accepted = "First commission the item."


class MeterRanBackwards(Refusal):
    """The operating time is below the last one on record."""

    accepted = "A reading not below the last, or first an error declaration for the wrong one."


class RepairAlreadyOpen(Refusal):
    """The item is under repair already."""

    accepted = "First complete the open repair."


class RepairNotStarted(Refusal):
    """No repair of the item is open."""

    accepted = "First start a repair."


class UnitSitsElsewhere(Refusal):
    """The unit is installed already; one serial sits in one parent only."""

    accepted = "First remove the unit from where it sits."


class SlotOccupied(Refusal):
    """Another unit fills this position."""

    accepted = "First remove the unit that fills the position."


class UnitNotInstalledHere(Refusal):
    """The unit is not installed at this position of this item."""

    accepted = "The unit and position as they are on record."


class CyclicAssembly(Refusal):
    """An item cannot be part of itself."""

    accepted = "A unit that does not contain the item into which it goes."


class NotDecommissioned(Refusal):
    """Only a decommissioned item is disposed of."""

    accepted = "First decommission the item."


class WasteDocumentMissing(Refusal):
    """Disposal needs its waste document."""

    accepted = "The number of the waste document."


class AlreadyDisposed(Refusal):
    """The life of the item ended with its disposal."""

    accepted = "Only documents and error declarations."
