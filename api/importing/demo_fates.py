"""Machines of the demonstration to which something happens that happens to few."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from api.importing.demo_bulletins import BRAKE, start_upgrade, upgrade
from api.importing.demo_designs import OPERATORS, SERVICE, UNITS, VALLEY
from api.importing.demo_life import BODY
from api.importing.demo_machine import Machine
from api.importing.demo_telling import DAY, END, HOUR, moment
from api.importing.demo_work import work
from domain.equipment import custody_commands as custody
from domain.equipment import ending_commands as ending
from domain.equipment import papers_commands as papers
from domain.equipment.beginning_commands import TakeOverEquipment
from domain.equipment.configuration_commands import CompleteUpgrade, OrderOption
from domain.equipment.life_commands import RemoveEquipment
from domain.equipment.meters_commands import ReportPeriod

Fate = Callable[[Machine, datetime], None]
"""Tells the life of a machine that is made at a moment."""


def ordinary(machine: Machine, made: datetime) -> None:
    """It works from its 30th day on."""
    machine.begin(made)
    work(machine, made + 30 * DAY, END)


def _works_until(machine: Machine, made: datetime, until: datetime) -> datetime:
    machine.begin(made)
    work(machine, made + 30 * DAY, until)
    return until


def get_a_light_curtain(press: Machine, made: datetime) -> None:
    """Its operator orders an option; what was certified changes with it."""
    at = _works_until(press, made, moment("2024-11-18T08:00"))
    press.say(OrderOption(equipment_id=press.id, feature="light-curtain", value="LC-30"), at)
    work(press, at, at + 90 * DAY)
    features = (("light-curtain", "LC-30"),)
    at = upgrade(press, at + 90 * DAY, "light-curtain", features, certification_affected=True)
    work(press, at, END)


def order_a_light_curtain(press: Machine, made: datetime) -> None:
    """Its operator ordered an option that is not built in yet."""
    ordinary(press, made)
    press.say(OrderOption(equipment_id=press.id, feature="light-curtain", value="LC-30"), END - 9 * DAY)


def refurbished(press: Machine, made: datetime) -> None:
    """It is given up, refurbished, and works for somebody else as second category."""
    at = _works_until(press, made, moment("2025-03-17T07:00"))
    press.end(at, "capacity-not-needed", disposed=False)
    press.say(custody.MoveEquipment(equipment_id=press.id, place=SERVICE.sites[1]), at + 12 * DAY)
    press.say(ending.AuthoriseRefurbishment(equipment_id=press.id, authority=BODY), at + 20 * DAY)
    press.be_certified_for_work(at + 80 * DAY)
    press.be_stocked(at + 85 * DAY, SERVICE.sites[0])
    press.operator, press.site = VALLEY, VALLEY.sites[0]
    press.be_brought(at + 100 * DAY, press.operator, press.site)
    press.be_sold(at + 106 * DAY, press.operator)
    press.be_installed(at + 112 * DAY)
    press.be_commissioned(at + 115 * DAY, number=2)
    work(press, at + 115 * DAY, END)


def to_be_refurbished(press: Machine, made: datetime) -> None:
    """It was given up, and may live again once it is certified."""
    at = _works_until(press, made, END - 70 * DAY)
    press.end(at, "capacity-not-needed", disposed=False)
    press.say(ending.AuthoriseRefurbishment(equipment_id=press.id, authority=BODY), at + 30 * DAY)


def beyond_repair(machine: Machine, made: datetime) -> None:
    """It fails so badly that it is given up, and disposed of."""
    at = _works_until(machine, made, END - machine.random.randint(120, 400) * DAY)
    slot, unit = machine.design.slots[0]
    machine.fail(at, UNITS[unit].failings[0], unit=machine.units[slot])
    machine.start_repair(at + 6 * HOUR)
    beyond = ending.DeclareBeyondEconomicRepair(equipment_id=machine.id, reason="frame-cracked")
    machine.say(beyond, at + 3 * DAY)
    machine.end(at + 10 * DAY, "beyond-economic-repair")


def worn_out(machine: Machine, made: datetime) -> None:
    """It comes to its end and awaits its disposal."""
    machine.end(_works_until(machine, made, END - 40 * DAY), "end-of-economic-life", disposed=False)


def moved(press: Machine, made: datetime) -> None:
    """It works at another site of its operator from some day on."""
    at = _works_until(press, made, moment("2025-01-20T08:00"))
    press.site = press.operator.sites[1]
    press.say(custody.MoveEquipment(equipment_id=press.id, place=press.site), at)
    work(press, at, END)


def resting_in_winter(machine: Machine, made: datetime) -> None:
    """It is laid up every winter."""
    since = made + 30 * DAY
    machine.begin(made)
    for year in (2024, 2025):
        winter = moment(f"{year}-11-15T15:00")
        work(machine, since, winter)
        machine.rest(winter, "season")
        since = winter + 100 * DAY
        machine.return_to_service(since)
    work(machine, since, END)


def resting(machine: Machine, made: datetime) -> None:
    """It is laid up now."""
    machine.rest(_works_until(machine, made, END - 50 * DAY), "no-orders")


def lost(machine: Machine, made: datetime) -> None:
    """A flood takes it away."""
    at = _works_until(machine, made, moment("2025-09-28T03:00"))
    machine.say(custody.ReportLoss(equipment_id=machine.id, reason="flood"), at)


def found_again(compressor: Machine, made: datetime) -> None:
    """It is missing for a while, found at another site, and works again once it is certified anew."""
    at = _works_until(compressor, made, moment("2024-12-02T06:00"))
    compressor.counter.stop(at)
    compressor.say(custody.ReportLoss(equipment_id=compressor.id, reason="missing-at-inventory"), at)
    compressor.site = compressor.operator.sites[1]
    compressor.say(custody.ReportFinding(equipment_id=compressor.id, place=compressor.site), at + 45 * DAY)
    compressor.be_certified_for_work(at + 60 * DAY)
    compressor.be_stocked(at + 61 * DAY, compressor.site)
    compressor.be_installed(at + 66 * DAY)
    compressor.be_commissioned(at + 70 * DAY, number=2)
    work(compressor, at + 70 * DAY, END)


def leased(compressor: Machine, made: datetime) -> None:
    """Its operator sells it and goes on running it."""
    at = _works_until(compressor, made, moment("2025-06-02T09:00"))
    compressor.be_sold(at, SERVICE)
    work(compressor, at, END)


def refused_when_new(compressor: Machine, made: datetime) -> None:
    """It is found not to conform before it leaves the maker, and certified after rework."""
    refuse = papers.RefuseCertification(equipment_id=compressor.id, authority=BODY, reason="pressure-test-failed")
    compressor.be_made(made - 8 * DAY, as_built=compressor.design.as_built, certified=False)
    compressor.say(refuse, made - 6 * DAY)
    compressor.be_certified_for_work(made + 2 * DAY)
    compressor.be_brought(made + 6 * DAY, compressor.operator, compressor.site)
    compressor.be_installed(made + 25 * DAY)
    compressor.be_commissioned(made + 30 * DAY)
    work(compressor, made + 30 * DAY, END)


def refused(compressor: Machine, made: datetime) -> None:
    """It is new, and found not to conform."""
    refuse = papers.RefuseCertification(equipment_id=compressor.id, authority=BODY, reason="pressure-test-failed")
    compressor.be_made(made, as_built=compressor.design.as_built, certified=False)
    compressor.say(refuse, made + 2 * DAY)


def refused_at_work(lift: Machine, made: datetime) -> None:
    """An inspection finds its safety gear worn; it is repaired and certified anew."""
    at = _works_until(lift, made, moment("2025-08-12T10:00"))
    lift.say(papers.RefuseCertification(equipment_id=lift.id, authority=BODY, reason="safety-gear-worn"), at)
    lift.start_repair(at + HOUR)
    lift.complete_repair(at + 30 * HOUR)
    lift.be_certified_for_work(at + 2 * DAY)
    work(lift, at + 2 * DAY, END)


def expired(lift: Machine, made: datetime) -> None:
    """Nobody renews its certificate in time."""
    lift.begin(made)
    assert lift.certified_at is not None
    end, number = lift.certified_at + 731 * DAY, f"EC-{lift.serial}-{lift.certified_at:%y%m}"
    work(lift, made + 30 * DAY, end - 4 * DAY)
    lift.say(papers.RecordCertificateExpiry(equipment_id=lift.id, certificate=number), end + DAY)
    work(lift, end + DAY, END)


def awaiting_its_certificate(lift: Machine, made: datetime) -> None:
    """It got its new brake lining by the recall, and is out of use until that is certified."""
    at = _works_until(lift, made, END - 6 * DAY)
    start_upgrade(lift, at, BRAKE.title, BRAKE)
    complete = CompleteUpgrade(
        equipment_id=lift.id,
        features=BRAKE.features,
        document_revision=f"{BRAKE.title}-1",
        certification_affected=True,
    )
    lift.say(complete, at + DAY)


def pooled(compressor: Machine, made: datetime) -> None:
    """It belongs to a service centre, which lends it to whoever needs one for a while."""
    compressor.operator, compressor.site = SERVICE, SERVICE.sites[0]
    compressor.come_to_its_site(made)
    compressor.be_stocked(made + 13 * DAY, SERVICE.sites[0])
    at, number = made + 30 * DAY, 1
    while at < END and (back := _lend(compressor, at, number)) < END:
        compressor.say(RemoveEquipment(equipment_id=compressor.id, to="in_transit"), back)
        compressor.counter.stop(back)
        compressor.be_stocked(back + 4 * DAY, SERVICE.sites[0])
        at, number = back + compressor.random.randint(10, 70) * DAY, number + 1


def _lend(compressor: Machine, at: datetime, number: int) -> datetime:
    """Let somebody have it for some months; return when that is over."""
    compressor.operator = compressor.random.choice(OPERATORS)
    compressor.site = compressor.operator.sites[0]
    back = at + compressor.random.randint(60, 150) * DAY
    lend = custody.LendEquipment(
        equipment_id=compressor.id, borrower_id=compressor.operator.id, until=back.date(), place=compressor.site
    )
    compressor.say(lend, at)
    if at + 5 * DAY < END:
        compressor.be_installed(at + 2 * DAY)
        compressor.be_commissioned(at + 3 * DAY, number)
        work(compressor, at + 3 * DAY, min(back, END))
    return back


def taken_over(press: Machine, _made: datetime) -> None:
    """It was bought second-hand: of its first years only the hours of the last one are known."""
    at = moment("2024-02-12T08:00")
    take = TakeOverEquipment(
        equipment_id=press.id,
        model_id=press.design.id,
        manufacturer_id=press.design.maker.id,
        serial=press.serial,
        stage="in_service",
        operator_id=press.operator.id,
        place=press.site,
        configuration=(("control-unit", "CU-3"), ("hydraulic-oil", "HLP-46")),
    )
    press.say(take, at)
    begin, end = moment("2023-01-01T00:00"), moment("2024-01-01T00:00")
    year = ReportPeriod(
        equipment_id=press.id,
        meter="operating-time",
        unit="h",
        begin=begin,
        end=end,
        up=Decimal(3870),
        total=Decimal(4200),
    )
    press.say(year, at + HOUR)
    press.be_certified_for_work(at + 2 * DAY)
    for slot, _ in press.design.slots:
        press.fit(slot, at + 3 * DAY)
    press.commissioned_at, press.counter.zero = at, Decimal("-31250.5")
    press.counter.run(at + 4 * DAY)
    press.be_read(at + 4 * DAY)
    work(press, at + 4 * DAY, END)


FATES: dict[str, Fate] = {
    "PX40-0002": refurbished,
    "PX40-0003": get_a_light_curtain,
    "PX40-0004": order_a_light_curtain,
    "PX40-0006": beyond_repair,
    "PX40-0008": moved,
    "PX40-0010": resting,
    "PX40-0013": worn_out,
    "PX40-0015": to_be_refurbished,
    "PX40-0901": taken_over,
    "CX9-0002": refused_when_new,
    "CX9-0003": resting_in_winter,
    "CX9-0007": beyond_repair,
    "CX9-0008": found_again,
    "CX9-0012": leased,
    "CX9-0016": refused,
    "CX9-0901": pooled,
    "CX9-0902": pooled,
    "PS12-0004": lost,
    "PS12-0009": resting_in_winter,
    "PS12-0010": beyond_repair,
    "LX8-0010": expired,
    "LX8-0005": refused_at_work,
    "LX8-0008": awaiting_its_certificate,
}
