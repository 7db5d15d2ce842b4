"""The bulletins of the demonstration, and how they reach the machines that they concern."""

from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from api.importing.demo_designs import COMPRESSOR, LIFT, OLD_MOTOR, PRESS, Design, UnitDesign, demo_id
from api.importing.demo_machine import Machine
from api.importing.demo_telling import DAY, HOUR
from domain.equipment import bulletin_commands as bulletins
from domain.equipment import configuration_commands as configuration
from domain.equipment.bulletin import serial_place
from domain.kernel.commands import Command


class Bulletin(NamedTuple):
    """What a maker asks of items of one design, and what of them is changed by it."""

    number: str
    kind: bulletins.BulletinKind
    title: str
    design: Design | UnitDesign
    issued: datetime
    mandatory_by: date | None = None
    serials: tuple[str | None, str | None] = (None, None)
    """The first and the last that it concerns."""
    features: tuple[tuple[str, str], ...] = ()
    """What changes in the configuration; nothing: there is no upgrade, it is only done."""
    certification_affected: bool = False
    withdrawn: datetime | None = None

    @property
    def id(self) -> UUID:
        """Its id."""
        return demo_id(f"bulletin/{self.number}")

    def told(self) -> list[tuple[datetime, Command]]:
        """Return what its maker says of it, and when."""
        issue = bulletins.IssueBulletin(
            bulletin_id=self.id,
            number=self.number,
            kind=self.kind,
            title=self.title,
            manufacturer_id=self.design.maker.id,
            models=(self.design.id,),
            mandatory_by=self.mandatory_by,
            serial_from=self.serials[0],
            serial_to=self.serials[1],
        )
        said: list[tuple[datetime, Command]] = [(self.issued, issue)]
        if self.withdrawn is not None:
            said.append((self.withdrawn, bulletins.WithdrawBulletin(bulletin_id=self.id, reason="superseded")))
        return said

    def concerns(self, machine: Machine) -> bool:
        """Return whether a machine is to be changed by it."""
        first, last = self.serials
        place = serial_place(machine.serial)
        if first is not None and last is not None and not serial_place(first) <= place <= serial_place(last):
            return False
        return machine.design is self.design


def _day(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}T09:00:00+00:00")


RELIEF_VALVE = Bulletin(
    "SB-2024-03",
    "service",
    "fit-relief-valve",
    PRESS,
    _day("2024-05-06"),
    mandatory_by=date(2025, 6, 30),
    serials=("PX40-0001", "PX40-0012"),
    features=(("relief-valve", "RV-2"),),
)
BRAKE = Bulletin(
    "RC-2025-01",
    "recall",
    "exchange-brake-lining",
    LIFT,
    _day("2025-02-10"),
    mandatory_by=date(2025, 9, 30),
    serials=("LX8-0001", "LX8-0009"),
    features=(("brake-lining", "BL-2"),),
    certification_affected=True,
)
CONTROL_1 = Bulletin(
    "SB-2023-11",
    "service",
    "update-control-software",
    COMPRESSOR,
    _day("2023-11-20"),
    withdrawn=_day("2024-06-03"),
)
CONTROL_2 = Bulletin(
    "SB-2024-07",
    "service",
    "update-control-software-anew",
    COMPRESSOR,
    _day("2024-06-03"),
)
GREASE = Bulletin(
    "SB-2025-09",
    "service",
    "renew-bearing-grease",
    OLD_MOTOR,
    _day("2025-09-15"),
)
BULLETINS = (RELIEF_VALVE, BRAKE, CONTROL_1, CONTROL_2, GREASE)

_NEVER = {
    ("SB-2024-03", "PX40-0009"),
    ("RC-2025-01", "LX8-0007"),
    ("RC-2025-01", "LX8-0008"),
    ("SB-2024-07", "CX9-0011"),
}
"""Nobody has done it there yet."""
_NOT_APPLICABLE = {("SB-2024-03", "PX40-0005"): "has-relief-valve-already", ("SB-2024-07", "CX9-0004"): "other-control"}


def due_at(machine: Machine, bulletin: Bulletin, since: datetime) -> datetime | None:
    """Return when a machine is seen to by a bulletin, after a moment; None: not at all, or it was already."""
    if not bulletin.concerns(machine) or (bulletin.number, machine.serial) in _NEVER or bulletin in machine.seen_to:
        return None
    assert machine.commissioned_at is not None
    at = max(bulletin.issued, machine.commissioned_at) + machine.random.randint(20, 240) * DAY
    at = max(at + machine.random.randint(0, 7) * HOUR, since + 5 * DAY)
    return None if bulletin.withdrawn and at >= bulletin.withdrawn else at


def see_to(machine: Machine, bulletin: Bulletin, at: datetime) -> datetime:
    """Do what a bulletin asks for, or say that it does not concern the machine; return when that is over."""
    machine.seen_to.add(bulletin)
    if (reason := _NOT_APPLICABLE.get((bulletin.number, machine.serial))) is not None:
        machine.say(
            configuration.DeclareBulletinNotApplicable(equipment_id=machine.id, bulletin_id=bulletin.id, reason=reason),
            at,
        )
        return at
    if not bulletin.features:
        machine.say(configuration.ApplyBulletin(equipment_id=machine.id, bulletin_id=bulletin.id), at)
        return at
    return upgrade(machine, at, bulletin.title, bulletin.features, bulletin=bulletin)


def upgrade(
    machine: Machine,
    at: datetime,
    purpose: str,
    features: tuple[tuple[str, str], ...],
    *,
    bulletin: Bulletin | None = None,
    certification_affected: bool = False,
) -> datetime:
    """Change the configuration of a machine within a day or two; return when it works again."""
    start_upgrade(machine, at, purpose, bulletin)
    done = at + machine.random.randint(5, 30) * HOUR
    affected = certification_affected or (bulletin is not None and bulletin.certification_affected)
    complete = configuration.CompleteUpgrade(
        equipment_id=machine.id,
        features=features,
        document_revision=f"{purpose}-1",
        bulletin_id=None if bulletin is None else bulletin.id,
        certification_affected=affected,
    )
    machine.say(complete, done)
    if affected:
        done += 20 * HOUR
        machine.be_certified_for_work(done)
    machine.counter.run(done)
    machine.revise_passport(done + 3 * DAY, "configuration-changed")
    return done + 3 * DAY


def start_upgrade(machine: Machine, at: datetime, purpose: str, bulletin: Bulletin | None = None) -> None:
    """Begin to change a machine; it is out of use from now on."""
    start = configuration.StartUpgrade(
        equipment_id=machine.id, purpose=purpose, bulletin_id=None if bulletin is None else bulletin.id
    )
    machine.say(start, at)
    machine.counter.stop(at)
