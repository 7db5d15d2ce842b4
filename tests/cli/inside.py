"""Commands run inside the process of the test, where what counts is what they say and their exit code."""

from pathlib import Path

from click.testing import CliRunner

import app
from api.cli import aftercare
from domain import declared
from tests.cli.program import Ran


def run_of(program: app.Program, *arguments: str) -> Ran:
    """Run a command of a program; a fault that nobody tells is raised."""
    declared.facts()
    done = CliRunner().invoke(aftercare, arguments, obj=program)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Ran(done.exit_code, done.stdout, done.stderr)


def run_in(home: Path, *arguments: str, **environment: str) -> Ran:
    """Run a command in a home folder."""
    return run_of(app.Program({"AFTERCARE_HOME": str(home), **environment}), *arguments)


def told_in_one_line(ran: Ran, code: int) -> str:
    """Return the one line that a command ended with."""
    assert (ran.code, ran.err.count("\n"), "Traceback" in ran.err) == (code, 1, False), ran
    return ran.err
