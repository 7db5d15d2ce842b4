"""A fact is told by the command that records it: whoever tells facts goes round no rule."""

from decimal import Decimal
from uuid import UUID

import pytest

from domain import declared
from domain.equipment.life import Installed
from domain.equipment.life_commands import InstallEquipment
from domain.equipment.meters import MeterReadingRecorded
from domain.equipment.operation import RepairStarted
from domain.equipment.serials import SerialReserved
from domain.equipment.structure import UnitInstalled
from domain.equipment.structure_commands import InstallUnit
from domain.equipment.terms import EquipmentId
from domain.kernel.commands import TOLD_BY, command
from domain.kernel.errors import DeclareError, ErrorDeclared
from domain.kernel.facts import Fact
from domain.kernel.refusals import Nonsense
from domain.kernel.streams import StreamRef
from domain.kernel.telling import telling

ITEM, UNIT = UUID(int=1), UUID(int=2)
STREAM = StreamRef("equipment", ITEM)


def test_every_fact_is_told_by_a_command_that_can_say_all_of_it_but_the_one_that_only_follows() -> None:
    declared.commands()
    for name, fact in declared.facts().items():
        if fact.cls is SerialReserved:
            assert fact.cls not in TOLD_BY
            continue
        fields = {field.name for field in TOLD_BY[fact.cls].fields}
        missing = {field.name for field in fact.fields} - fields
        assert missing == ({"parent_id", "slot"} if fact.cls is Installed else set()), name


def test_a_fact_becomes_the_command_that_records_it() -> None:
    assert telling(STREAM, Installed(place="hall-1")) == InstallEquipment(equipment_id=ITEM, place="hall-1")
    told = telling(STREAM, UnitInstalled(unit_id=UNIT, slot="pump"))
    assert told == InstallUnit(equipment_id=ITEM, unit_id=UNIT, slot="pump")
    wrong = ErrorDeclared(wrong_fact=UNIT, explanation="wrong")
    assert telling(STREAM, wrong) == DeclareError(stream=str(STREAM), wrong_fact=UNIT, explanation="wrong")


@pytest.mark.parametrize(
    ("stream", "fact", "why"),
    [
        (StreamRef("serial", ITEM), SerialReserved(serial="PX-1", equipment_id=ITEM), "fact: serial.reserved follows"),
        (StreamRef("model", ITEM), Installed(place="hall-1"), "stream: is not one of equipment.installed"),
        (STREAM, Installed(parent_id=UNIT, slot="pump"), "parent_id: is not told by equipment.install"),
        (STREAM, Installed(), "place: is missing"),
        (STREAM, RepairStarted(maintenance_type="whenever"), "maintenance_type: is not one of"),
        (STREAM, MeterReadingRecorded(meter="starts", value=Decimal(-1), unit="1"), "value: is less than 0"),
    ],
)
def test_what_cannot_be_told_is_refused_by_name(stream: StreamRef, fact: Fact, why: str) -> None:
    with pytest.raises(Nonsense, match=f"^{why}"):
        telling(stream, fact)


@pytest.mark.usefixtures("forgotten")
def test_no_two_commands_tell_the_same() -> None:
    class Again:
        """Install it again."""

        equipment_id: EquipmentId

    with pytest.raises(TypeError, match="tells what another command tells"):
        command("equipment.install_again", decides=("equipment_id",), tells=Installed)(Again)
