import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Annotated
from uuid import UUID

import pytest

from domain import declared
from domain.__main__ import EVENTS, main, stale
from domain.kernel.catalogue import catalogue
from domain.kernel.facts import FACTS, event, upcast
from domain.kernel.marks import Meaning, Personal, Refers, Unit


def test_the_catalogue_of_facts_is_that_of_the_declarations() -> None:
    assert stale(catalogue(declared.facts().values())) == "", "python -m domain catalogue --write"


def test_a_stale_catalogue_is_shown_as_a_difference() -> None:
    present = catalogue(declared.facts().values())

    difference = stale(present.replace("### error.declared", "### error.announced"))

    assert "-### error.declared\n+### error.announced\n" in difference


def test_the_command_line_checks_and_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("domain.__main__.EVENTS", tmp_path / EVENTS.name)

    assert main(["catalogue", "--check"]) == 1
    assert "+# Facts" in capsys.readouterr().out
    assert main(["catalogue", "--write"]) == 0
    assert main(["catalogue", "--check"]) == 0
    assert capsys.readouterr().out == ""


def test_it_runs_as_a_module_of_its_own() -> None:
    ran = subprocess.run([sys.executable, "-m", "domain", "catalogue", "--check"], capture_output=True, check=False)

    assert (ran.returncode, ran.stdout) == (0, b"")


@pytest.mark.usefixtures("forgotten")
def test_every_word_of_a_declaration_is_in_it() -> None:
    @event("thing.seen", version=2)
    class _Seen:
        """The thing was seen."""

        person: Annotated[UUID, Meaning("Who saw it.")]
        name: Annotated[str, Personal("person"), Meaning("Name | of them.")]
        weight: Annotated[Decimal, Unit("kg"), Meaning("Its mass.")]
        parts: Annotated[tuple[tuple[str, Annotated[UUID, Refers("thing")]], ...], Meaning("What was on it.")] = ()

    class _Before:
        person: Annotated[UUID, Meaning("Who saw it.")]

    upcast("thing.seen", 1, was=_Before)(dict)

    assert (
        catalogue([FACTS["thing.seen"]]).partition("|---|---|\n")[2]
        == """\
| thing | [seen](#thingseen) |

## thing

### thing.seen

Version 2. The thing was seen.

| Field | Type | Unit | Required | Personal | Refers to | Meaning |
|---|---|---|---|---|---|---|
| `person` | id |  | yes |  |  | Who saw it. |
| `name` | text |  | yes | of `person`, sealed |  | Name \\| of them. |
| `weight` | decimal | kg | yes |  |  | Its mass. |
| `parts` | list of (text, id) |  |  |  | thing | What was on it. |

As it was in version 1:

| Field | Type | Unit | Required | Personal | Refers to | Meaning |
|---|---|---|---|---|---|---|
| `person` | id |  | yes |  |  | Who saw it. |
"""
    )
