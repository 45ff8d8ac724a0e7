"""
The rooms: which way imports run, and what is written nowhere.
"""

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = sorted(
    path
    for package in ("bot", "commands", "storage")
    for path in (ROOT / package).rglob("*.py")
    if path.read_text().strip() or path.name != "__init__.py"
)


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def tracked() -> list[Path]:
    try:
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT, capture_output=True, text=True, check=True,
        ).stdout.splitlines()  # fmt: skip
    except (OSError, subprocess.CalledProcessError):  # not a clone: a source archive
        listed = [named(path) for path in OURS]
        listed += [path.name for path in ROOT.iterdir() if path.is_file()]
    return [ROOT / name for name in listed if (ROOT / name).is_file()]


def test_imports_run_one_way():
    script = Path(sys.executable).with_name("lint-imports")
    if not script.exists():  # it comes with the `lint` extra; `make lint` runs it
        pytest.skip("import-linter is not installed")
    done = subprocess.run(
        [str(script), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr


FORBIDDEN = {
    "bot": {"sqlalchemy", "sqlmodel", "storage.models"},
    "commands": {"bot", "slack_bolt", "slack_sdk", "apscheduler", "sqlalchemy", "sqlmodel",
                 "aiohttp", "uvicorn", "asyncio", "storage.models", "storage.migrations"},
    "storage": {"bot", "commands", "slack_bolt", "slack_sdk", "apscheduler", "aiohttp", "uvicorn"},
}  # fmt: skip


@pytest.mark.parametrize("room", FORBIDDEN)
def test_no_room_imports_what_it_must_not_know(room):
    found = set()
    for path in (ROOT / room).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [each.name for each in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module, *(f"{node.module}.{each.name}" for each in node.names)]
            found |= {
                f"{named(path)}: {name}"
                for name in names
                for never in FORBIDDEN[room]
                if name == never or name.startswith(f"{never}.")
            }

    assert found == set()


HEAVY = re.compile(
    r"^(?:import|from) (?:alembic|cryptography|highspy|holidays|icalendar|numpy|openpyxl|phonenumbers"
    r"|psycopg|sqlalchemy\.dialects\.postgresql)\b",
    re.MULTILINE,
)
# These are themselves imported when something needs them.
LATE = (
    "storage/disclosure/", "storage/exchange/cells.py", "storage/migrations/versions/",
    "storage/migrations/env.py", "storage/migrations/__main__.py",
)  # fmt: skip


def test_what_the_first_answer_can_do_without_is_not_imported_at_the_start():
    found = {named(path) for path in OURS if HEAVY.search(path.read_text())}

    assert {each for each in found if not each.startswith(LATE)} == set()


def test_every_module_says_first_what_it_holds():
    silent = set()
    for path in OURS:
        docstring = ast.get_docstring(ast.parse(path.read_text())) or ""
        opening = docstring.split("\n\n", maxsplit=1)[0].splitlines()
        if not 1 <= len(opening) <= 3:  # a sentence, which may run on
            silent.add(named(path))

    assert silent == set()


def test_no_file_names_a_registry():
    address = re.compile(
        r"index-url|extra-index|find-links|://[^\s/]*(?:py[p]i|python[h]osted)",
        re.IGNORECASE,
    )
    naming = {
        named(path)
        for path in tracked()
        if path != Path(__file__) and address.search(path.read_text(errors="replace"))
    }

    assert naming == set()


def wanted(requirements: list[str], *, extras: set[str]) -> set[str]:
    """
    Return the names of what is installed for *requirements*, theirs too.
    """
    packaging = pytest.importorskip("packaging.requirements")
    names: set[str] = set()
    pending = [(packaging.Requirement(each), extras) for each in requirements]
    while pending:
        requirement, active = pending.pop()
        marker = requirement.marker
        if marker and not any(marker.evaluate({"extra": extra}) for extra in {"", *active}):
            continue
        name = re.sub(r"[-_.]+", "-", requirement.name).lower()
        key = f"{name}[{','.join(sorted(requirement.extras))}]"
        if key in names:
            continue
        names |= {key, name}
        try:
            inner = requires(name) or []
        except PackageNotFoundError:
            continue
        pending += [(packaging.Requirement(each), set(requirement.extras)) for each in inner]
    return {name for name in names if "[" not in name}


def pins() -> dict[str, str]:
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if line.strip()]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+", line) for line in lines)
    return {
        re.sub(r"[-_.]+", "-", name).lower(): pinned
        for name, _, pinned in (line.partition("==") for line in lines)
    }


def test_everything_that_is_installed_is_pinned():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    all_of_them = [*project["dependencies"], *(each for some in extras.values() for each in some)]

    built_with = {"setuptools", "wheel", "pip"}  # of the venv, not of ours
    assert wanted(all_of_them, extras=set()) - pins().keys() - built_with == set()


def test_what_is_installed_here_is_what_is_pinned():
    differing = set()
    for name, pinned in pins().items():
        try:
            if version(name) != pinned:
                differing.add(name)
        except PackageNotFoundError:
            continue  # of an extra that is not installed

    assert differing == set()
