"""The schema of mapping files, as editors use it."""

import json
import tomllib

import jsonschema
import pytest

from api.importing.mapping_files import SCHEMA_NAME, mapping_schema
from tests.importing.books import MAPPINGS


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
