"""
The processes that are measured: what they are told, how they are started, what they weigh.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.bench.slack import SECRET, TOKEN, Slack
from tests.workshop import KEY

ROOT = Path(__file__).parents[2]
BOT = [sys.executable, "-m", "bot", "run"]
# The most that can be set. All settings else are the default's, and at the default of 30 some
# of 500 people who ask thousands of things in a minute would be told to wait.
ASKS_PER_MINUTE = "1000"


def environ_for(slack: Slack, **more: str) -> dict[str, str]:
    """
    Return the whole environment of a process: nothing of ours comes with it, so that it writes
    and reads compiled bytecode as on a real machine.
    """
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "SLACK_BOT_TOKEN": TOKEN,
        "SLACK_SIGNING_SECRET": SECRET,
        "SLACK_API_URL": slack.api_url,
        "HT_SECRET_KEY": KEY,
        "HT_ASKS_PER_MINUTE": ASKS_PER_MINUTE,
        **more,
    }


@contextmanager
def running(
    *programs: Sequence[str], environ: dict[str, str], folder: Path
) -> Iterator[list[subprocess.Popen[bytes]]]:
    """
    Yield the processes while they run; what they said is shown if something fails.
    """
    log = folder / "log"
    with log.open("ab") as output:
        started = [
            subprocess.Popen(program, env=environ, cwd=folder, stdout=output, stderr=output)
            for program in programs
        ]
        try:
            yield started
        except Exception:
            print(log.read_text(errors="replace")[-3000:], file=sys.stderr)
            raise
        finally:
            for each in started:
                each.terminate()
            for each in started:
                each.wait(timeout=15)


def weight(process: subprocess.Popen[bytes]) -> dict[str, float]:
    """
    Return what memory *process* holds, in MB of a million bytes: RSS, all that is resident;
    PSS, with its part of what is shared; USS, what is its own.
    """
    rollup = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
    sizes = {line.split()[0]: int(line.split()[1]) for line in rollup.splitlines()[1:]}
    own = sizes["Private_Clean:"] + sizes["Private_Dirty:"]
    kilobytes = {"RSS": sizes["Rss:"], "PSS": sizes["Pss:"], "USS": own}
    return {name: size * 1024 / 1e6 for name, size in kilobytes.items()}
