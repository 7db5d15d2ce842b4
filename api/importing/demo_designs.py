"""The parties and designs of the demonstration: all made up."""

from typing import NamedTuple
from uuid import UUID, uuid5

from domain.equipment.model_commands import RegisterModel
from domain.kernel.commands import Command
from domain.parties.organisation import AddMember, RegisterOrganisation

_IDS = UUID("a4f0d1c2-6b7e-5e0a-8a53-0d5f2c1e9b77")


def demo_id(what: str) -> UUID:
    """Return the id of something in the demonstration: the same in every run."""
    return uuid5(_IDS, what)


class Party(NamedTuple):
    """An organisation: what it is called here, its name, its country."""

    key: str
    name: str
    country: str

    @property
    def id(self) -> UUID:
        """Its id."""
        return demo_id(f"organisation/{self.key}")


class Design(NamedTuple):
    """A model: its designation, who makes it, its class by ISO 14224, and the designs of the units in its slots."""

    designation: str
    maker: Party
    equipment_class: str
    slots: tuple[tuple[str, str], ...] = ()
    modes: tuple[str, ...] = ()
    """Failure modes that its units or the item itself show."""

    @property
    def id(self) -> UUID:
        """Its id."""
        return demo_id(f"model/{self.designation}")


MAKERS = (Party("maker-1", "Northern Works", "NO"), Party("maker-2", "Talleres del Sur", "ES"))
OPERATORS = (
    Party("operator-1", "Harbour Freight", "NL"),
    Party("operator-2", "Valley Foods", "FR"),
    Party("operator-3", "Ορυχεία Αιγαίου", "GR"),
    Party("operator-4", "City Waterworks", "IE"),
)

_NORTH, _SOUTH = MAKERS
UNITS = {
    each.designation: each
    for each in (
        Design("Pump PU-1", _NORTH, "PU", modes=("external-leakage", "low-output")),
        Design("Motor EM-5", _NORTH, "EM", modes=("overheating", "fail-to-start")),
        Design("Valve VS-2", _SOUTH, "VA", modes=("internal-leakage", "fail-to-close")),
        Design("Drive DR-3", _SOUTH, "EM", modes=("vibration", "fail-to-start")),
    )
}
MACHINES = (
    Design("Press PX-40", _NORTH, "PR", (("motor", "Motor EM-5"), ("pump", "Pump PU-1"))),
    Design("Press PX-60", _NORTH, "PR", (("pump", "Pump PU-1"),)),
    Design("Compressor CX-9", _SOUTH, "CO", (("valve", "Valve VS-2"),)),
    Design("Conveyor BV-2", _SOUTH, "CV", (("drive", "Drive DR-3"),)),
)


def auditor() -> Command:
    """Return the member who comes last."""
    return AddMember(
        organisation_id=OPERATORS[0].id,
        member_id=demo_id("member/auditor"),
        name="Member 7",
        email="member-7@example.org",
        role="management",
    )


def registrations() -> list[tuple[str, Command]]:
    """Return what everything else rests on, each with a name: organisations, their members, models."""
    parties = (*MAKERS, *OPERATORS)
    commands: list[tuple[str, Command]] = [
        (party.key, RegisterOrganisation(organisation_id=party.id, name=party.name, country=party.country))
        for party in parties
    ]
    for number, party in enumerate(parties, start=1):
        member = AddMember(
            organisation_id=party.id,
            member_id=demo_id(f"member/{number}"),
            name=f"Member {number}",
            email=f"member-{number}@example.org",
            role="quality" if party in MAKERS else "maintenance",
        )
        commands.append((f"{party.key}/member", member))
    for design in (*MACHINES, *UNITS.values()):
        register = RegisterModel(
            model_id=design.id,
            designation=design.designation,
            manufacturer_id=design.maker.id,
            equipment_class=design.equipment_class,
            maintainable_items=tuple(slot for slot, _ in design.slots),
        )
        commands.append((design.designation, register))
    return commands
