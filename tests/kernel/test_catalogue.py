import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Annotated
from uuid import UUID

import pytest

from domain import declared
from domain.__main__ import PAGES, Page, main, stale
from domain.equipment.stage_table import BEGIN, END
from domain.kernel.catalogue import catalogue
from domain.kernel.facts import FACTS, event, upcast
from domain.kernel.marks import Meaning, Personal, Refers, Unit

EVENTS, STAGES = PAGES


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path.name)
def test_every_generated_page_is_that_of_the_declarations(page: Page) -> None:
    assert stale(page) == "", "python -m domain catalogue --write"


def test_a_stale_catalogue_is_shown_as_a_difference() -> None:
    present = catalogue(declared.facts().values())
    announced = present.replace("### error.declared", "### error.announced")

    difference = stale(EVENTS._replace(made=lambda _: announced))

    assert "-### error.declared\n+### error.announced\n" in difference


def test_the_command_line_checks_and_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    life = tmp_path / STAGES.path.name
    life.write_text(f"Before.\n{BEGIN}\nstale\n{END}\nAfter.\n")
    pages = (EVENTS._replace(path=tmp_path / EVENTS.path.name), STAGES._replace(path=life))
    monkeypatch.setattr("domain.__main__.PAGES", pages)

    assert main(["catalogue", "--check"]) == 1
    shown = capsys.readouterr().out
    assert "+# Facts" in shown
    assert "-stale" in shown
    assert main(["catalogue", "--write"]) == 0
    assert main(["catalogue", "--check"]) == 0
    assert life.read_text().startswith("Before.\n")
    assert life.read_text().endswith("\nAfter.\n")
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
