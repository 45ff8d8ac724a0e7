"""
What operators copy is right: each path, variable and command in the container, the compose
file, the unit and the guide is there.
"""

import argparse
import configparser
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from bot.cli import _parser
from bot.operations import LIVENESS, METRICS, READINESS
from bot.server import LEAVE_SECONDS
from bot.settings import KEYS
from bot.socket_mode import DRAIN_SECONDS

ROOT = Path(__file__).parents[1]
DOCKERFILE, GUIDE, SECURITY = ((ROOT / name).read_text() for name in ("Dockerfile", "docs/operating.md", "SECURITY.md"))  # fmt: skip
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
# Variables of the compose file's own.
OURS = {"HT_DATABASE_PASSWORD"}
STOPS = LEAVE_SECONDS + 3 * DRAIN_SECONDS  # at most, and the last tick and deliveries with it


def lines(instruction):
    """
    Return what follows *instruction* in the Dockerfile, each with its further lines.
    """
    joined = DOCKERFILE.replace("\\\n", " ")
    return [line.split(maxsplit=1)[1] for line in joined.splitlines() if line.startswith(f"{instruction} ")]  # fmt: skip


def parsed(text):
    """
    Parse what is typed after `htbot`; argparse ends the process at what it does not know.
    """
    return _parser().parse_args(shlex.split(text, comments=True))


def test_the_container_copies_what_is_there_and_what_docker_is_given():
    given = {line[1:] for line in (ROOT / ".dockerignore").read_text().split() if line[0] == "!"}
    copied = {path for line in lines("COPY") if "--from" not in line for path in line.split()[:-1]}

    assert copied == given
    assert all((ROOT / path).exists() for path in copied)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packages = {each.rstrip("*") for each in project["tool"]["setuptools"]["packages"]["find"]["include"]}  # fmt: skip
    assert packages | {project["project"]["readme"], "LICENSE"} <= copied


def test_the_container_is_nobody_in_particular_and_looks_after_its_health():
    [user], [entry], [command], [health], [env] = map(lines, ("USER", "ENTRYPOINT", "CMD", "HEALTHCHECK", "ENV"))  # fmt: skip

    assert user == "htbot"
    assert "useradd --system --uid 10001" in DOCKERFILE
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert yaml.safe_load(entry)[0] in project["project"]["scripts"]
    parsed(shlex.join(yaml.safe_load(command)))
    assert LIVENESS in health
    assert "HT_METRICS_PORT" in health
    assert set(re.findall(r"\bHT_[A-Z_]+", env)) <= set(KEYS)


def test_the_health_check_of_the_container_is_a_program():
    [health] = lines("HEALTHCHECK")
    _, _, program = yaml.safe_load(health.partition("CMD ")[2])

    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"HT_METRICS_PORT": "1"},
        capture_output=True,
        text=True,
    )

    assert "Connection refused" in done.stderr


def test_the_compose_file_runs_two_bots_that_can_do_little_on_a_database_that_is_healthy():
    bot, database = COMPOSE["services"]["bot"], COMPOSE["services"]["database"]

    assert bot["deploy"]["replicas"] == 2
    assert bot["read_only"] is True
    assert bot["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in bot["security_opt"]
    assert bot["depends_on"]["database"]["condition"] == "service_healthy"
    assert "pg_isready" in database["healthcheck"]["test"][1]
    assert set(bot["environment"]) <= set(KEYS)
    # .env, as it is copied from .env.example, has them empty, or for one machine alone.
    assert (bot["environment"]["HT_METRICS_PORT"], bot["environment"]["HT_HOST"]) == (
        "9464",
        "0.0.0.0",
    )
    assert f"@{'database'}/{database['environment']['POSTGRES_DB']}" in bot["environment"]["HT_DATABASE_URL"]  # fmt: skip
    assert f"//{database['environment']['POSTGRES_USER']}:" in bot["environment"]["HT_DATABASE_URL"]
    assert {each.partition(":")[0] for each in database["volumes"]} == set(COMPOSE["volumes"])
    assert int(bot["stop_grace_period"].rstrip("s")) > STOPS
    wanted = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "compose.yaml").read_text()))
    assert wanted <= set(KEYS) | OURS
    assert all(f"{name}=" in GUIDE for name in wanted)


def test_the_unit_starts_what_the_guide_installs_and_can_write_its_data_alone():
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str
    unit.read(ROOT / "deploy" / "htbot.service")
    service = unit["Service"]
    program, _, arguments = service["ExecStart"].partition(" ")

    parsed(arguments)
    assert f"sudo git clone . {program.partition('/.venv/')[0]}" in GUIDE
    assert f"{service['WorkingDirectory']}/.env" in GUIDE
    assert f"{service['Environment'].split()[0]} {program}" in GUIDE.replace("  ", " ")
    assert service["User"] == service["Group"] == "htbot"
    assert service["StateDirectory"] == "htbot"
    assert service["ProtectSystem"] == "strict"
    assert service["CapabilityBoundingSet"] == ""
    assert int(service["TimeoutStopSec"]) > STOPS
    assert service["RestartPreventExitStatus"] == "2"  # misconfigured: `bot.command_line`
    assert (ROOT / unit["Unit"]["Documentation"].removeprefix("file:///opt/htbot/")).exists()


@pytest.mark.parametrize(
    "typed",
    sorted({found.strip().rstrip("`") for found in re.findall(r"(?:^ {4}|`|exec bot |\.venv/bin/)htbot ([a-z][^`\n#&|]*)", GUIDE, re.MULTILINE)}),
)  # fmt: skip
def test_every_command_of_the_guide_is_one(typed):
    try:
        parsed(typed.replace("$(date +%F)", "today").replace("$(date +\\%F)", "today"))
    except SystemExit as ended:
        pytest.fail(f"htbot {typed}: {ended}")
    except argparse.ArgumentError as error:
        pytest.fail(str(error))


@pytest.mark.parametrize("document", ["docs/operating.md", "SECURITY.md"])
def test_the_guide_and_the_threat_model_name_what_is_there(document):
    text = (ROOT / document).read_text()
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", text)
    paths = re.findall(r"`((?:tests|deploy|docs|bot|storage|commands)/[\w./-]+)`", text)

    assert [link for link in links if not (ROOT / document).parent.joinpath(link).exists()] == []
    assert [path for path in paths if not (ROOT / path).exists()] == []
    assert set(re.findall(r"\bHT_[A-Z_]+", text)) <= set(KEYS) | OURS
    headings = {re.sub(r"[^a-z0-9 -]", "", line.lstrip("# ").lower()).replace(" ", "-") for name in ("docs/operating.md", "SECURITY.md", "README.md") for line in (ROOT / name).read_text().splitlines() if line.startswith("#")}  # fmt: skip
    assert set(re.findall(r"\]\([^)]*#([^)]+)\)", text)) <= headings


def test_the_guide_names_the_addresses_of_health():
    for path in (LIVENESS, READINESS, METRICS):
        assert f"`{path}`" in GUIDE
