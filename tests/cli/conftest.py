"""Aftercare in a fresh home folder."""

import shutil
from pathlib import Path

import pytest

from tests.cli.program import Aftercare


@pytest.fixture
def bare(tmp_path: Path) -> Aftercare:
    """Nothing is set up yet."""
    return Aftercare(tmp_path)


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder with keys and empty databases."""
    home = tmp_path_factory.mktemp("prepared")
    Aftercare(home).ready()
    return home


@pytest.fixture
def program(prepared: Path, tmp_path: Path) -> Aftercare:
    """Keys and empty databases."""
    home = tmp_path / "home"
    shutil.copytree(prepared, home)
    return Aftercare(home)
