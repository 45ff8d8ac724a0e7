"""
`htbot` from an installed wheel, in a folder that has nothing to do with ours.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "--no-input"]


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    # A copy: setuptools builds in the folder it is given, and others read ours.
    for name in ("bot", "commands", "storage", "pyproject.toml", "README.md", "LICENSE"):
        subprocess.run(["cp", "-r", str(ROOT / name), str(source)], check=True)
    offline = ["--no-deps", "--no-index"]
    subprocess.run(
        [*PIP, "wheel", *offline, "--no-build-isolation", "-w", str(folder), str(source)],
        check=True,
    )
    [wheel] = folder.glob("*.whl")
    target = folder / "target"
    subprocess.run([*PIP, "install", *offline, "--target", str(target), str(wheel)], check=True)
    return target


def run(installed: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "bot", *arguments],
        cwd=folder,
        env={
            "PYTHONPATH": str(installed),
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "XDG_DATA_HOME": str(folder / "data"),
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_packs_migrations_and_the_page_are_in_it(installed):
    held = {str(path.relative_to(installed)) for path in installed.rglob("*")}

    ours = {
        str(path.relative_to(ROOT))
        for package in ("bot", "commands", "storage")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert ours - held == set()
    assert not [name for name in held if name.startswith("tests")]


def test_it_answers_in_an_empty_folder(installed, tmp_path):
    done = run(installed, tmp_path, "say", "/ht hotline")

    assert (done.returncode, done.stderr) == (0, "")
    assert "1 (800) 670-7273" in done.stdout
    assert (tmp_path / "data" / "htbot" / "ht.db").exists()


def test_it_checks_its_own_pack(installed, tmp_path):
    done = run(installed, tmp_path, "pack", "check", "contra_costa")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("the pack is in order.\n")


def test_it_shows_itself_in_an_empty_folder(installed, tmp_path):
    done = run(installed, tmp_path, "demo", "--once")

    assert (done.returncode, done.stderr) == (0, "")
    assert "Answered in" in done.stdout
