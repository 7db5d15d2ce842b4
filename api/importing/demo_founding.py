"""On what the demonstration rests: its organisations with their members, and the models with what is said of them."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from api.importing.demo_designs import (
    COMPRESSOR,
    LIFT,
    MACHINES,
    MAKERS,
    NEW_MOTOR,
    OLD_MOTOR,
    OPERATORS,
    PARTIES,
    PRESS,
    PUMP_SET,
    UNITS,
    Design,
    UnitDesign,
    demo_id,
)
from api.importing.demo_life import LAST_EM4
from api.importing.demo_telling import BEGIN, DAY, Tale, moment
from domain.equipment import model_commands as models
from domain.kernel.commands import Command
from domain.parties.organisation import AddMember, MemberRole, RegisterOrganisation

FOUNDED = BEGIN - 200 * DAY


def founding(tale: Tale) -> None:
    """Tell who takes part, and what is made."""
    for number, party in enumerate(PARTIES, start=1):
        register = RegisterOrganisation(organisation_id=party.id, name=party.name, country=party.country)
        tale.say(register, FOUNDED, party.key)
        role: MemberRole = "quality" if party in MAKERS else "maintenance" if party in OPERATORS else "service"
        tale.say(_member(party.id, number, role), FOUNDED, f"{party.key}/member")
    designs: list[Design | UnitDesign] = [*MACHINES, *UNITS.values()]
    for design in designs:
        tale.say(_registered(design), FOUNDED, design.designation)
    for number, (at, command) in enumerate(_said_of_models(), start=1):
        tale.say(command, at, f"models/{number}")


def auditor() -> Command:
    """Return the member who comes last."""
    return _member(OPERATORS[0].id, len(PARTIES) + 1, "management")


def _member(organisation: UUID, number: int, role: MemberRole) -> Command:
    return AddMember(
        organisation_id=organisation,
        member_id=demo_id(f"member/{number}"),
        name=f"Member {number}",
        email=f"member-{number}@example.org",
        role=role,
    )


def _registered(design: Design | UnitDesign) -> Command:
    return models.RegisterModel(
        model_id=design.id,
        designation=design.designation,
        manufacturer_id=design.maker.id,
        equipment_class=design.equipment_class,
        maintainable_items=tuple(slot for slot, _ in design.slots),
    )


def _said_of_models() -> list[tuple[datetime, Command]]:
    """Return what makers say of their models as time goes by."""
    said: list[tuple[datetime, Command]] = []
    for design in MACHINES:
        said.append((FOUNDED + DAY, _warranty(design, months=24)))
        said.append((FOUNDED + DAY, _plan(design)))
        said.append((FOUNDED + DAY, models.DefineDocumentSet(model_id=design.id, documents=_DOCUMENTS)))
    with_risks = (*_DOCUMENTS, ("risk-assessment", "02-03"))
    positions = tuple(slot for slot, _ in PRESS.slots)
    return [
        *said,
        (moment("2024-02-01T09:00"), models.DefineDocumentSet(model_id=LIFT.id, documents=with_risks)),
        (LAST_EM4, models.DiscontinueModel(model_id=OLD_MOTOR.id, reason="overheats", successor_id=NEW_MOTOR.id)),
        (LAST_EM4, models.ReviseBill(model_id=PRESS.id, revision="B", maintainable_items=positions)),
        (moment("2025-01-01T00:00"), _warranty(COMPRESSOR, months=36)),
    ]


_DOCUMENTS = (("operating-manual", "03-02"), ("maintenance-manual", "03-04"), ("declaration-of-conformity", "02-02"))
_TASKS = {
    PRESS.code: (("change-oil", 4000), "oil-particles"),
    COMPRESSOR.code: (("change-filter", 4000), "vibration-velocity"),
    PUMP_SET.code: (("align-coupling", 8000), "vibration-velocity"),
    LIFT.code: (("adjust-doors", 60_000), "brake-torque"),
}


def _warranty(design: Design, months: int) -> Command:
    return models.SetWarrantyTerms(
        model_id=design.id,
        terms=f"standard-{months}",
        begins="commissioned",
        months=months,
        uncovered=("seal",) if design is PUMP_SET else (),
    )


def _plan(design: Design) -> Command:
    (task, often), measured = _TASKS[design.code]
    counted = ((task, Decimal(often)),)
    return models.SetPlanTemplate(
        model_id=design.id,
        by_hours=counted if design.symbol == "h" else (),
        by_cycles=counted if design.symbol == "1" else (),
        by_calendar=(("service", design.pace.service_days),),
        by_condition=(("inspect", measured),),
    )
