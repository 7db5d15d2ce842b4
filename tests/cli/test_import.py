"""`aftercare import` by a mapping, as a user runs it."""

import csv
import re
import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from domain.kernel.facts import Fact
from domain.parties.organisation import Organisation, RegisterOrganisation
from tests.cli.imports import MAPPING, RIGHT, SINCE, companies, importing, many, mapping, on_record, row_of, run
from tests.cli.inside import run_in
from tests.cli.program import START, Aftercare
from tests.importing import azure_files

WRONG = (RIGHT[0], "2,Two,5-Apr", RIGHT[2])
NOT_A_MOMENT = "companies.csv, line 3, column since: not-a-moment: “5-Apr” is not a moment"


def test_every_row_is_accounted_for_and_twice_is_the_same_as_once(program: Aftercare) -> None:
    data = companies(program.home, [*RIGHT, RIGHT[0], f"4,nobody,{SINCE}"])
    first = run(program, data)
    assert (first.code, row_of(first, "companies.csv")) == (0, ["5", "3", "1", "1", "0"])
    assert first.out.splitlines()[-1] == "3 facts."
    again = run(program, data)
    assert (again.code, row_of(again, "companies.csv"), on_record(program)) == (0, ["5", "0", "4", "1", "0"], 3)


def test_a_row_is_read_and_decided_once(program: Aftercare, monkeypatch: pytest.MonkeyPatch) -> None:
    """Looked through and rehearsed first, it is recorded as it was decided then."""
    decided: list[str] = []
    decide = RegisterOrganisation.decide

    def counting(self: RegisterOrganisation, state: Organisation) -> Sequence[Fact]:
        decided.append(self.name)
        return decide(self, state)

    monkeypatch.setattr(RegisterOrganisation, "decide", counting)
    data = companies(program.home, [*many(450), f"450,nobody,{SINCE}"])
    ran = run_in(program.home, "import", "--mapping", mapping(program.home), data)
    assert (ran.code, row_of(ran, "companies.csv"), on_record(program)) == (0, ["451", "450", "0", "1", "0"], 450)
    assert decided == [f"Company {each}" for each in range(450)]


def test_nothing_is_recorded_while_a_row_is_wrong(program: Aftercare) -> None:
    ran = run(program, companies(program.home, WRONG))
    assert (ran.code, on_record(program)) == (1, 0)
    assert NOT_A_MOMENT in ran.err
    assert "Nothing was recorded." in ran.err
    with (program.home / "companies.rejects" / "companies.rejects.csv").open(encoding="utf-8-sig", newline="") as file:
        (reject,) = csv.DictReader(file)
    assert (reject["_line"], reject["_column"], reject["since"]) == ("3", "since", "5-Apr")


def test_mending_the_rejects_and_feeding_only_them_back_completes_the_import(program: Aftercare) -> None:
    ran = run(program, "--lenient", companies(program.home, WRONG))
    assert (ran.code, on_record(program), NOT_A_MOMENT in ran.err) == (1, 2, True)
    folder = program.home / "companies.rejects"
    assert f"Refused rows are in {folder.name}: mend them there, and import that folder." in ran.err
    (file,) = folder.iterdir()
    file.write_text(file.read_text().replace("5-Apr,", f"{SINCE},"))
    mended = run(program, str(folder))
    assert (mended.code, row_of(mended, "companies.csv"), on_record(program)) == (0, ["1", "1", "0", "0", "0"], 3)
    assert f"All that was read of {folder.name} is on record: the folder may be removed." in mended.err
    whole = run(program, companies(program.home))
    assert (whole.code, on_record(program)) == (0, 3)


def test_rejects_that_are_mended_by_half_stay_until_they_are_on_record(program: Aftercare) -> None:
    run(program, "--lenient", companies(program.home, ["1,One,5-Apr", "2,Two,6-Apr", RIGHT[2]]))
    folder = program.home / "companies.rejects"
    (file,) = folder.iterdir()
    file.write_text(file.read_text().replace("5-Apr,", f"{SINCE},"))
    half = file.read_bytes()
    strict = run(program, str(folder))
    assert (strict.code, on_record(program), file.read_bytes()) == (1, 1, half)
    assert f"Nothing was recorded, and {folder.name} stays as it was" in strict.err
    lenient = run(program, "--lenient", str(folder))
    assert (lenient.code, on_record(program), "6-Apr" in file.read_text()) == (1, 2, True)
    assert SINCE not in file.read_text()


def test_rejects_that_cannot_be_written_end_the_import_in_one_line(program: Aftercare) -> None:
    data = companies(program.home, WRONG)
    ran = run(program, "--lenient", "--rejects", f"{data}/inside", data)
    assert (ran.code, "The rejects cannot be written: Not a directory." in ran.err) == (3, True)
    assert "Traceback" not in ran.err


def test_rejects_of_an_earlier_run_are_told_as_long_as_they_stand(program: Aftercare) -> None:
    run(program, "--lenient", companies(program.home, WRONG))
    (file,) = (program.home / "companies.rejects").iterdir()
    before = file.read_bytes()
    ran = run(program, companies(program.home))
    assert (ran.code, on_record(program), file.read_bytes()) == (0, 3, before)
    assert "The rejects of an earlier run still stand in companies.rejects" in ran.err
    file.unlink()
    assert "earlier run" not in run(program, companies(program.home)).err


def test_a_file_without_rows_is_told(program: Aftercare) -> None:
    ran = run(program, companies(program.home, []))
    assert (ran.code, ran.err.count("companies.csv: there are no rows in it\n")) == (0, 1)
    ran = run(program, companies(program.home))
    assert (ran.code, ran.err) == (0, "companies.csv: CSV in UTF-8, cells separated by ,, 3 columns\n")


def test_a_folder_is_no_mapping(program: Aftercare) -> None:
    ran = program.run("import", "--mapping", ".", companies(program.home))
    assert (ran.code, "'.' is a directory" in ran.err) == (2, True)


KEYED = MAPPING.replace(
    "when = \"name != 'nobody'\"", 'key = "{number}"\nunique = ["number"]\nprefer = "name"'
).replace('name = "{name}"', "name = { cel = \"name == null ? 'nobody knows' : name\" }")


@pytest.mark.parametrize("names", [["", "One", "Uno"], ["One", "", "Uno"], ["", "", "One"], ["", ""]])
def test_of_rows_that_are_the_same_one_that_says_more_is_recorded(program: Aftercare, names: list[str]) -> None:
    data = companies(program.home, [f"1,{name},{SINCE}" for name in names] + [f"2,Two,{SINCE}"])
    ran = program.run("import", "--mapping", mapping(program.home, KEYED), data)
    assert (ran.code, row_of(ran, "companies.csv")) == (0, [str(len(names) + 1), "2", str(len(names) - 1), "0", "0"])
    told = program.run("export", "organisations", "--format", "csv", "-o", "-").out
    assert {row["name"] for row in csv.DictReader(told.splitlines())} == {
        (max(names) and "One") or "nobody knows",
        "Two",
    }


def test_a_temporary_folder_without_room_is_told_as_such(program: Aftercare) -> None:
    data = companies(program.home, many(8_000))
    arguments = ["import", "--mapping", mapping(program.home, KEYED), data]
    command = shlex.join([*START, *arguments])
    limited = [
        "bash",
        "-c",
        f"trap '' XFSZ; ulimit -f 600; exec {command}",
    ]  # KiB of a file: the log has room, what is gathered has none
    done = subprocess.run(
        limited, env=program.environment, cwd=program.home, capture_output=True, text=True, check=False
    )
    assert (done.returncode, "TMPDIR names a folder with more room." in done.stderr) == (3, True), done.stderr
    assert ("Traceback" in done.stderr, on_record(program)) == (False, 0)


def test_rejects_stand_where_the_user_says(program: Aftercare) -> None:
    ran = run(program, "--lenient", "--rejects", "elsewhere", companies(program.home, WRONG))
    assert (ran.code, [each.name for each in (program.home / "elsewhere").iterdir()]) == (1, ["companies.rejects.csv"])


def test_what_a_rule_refuses_is_told_with_its_row_before_anything_is_recorded(program: Aftercare) -> None:
    data = companies(program.home, [*RIGHT, "1,Another,2001-02-03T04:05:06Z"])
    strict = run(program, data)
    assert (strict.code, on_record(program), "Nothing was recorded." in strict.err) == (1, 0, True)
    lenient = run(program, "--lenient", data)
    assert (lenient.code, on_record(program)) == (1, 3)
    for ran in (strict, lenient):
        assert "companies.csv, line 5: already-recorded-differently: company: " in ran.err
        assert "under the same id; what differs: name.\n" in ran.err


def test_a_dry_run_shows_facts_and_records_nothing(program: Aftercare) -> None:
    ran = run(program, "--dry-run", companies(program.home))
    assert (ran.code, on_record(program)) == (0, 0)
    assert ran.out.count("organisation.registered") == 4  # three facts, and their number
    assert ran.out.splitlines()[-1] == "This was a dry run: nothing was recorded."
    assert "The first 0 facts" not in run(program, "--dry-run", companies(program.home, [])).out
    wrong = run(program, "--dry-run", companies(program.home, WRONG))
    assert (wrong.code, on_record(program), NOT_A_MOMENT in wrong.err) == (1, 0, True)
    assert not (program.home / "companies.rejects").exists()


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        (2, 0, r"- company: RegisterOrganisation at 2001-02-03T04:05:06Z\n    id '1' of urn:test:companies\n"),
        (3, 0, r"It is refused. companies.csv, line 3, column since: not-a-moment: "),
        (4, 0, r"It is left out: `when` of its file or of every record does not hold."),
        (5, 0, r"All of it is on record already."),
        (9, 1, r"There is no row companies.csv:9; lines are counted from 1, the header included."),
    ],
    ids=["recorded", "refused", "left out", "repeated", "unknown"],
)
def test_a_row_is_explained(program: Aftercare, line: int, code: int, said: str) -> None:
    data = companies(program.home, [RIGHT[0], WRONG[1], f"4,nobody,{SINCE}", RIGHT[0]])
    ran = run(program, "--explain", f"companies.csv:{line}", data)
    assert (ran.code, on_record(program)) == (code, 0)
    assert re.search(said, ran.out), ran.out


def test_a_row_that_says_what_another_one_says_is_explained(program: Aftercare) -> None:
    errors = [*azure_files.SMALL[azure_files.ERRORS], azure_files.SMALL[azure_files.ERRORS][0]]
    folder = azure_files.write(program.home / "data", errors=errors)
    ran = program.run(*importing(folder), "--explain", "PdM_errors.csv:4")
    assert (ran.code, "It says the same as another row, by `unique`; that one counts." in ran.out) == (0, True)


def test_what_explains_a_row_names_one(program: Aftercare) -> None:
    ran = run(program, "--explain", "companies.csv", companies(program.home))
    assert (ran.code, "companies.csv is not FILE:LINE or FILE:SHEET:LINE, such as" in ran.err) == (2, True)
    ran = run(program, "--explain", "companies.csv:two", companies(program.home))
    assert (ran.code, "companies.csv:two is not FILE:LINE" in ran.err, "mapping" in ran.err) == (2, True, False)


@pytest.mark.parametrize("files", [azure_files.MACHINES, azure_files.ERRORS, "companies.csv", "all"])
def test_a_sketch_is_at_once_accepted(program: Aftercare, files: str) -> None:
    folder = azure_files.write(program.home / "data")
    companies(folder)
    data = str(folder if files == "all" else folder / files)
    sketched = program.run("import", "--sketch", data)
    assert (sketched.code, "guess" in sketched.out) == (0, True)
    ran = program.run("import", "--mapping", mapping(program.home, sketched.out), "--dry-run", data)
    assert (ran.code in {0, 1}, "The mapping cannot" in ran.err) == (True, False), ran.err
    assert "This was a dry run: nothing was recorded." in ran.out


FAULTS = {
    "no TOML": ("format = 1", "format = ", "companies.toml: it is not TOML: "),
    "an unknown name": (
        "columns.number",
        "colums.number",
        "files.companies: Object contains unknown field `colums`; did you mean columns?",
    ),
    "an unknown command": (
        "organisation.register",
        "organisation.registr",
        "records.1 (company): there is no command organisation.registr; did you mean organisation.register?",
    ),
    "an unknown column": ('id = "{number}"\n', 'id = "{nummer}"\n', "records.1 (company).id: {nummer} names no column"),
    "an unknown field": (
        'name = "{name}"',
        'nome = "{name}"',
        "records.1 (company): has no field nome; its fields are",
    ),
    "a format of dates": (
        'type = "moment"',
        'type = "moment", formats = ["%Q"]',
        "files.companies.columns.since: formats: '%Q' is not understood: 'Q' is a bad directive",
    ),
    "an empty id": ('id = "{number}"\n', 'id = ""\n', "records.1 (company).id: what its id is made of is empty."),
    "an id that is none": (
        'organisation_id = { id = "{number}" }',
        'organisation_id = "maker"',
        "records.1 (company).organisation_id: organisation_id is not a UUID in its canonical form",
    ),
    "what is no condition": (
        'command = "org',
        'when = "name"\ncommand = "org',
        "records.1 (company).when: 'name' is neither true nor false",
    ),
    "an expression": ("name != 'nobody'", "name ! 'nobody'", "files.companies.when: \"name ! 'nobody'\" is not"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_mapping_that_cannot_be_followed_is_told_in_one_line_that_names_the_place(
    program: Aftercare, fault: str
) -> None:
    before, after, said = FAULTS[fault]
    assert before in MAPPING
    path = mapping(program.home, MAPPING.replace(before, after))
    ran = program.run("import", "--mapping", path, companies(program.home))
    assert (ran.code, ran.err.count("\n"), on_record(program)) == (2, 1, 0), ran.err
    assert ran.err.startswith(f"The mapping cannot be followed. {said}")


def test_all_faults_of_a_mapping_are_told_in_one_run(program: Aftercare) -> None:
    path = mapping(program.home, MAPPING.replace("name != 'nobody'", "nam != 'nobody'").replace('"{name}"', '"{nome}"'))
    ran = program.run("import", "--mapping", path, companies(program.home))
    assert (ran.code, ran.out, on_record(program)) == (2, "", 0)
    first, *others = ran.err.splitlines()
    assert first == "The mapping cannot be followed. It has 2 faults:"
    assert [line.split(": ")[0] for line in others] == ["  files.companies.when", "  records.1 (company).name"]


def test_what_is_missing_is_named(program: Aftercare, tmp_path: Path) -> None:
    ran = run(program, "nowhere.csv")
    assert (ran.code, "nowhere.csv" in ran.err) == (2, True)
    assert run(program).code == 2
    empty = tmp_path / "empty"
    empty.mkdir()
    ran = run(program, str(empty))
    said = "companies: file-missing: Nothing among the data is named companies*.csv (files.companies).\n"
    assert (ran.code, ran.err) == (1, said)
    ran = run(program, companies(program.home, header="number,title,since"))
    said = "companies.csv, line 1: column-missing: There is no column name (files.companies.columns.name)."
    assert (ran.code, ran.err.startswith(said), on_record(program)) == (1, True, 0)
    assert program.run("import", companies(program.home)).code == 2
