"""
Everything a verb says is said in the language that is spoken, but for facts.

The bot speaks a language that is English in marks, "⟦so⟧": what people read outside of the
marks is a fact, stored or typed, or it was forgotten.
"""

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path

import pytest
from sqlalchemy import text as sql
from sqlmodel import SQLModel

from commands import speech
from commands.contract import Notice, UserError
from commands.forms import FieldError
from commands.registry import COMMANDS
from storage.deliveries import DeliveryState, in_states
from tests.apart.test_verbs import ADMIN, MEMBER, answered, texts
from tests.apart.world import SOON, trying
from tests.catalogues import compiled, path_of, template

MARKED = re.compile(r"⟦[^⟧]*⟧")
KEPT = re.compile(r"(`[^`]*`|\{[^}]*\})")  # what is typed, and fields
COMMAND = re.compile(r"`[^`]*`|/ht [^\n]*|https?://\S+|<[@#!][^>]*>")
BREAK = re.compile(r"[\n·,;:()“”\"…|–/.!?•=+→]|(?<!\w)-(?!\w)|\b(?:\d+ )?(?:PST|PDT)\b|\b\d+ ")
LETTERS = re.compile(r"[^\W\d_]{2}")
# Not for people to read, or not ours to say.
UNREAD = {"command", "value", "again", "name", "opens", "card", "user_id", "seen", "kind", "content", "contents"}  # fmt: skip
# What is the same in every language, or said in the one of the source it is of.
SAME = {
    "csv",
    "xlsx",
    "excel",
    "htbot",
    "utc",
    "json",
    "withheld",
    "not reported",
    "meetings",
    "statistics-served",
}
# The words by which people name a kind of message are typed.
SAME |= {kind.name for command in COMMANDS for kind in command.deliveries}
# Answers in words that are kept, in English, or in the language they switch to.
KEPT_IN_ENGLISH = ("audit", "stats audit", "language english")


@pytest.fixture
def marked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """
    Speak in marks while the test lasts.
    """
    catalogue = template("eo")
    for message in catalogue:
        if message.id:
            ids = message.id if isinstance(message.id, tuple) else (message.id,)
            marks = tuple(map(_mark, ids))
            message.string = marks if len(marks) > 1 else marks[0]
    path = path_of("eo", folder=tmp_path)
    path.parent.mkdir(parents=True)
    path.with_suffix(".mo").write_bytes(compiled(catalogue))
    monkeypatch.setattr(speech, "CATALOGUES", tmp_path)
    _forget()
    with speech.speaking("eo"):
        yield
    monkeypatch.undo()
    _forget()


def _forget() -> None:
    speech.languages.cache_clear()
    speech.catalogue.cache_clear()


def _mark(text: str) -> str:
    return "".join(
        piece if piece.startswith(("{", "`")) or not LETTERS.search(piece) else f"⟦{piece}⟧"
        for piece in KEPT.split(text)
    )


def read(what: object) -> Iterator[str]:
    """
    Yield what people read of an answer, a form or a message.
    """
    if isinstance(what, str):
        yield what
    elif isinstance(what, tuple | list):
        for each in what:
            yield from read(each)
    elif isinstance(what, UserError | FieldError):
        yield from read(str(what) if isinstance(what, UserError) else tuple(what.errors.values()))
    elif is_dataclass(what) and not isinstance(what, Enum):
        for field in fields(what):
            if field.name not in UNREAD:
                yield from read(getattr(what, field.name))


def unsaid(said: str, facts: set[str]) -> set[str]:
    """
    Return what of *said* is neither in marks nor a fact.
    """
    left = BREAK.split(COMMAND.sub("\n", MARKED.sub("\n", said)))
    return {
        part
        for part in (" ".join(each.split()).casefold() for each in left)
        if LETTERS.search(part) and part not in facts and part not in SAME
    }


def facts_of(session) -> set[str]:
    """
    Return everything that is stored, whole and in its pieces.
    """
    found: set[str] = set()
    for table in SQLModel.metadata.sorted_tables:
        for row in session.connection().execute(sql(f'SELECT * FROM "{table.name}"')):
            for value in row:
                if isinstance(value, str) and LETTERS.search(value):
                    for part in (value, *BREAK.split(value.replace("[", " ").replace("]", " "))):
                        found.add(" ".join(part.split()).casefold().strip("'\"{} "))
    return found


def test_nothing_a_verb_says_was_forgotten(world, marked):
    forgotten: dict[str, str] = {}
    with trying(world.both) as session:
        facts = facts_of(session)
        asked = [(text, ADMIN) for text in sorted(texts(session))]
        asked += [(command.verb, MEMBER) for command in COMMANDS]
        for text, who in asked:
            if text.startswith(KEPT_IN_ENGLISH):
                continue
            try:
                with session.begin_nested() as trial:
                    said = answered(session, text, *who)
                    trial.rollback()
            except (UserError, FieldError) as error:
                said = [error]
            except Exception:  # noqa: BLE001 - what it is, is told of the answer itself
                continue
            for part in (part for each in said for line in read(each) for part in unsaid(line, facts)):  # fmt: skip
                forgotten.setdefault(part, text)
        for each in in_states(session, tuple(DeliveryState), limit=99):
            kind = next((k for c in COMMANDS for k in c.deliveries if k.name == each.kind), None)
            notice = kind and kind.render(each, session, SOON)
            if isinstance(notice, Notice):
                for part in (part for line in read(notice) for part in unsaid(line, facts)):
                    forgotten.setdefault(part, each.kind)
    assert forgotten == {}
