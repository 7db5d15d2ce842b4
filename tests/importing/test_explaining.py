"""Explaining a row: what stands before it is seen too, up to what goes into memory."""

from collections.abc import Iterator
from uuid import UUID

from api.importing.becoming import Become
from api.importing.entries import Entry, Place
from api.importing.explaining import Explanation
from api.importing.lives import Unit
from api.importing.rows import Row
from domain.application.units import Booked
from domain.kernel.envelope import Provenance
from domain.kernel.moments import from_micros
from domain.parties.organisation import RegisterOrganisation

MISSING = "Of the entries before it, only the first 3 were seen: what it rests on may be missing."


def units(number: int) -> Iterator[Unit]:
    for line in range(2, number + 2):
        place, command = Place("list.csv", line), RegisterOrganisation(organisation_id=UUID(int=line), name="One")
        entry = Entry(command, from_micros(0), Provenance(source="urn:test", id=str(line)), place)
        yield Unit([Become(entry, "company", (0, line))], [("list", Row(place, {}))])


def explained(line: int) -> tuple[list[int], list[str]]:
    """Return the lines of the units that were given to the rules, and what is told."""
    explanation, given = Explanation(Place("list.csv", line), 3), []
    for unit in explanation.until_found(units(9)):
        given.append(unit.place.line)
        explanation.hear(unit, Booked((), 0))
    return given, explanation.told()


def test_what_a_row_rests_on_is_seen_with_it() -> None:
    given, told = explained(4)
    assert given == [2, 3, 4]
    assert told[0] == "list.csv, line 4, a row of files.list:"
    assert MISSING not in told


def test_of_what_does_not_go_into_memory_only_the_row_is_seen_and_that_is_told() -> None:
    given, told = explained(8)
    assert given == [2, 3, 4, 8]
    assert told[0] == "list.csv, line 8, a row of files.list:"
    assert told[-1] == MISSING
