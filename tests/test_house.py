"""The house: what stands where, and how large it may be."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = {"domain", "projections", "api", "migrations", "tests"}
FILES = {"app.py", "pyproject.toml", "README.md", "Makefile", "LICENSE", "requirements.lock"}
MOST_LINES_OF_A_MODULE, MOST_LINES_OF_A_FUNCTION, MOST_LINES_OF_THE_ROOT = 300, 40, 120


def tracked() -> list[Path]:
    """Return the files that belong to the project."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).exists()]


def modules() -> Iterator[Path]:
    """Yield the Python files of the project."""
    return (path for path in tracked() if path.suffix == ".py")


def test_the_top_level_is_as_it_should_be() -> None:
    top = {path.relative_to(ROOT).parts for path in tracked()}
    folders = {parts[0] for parts in top if len(parts) > 1 and not parts[0].startswith(".")}
    files = {parts[0] for parts in top if len(parts) == 1 and not parts[0].startswith(".")}
    assert (folders, files) == (FOLDERS, FILES)


def imports(path: Path) -> set[str]:
    """Return the top-level names of the modules that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


def test_nobody_imports_the_composition_root() -> None:
    assert [path for path in modules() if "app" in imports(path) and "tests" not in path.parts] == []


def test_importing_the_composition_root_does_nothing() -> None:
    program = (
        "import sys, threading, os; before = set(os.listdir('.')); import app;"
        "sys.exit(len(threading.enumerate()) - 1 or len(set(os.listdir('.')) - before))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_tests_are_not_imported_by_what_they_test() -> None:
    assert [path for path in modules() if "tests" in imports(path) and "tests" not in path.parts] == []


def test_modules_fit_on_a_few_screens() -> None:
    lengths = {path.relative_to(ROOT): len(path.read_text().splitlines()) for path in modules()}
    assert {path: length for path, length in lengths.items() if length > MOST_LINES_OF_A_MODULE} == {}
    assert lengths[Path("app.py")] <= MOST_LINES_OF_THE_ROOT


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Yield the functions of a file with the lines of their code: the documentation does not count."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef):
            first = node.body[0]
            documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
            documentation = (first.end_lineno or 0) - first.lineno + 1 if documented else 0
            yield node.name, (node.end_lineno or 0) - node.lineno + 1 - documentation


def test_functions_fit_on_one_screen() -> None:
    long = [
        (str(path.relative_to(ROOT)), name, lines)
        for path in modules()
        for name, lines in functions(path)
        if lines > MOST_LINES_OF_A_FUNCTION
    ]
    assert long == []


@pytest.mark.parametrize(
    "forbidden",
    [
        r"files\.python" + r"hosted",
        r"--" + r"extra-index-url",
        r"pypi\." + r"org",
        r"regis" + r"try\.npmjs",
    ],
)
def test_no_file_names_a_package_registry(forbidden: str) -> None:
    found = [path for path in tracked() if re.search(forbidden.encode(), path.read_bytes())]
    assert found == []


def test_locked_packages_have_hashes() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    packages = re.findall(r"^[a-z0-9][^ ]*==", lock, re.MULTILINE)
    assert len(packages) > 50
    assert all("--hash=sha256:" in block for block in re.split(r"^(?=[a-z0-9])", lock, flags=re.MULTILINE)[1:])
