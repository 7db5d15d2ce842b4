"""The README says what is so: its tour is run, and prints what it says."""

import shutil

import pytest

from tests.readme import README, run_anew


@pytest.mark.skipif(not (shutil.which("bash") and shutil.which("curl")), reason="the tour is told with bash and curl")
def test_the_tour_prints_what_the_readme_says() -> None:
    text = README.read_text()
    assert run_anew(text).splitlines() == text.splitlines(), "python -m tests.readme writes what it prints now"
