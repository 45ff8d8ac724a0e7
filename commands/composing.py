"""
Composing a broadcast: the form, the preview, the draft's own corrections.
"""

import re
from datetime import datetime, time
from zoneinfo import ZoneInfo

from commands.announcing import in_words
from commands.contacts import mentioned
from commands.contract import (
    Button,
    Facts,
    Heading,
    Part,
    Reply,
    Request,
    Text,
    UserError,
)
from commands.forms import (
    ChannelField,
    ChoiceField,
    ChoicesField,
    DateField,
    FieldError,
    Option,
    SearchesField,
    Sheet,
    Submission,
    TextField,
    TimeField,
    spoken,
)
from commands.match import find, key_words
from commands.ping import zone_of
from commands.register import asker_of
from commands.speech import phrase, say, say_many
from storage.audiences import CHANNEL, ROLES, choices, labels, resolve
from storage.broadcast_approvals import needs_approval
from storage.broadcasts import EMERGENCY, Broadcast, BroadcastState, Draft, find_broadcast, save
from storage.errors import MovedOnError, UnknownBroadcastError
from storage.members import find_member
from storage.session import Session

LONGEST = 2000  # characters
MOST_FOUND = 50
LIST = Button(label=phrase("All broadcasts"), command="broadcasts")
CALLS_ALL = re.compile(r"[@!](channel|here|everyone)\b", re.IGNORECASE)
# What might be a private contact: digits as a phone number has them, an e-mail, an address.
CONTACT = re.compile(
    r"(?P<phone>\(?\b\d{3}\)?[ .-]?\d{3}[ .-]?\d{4}\b)"
    r"|(?P<mail>[^\s@]+@[^\s@]+\.[a-z]{2,})"
    r"|(?P<place>\b\d{1,5} +(?:[A-Z][\w.]* +){1,4}(?:St|Street|Ave|Avenue|Blvd|Rd|Road|Dr|Drive|Ln|Lane|Way|Ct)\b)"
)
WHAT = {
    "phone": phrase("a phone number"),
    "mail": phrase("an e-mail address"),
    "place": phrase("an address"),
}
YES = "yes"
REPEATS = (
    Option(label=phrase("Once"), value="once"),
    Option(label=phrase("Every day"), value="daily"),
    Option(label=phrase("Every week"), value="weekly"),
    Option(label=phrase("Every month"), value="monthly"),
)
AGAIN = phrase("It went out before: with what you change it becomes another broadcast, and this one is not repeated any more.")  # fmt: skip
GONE = phrase(
    "This broadcast is on its way, or was changed since you opened this. Nothing was stored."
)


def show(request: Request, session: Session, *, kind: str) -> Sheet:
    """
    Show the form, empty or with the sender's own draft.
    """
    found = own(request, session) if _number(request.text) else None
    draft = found.draft if found else None
    urgent = kind == EMERGENCY or (draft is not None and draft.kind == EMERGENCY)
    zone = zone_of(session)
    local = draft.send_at.astimezone(zone) if draft and draft.send_at else None
    every = {each.ref: each.label for each in choices(session)}
    chosen = [ref for ref in draft.audience if ref in every] if draft else []
    channel = next((ref.partition(":")[2] for ref in draft.audience if ref.startswith(CHANNEL)), None) if draft else None  # fmt: skip
    says = [say("It goes out only after you have seen a preview. Its readers see your name.")]
    if urgent:
        says.append(
            say("Urgent: it goes through mutes and quiet hours, and says so. It is in the audit.")
        )
    if found and found.started_at:
        says.append(say(AGAIN))
    if found and found.reason:
        says.append(say("A second coordinator said no: {reason}", reason=found.reason))
    return Sheet(
        title=say("Urgent message") if urgent else say("Broadcast"),
        says=tuple(says),
        fields=(
            TextField(
                name="text",
                label=say("What you tell them"),
                value=draft.text if draft else None,
                free=True,
                lines=True,
                longest=LONGEST,
            ),
            SearchesField(
                name="audience",
                label=say("To whom"),
                hint=say(
                    "Collaboratives, subcommittees, agencies, services, roles: whoever is in any of them, once."
                ),
                values=tuple(Option(label=every[ref], value=ref) for ref in chosen),
                optional=True,
            ),
            ChannelField(
                name="channel", label=say("And in a channel"), value=channel, optional=True
            ),
            ChoicesField(
                name="only",
                label=say("Of those, only"),
                options=tuple(Option(label=label, value=ref) for ref, label in ROLES.items()),
                values=draft.only if draft else (),
                optional=True,
            ),
            DateField(
                name="day",
                label=say("On which day"),
                value=local.date().isoformat() if local else None,
                optional=True,
                hint=say("Leave day and time empty to send it at once."),
            ),
            TimeField(
                name="time",
                label=say("At what time"),
                value=f"{local:%H:%M}" if local else None,
                optional=True,
                hint=say("Local time, {key}.", key=zone.key),
            ),
            ChoiceField(
                name="repeat",
                label=say("How often"),
                options=spoken(REPEATS),
                value=(draft.repeat if draft else None) or "once",
            ),
            ChoicesField(
                name="wishes",
                label=say("Also"),
                options=(
                    Option(label=say("Ask them to say that they read it"), value="ack"),
                    Option(label=say("The text may stand on a lock screen"), value="harmless"),
                ),
                values=tuple(
                    name
                    for name, yes in (
                        ("ack", draft.wants_ack if draft else False),
                        ("harmless", draft.harmless if draft else False),
                    )
                    if yes
                ),
                optional=True,
            ),
        ),
        send=say("Preview"),
        seen=f"{found.version}" if found else "",
    )


def take(request: Request, session: Session, submission: Submission, *, kind: str) -> Reply:
    asker = asker_of(request)
    found = own(request, session) if _number(request.text) else None
    if found is not None and submission.seen != str(found.version):
        raise UserError(say(GONE), buttons=(LIST.spoken,))
    draft = _read(submission, session, request, kind=found.draft.kind if found else kind)
    try:
        stored = save(
            session,
            draft,
            team_id=asker.team_id,
            sender=asker.user_id,
            now=request.now,
            number=found.number if found else None,
        )
    except MovedOnError:
        raise UserError(say(GONE), buttons=(LIST.spoken,)) from None
    return preview(stored, request, session)


def preview(found: Broadcast, request: Request, session: Session) -> Reply:
    """
    Show a draft as its readers will see it, and how many they are.
    """
    draft, number = found.draft, found.number
    audience = resolve(session, draft.audience, only=draft.only)
    parts: list[Part] = [
        Facts(rows=about(found, session)),
        Heading(text=say("What they read")),
        Text(text=draft.text),
    ]
    parts += contacts(draft.text)
    parts += passed(
        found, request, say("sent now, it goes out at once. To have it wait, change it.")
    )
    count = len(audience.people) + len(audience.channels)
    if not count:
        parts.append(Text(text=say("Nobody is in this audience just now, so there is nobody to send it to.")))  # fmt: skip
    waits = needs_approval(session, found)
    label = say("Ask a second coordinator") if waits else say("Send to {count}", count=count)
    if draft.send_at and draft.send_at > request.now and not waits:
        label = say("Schedule for {count}", count=count)
    send = Button(label=label, command=f"broadcasts send {number} {found.version}")
    return Reply(
        title=say("Preview of broadcast {number}", number=number),
        parts=tuple(parts),
        notes=(say("Nothing has been sent."),),
        buttons=(
            *((send,) if count else ()),
            Button(label=say("Test: send it to me alone"), command=f"broadcasts test {number}"),
            Button(label=say("Change it"), command=f"broadcast edit {number}"),
            Button(label=say("Throw it away"), command=f"broadcasts abort {number}"),
            LIST.spoken,
        ),
        again=f"broadcasts {number}",
        shareable=False,
    )


def contacts(text: str) -> tuple[Text, ...]:
    """
    Ask about what in a text might be a private contact.
    """
    held = tuple(dict.fromkeys(WHAT[each.lastgroup or ""] for each in CONTACT.finditer(text)))
    if not held:
        return ()
    return (Text(text=say("It holds {list}. Is that a work contact? If not, change it.", list=' and '.join(held))),)  # fmt: skip


def passed(found: Broadcast, request: Request, what: str) -> tuple[Text, ...]:
    """
    Warn that the time a broadcast was to go out at is over.

    Args:
        what: happens then.
    """
    send_at = found.draft.send_at
    if send_at is None or send_at > request.now:
        return ()
    return (Text(text=say("The time that was chosen has passed: {what}", what=what)),)


def about(found: Broadcast, session: Session) -> tuple[tuple[str, str], ...]:
    """
    Return for whom a broadcast is and when, a line a fact.
    """
    draft, zone = found.draft, zone_of(session)
    audience = resolve(session, draft.audience, only=draft.only)
    people, channels = len(audience.people), len(audience.channels)
    whom = in_words(labels(session, draft.audience, for_all=False))
    only = in_words(labels(session, draft.only, for_all=False))
    heads = say_many("{number} person", "{number} people", people)
    heads += say(" and {channels} channel", channels=channels) if channels else ""
    rows = [
        (say("To"), f"{whom}{say(', only: {only}', only=only) if only else ''}"),
        (say("Head-count now"), heads),
    ]
    when = say("{send_at:%a %b %d, %Y at %H:%M %Z}", send_at=draft.send_at.astimezone(zone)) if draft.send_at else say("at once")  # fmt: skip
    again = {each.value: say(each.label).lower() for each in REPEATS}.get(
        draft.repeat or "", say("Once").lower()
    )
    rows.append((say("When"), f"{when}, {again}" if draft.repeat else when))
    rows.append(
        (say("Asks readers to say they read it"), say("yes") if draft.wants_ack else say("no"))
    )
    rows.append((say("On a lock screen"), say("the text") if draft.harmless else say("no text")))
    if draft.kind == EMERGENCY:
        rows.append((say("Urgent"), say("goes through mutes and quiet hours")))
    elif found.approved_by:
        by = find_member(session, team_id=found.team_id, user_id=found.approved_by)
        rows.append((say("Approved by"), by.details.name if by else say("a coordinator")))
    elif found.state is BroadcastState.WAITING or (
        found.started_at is None and needs_approval(session, found)
    ):
        rows.append(
            (
                say("Needs"),
                say("a second coordinator: it is large, or goes beyond one collaborative"),
            )
        )
    return tuple(rows)


def search(request: Request, session: Session) -> tuple[Option, ...]:
    every = choices(session)
    if not key_words(request.text):
        found = list(every)
    else:
        typed = request.text.casefold()
        found = [each for each in every if any(typed in name.casefold() for name in each.names)]
        if not found:
            match = find(request.text, [(each, each.names) for each in every])
            found = [match.best] if match.best else list(match.close)
    return tuple(Option(label=each.label, value=each.ref) for each in found[:MOST_FOUND])


def own(request: Request, session: Session) -> Broadcast:
    """
    Return the asker's own broadcast that a text names.

    Raises:
        UserError: if there is none.
    """
    number = _number(request.text)
    try:
        found = find_broadcast(session, number or 0)
    except UnknownBroadcastError:
        found = None
    if found is None or found.sender != asker_of(request).user_id:
        raise UserError(say("That is not a broadcast of yours."), buttons=(LIST.spoken,))
    return found


def calls(text: str) -> str | None:
    """
    Return what is wrong with a text that calls somebody; None: it calls nobody.
    """
    if CALLS_ALL.search(text):
        return say("A broadcast calls nobody by @channel or @here: everybody in it gets their own message. Please take that out.")  # fmt: skip
    if mentioned(text):
        return say("Please write names without @: nobody is called from inside a broadcast.")
    return None


def _number(text: str) -> int | None:
    return next((int(word[:9]) for word in text.split() if word.isdecimal()), None)


def _read(submission: Submission, session: Session, request: Request, *, kind: str) -> Draft:
    wrong: dict[str, str] = {}
    text = submission.text("text")
    if not text:
        wrong["text"] = say("Please type what you tell them.")
    elif unfit := calls(text):
        wrong["text"] = unfit
    known = {each.ref for each in choices(session)}
    audience = [ref for ref in submission.many("audience") if ref in known]
    if channel := submission.one("channel"):
        audience.append(f"{CHANNEL}:{channel}")
    if not audience:
        wrong["audience"] = say("Please choose whom it is for, or a channel.")
    day, at = submission.one("day"), submission.one("time")
    send_at = None
    if bool(day) != bool(at):
        wrong["time" if day else "day"] = say("Please pick a day and a time, or neither.")
    elif day and at:
        send_at = _moment(day, at, zone_of(session))
        if send_at <= request.now:
            wrong["day"] = say("That is past. Please pick a later time, or leave both empty to send it at once.")  # fmt: skip
    if wrong:
        raise FieldError(wrong)
    repeat, wishes = submission.one("repeat"), submission.many("wishes")
    return Draft(
        kind=kind,
        text=text,
        audience=tuple(audience),
        only=tuple(ref for ref in submission.many("only") if ref in ROLES),
        wants_ack="ack" in wishes,
        harmless="harmless" in wishes,
        send_at=send_at,
        repeat=repeat if repeat in {"daily", "weekly", "monthly"} else None,
    )


def _moment(day: str, at: str, zone: ZoneInfo) -> datetime:
    moment = datetime.combine(datetime.fromisoformat(day).date(), time.fromisoformat(at), zone)
    return moment.astimezone(zone)
