"""The parties and designs of the demonstration, and what its makers say of their models: all made up."""

from typing import NamedTuple
from uuid import UUID, uuid5

from domain.equipment.terms import DisposalMethod

_IDS = UUID("a4f0d1c2-6b7e-5e0a-8a53-0d5f2c1e9b77")


def demo_id(what: str) -> UUID:
    """Return the id of something in the demonstration: the same in every run."""
    return uuid5(_IDS, what)


class Party(NamedTuple):
    """An organisation: what it is called here, its name, its country, and the sites at which it has items."""

    key: str
    name: str
    country: str
    sites: tuple[str, ...]

    @property
    def id(self) -> UUID:
        """Its id."""
        return demo_id(f"organisation/{self.key}")


class Failing(NamedTuple):
    """A way in which a unit fails: its mode, and the mechanism and cause that are found (ISO 14224)."""

    mode: str
    mechanism: str
    cause: str


class Waste(NamedTuple):
    """What becomes of an item at its end: how it is disposed of, its waste code, its mass and parts of that, in kg."""

    method: DisposalMethod
    code: str
    mass: int
    materials: tuple[tuple[str, int], ...] = ()


class UnitDesign(NamedTuple):
    """A model of units: how they fail, what sits in them and how they end."""

    designation: str
    code: str
    """With this its serial numbers begin."""
    maker: Party
    equipment_class: str
    failings: tuple[Failing, ...]
    waste: Waste
    slots: tuple[tuple[str, str], ...] = ()

    @property
    def id(self) -> UUID:
        """Its id."""
        return demo_id(f"model/{self.designation}")


class Pace(NamedTuple):
    """How a machine lives: on average, or between a least and a most."""

    days_between_failures: int
    repair_hours: tuple[int, int]
    a_day: tuple[int, int]
    """What its counter does on a day."""
    service_days: int
    """After so many days it is maintained, whatever it shows."""
    certified_years: int | None
    """So long a certificate is valid; None: without end."""


class Measured(NamedTuple):
    """What is measured of the condition of a machine: what, in which unit, from where to where, at which position."""

    parameter: str
    unit: str
    least: int
    most: int
    slot: str | None


class Design(NamedTuple):
    """A model of machines: what sits in its slots, how it is built, how it lives and ends."""

    designation: str
    code: str
    maker: Party
    equipment_class: str
    slots: tuple[tuple[str, str], ...]
    as_built: tuple[tuple[str, str], ...]
    pace: Pace
    measured: Measured
    waste: Waste
    weakest: str
    """The slot of which most failures are."""
    meter: str = "operating-time"
    symbol: str = "h"
    months: int = 1
    """Its counter is read once in so many."""

    @property
    def id(self) -> UUID:
        """Its id."""
        return demo_id(f"model/{self.designation}")


NORTHERN = Party("maker-1", "Northern Works", "NO", ("northern-store",))
SOUTHERN = Party("maker-2", "Talleres del Sur", "ES", ("sur-almacen",))
MAKERS = (NORTHERN, SOUTHERN)
HARBOUR = Party("operator-1", "Harbour Freight", "NL", ("harbour-terminal", "harbour-workshop"))
VALLEY = Party("operator-2", "Valley Foods", "FR", ("valley-dairy", "valley-cold-store"))
MINES = Party("operator-3", "Ορυχεία Αιγαίου", "GR", ("aegean-plant", "aegean-workshop"))
WATER = Party("operator-4", "City Waterworks", "IE", ("city-pumping-station", "city-hall"))
OPERATORS = (HARBOUR, VALLEY, MINES, WATER)
SERVICE = Party("service-1", "Service Centre West", "DE", ("west-pool", "west-workshop"))
RECYCLER = Party("recycler-1", "Recycling Yard East", "PL", ("east-yard",))
PARTIES = (*MAKERS, *OPERATORS, SERVICE, RECYCLER)

_WORN, _USED = "wear-and-tear", "operation"
_OVERHEATS = Failing("overheating", "insulation-breakdown", _USED)
_NO_START = Failing("fail-to-start", "short-circuit", _WORN)
_LEAKS = Failing("external-leakage", "wear", _WORN)
_WEAK = Failing("low-output", "cavitation", _USED)
_ERODED = Failing("low-output", "erosion", _USED)
_SHAKES = Failing("vibration", "bearing-damage", _WORN)
_STOPS = Failing("spurious-stop", "control-failure", "design")
_JAMS = (Failing("fail-to-close", "misalignment", _USED), Failing("fail-to-close", "blockage", _USED))
_TOO_HOT = Failing("overheating", "insulation-breakdown", "design")

_MOTOR = Waste("recycled", "16 02 14", 300, (("copper", 68), ("steel", 190)))
_DRIVE = Waste("recycled", "16 02 14", 420, (("copper", 60), ("steel", 300)))
_STEEL = Waste("scrapped", "17 04 05", 120, (("steel", 112),))
_OILY = Waste("incinerated", "15 02 02", 2)
_MIXED = Waste("landfilled", "17 09 04", 31)

UNITS = {
    each.designation: each
    for each in (
        UnitDesign("Motor EM-4", "EM4", NORTHERN, "EM", (_TOO_HOT, _NO_START), _MOTOR),
        UnitDesign("Motor EM-5", "EM5", NORTHERN, "EM", (_OVERHEATS, _NO_START), _MOTOR),
        UnitDesign("Hydraulic pump HP-1", "HP1", NORTHERN, "PU", (_LEAKS, _WEAK), _STEEL),
        UnitDesign("Airend AE-3", "AE3", SOUTHERN, "CO", (_ERODED, _SHAKES), _STEEL),
        UnitDesign("Wet end WE-2", "WE2", NORTHERN, "PU", (_WEAK, _SHAKES), _STEEL, (("seal", "Shaft seal SC-1"),)),
        UnitDesign("Shaft seal SC-1", "SC1", NORTHERN, "VA", (_LEAKS,), _OILY),
        UnitDesign("Traction machine TM-6", "TM6", SOUTHERN, "EM", (_OVERHEATS, _SHAKES), _DRIVE),
        UnitDesign("Lift control LC-2", "LC2", SOUTHERN, "CL", (_STOPS,), _MIXED),
        UnitDesign("Door drive DD-1", "DD1", SOUTHERN, "EM", _JAMS, _MIXED),
    )
}
OLD_MOTOR, NEW_MOTOR = UNITS["Motor EM-4"], UNITS["Motor EM-5"]

PRESS = Design(
    "Press PX-40",
    "PX40",
    NORTHERN,
    "PR",
    slots=(("motor", "Motor EM-4"), ("pump", "Hydraulic pump HP-1")),
    as_built=(("control-unit", "CU-5"), ("hydraulic-oil", "HLP-46")),
    pace=Pace(170, (6, 48), (10, 18), service_days=365, certified_years=5),
    measured=Measured("oil-particles", "1/mL", 300, 2500, None),
    waste=Waste("recycled", "16 02 14", 8200, (("copper", 310), ("steel", 7400))),
    weakest="pump",
)
COMPRESSOR = Design(
    "Compressor CX-9",
    "CX9",
    SOUTHERN,
    "CO",
    slots=(("airend", "Airend AE-3"), ("motor", "Motor EM-5")),
    as_built=(("control-unit", "AC-2"), ("dryer", "none")),
    pace=Pace(230, (5, 36), (14, 22), service_days=300, certified_years=4),
    measured=Measured("vibration-velocity", "mm/s", 1, 5, "airend"),
    waste=Waste("scrapped", "17 04 05", 1850, (("steel", 1600),)),
    weakest="airend",
)
PUMP_SET = Design(
    "Pump set PS-12",
    "PS12",
    NORTHERN,
    "PU",
    slots=(("motor", "Motor EM-4"), ("wet-end", "Wet end WE-2")),
    as_built=(("coupling", "flexible"),),
    pace=Pace(260, (4, 30), (12, 23), service_days=365, certified_years=None),
    measured=Measured("vibration-velocity", "mm/s", 1, 6, "wet-end"),
    waste=Waste("scrapped", "17 04 05", 780, (("steel", 700),)),
    weakest="wet-end",
    months=3,
)
LIFT = Design(
    "Lift LX-8",
    "LX8",
    SOUTHERN,
    "LI",
    slots=(("control", "Lift control LC-2"), ("doors", "Door drive DD-1"), ("machine", "Traction machine TM-6")),
    as_built=(("brake-lining", "BL-1"), ("car-load", "630 kg")),
    pace=Pace(110, (1, 9), (300, 700), service_days=182, certified_years=2),
    measured=Measured("brake-torque", "N.m", 240, 310, "machine"),
    waste=Waste("recycled", "16 02 14", 3900, (("steel", 3400),)),
    weakest="doors",
    meter="trips",
    symbol="1",
    months=3,
)
MACHINES = (PRESS, COMPRESSOR, PUMP_SET, LIFT)
