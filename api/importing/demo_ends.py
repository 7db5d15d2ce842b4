"""How far young machines of the demonstration have come by its end, and how others stand there."""

from collections.abc import Callable
from datetime import datetime

from api.importing.demo_designs import UnitDesign
from api.importing.demo_fates import Fate
from api.importing.demo_machine import Machine
from api.importing.demo_telling import DAY, END, HOUR
from domain.equipment.custody_commands import ShipEquipment


def released(machine: Machine, _made: datetime) -> None:
    """It left the line and is not certified yet."""
    machine.be_made(END - DAY, as_built=machine.design.as_built, certified=False)


def certified(machine: Machine, _made: datetime) -> None:
    """It may leave its maker."""
    machine.be_made(END - 4 * DAY, as_built=machine.design.as_built)


def in_stock(machine: Machine, _made: datetime) -> None:
    """It awaits a buyer."""
    machine.be_made(END - 60 * DAY, as_built=machine.design.as_built)
    machine.be_stocked(END - 55 * DAY, machine.design.maker.sites[0])


def on_its_way(machine: Machine, _made: datetime) -> None:
    """It left for its site."""
    machine.be_made(END - 20 * DAY, as_built=machine.design.as_built)
    machine.say(ShipEquipment(equipment_id=machine.id, place=machine.site), END - 3 * DAY)


def delivered(machine: Machine, _made: datetime) -> None:
    """It stands at its site, and is not set up yet."""
    machine.come_to_its_site(END - 16 * DAY)


def installed(machine: Machine, _made: datetime) -> None:
    """It is set up, and its act is not signed yet."""
    machine.come_to_its_site(END - 30 * DAY)
    machine.be_installed(END - 5 * DAY)


YOUNG: dict[str, Fate] = {
    "PX40-0017": installed,
    "PX40-0018": on_its_way,
    "CX9-0014": delivered,
    "CX9-0015": in_stock,
    "PS12-0016": certified,
    "PS12-0017": on_its_way,
    "LX8-0011": installed,
    "LX8-0012": released,
}


def impaired(machine: Machine) -> None:
    """It works with an open fault."""
    _fails(machine, END - 2 * DAY, critical=False)


def down(machine: Machine) -> None:
    """It stands still, and nobody is there yet."""
    _fails(machine, END - 7 * HOUR)


def under_repair(machine: Machine) -> None:
    """It is being repaired."""
    _fails(machine, END - 2 * DAY)
    machine.start_repair(END - 2 * DAY + 3 * HOUR)


def maintained(machine: Machine) -> None:
    """It is being maintained."""
    machine.start_repair(END - 4 * HOUR, "preventive")


def standing_by(machine: Machine) -> None:
    """It has nothing to do, and may be needed at any time."""
    machine.go_on(END - 20 * HOUR, "standby", "no-orders")


def idle(machine: Machine) -> None:
    """It has nothing to do."""
    machine.go_on(END - 5 * HOUR, "idle", "change-of-shift")


def without_power(machine: Machine) -> None:
    """It could work, if it were supplied."""
    machine.go_on(END - 9 * HOUR, "externally_disabled", "power-supply-missing")


def degraded(machine: Machine) -> None:
    """It works with less than it should."""
    machine.go_on(END - 30 * HOUR, "degraded", "reduced-speed")


STANDING: dict[str, Callable[[Machine], None]] = {
    "PX40-0005": impaired,
    "PX40-0011": standing_by,
    "PX40-0016": under_repair,
    "CX9-0005": idle,
    "CX9-0010": down,
    "CX9-0013": maintained,
    "PS12-0006": impaired,
    "PS12-0013": without_power,
    "PS12-0015": under_repair,
    "LX8-0006": under_repair,
    "LX8-0009": degraded,
}


def _fails(machine: Machine, at: datetime, *, critical: bool = True) -> None:
    unit = machine.units[machine.design.weakest]
    assert isinstance(unit.design, UnitDesign)
    machine.fail(at, unit.design.failings[0], unit=unit, impact="critical" if critical else "degraded")
