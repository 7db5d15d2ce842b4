"""Two sheets of one workbook, imported as a user does it."""

from tests.cli.program import Aftercare
from tests.importing.workbooks import BOTH, workbook


def test_a_row_is_explained_by_its_sheet(program: Aftercare) -> None:
    book = str(workbook(program.home, {"Makers": ["One"], "Buyers": ["Three", "Four"]}))
    (program.home / "both.toml").write_text(BOTH)
    first, second = ("w.xlsx, sheet Makers, line 2, a row of", "w.xlsx, sheet Buyers, line 2, a row of")
    for place, told in {"w.xlsx:Buyers:2": (False, True), "w.xlsx:2": (True, True)}.items():
        ran = program.run("import", "--mapping", "both.toml", "--explain", place, book)
        assert (ran.code, (first in ran.out, second in ran.out)) == (0, told), ran
    ran = program.run("import", "--mapping", "both.toml", "--explain", "w.xlsx:Makers:3", book)
    assert (ran.code, "There is no row w.xlsx:Makers:3" in ran.out) == (1, True)
    assert program.run("import", "--mapping", "both.toml", book).code == 0
    again = program.run("import", "--mapping", "both.toml", book)
    assert (again.code, again.out.splitlines()[-1]) == (0, "0 facts.")
