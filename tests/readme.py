"""The tour of the README: its commands, and what they answer. `python -m tests.readme` writes the answers anew."""

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.cli.program import ROOT, Aftercare

README = ROOT / "README.md"
_TOUR = re.compile(r"(?<=^## A tour\n)(?:.*\n)*?(?=## )", re.MULTILINE)
_BLOCK = re.compile(r"(?<=^```\n)\$ (?:.*\n)*?(?=```$)", re.MULTILINE)
_COMMAND = re.compile(r"^\$ ((?:.*[\\|]\n)*.*\n)((?:(?!\$ ).*\n)*)", re.MULTILINE)
_PORT, _ENDED = ":8080/", "\x1e"
_DIFFERS = (
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\b"), "<id>"),
    (re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"), "<recorded>"),
)
"""What the server makes: ids of version 7, and times of recording."""


def run_anew(text: str) -> str:
    """Return the README with what its tour prints now, run against a demonstration of its own."""
    tour = _TOUR.search(text)
    assert tour is not None
    commands = [command for block in _BLOCK.findall(tour[0]) for command, _ in _COMMAND.findall(block)]
    with TemporaryDirectory() as folder:
        outputs = iter(_answers(commands, Path(folder)))

    def block_anew(block: re.Match[str]) -> str:
        return "".join(f"$ {command}{next(outputs)}" for command, _ in _COMMAND.findall(block[0]))

    return text[: tour.start()] + _BLOCK.sub(block_anew, tour[0]) + text[tour.end() :]


def _answers(commands: Sequence[str], folder: Path) -> list[str]:
    """Return what each command prints, in one shell for all, in a folder that looks like a clone after `make demo`."""
    (home := folder / ".aftercare").mkdir()
    (folder / ".venv").symlink_to(sys.prefix)
    program = Aftercare(home)
    with program.start("demo") as running:
        port = f":{running.port}/"
        script = "".join(f"{command.replace(_PORT, port)}printf '{_ENDED}'\n" for command in commands)
        done = subprocess.run(
            ["bash"],
            input=script,
            env=program.environment,
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
    *outputs, rest = done.stdout.replace(port, _PORT).split(_ENDED)
    assert (len(outputs), rest) == (len(commands), ""), done.stdout
    return [_steady(output) for output in outputs]


def _steady(output: str) -> str:
    for differs, placeholder in _DIFFERS:
        output = differs.sub(placeholder, output)
    return output


if __name__ == "__main__":
    README.write_text(run_anew(README.read_text()))
