"""How one item of the demonstration comes to be, works, fails, is repaired and ends."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from api.importing.demo_designs import UNITS, Design, Party, demo_id
from api.importing.entries import Entry
from domain.equipment.beginning_commands import ReleaseEquipment
from domain.equipment.custody_commands import DeliverEquipment, ShipEquipment, StockEquipment
from domain.equipment.ending_commands import DecommissionEquipment, DisposeOfEquipment
from domain.equipment.life_commands import CommissionEquipment, InstallEquipment
from domain.equipment.operation_commands import CompleteRepair, ReportFailure, StartRepair
from domain.equipment.papers_commands import CertifyEquipment
from domain.equipment.structure_commands import InstallUnit, RemoveUnit
from domain.equipment.terms import Detection, Impact, MaintenanceType
from domain.kernel.commands import Command
from domain.kernel.envelope import Provenance
from domain.kernel.errors import DeclareError
from domain.kernel.ids import source_key
from domain.kernel.streams import StreamRef

SOURCE = "urn:aftercare:demo"
_DAY = timedelta(days=1)


def said(command: Command, at: datetime, key: str, reason: str | None = None) -> Entry:
    """Return an entry of the demonstration."""
    return Entry(command, at, Provenance(source=SOURCE, id=key), reason=reason)


class Item:
    """One item: writes its own entries, in the order in which they are to be recorded."""

    def __init__(self, design: Design, serial: str) -> None:
        """Take what it is; nothing happened to it yet."""
        self.design = design
        self.serial = serial
        self.id: UUID = demo_id(f"equipment/{serial}")
        self.entries: list[Entry] = []

    def say(self, command: Command, at: datetime, reason: str | None = None) -> UUID:
        """Add an entry; return the id that its first fact will have."""
        entry = said(command, at, f"{self.serial}/{len(self.entries) + 1}", reason)
        self.entries.append(entry)
        return source_key(entry.source.source, entry.source.id)

    def be_made(self, at: datetime, valid_until: date | None = None) -> None:
        """Be released and certified."""
        release = ReleaseEquipment(
            equipment_id=self.id,
            model_id=self.design.id,
            manufacturer_id=self.design.maker.id,
            serial=self.serial,
            plant=f"{self.design.maker.key}-plant",
        )
        self.say(release, at)
        certify = CertifyEquipment(
            equipment_id=self.id, certificate=f"EC-{self.serial}", authority="NB-0123", valid_until=valid_until
        )
        self.say(certify, at + 2 * _DAY)

    def be_stocked(self, at: datetime, place: str) -> None:
        """Be taken into a stock."""
        self.say(StockEquipment(equipment_id=self.id, place=place), at)


class Machine(Item):
    """An item that works at a site, with units in its slots."""

    def __init__(self, design: Design, serial: str, operator: Party, hours_a_day: Decimal) -> None:
        """Take what it is, who will run it and how hard."""
        super().__init__(design, serial)
        self.operator = operator
        self.hours_a_day = hours_a_day
        self.commissioned_at: datetime | None = None
        self.units: dict[str, Item] = {}
        self.made_units = 0

    @property
    def site(self) -> str:
        """Where it works."""
        return f"{self.operator.key}-site"

    def be_shipped(self, at: datetime) -> None:
        """Leave for the site."""
        self.say(ShipEquipment(equipment_id=self.id, place=self.site), at)

    def be_delivered(self, at: datetime) -> None:
        """Arrive."""
        self.say(DeliverEquipment(equipment_id=self.id, recipient_id=self.operator.id, place=self.site), at)

    def be_commissioned(self, at: datetime) -> None:
        """Be installed with new units, and start to work."""
        self.say(InstallEquipment(equipment_id=self.id, place=self.site), at - 5 * _DAY)
        for slot, _ in self.design.slots:
            self.fit(slot, at - 4 * _DAY)
        act = f"ACT-{self.serial}"
        commission = CommissionEquipment(
            equipment_id=self.id, operator_id=self.operator.id, act=act, operating_time=Decimal(0)
        )
        self.say(commission, at)
        self.commissioned_at = at

    def hours(self, at: datetime) -> Decimal:
        """Return what its counter shows at a moment after its commissioning."""
        assert self.commissioned_at is not None
        days = Decimal((at - self.commissioned_at) // timedelta(hours=1)) / 24
        return (days * self.hours_a_day).quantize(Decimal("0.1"))

    def fit(self, slot: str, at: datetime) -> None:
        """Make a new unit and build it in."""
        self.made_units += 1
        unit = Item(UNITS[dict(self.design.slots)[slot]], f"{self.serial}-{slot}-{self.made_units:02}")
        unit.be_made(at - 20 * _DAY)
        unit.be_stocked(at - 10 * _DAY, f"{self.design.maker.key}-store")
        self.entries += unit.entries
        self.say(InstallUnit(equipment_id=self.id, unit_id=unit.id, slot=slot), at)
        self.units[slot] = unit

    def fail(
        self,
        at: datetime,
        mode: str,
        *,
        impact: Impact = "critical",
        slot: str | None = None,
        detection: Detection = "operator",
        reading: Decimal | None = None,
        reason: str | None = None,
    ) -> UUID:
        """Lose a function, or show the first sign of it; return the id of the fact."""
        report = ReportFailure(
            equipment_id=self.id,
            failure_mode=mode,
            impact=impact,
            detection=detection,
            operating_time=self.hours(at) if reading is None else reading,
            unit_id=self.units[slot].id if slot else None,
        )
        return self.say(report, at, reason)

    def correct(self, wrong_fact: UUID, at: datetime, explanation: str) -> None:
        """Have a fact declared wrong; whatever is said next is the correction."""
        correction = source_key(SOURCE, f"{self.serial}/{len(self.entries) + 2}")
        declare = DeclareError(
            stream=str(StreamRef("equipment", self.id)),
            wrong_fact=wrong_fact,
            explanation=explanation,
            corrected_by=(correction,),
        )
        self.say(declare, at)

    def start_repair(self, at: datetime, kind: MaintenanceType = "corrective") -> None:
        """Go down for work."""
        self.say(StartRepair(equipment_id=self.id, maintenance_type=kind), at)

    def exchange(self, slot: str, at: datetime, kind: MaintenanceType = "corrective") -> None:
        """Get a new unit for the one in a slot."""
        remove = RemoveUnit(
            equipment_id=self.id,
            unit_id=self.units[slot].id,
            slot=slot,
            maintenance_type=kind,
            reason="failed" if kind == "corrective" else "end-of-interval",
        )
        self.say(remove, at)
        self.fit(slot, at + timedelta(hours=2))

    def complete_repair(self, at: datetime) -> None:
        """Be up again."""
        self.say(CompleteRepair(equipment_id=self.id), at)

    def end(self, at: datetime, waste_document: str | None) -> None:
        """Be taken out of service for good, and disposed of if there is a document that says so."""
        self.say(DecommissionEquipment(equipment_id=self.id, reason="end-of-economic-life"), at)
        if waste_document is not None:
            for slot, unit in self.units.items():
                remove = RemoveUnit(equipment_id=self.id, unit_id=unit.id, slot=slot, to="in_stock", reason="salvaged")
                self.say(remove, at + 7 * _DAY)
            dispose = DisposeOfEquipment(
                equipment_id=self.id, method="recycled", waste_document=waste_document, mass=Decimal(1250)
            )
            self.say(dispose, at + 14 * _DAY)
