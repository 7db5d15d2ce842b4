"""Machines of the demonstration of which something wrong is on record: put right, or still not fitting together."""

from datetime import datetime

from api.importing.demo_designs import UNITS
from api.importing.demo_machine import Machine
from api.importing.demo_telling import DAY, END, HOUR, moment
from api.importing.demo_work import work
from domain.equipment import meters_commands as meters
from domain.equipment.structure_commands import InstallUnit


def corrected_meter(press: Machine, made: datetime) -> None:
    """A reading is corrected; then the counter breaks, only totals are known for a while, and it gets another one."""
    press.begin(made)
    misread = moment("2024-10-02T07:00")
    work(press, made + 30 * DAY, misread)
    press.be_read(misread, off_by=900)
    right = press.counter.shows(misread + 2 * DAY)
    correct = meters.CorrectMeterReading(equipment_id=press.id, meter="operating-time", value=right, unit="h")
    press.say(correct, misread + 2 * DAY)
    broken = moment("2025-03-03T00:00")
    work(press, misread + 3 * DAY, broken)
    press.report_period(broken, broken + 14 * DAY, broken + 14 * DAY + 8 * HOUR)
    press.get_another_counter(broken + 15 * DAY)
    press.revise_passport(broken + 17 * DAY, "other-counter")
    work(press, broken + 18 * DAY, END)


def never_replaced(press: Machine, made: datetime) -> None:
    """The replacement of its counter is declared wrong: what was read since does not fit any more."""
    at = moment("2026-04-20T08:00")
    press.begin(made)
    work(press, made + 30 * DAY, at)
    replaced = press.get_another_counter(at)
    press.be_read(at + 14 * DAY)
    press.be_read(at + 45 * DAY)
    press.correct(replaced, at + 60 * DAY, "other-item", by_next=False)


def wrong_act(pump_set: Machine, made: datetime) -> None:
    """Its act was signed a week later than was told."""
    pump_set.come_to_its_site(made)
    pump_set.be_installed(made + 20 * DAY)
    wrong = pump_set.be_commissioned(made + 24 * DAY)
    pump_set.counter.stop(made + 24 * DAY)
    pump_set.correct(wrong, made + 40 * DAY, "wrong-date")
    with pump_set.tale.typed_in(made + 40 * DAY):
        pump_set.be_commissioned(made + 31 * DAY)
    work(pump_set, made + 41 * DAY, END)


def wrong_unit(pump_set: Machine, made: datetime) -> None:
    """Another motor was fitted than was told: both that say so are declared wrong, and the right one is told."""
    at = moment("2025-05-14T10:00")
    pump_set.begin(made)
    work(pump_set, made + 30 * DAY, at)
    pump_set.take_out("motor", at, "end-of-interval")
    said, said_by_unit = pump_set.fit("motor", at + 3 * HOUR)
    mistaken = pump_set.units["motor"]
    right = pump_set.new_unit("motor", at, 60)
    mistaken.correct(said_by_unit, at + 50 * HOUR, "other-serial", by_next=False)
    pump_set.correct(said, at + 50 * HOUR, "other-serial")
    with pump_set.tale.typed_in(at + 50 * HOUR):
        fit = InstallUnit(equipment_id=pump_set.id, unit_id=right.id, slot="motor")
        pump_set.say(fit, at + 3 * HOUR, "correction")
    work(pump_set, at + 3 * DAY, END)


def wrong_after_all(pump_set: Machine, made: datetime) -> None:
    """A failure was declared wrong, and that was wrong: it counts again."""
    at = moment("2025-11-11T05:00")
    pump_set.begin(made)
    work(pump_set, made + 30 * DAY, at)
    unit = pump_set.units["wet-end"]
    failure = pump_set.fail(at, UNITS["Wet end WE-2"].failings[0], unit=unit)
    wrong = pump_set.correct(failure, at + 5 * HOUR, "other-item", by_next=False)
    pump_set.correct(wrong, at + 8 * HOUR, "was-right", by_next=False)
    pump_set.start_repair(at + 10 * HOUR)
    pump_set.complete_repair(at + 30 * HOUR)
    work(pump_set, at + 2 * DAY, END)


def other_repair(compressor: Machine, made: datetime) -> None:
    """The start of its repair is declared wrong, the end is not: they do not fit together."""
    at = moment("2024-10-07T07:00")
    compressor.begin(made)
    work(compressor, made + 30 * DAY, at)
    started = compressor.start_repair(at, "preventive")
    compressor.complete_repair(at + 6 * HOUR)
    compressor.correct(started, at + 9 * DAY, "other-item", by_next=False)
    work(compressor, at + 10 * DAY, END)


def unit_denies(compressor: Machine, made: datetime) -> None:
    """What its motor says of being fitted is declared wrong; the compressor still lists it."""
    at = moment("2025-03-17T09:00")
    compressor.begin(made)
    work(compressor, made + 30 * DAY, at)
    compressor.take_out("motor", at, "end-of-interval")
    _, said_by_unit = compressor.fit("motor", at + 3 * HOUR)
    compressor.units.pop("motor").correct(said_by_unit, at + 20 * DAY, "other-serial", by_next=False)
    work(compressor, at + 21 * DAY, END)


def parent_denies(pump_set: Machine, made: datetime) -> None:
    """What it says of its new motor is declared wrong; the motor still says that it sits there."""
    at = moment("2025-04-07T09:00")
    pump_set.begin(made)
    work(pump_set, made + 30 * DAY, at)
    pump_set.take_out("motor", at, "end-of-interval")
    said, _ = pump_set.fit("motor", at + 3 * HOUR)
    pump_set.correct(said, at + 20 * DAY, "other-serial", by_next=False)
    del pump_set.units["motor"]
    work(pump_set, at + 21 * DAY, END)


SLIPS = {
    "PX40-0007": corrected_meter,
    "PX40-0014": never_replaced,
    "PS12-0003": wrong_act,
    "PS12-0005": wrong_unit,
    "PS12-0008": wrong_after_all,
    "CX9-0006": other_repair,
    "CX9-0009": unit_denies,
    "PS12-0012": parent_denies,
}
CONTRADICTORY = ("PX40-0014", "CX9-0006", "CX9-0009", "PS12-0012")
"""Of these what is on record does not fit together at the end."""
