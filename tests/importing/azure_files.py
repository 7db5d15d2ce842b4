"""Small files in the form of the Azure data, made up here."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from api.importing.azure_tables import ERRORS, FAILURES, HEADERS, MACHINES, MAINTENANCE

SMALL: Mapping[str, Sequence[str]] = {
    MACHINES: ("1,model3,18", "2,model4,7"),
    FAILURES: (
        "2015-01-02T03:00:00.000000,2,comp1",
        "2015-01-05T06:00:00.000000,1,comp4",
        "2015-03-01T06:00:00.000000,2,comp1",
    ),
    MAINTENANCE: (
        "2014-06-01T06:00:00.000000,1,comp2",
        "2015-01-05T06:00:00.000000,1,comp4",
        "2015-01-05T06:00:00.000000,1,comp1",
        "2015-02-01T06:00:00.000000,2,comp3",
        "2015-03-01T06:00:00.000000,2,comp1",
    ),
    ERRORS: ("2015-01-03T07:00:00.000000,1,error1", "2015-01-05T06:00:00.000000,1,error3"),
}


def write(folder: Path, **rows: Sequence[str] | None) -> Path:
    """Write the four files; an argument replaces the rows of one (`machines=…`), None leaves the file out."""
    names = {"machines": MACHINES, "failures": FAILURES, "maintenance": MAINTENANCE, "errors": ERRORS}
    for key, name in names.items():
        if (lines := rows.get(key, SMALL[name])) is not None:
            (folder / name).write_text("\n".join([",".join(HEADERS[name]), *lines]) + "\n")
    return folder
