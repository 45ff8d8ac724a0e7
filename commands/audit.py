"""
/ht audit: who changed, approved, opened or exported what. Look-ups are in no audit.
"""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from commands.contacts import mention
from commands.contract import (
    Button,
    Command,
    Facts,
    Reply,
    Request,
    Standing,
    Text,
)
from commands.ping import said, zone_of
from commands.speech import phrase, say
from commands.words import words
from storage.audit import Entry, entries
from storage.members import members
from storage.session import Session

MOST = 200  # entries of an answer, over as many pages as they need
LOOKED_AT = 2_000  # the latest, where words are asked for
_PERSON = re.compile(r"<@([UW][A-Z0-9]{2,})(?:\|[^>]*)?>|@?([UW][A-Z0-9]{5,})")
# How what was done is said, where its act says it otherwise.
_SPOKEN = {"undone": "undid", "given": "gave", "taken": "took", "withdrawn": "withdrew", "begun": "began"}  # fmt: skip
_ARTICLE = {
    "directory": phrase("the directory"),
    "database": phrase("the database"),
    "key": phrase("the key"),
}
ALL = Button(label=phrase("The whole audit"), command="audit")
NOT_HERE = phrase(
    "Nothing of that is in the audit. Try `/ht audit`, `/ht audit @person`, `/ht audit exported`."
)
WHAT = phrase("Only what was done is here. Who looked something up is recorded nowhere.")


def handle(request: Request, session: Session) -> Reply:
    person = _PERSON.fullmatch(request.text.strip())
    if person is not None:
        user_id = person[1] or person[2]
        found = entries(session, limit=MOST, person=user_id)
        return _page(
            found,
            session,
            title=say("Audit: {user_id}", user_id=user_id),
            again=f"audit {mention(user_id)}",
        )
    typed = words(request.text)
    if not typed:
        return _page(entries(session, limit=MOST), session, title=say("Audit"), again="audit")
    every = entries(session, limit=LOOKED_AT)
    found = tuple(each for each in every if _tells(each, typed))[:MOST]
    # What was typed stands here as the beginnings of the bot's own words.
    return _page(found, session, title=say("Audit, by words"), again=f"audit {' '.join(typed)}")


def sentence(entry: Entry, *, names: Mapping[str, str] = MappingProxyType({})) -> str:
    """
    Return what an entry says, as "U1 approved registration: U2 (collaborative: coalition)".

    Args:
        names: Slack id -> name, of members: ids alone are stored.
    """

    def called(who: str) -> str:
        return f"{names[who]} ({who})" if who in names else who

    thing, _, verb = entry.act.rpartition(".")
    verb, named = _SPOKEN.get(verb, verb), _ARTICLE.get(thing, thing)
    kind, _, key = (entry.subject or "").partition(":")
    if not entry.subject or entry.subject == thing:
        done = f"{verb} {named}"
    elif kind == thing:
        done = f"{verb} {thing} {key}"
    else:
        done = f"{verb} {thing}: {kind} {key}" if key else f"{verb} {thing}: {called(kind)}"
    told = "; ".join(f"{name}: {value}" for name, value in sorted(entry.details.items()) if value)
    plain = f"{called(entry.actor)} {done.replace('_', ' ')}"
    return f"{plain} ({told})" if told else plain


def _tells(entry: Entry, typed: Sequence[str]) -> bool:
    # By what is stored: a name that was typed would be in the bot's own words no more.
    known = words(sentence(entry))
    return all(any(word.startswith(each) for word in known) for each in typed)


def _page(found: Sequence[Entry], session: Session, *, title: str, again: str) -> Reply:
    if not found and again != "audit":
        return Reply(
            title=say("Audit"),
            parts=(Text(text=say(NOT_HERE)),),
            buttons=(ALL.spoken,),
            shareable=False,
        )
    zone = zone_of(session)
    names = {each.user_id: each.details.name for each in members(session)} if found else {}
    rows = tuple((said(each.at, zone), sentence(each, names=names)) for each in found)
    return Reply(
        title=title,
        parts=(Facts(rows=rows),) if rows else (Text(text=say("Nothing was done yet.")),),
        notes=(
            say(WHAT),
            *((say("These are the latest {most}.", most=MOST),) if len(found) == MOST else ()),
        ),
        buttons=() if again == "audit" else (ALL.spoken,),
        again=again,
        shareable=False,
    )


COMMAND = Command(
    verb="audit",
    usage="audit [@person | words]",
    summary=phrase("Who changed, approved, opened private contacts or exported, newest first."),
    aliases=("audit log", "audit trail", "who did what", "auditoria"),
    examples=("audit", "audit exported"),
    who=Standing.COORDINATOR,
    handle=handle,
)
