"""
What the Slack CLI runs for `slack run`: its hooks, as processes, against the sandbox.
"""

import asyncio
import json
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.workshop import workspace

ROOT = Path(__file__).parents[1]


def hook(command: str, **environ: str) -> tuple[list[str], dict[str, str]]:
    """
    Return *command* with this Python for any `python3`, and what to run it in.
    """
    first, *rest = shlex.split(command)
    assert first == "python3" or first == sys.executable
    kept = {key: os.environ[key] for key in ("PATH", "LANG") if key in os.environ}
    return [sys.executable, *rest], kept | environ


def run_hook(command: str) -> dict[str, object]:
    arguments, environ = hook(command)
    done = subprocess.run(
        arguments, cwd=ROOT, env=environ, capture_output=True, text=True, check=True
    )
    found: dict[str, object] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def hooks() -> dict[str, str]:
    [(name, command)] = json.loads((ROOT / ".slack" / "hooks.json").read_text())["hooks"].items()
    assert name == "get-hooks"
    return dict(run_hook(command)["hooks"])  # type: ignore[call-overload]


def test_get_manifest_gives_our_manifest(hooks):
    assert run_hook(hooks["get-manifest"]) == json.loads((ROOT / "manifest.json").read_text())


async def test_start_connects_answers_and_ends_at_a_signal(hooks, tmp_path):
    async with workspace(seconds=5) as sandbox:
        arguments, environ = hook(
            hooks["start"],
            SLACK_CLI_XOXB=sandbox.bot_token,
            SLACK_CLI_XAPP=sandbox.app_token,
            SLACK_API_URL=sandbox.api_url,
            HT_DATABASE_URL=f"sqlite:///{tmp_path / 'ht.db'}",
            HT_LOG_LEVEL="DEBUG",
            XDG_DATA_HOME=str(tmp_path / "data"),
            HOME=str(tmp_path),
        )
        bot = await asyncio.create_subprocess_exec(
            *arguments,
            cwd=ROOT,
            env=environ,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            await sandbox.connected(timeout=30)
            outcome = await sandbox.command("U0MEMBER", "/ht", "hotline SECRETWORD")
            gaps = await sandbox.command("U0MEMBER", "/ht", "gaps")
            bot.send_signal(signal.SIGINT)
            async with asyncio.timeout(15):
                output, _ = await bot.communicate()
        finally:
            if bot.returncode is None:
                bot.kill()
                await bot.wait()

    said = output.decode()
    assert "911" in outcome.message.text
    assert "Trends" in gaps.message.text
    assert bot.returncode == 0, said
    assert "Traceback" not in said
    assert "SECRETWORD" not in said
    assert sandbox.bot_token not in said
    assert "Warning" not in said
