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


class ModelNotRegistered(Refusal):
    """Nothing is on record for this model at that time: its life begins with its registration."""

    accepted = "First register the model, or a time not before its registration."


class ModelAlreadyDiscontinued(Refusal):
    """The model was discontinued before."""

    accepted = "First an error declaration for what was said of it wrongly."


class ModelNoLongerMade(Refusal):
    """No item of a discontinued model is released."""

    accepted = "Another model, or a time before the model was discontinued."


class NotPossibleAtThisStage(Refusal):
    """The order of life does not allow this at the item's present stage."""

    accepted = "One of the facts named in `possible`."


class NotCertified(Refusal):
    """What is not certified is neither stocked nor shipped."""

    accepted = "First certify the item."


class NotRegraded(Refusal):
    """What was refurbished is used again only after it is certified as second category."""

    accepted = "First certify the item."


class Quarantined(Refusal):
    """The item is set aside: nobody may have it."""

    accepted = "First certify the item and take it into a stock."


class AlreadyIssued(Refusal):
    """The item is in other hands already."""

    accepted = "First take the item into a stock."


class ShippingWhileInService(Refusal):
    """An item in service is not shipped."""

    accepted = "First remove or decommission the item."


class NotInstalled(Refusal):
    """Only an installed item is commissioned."""

    accepted = "First install the item."


class CertificateNotValid(Refusal):
    """The item has no certificate that is valid on the day on which it begins to work."""

    accepted = "First certify the item for a period that contains the day."


class CertificateStillValid(Refusal):
    """The certificate has not come to its end."""

    accepted = "A time not before its end; to end it sooner, refuse the certification."


class CertificateSuperseded(Refusal):
    """The item has another certificate by now."""

    accepted = "The number of the certificate that the item has."


class PassportAlreadyIssued(Refusal):
    """The item has a passport."""

    accepted = "A revision of that passport."


class PassportNotIssued(Refusal):
    """The item has no passport that could be revised."""

    accepted = "First issue the passport."


class PassportUpToDate(Refusal):
    """Nothing that the passport states has changed since it was issued."""

    accepted = "A revision after a change that the passport states."


class NotInService(Refusal):
    """Failures and operating time belong to items in service."""

    accepted = "First bring the item into service: `stage` says where it is; a unit is in service while its parent is."


class MeterRanBackwards(Refusal):
    """The reading is below the last one on record."""

    accepted = (
        "A reading not below the last; or that the counter was corrected, replaced, or passed through 0; or first an "
        "error declaration for the reading that is wrong."
    )


class MeterUnitDiffers(Refusal):
    """The counter is read in another unit."""

    accepted = "A value in the unit of the counter."


class MeterAlreadyFitted(Refusal):
    """The counter was fitted or replaced at this moment, or before: it then showed what was said of it."""

    accepted = "What it showed then, or another moment; for another counter that it was replaced."


class MeterNotFitted(Refusal):
    """The item has no counter of this name."""

    accepted = "First fit the counter, or record a reading of it."


class BeyondTheMeter(Refusal):
    """The counter begins again at 0 before it shows this."""

    accepted = "A value below the one at which the counter begins again."


class MeterDoesNotRollOver(Refusal):
    """The counter is not known to begin again at 0, and so cannot have passed through it."""

    accepted = "A reading without `passes`; or first that the counter was fitted or replaced, with its modulus."


class PeriodOverlaps(Refusal):
    """Totals of a period that overlaps this one are on record."""

    accepted = "A period beside those on record, or first an error declaration for the wrong one."


class FailureNotOnRecord(Refusal):
    """No failure of this mode was ever reported of the item."""

    accepted = "A failure mode that is on record, or first report the failure."


class RepairAlreadyOpen(Refusal):
    """The item is under repair already."""

    accepted = "First complete the open repair."


class RepairNotStarted(Refusal):
    """No repair of the item is open."""

    accepted = "First start a repair."


class UpgradeAlreadyOpen(Refusal):
    """The item is under modernisation already."""

    accepted = "First complete the open upgrade, or certify the item after it."


class UpgradeNotStarted(Refusal):
    """No upgrade of the item is open."""

    accepted = "First start an upgrade."


class DocumentRevisionMissing(Refusal):
    """The configuration of an item and its documents change together."""

    accepted = "The revision of the documents that describe the item as it is now, another than the one before."


class BulletinAlreadyIssued(Refusal):
    """Another bulletin is on record under this id."""

    accepted = "A new id for another bulletin."


class BulletinNotIssued(Refusal):
    """Nothing is on record for this bulletin at that time: it begins with its issue."""

    accepted = "First issue the bulletin, or a time not before its issue."


class BulletinNotInForce(Refusal):
    """The bulletin was withdrawn."""

    accepted = "A bulletin that is in force, or a time before this one was withdrawn."


class BulletinConcernsOthers(Refusal):
    """The bulletin is for items of other models, or with other serial numbers."""

    accepted = "An item of a model and with a serial number that the bulletin names."


class BulletinAlreadyApplied(Refusal):
    """The bulletin was applied to the item already."""

    accepted = "Another bulletin, or first an error declaration for the application that is wrong."


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


class DoesNotGoThere(Refusal):
    """From its present stage the item is not removed to there."""

    accepted = "One of the destinations named in `possible`."


class NotDecommissioned(Refusal):
    """Only a decommissioned item is disposed of."""

    accepted = "First decommission the item."


class WasteDocumentMissing(Refusal):
    """Disposal needs its waste document."""

    accepted = "The number of the waste document."


class UnitsInside(Refusal):
    """An item is disposed of without the units that have lives of their own."""

    accepted = "First remove the units named in `units`."


class AlreadyDisposed(Refusal):
    """The life of the item ended with its disposal."""

    accepted = "Only documents and error declarations."
