"""
What is logged: who says something and where, never what a person typed.
"""

import io
import json
import logging
import warnings
from contextlib import redirect_stderr
from datetime import datetime

import pytest

import bot.logging
from bot.logging import TALKATIVE, configure, where
from tests.workshop import place

WORD = "SECRETWORD"


@pytest.fixture
def at_level(logged):
    """
    Configures logging anew, and says what was written.
    """

    def at_level(level, style="text"):
        stream = io.StringIO()
        with redirect_stderr(stream):
            configure(level, style=style)
        return stream

    return at_level


@pytest.mark.parametrize("level", ["DEBUG", "INFO", "WARNING", "ERROR"])
@pytest.mark.parametrize(
    "name",
    [*TALKATIVE, "slack_bolt.AsyncApp", "slack_sdk.web.async_client", "uvicorn.error", "app.py:f",
     "dotenv.main", "somebody.elses"],
)  # fmt: skip
def test_no_word_of_a_library_gets_through_at_any_level(name, level, at_level):
    stream = at_level(level)
    logger = logging.getLogger(name)
    logger.setLevel(logging.DEBUG)  # as Bolt sets its own
    for number in (logging.DEBUG, logging.INFO, logging.WARNING, logging.CRITICAL):
        logger.log(number, "body: %s", WORD)
    logger.error(WORD, exc_info=ValueError(WORD), stack_info=True)
    logger.setLevel(logging.NOTSET)

    written = stream.getvalue()
    assert WORD not in written
    assert "builtins.ValueError" in written
    assert f"CRITICAL {name}: (from test_logging, line" in written
    assert "DEBUG" not in written
    assert "INFO" not in written


def test_our_own_words_get_through_from_their_level_up(at_level):
    stream = at_level("INFO")
    ours = logging.getLogger("bot.somewhere")
    ours.debug("one")
    ours.info("two %s", 2)

    assert stream.getvalue().endswith("INFO bot.somewhere: two 2\n")
    assert "one" not in stream.getvalue()


def test_an_event_is_a_line_of_json_without_a_word_of_anybodys(at_level):
    stream = at_level("INFO", style="json")
    try:
        fail()
    except KeyError:
        logging.getLogger("bot.somewhere").exception("job %d\nfails", 3)
        logging.getLogger("aiohttp.web").exception("body: %s", WORD)

    assert WORD not in stream.getvalue()
    ours, theirs = map(json.loads, stream.getvalue().splitlines())
    assert list(ours) == ["at", "level", "logger", "event", "trace"]
    assert (ours["level"], ours["logger"], ours["event"]) == (
        "error",
        "bot.somewhere",
        "job 3\nfails",
    )
    assert ours["trace"].startswith("builtins.KeyError\n  ")
    assert datetime.fromisoformat(ours["at"]).tzinfo is not None
    assert theirs["event"].startswith("(from test_logging, line")


@pytest.mark.parametrize(("terminal", "first"), [(True, "2"), (False, "{")])
def test_a_terminal_gets_text_and_everything_else_json(terminal, first, logged):
    stream = io.StringIO()
    stream.isatty = lambda: terminal
    with redirect_stderr(stream):
        configure("INFO")
    logging.getLogger("bot.somewhere").info("well")

    assert stream.getvalue()[0] == first


def test_a_warning_of_pythons_is_logged_without_its_words(at_level):
    stream = at_level("INFO")
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        logging.captureWarnings(capture=False)
        logging.captureWarnings(capture=True)
        warnings.warn(WORD, stacklevel=1)
    logging.captureWarnings(capture=False)

    assert "WARNING py.warnings: (from" in stream.getvalue()
    assert WORD not in stream.getvalue()


def fail():
    raise KeyError(WORD)


def test_a_traceback_names_places_and_classes_and_quotes_nothing():
    try:
        try:
            fail()
        except KeyError as error:
            raise RuntimeError(f"{WORD}!") from error
    except RuntimeError as error:
        told = where(error)

    assert WORD not in told
    assert told.splitlines()[0] == "builtins.RuntimeError"
    assert "builtins.KeyError" in told
    assert told.count("test_logging.py:") == 3


def test_a_traceback_of_errors_in_a_ring_ends():
    first, second = ValueError(), KeyError()
    first.__cause__, second.__cause__ = second, first

    assert where(first).count("ValueError") == 1


@pytest.mark.parametrize("door", ["socket", "http"])
async def test_nothing_typed_or_pressed_or_answered_is_logged(door, library, logged):
    async with place(door, library) as at:
        sandbox = at.sandbox
        logging.getLogger("slack_sdk").setLevel(logging.DEBUG)
        logging.getLogger("slack_bolt").setLevel(logging.DEBUG)
        outcome = await sandbox.command("U0MEMBER", "/ht", f"partner {WORD}")
        await sandbox.press("U0MEMBER", outcome.message, "All partners")
        await sandbox.command("U0MEMBER", "/ht", f"my client {WORD} DOB 1/2/2003")
        await sandbox.event("message", text=WORD, channel="C0GENERAL")
        await sandbox.open_home("U0MEMBER")

    written = logged.getvalue()
    assert WORD not in written
    assert "U0MEMBER" not in written
    assert sandbox.bot_token not in written
    assert "connected to Slack" in written


def test_the_modules_are_ours():
    assert bot.logging.__name__.split(".")[0] in bot.logging.OURS
