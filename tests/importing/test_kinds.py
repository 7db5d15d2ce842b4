"""What rows may become, as `aftercare import --kinds` tells it: what it prints may stand in a mapping."""

import re

import pytest

from api.importing.kinds import NoSuchKind, every_kind, kind_told
from domain import declared
from domain.kernel.commands import CommandType
from domain.kernel.facts import FactType
from tests.importing.mapping.plans import READINGS_FILE, understood

NAMES = [name for kinds in every_kind().values() for name in kinds]
COMMENTED = re.compile(r"^# (?=[a-z_]+ = )", re.MULTILINE)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_printed_of_a_kind_is_a_record_with_what_must_be_given_and_with_all_there_is(name: str) -> None:
    told = kind_told(name)
    for record in (told, COMMENTED.sub("", told)):
        understood(READINGS_FILE + record.replace('from = "file"', 'from = "readings"'))
    kinds: dict[str, CommandType | FactType] = {**declared.commands(), **declared.facts()}
    _, _, fields = told.partition("[records.fields]\n")
    printed = [(line.removeprefix("# ").split(" = ")[0], not line.startswith("#")) for line in fields.splitlines()]
    assert printed == [(spec.name, spec.required) for spec in kinds[name].fields]


def test_a_kind_is_found_by_the_last_part_of_its_name_if_only_one_has_it() -> None:
    assert kind_told("release") == kind_told("equipment.release")
    with pytest.raises(NoSuchKind, match=r"registered is model\.registered or organisation\.registered: which one\?"):
        kind_told("registered")
    with pytest.raises(
        NoSuchKind, match=r"no fact relese \(--kinds alone names all\); did you mean equipment\.release\?"
    ):
        kind_told("relese")
    with pytest.raises(NoSuchKind, match=r"no fact serial\.reserved "):
        kind_told("serial.reserved")  # it only follows from others


def test_type_bounds_unit_and_choices_of_a_field_are_told() -> None:
    told = kind_told("record_meter_reading")
    assert 'value = "912.5" # decimal from 0 to 1000000000000 in the unit that unit says, must be given. What' in told
    assert "# passes = 0 # integer from 0 to 1000, may be left out." in told
    told = kind_told("failure_reported")
    assert 'impact = "critical" # choice, must be given.' in told
    assert "One of critical, degraded, incipient." in told
    assert "Operating time shown by the item's counter, since it was new. In h.\n" in told
