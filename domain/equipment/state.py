"""What the rules must know of an item."""

from bisect import bisect_left
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from domain.equipment.terms import Stage

OPERATING_TIME = "operating-time"
"""The counter of operating hours, which facts of other axes read too."""
HOURS = "h"

PARTIES = ("manufacturer_id", "holder_id", "operator_id", "owner_id")
"""What says which organisations take part in an item: who made it, who holds, runs and owns it."""


@dataclass(frozen=True, kw_only=True)
class Meter:
    """One counter of an item. Values are in its unit."""

    name: str
    unit: str
    shown: Decimal
    """What it showed at the last reading."""
    read_at: datetime
    total: Decimal
    """What the item has done by then, counters before this one and passes through zero included."""
    before: Decimal = Decimal(0)
    """What had been done when this counter was at 0: replaced counters, passes through zero."""
    modulus: Decimal | None = None
    """Where it begins again at 0; None: never."""
    fitted_at: datetime | None = None
    """When this counter replaced another, or was fitted."""
    passes: int = 0
    """How often it passed through 0 between its last two readings."""


@dataclass(frozen=True, kw_only=True)
class Period:
    """A period of which only totals are known. Values are in the unit of its counter."""

    meter: str
    unit: str
    begin: datetime
    end: datetime
    up: Decimal
    """What was done in it."""
    total: Decimal | None = None
    """What could have been done in it."""


@dataclass(frozen=True, kw_only=True)
class Condition:
    """The last measurement of one parameter at one position."""

    parameter: str
    slot: str | None
    """At which position it was measured; None: no position was told."""
    value: Decimal
    unit: str
    measured_at: datetime


@dataclass(frozen=True, kw_only=True)
class Passport:
    """The passport of an item: which revision is in force."""

    number: str
    revision: int
    issued_at: datetime
    outdated: bool = False
    """Whether something that it states has changed since."""
    reason: str | None = None
    """Why it was revised last; None: it was not."""


@dataclass(frozen=True, kw_only=True)
class Loan:
    """To whom the item is lent."""

    borrower_id: UUID
    until: date | None = None
    """Last day of the loan, in UTC; None: without end."""


@dataclass(frozen=True, kw_only=True)
class AsFound:
    """How an item was found whose earlier life is not on record."""

    stage: str
    operator_id: UUID | None
    place: str | None
    configuration: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Equipment:
    """The state of one item: stage of life, papers, place in a structure, faults. Before its release all is empty."""

    stage: Stage | None = None
    stage_before: Stage | None = None
    """Where the item returns to after the repair, the upgrade or the time laid up."""
    model_id: UUID | None = None
    manufacturer_id: UUID | None = None
    serial: str | None = None
    giai: str | None = None
    plant: str | None = None
    as_built: tuple[tuple[str, str], ...] = ()
    bill_revision: str | None = None
    """Revision of the model's bill to which it was built."""
    released_at: datetime | None = None
    taken_over: bool = False
    """Its life before `released_at` is not on record."""
    as_found: AsFound | None = None
    """What was told when it was taken over; it stays as it was then."""
    # Papers
    certificate: str | None = None
    certificate_until: datetime | None = None
    """First moment at which the certificate is no longer valid; None while it has no end or there is none."""
    certificate_ended: bool = False
    """It is on record that the certificate came to its end."""
    certification_refused: tuple[str, str] | None = None
    """By whom and why the certification was refused last; None since the item is certified."""
    passport: Passport | None = None
    # Custody
    holder_id: UUID | None = None
    """The organisation to which the item was delivered."""
    owner_id: UUID | None = None
    """The organisation that owns it, once a transfer is on record."""
    place: str | None = None
    """None: nobody said, or it is where the item is in which it sits."""
    loan: Loan | None = None
    # Structure
    parent_id: UUID | None = None
    slot: str | None = None
    former_parent_id: UUID | None = None
    """The item from which it was last removed as a unit."""
    taken_out_of: UUID | None = None
    """That item, while nobody was told to have the unit since: who took part in that item then has it."""
    taken_out_at: datetime | None = None
    """When it was taken out of that item; what becomes of the item later is nothing to the unit."""
    units: tuple[tuple[str, UUID], ...] = ()
    """Installed units as pairs of position and id, in order of position."""
    # Operation
    operator_id: UUID | None = None
    act: str | None = None
    commissioned_at: datetime | None = None
    returned_at: datetime | None = None
    """When it last returned to service after it was laid up."""
    left_service_at: datetime | None = None
    """When it last stopped being in service; None: it never was, or it is."""
    operational_state: str | None = None
    """Of an item in service without a fault, as last told; each change of the stage ends it, and begins operating."""
    faults: frozenset[str] = frozenset()
    """Failure modes open since their failure; an incipient one is no loss of function and opens no fault."""
    failed_units: frozenset[tuple[str, UUID]] = frozenset()
    """Which units the open faults were reported of: pairs of failure mode and unit."""
    failures: frozenset[str] = frozenset()
    """Failure modes ever reported: open, repaired, or no more than a first sign."""
    diagnoses: tuple[tuple[str, str, str, str | None, UUID | None], ...] = ()
    """Why it failed, of the last failure of each mode: mode, mechanism, cause, position and unit."""
    repair: str | None = None
    """Maintenance type of the open repair."""
    uneconomic: bool = False
    """It was declared beyond economic repair."""
    conditions: tuple[Condition, ...] = ()
    """The last measurement of each parameter at each position, in order of both; where none was told comes first."""
    # Meters
    meters: tuple[Meter, ...] = ()
    """In order of name."""
    periods: tuple[Period, ...] = ()
    """Periods of which only totals are known, in order of meter and time; kept apart from what was read."""
    periods_overlap: bool = False
    """Whether periods came on record that share a time or end before they begin: their ends are in no order then."""
    # Configuration
    configuration: tuple[tuple[str, str], ...] = ()
    """The item as it is: pairs of feature and value, in order of feature; begins as built."""
    document_revision: str | None = None
    options: tuple[tuple[str, str], ...] = ()
    """Features ordered and not yet built in, with the ordered value."""
    upgrade: str | None = None
    """What the open upgrade is for."""
    upgrade_bulletin_id: UUID | None = None
    """The bulletin by which the open upgrade is made."""
    recertify: bool = False
    """The certified configuration has changed: back to service only after a new certificate."""
    bulletins: tuple[tuple[UUID, str], ...] = ()
    """What became of bulletins: pairs of its id and applied or not_applicable, in order of id."""
    # End of life
    second_category: bool = False
    """Refurbished after its decommissioning."""
    end_reason: str | None = None
    waste_document: str | None = None

    @property
    def parties(self) -> frozenset[UUID]:
        """The organisations that take part in the item: they see it, and act on it as their role allows."""
        return frozenset(party for name in PARTIES if (party := getattr(self, name)) is not None)

    def unit_in(self, slot: str) -> UUID | None:
        """Return the unit that fills a position, or None."""
        return next((unit for name, unit in self.units if name == slot), None)

    @property
    def operating_time(self) -> Decimal | None:
        """Operating time at the last reading, in hours; None if it was never read."""
        counter = self.meter(OPERATING_TIME)
        return None if counter is None else counter.total

    def meter(self, name: str) -> Meter | None:
        """Return the counter of this name, or None."""
        for meter in self.meters:  # a loop: it is asked several times for every reading
            if meter.name == name:
                return meter
        return None

    def unit_of(self, name: str) -> str | None:
        """Return the unit in which the counter of this name counts: hours for operating time, else None until known."""
        meter = self.meter(name)
        if meter is not None:
            return meter.unit
        place = bisect_left(self.periods, name, key=lambda each: each.meter)
        counts = HOURS if name == OPERATING_TIME else None
        return next((each.unit for each in self.periods[place : place + 1] if each.meter == name), counts)
