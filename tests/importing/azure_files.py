"""The Azure data: small files in their form, made up here, and the ids that the mapping gives."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from uuid import UUID, uuid5

MAPPING = "azure-pdm.toml"
DATA = Path(os.environ.get("AFTERCARE_DATA", Path(__file__).parents[3] / "shared" / "data")) / "azure_pdm"
MACHINES, ERRORS, FAILURES, MAINTENANCE = (f"PdM_{name}.csv" for name in ("machines", "errors", "failures", "maint"))
HEADERS: Mapping[str, str] = {
    MACHINES: "machineID,model,age",
    ERRORS: "datetime,machineID,errorID",
    FAILURES: "datetime,machineID,failure",
    MAINTENANCE: "datetime,machineID,comp",
}
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
_IDS = UUID("3b0fb5a3-8f0e-4b53-9d0b-6a6b1f6f9c3d")


def azure_id(what: str) -> UUID:
    """Return the id of an organisation, model, machine or unit of the data."""
    return uuid5(_IDS, what)


def machine_id(number: int) -> UUID:
    return azure_id(f"machine/{number}")


def write(folder: Path, **rows: Sequence[str] | None) -> Path:
    """Write the four files; an argument replaces the rows of one (`machines=…`), None leaves the file out."""
    folder.mkdir(exist_ok=True)
    names = {"machines": MACHINES, "failures": FAILURES, "maintenance": MAINTENANCE, "errors": ERRORS}
    for key, name in names.items():
        if (lines := rows.get(key, SMALL[name])) is not None:
            (folder / name).write_text("\n".join([HEADERS[name], *lines]) + "\n")
    return folder
