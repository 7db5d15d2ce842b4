"""How one item of the demonstration comes to be, is fitted with units, changes hands and ends."""

from datetime import datetime
from decimal import Decimal
from random import Random
from uuid import UUID

from api.importing.demo_designs import (
    NEW_MOTOR,
    OLD_MOTOR,
    RECYCLER,
    SERVICE,
    UNITS,
    Design,
    Party,
    UnitDesign,
    demo_id,
)
from api.importing.demo_telling import DAY, END, SOURCE, Tale, moment
from domain.equipment import custody_commands as custody
from domain.equipment import ending_commands as ending
from domain.equipment import papers_commands as papers
from domain.equipment.beginning_commands import ReleaseEquipment
from domain.equipment.structure_commands import ExchangeUnit, InstallUnit, RemoveUnit
from domain.equipment.terms import Destination, MaintenanceType
from domain.kernel.commands import Command
from domain.kernel.errors import DeclareError
from domain.kernel.ids import source_key
from domain.kernel.streams import StreamRef

LAST_EM4 = moment("2024-09-01T08:00")
"""From then on its successor is built in its place."""
BODY = "NB-0123"
"""Who certifies."""
_REPAIRED, _GIVEN_UP = 0.4, 0.8
"""Of the units that came out so many are repaired; up to here they are given up."""


class Item:
    """One item: tells its own life, in the order in which it happened."""

    def __init__(self, design: Design | UnitDesign, serial: str, tale: Tale) -> None:
        """Take what it is, and where it is told; nothing happened to it yet."""
        self.design = design
        self.serial = serial
        self.tale = tale
        self.id: UUID = demo_id(f"equipment/{serial}")
        self.random = Random(f"2026/{serial}")  # noqa: S311  a fleet to look at, no secret
        self.units: dict[str, Item] = {}
        self.made_units = 0
        self._repaired: dict[str, tuple[datetime, Item]] = {}
        """Units that were repaired for a slot, and since when they are in stock."""
        self._told = 0

    def say(self, command: Command, at: datetime, reason: str | None = None) -> UUID:
        """Tell that something happened; return the id that its first fact will have."""
        self._told += 1
        return self.tale.say(command, at, f"{self.serial}/{self._told}", reason)

    def correct(self, wrong_fact: UUID, at: datetime, explanation: str, *, by_next: bool = True) -> UUID:
        """Have a fact of its stream declared wrong; what is said next is the correction, if there is one."""
        correction = source_key(SOURCE, f"{self.serial}/{self._told + 2}")
        declare = DeclareError(
            stream=str(StreamRef("equipment", self.id)),
            wrong_fact=wrong_fact,
            explanation=explanation,
            corrected_by=(correction,) if by_next else (),
        )
        return self.say(declare, at)

    def be_made(self, at: datetime, *, as_built: tuple[tuple[str, str], ...] = (), certified: bool = True) -> None:
        """Be released with new units in its slots, and certified two days later."""
        units = tuple((slot, self.new_unit(slot, at, 30).id) for slot, _ in self.design.slots)
        release = ReleaseEquipment(
            equipment_id=self.id,
            model_id=self.design.id,
            manufacturer_id=self.design.maker.id,
            serial=self.serial,
            plant=f"{self.design.maker.key}-plant",
            as_built=as_built,
            units=units,
        )
        self.say(release, at)
        if certified:
            self.be_certified(at + 2 * DAY)

    def be_certified(self, at: datetime, years: int | None = None) -> None:
        """Be found to conform."""
        until = None if years is None else (at + 365 * years * DAY).date()
        number = f"EC-{self.serial}-{at:%y%m}"
        self.say(
            papers.CertifyEquipment(equipment_id=self.id, certificate=number, authority=BODY, valid_until=until), at
        )

    def be_stocked(self, at: datetime, place: str) -> None:
        """Be taken into a stock."""
        self.say(custody.StockEquipment(equipment_id=self.id, place=place), at)

    def be_brought(self, at: datetime, to: Party, place: str) -> None:
        """Be sent to somebody, and arrive five days later."""
        self.say(custody.ShipEquipment(equipment_id=self.id, place=place), at)
        self.say(custody.DeliverEquipment(equipment_id=self.id, recipient_id=to.id, place=place), at + 5 * DAY)

    def be_sold(self, at: datetime, to: Party) -> None:
        """Belong to somebody else."""
        self.say(custody.TransferOwnership(equipment_id=self.id, owner_id=to.id), at)

    def new_unit(self, slot: str, at: datetime, days: int) -> "Item":
        """Return the unit that fills a slot from now on: a repaired one that is in stock, or one made days before."""
        ready, unit = self._repaired.get(slot, (END, self))
        if ready < at:
            del self._repaired[slot]
        else:
            design, made = UNITS[dict(self.design.slots)[slot]], at - days * DAY
            design = NEW_MOTOR if design is OLD_MOTOR and made >= LAST_EM4 else design
            self.made_units += 1
            unit = Item(design, f"{design.code}-{self.serial.replace('-', '')}-{self.made_units:02}", self.tale)
            unit.be_made(made)
            unit.be_stocked(made + 10 * DAY, design.maker.sites[0])
        self.units[slot] = unit
        return unit

    def fit(self, slot: str, at: datetime) -> tuple[UUID, UUID]:
        """Get a unit into an empty slot; return the ids of what this item says of that, and the unit."""
        unit = self.new_unit(slot, at, 30)
        said = self.say(InstallUnit(equipment_id=self.id, unit_id=unit.id, slot=slot), at)
        return said, source_key(SOURCE, f"{self.serial}/{self._told}", 1)

    def take_out(self, slot: str, at: datetime, reason: str) -> "Item":
        """Have a unit taken out for a stock, and leave its slot empty."""
        unit = self.units.pop(slot)
        self.say(RemoveUnit(equipment_id=self.id, unit_id=unit.id, slot=slot, to="in_stock", reason=reason), at)
        return unit

    def exchange(
        self, slot: str, at: datetime, kind: MaintenanceType = "corrective", to: Destination = "quarantined"
    ) -> "Item":
        """Get another unit for the one in a slot; return what came out."""
        out = self.units[slot]
        unit = self.new_unit(slot, at, self.random.randint(25, 150))
        reason = "failed" if kind == "corrective" else "end-of-interval"
        exchange = ExchangeUnit(
            equipment_id=self.id,
            slot=slot,
            unit_id=out.id,
            replacement_id=unit.id,
            to=to,
            maintenance_type=kind,
            reason=reason,
        )
        self.say(exchange, at)
        return out

    def live_on(self, unit: "Item", slot: str, at: datetime) -> None:
        """Let a unit that came out be repaired and kept for its slot, or scrapped; or nobody has decided yet."""
        chance = self.random.random()
        if at + 60 * DAY > END:
            return
        if chance < _REPAIRED and not unit.units:
            unit.be_certified(at + 24 * DAY)
            unit.be_stocked(at + 30 * DAY, SERVICE.sites[0])
            self._repaired[slot] = at + 30 * DAY, unit
        elif chance < _GIVEN_UP:
            unit.end(at + 40 * DAY, "not-repairable")

    def end(self, at: datetime, reason: str, *, disposed: bool = True) -> None:
        """Be given up, with what sits in it taken out before it is disposed of."""
        self.say(ending.DecommissionEquipment(equipment_id=self.id, reason=reason), at)
        if not disposed:
            return
        for slot in list(self.units):
            self.take_out(slot, at + 7 * DAY, "salvaged")
        waste = self.design.waste
        dispose = ending.DisposeOfEquipment(
            equipment_id=self.id,
            method=waste.method,
            waste_document=f"WTN-{RECYCLER.country}-{self.random.randrange(10**6):06}",
            mass=Decimal(waste.mass),
            waste_code=waste.code,
            materials=tuple((material, Decimal(mass)) for material, mass in waste.materials),
        )
        self.say(dispose, at + 14 * DAY)
