"""
Dependencies are looked up in advisories; where nobody can be asked, that is said.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

AUDIT = Path(__file__).parents[1] / ".ci" / "audit"
PINNED = [line.split("==") for line in (AUDIT.parents[1] / "constraints.txt").read_text().splitlines() if "==" in line]  # fmt: skip


def audited(tmp_path, dependencies):
    """
    Run it with a tool that finds *dependencies*; None: with none at all.
    """
    tool = tmp_path / "pip-audit"
    if dependencies is not None:
        said = json.dumps({"dependencies": dependencies, "fixes": []})
        tool.write_text(f"#!{sys.executable}\nprint({said!r})\n")
        tool.chmod(0o755)
    done = subprocess.run([sys.executable, AUDIT, tool], capture_output=True, text=True)
    return done.returncode, done.stdout


def found(**vulns):
    return [{"name": name, "version": version, "vulns": vulns.get(name, [])} for name, version in PINNED]  # fmt: skip


def test_an_advisory_fails_the_run_and_is_named(tmp_path):
    status, said = audited(tmp_path, found(aiohttp=[{"id": "X-1", "fix_versions": ["9.9"]}]))

    assert status == 1
    assert "has X-1; mended in 9.9" in said
    assert f"{len(PINNED)} audited, 1 advisories" in said


def test_where_all_are_well_it_says_how_many_were_looked_up(tmp_path):
    assert audited(tmp_path, found()) == (0, f"audit: {len(PINNED)} audited, 0 advisories\n")


@pytest.mark.parametrize("nothing", [None, [{"name": "aiohttp", "skip_reason": "not found"}]])
def test_without_a_network_nothing_fails_and_nothing_is_said_to_be_audited(tmp_path, nothing):
    status, said = audited(tmp_path, nothing)

    assert status == 0
    assert f"NOT AUDITED: {len(PINNED)} of {len(PINNED)} dependencies" in said
    assert "0 audited" in said
