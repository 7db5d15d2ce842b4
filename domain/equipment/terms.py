"""The words of equipment, each said once: what they mean, how they look, what a command accepts."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from domain.kernel.marks import Bounds, Example, Length, Meaning, Refers, Unit, UnitBeside

EquipmentId = Annotated[
    UUID,
    Refers("equipment"),
    Meaning("Id of the item: random, given by the caller or by us."),
    Example("01890a5d-ac96-774b-bcce-b302099a8057"),
]
ModelId = Annotated[
    UUID,
    Refers("model"),
    Meaning("Id of the model the item was built to."),
    Example("01890a5d-ac96-774b-bcce-b302099a8001"),
]
ManufacturerId = Annotated[
    UUID,
    Refers("organisation"),
    Meaning("The organisation that made the item and answers for it."),
    Example("01890a5d-ac96-774b-bcce-b302099a80aa"),
]
OperatorId = Annotated[
    UUID,
    Refers("organisation"),
    Meaning("The organisation that runs the item."),
    Example("01890a5d-ac96-774b-bcce-b302099a80bb"),
]
UnitId = Annotated[
    UUID,
    Refers("equipment"),
    Meaning("Id of the serialised unit, an item of equipment with a life of its own."),
    Example("01890a5d-ac96-774b-bcce-b302099a8058"),
]
ReplacementId = Annotated[
    UUID,
    Refers("equipment"),
    Meaning("Id of the serialised unit that takes its place: an item of equipment with a life of its own."),
    Example("01890a5d-ac96-774b-bcce-b302099a8059"),
]
Serial = Annotated[
    str,
    Length(1, 100),
    Meaning("Serial number as the maker writes it; unique for the manufacturer, whatever its case and width."),
    Example("PX-2024-00017"),
]
Giai = Annotated[str, Length(1, 30), Meaning("GS1 Global Individual Asset Identifier."), Example("952005099-17")]
Options = Annotated[
    tuple[tuple[Annotated[str, Length(1, 100)], Annotated[str, Length(1, 200)]], ...],
    Length(0, 500),
    Meaning("As-built configuration: pairs of feature and value."),
]
Slot = Annotated[str, Length(1, 100), Meaning("Position in the parent that the unit fills."), Example("comp2")]
BillRevision = Annotated[str, Length(1, 50), Meaning("Revision of the bill of the model."), Example("D")]
UnitsBuiltIn = Annotated[
    tuple[tuple[Slot, UnitId], ...],
    Length(0, 500),
    Meaning("Serialised units with which the item left the line: pairs of position and id."),
]
Plant = Annotated[str, Length(1, 100), Meaning("Plant that released the item."), Example("plant-2")]
CertificateNumber = Annotated[str, Length(1, 100), Meaning("Number of the certificate."), Example("EC-2024-1193")]
Authority = Annotated[str, Length(1, 200), Meaning("Who certified: a code of the certifying body."), Example("NB-0123")]
Place = Annotated[str, Length(1, 200), Meaning("Code of a site, warehouse or consignee."), Example("site-north")]
Act = Annotated[str, Length(1, 100), Meaning("Number of the signed act."), Example("ACT-2024-311")]
FailureMode = Annotated[
    str,
    Length(1, 100),
    Meaning("Failure mode by ISO 14224 or the manufacturer's code, such as fail-to-start."),
    Example("fail-to-start"),
]
StageFound = Annotated[
    Literal[
        "released",
        "certified",
        "quarantined",
        "in_stock",
        "in_transit",
        "delivered",
        "installed",
        "in_service",
        "laid_up",
        "decommissioned",
    ],
    Meaning(
        "Stage of life at which the item was found; of one under repair, under "
        "modernisation or lost, the stage before: that is told by a fact of its own."
    ),
    Example("in_service"),
]
Reason = Annotated[str, Length(1, 100), Meaning("Reason, as a code of the trade."), Example("end-of-economic-life")]
WasteDocument = Annotated[
    str, Length(1, 100), Meaning("Number of the waste transfer or recycling document."), Example("WTN-88121")
]
Kilograms = Annotated[
    Decimal, Unit("kg"), Bounds(least=0, most=100_000_000), Meaning("Mass handed over."), Example("1250.0")
]

Impact = Annotated[
    Literal["critical", "degraded", "incipient"],
    Meaning(
        "Effect on the required function (ISO 14224): critical, lost at once; degraded, impaired; "
        "incipient, not affected yet."
    ),
    Example("critical"),
]
Detection = Annotated[
    Literal["operator", "inspection", "monitoring", "maintenance", "unknown"],
    Meaning("How it was noticed (ISO 14224 detection method, in groups)."),
    Example("monitoring"),
]
MaintenanceType = Annotated[
    Literal["corrective", "preventive"],
    Meaning("EN 13306: corrective after a failure, preventive before one."),
    Example("corrective"),
]
Destination = Annotated[
    Literal["delivered", "in_stock", "in_transit", "quarantined"],
    Meaning("Where the item goes: stays with its owner, to a stock, on its way, or aside because it is faulty."),
    Example("in_stock"),
]
OperationalState = Annotated[
    Literal["operating", "standby", "idle", "degraded", "externally_disabled"],
    Meaning(
        "State of operation (EN 13306) while no fault is open: operating, standby (ready, not needed), idle (not "
        "needed, out of use), degraded, or externally disabled (something outside the item is missing)."
    ),
    Example("standby"),
]
Mechanism = Annotated[
    str, Length(1, 100), Meaning("Failure mechanism by ISO 14224, such as corrosion or fatigue."), Example("fatigue")
]
Cause = Annotated[
    str, Length(1, 100), Meaning("Failure cause by ISO 14224, such as design or operation."), Example("operation")
]
Parameter = Annotated[str, Length(1, 100), Meaning("What was measured, as a code."), Example("vibration-velocity")]
Measured = Annotated[
    Decimal,
    UnitBeside("unit"),
    Bounds(least=-(10**15), most=10**15),
    Meaning("The value, in the unit beside it."),
    Example("2.8"),
]
Symbol = Annotated[
    str, Length(1, 20), Meaning("Unit of the value, as a UCUM symbol: h, km, 1 for cycles."), Example("h")
]
MeterName = Annotated[
    str,
    Length(1, 100),
    Meaning("Name of the counter on the item; operating-time is the one of operating hours."),
    Example("operating-time"),
]
Counted = Annotated[
    Decimal,
    UnitBeside("unit"),
    Bounds(least=0, most=10**12),
    Meaning("What the counter shows, in its unit, to the last digit that it shows."),
    Example("912.5"),
]
Modulus = Annotated[
    Decimal,
    UnitBeside("unit"),
    Bounds(least=Decimal("0.000001"), most=10**12),
    Meaning("Where the counter begins again at 0, in its unit; none: never."),
    Example("10000"),
]
Passes = Annotated[
    int,
    Bounds(least=0, most=1000),
    Meaning("How often the counter passed through 0 since its last reading."),
    Example(0),
]
PassesAfterAll = Annotated[
    int,
    Bounds(least=0, most=1000),
    Meaning(
        "How often the counter passed through 0 since the reading before the wrong one; none: as often as the wrong "
        "one said."
    ),
    Example(0),
]
LastShown = Annotated[Counted, Meaning("What the old counter showed at last; none: nobody read it.")]
FirstShown = Annotated[Counted, Meaning("What the counter showed when it was fitted."), Example("0")]
PeriodBegin = Annotated[datetime, Meaning("Begin of the period."), Example("2025-03-01T00:00:00+00:00")]
PeriodEnd = Annotated[
    datetime, Meaning("End of the period: the first moment after it."), Example("2025-04-01T00:00:00+00:00")
]
DoneInPeriod = Annotated[
    Counted, Meaning("What was done in the period: hours in use, cycles, distance."), Example("312.5")
]
PossibleInPeriod = Annotated[
    Counted,
    Meaning("What could have been done in the period, such as the hours that were wanted."),
    Example("400"),
]
OwnerId = Annotated[
    UUID,
    Refers("organisation"),
    Meaning("The organisation that owns the item."),
    Example("01890a5d-ac96-774b-bcce-b302099a80bb"),
]
BorrowerId = Annotated[
    UUID,
    Refers("organisation"),
    Meaning("The organisation that has the item on loan."),
    Example("01890a5d-ac96-774b-bcce-b302099a80bb"),
]
BulletinId = Annotated[
    UUID,
    Refers("bulletin"),
    Meaning("Id of the service bulletin or recall."),
    Example("01890a5d-ac96-774b-bcce-b302099a80b1"),
]
Features = Annotated[
    tuple[tuple[Annotated[str, Length(1, 100)], Annotated[str, Length(0, 200)]], ...],
    Length(0, 500),
    Meaning("Changed features: pairs of feature and new value; an empty value takes the feature away."),
]
DocumentRevision = Annotated[
    str, Length(1, 50), Meaning("Revision of the documents that describe the item as it is."), Example("C")
]
PassportNumber = Annotated[str, Length(1, 100), Meaning("Number of the passport."), Example("PP-2024-0117")]
Materials = Annotated[
    tuple[
        tuple[Annotated[str, Length(1, 100)], Annotated[Decimal, Unit("kg"), Bounds(least=0, most=100_000_000)]],
        ...,
    ],
    Length(0, 100),
    Meaning("Mass handed over by material: pairs of a code of the material and kilograms."),
]
WasteCode = Annotated[
    str, Length(1, 20), Meaning("Code of the waste, as of the European List of Waste."), Example("16 02 14")
]
DisposalMethod = Annotated[
    Literal["recycled", "landfilled", "incinerated", "scrapped"],
    Meaning("What was done with the item."),
    Example("recycled"),
]


class Stage(StrEnum):
    """Stages in the life of an item."""

    RELEASED = "released"
    CERTIFIED = "certified"
    QUARANTINED = "quarantined"
    IN_STOCK = "in_stock"
    IN_TRANSIT = "in_transit"
    DELIVERED = "delivered"
    INSTALLED = "installed"
    IN_SERVICE = "in_service"
    UNDER_REPAIR = "under_repair"
    UNDER_MODERNISATION = "under_modernisation"
    LAID_UP = "laid_up"
    LOST = "lost"
    DECOMMISSIONED = "decommissioned"
    DISPOSED = "disposed"
