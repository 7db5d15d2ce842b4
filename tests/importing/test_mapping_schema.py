"""The schema of mapping files, as editors use it."""

import json
import re
import tomllib
from pathlib import Path

import jsonschema
import pytest

from api.importing.faults import MappingFault
from api.importing.mapping_files import SCHEMA_NAME, mapping_schema, read_mapping
from tests.importing.books import MAPPINGS
from tests.importing.mapping.plans import READINGS


def test_the_schema_beside_the_mappings_is_that_of_the_program() -> None:
    kept = json.loads((MAPPINGS / SCHEMA_NAME).read_text(encoding="utf-8"))
    assert kept == mapping_schema(), "run `make generated`"


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(mapping_schema())


@pytest.mark.parametrize("name", sorted(path.name for path in MAPPINGS.glob("*.toml")))
def test_every_mapping_fits_it(name: str) -> None:
    text = (MAPPINGS / name).read_text(encoding="utf-8")
    assert text.startswith(f"#:schema ./{SCHEMA_NAME}\n")
    jsonschema.Draft202012Validator(mapping_schema()).validate(tomllib.loads(text))


def test_a_slip_is_found_by_it() -> None:
    mapping = tomllib.loads((MAPPINGS / "azure-pdm.toml").read_text(encoding="utf-8"))
    mapping["records"][0]["fields"]["nome"] = mapping["records"][0]["fields"].pop("name")
    errors = list(jsonschema.Draft202012Validator(mapping_schema()).iter_errors(mapping))
    assert ["records", 0, "fields"] in [[*error.absolute_path] for error in errors]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[files.readings]", "[files.Readings]", "a name in files: Expected `str` matching"),
        ("columns.hours", "columns.Hours", "a name in files.readings.columns: Expected `str` matching"),
        ("path =", "pat =", "Object contains unknown field `pat`"),
    ],
)
def test_a_name_that_is_none_is_told_with_the_table_in_which_it_stands(
    old: str, new: str, said: str, tmp_path: Path
) -> None:
    (tmp_path / "m.toml").write_text(READINGS.replace(old, new))
    with pytest.raises(MappingFault, match=re.escape(said)):
        read_mapping(tmp_path / "m.toml")
