"""
Composing a broadcast: the form, the preview, the draft's own corrections.
"""

import re
from datetime import datetime, time
from zoneinfo import ZoneInfo

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
)
from commands.match import find, key_words
from commands.ping import zone_of
from commands.register import asker_of
from storage.audiences import CHANNEL, ROLES, choices, labels, resolve
from storage.broadcast_approvals import needs_approval
from storage.broadcasts import EMERGENCY, Broadcast, BroadcastState, Draft, find_broadcast, save
from storage.errors import MovedOnError, UnknownBroadcastError
from storage.members import find_member
from storage.session import Session

LONGEST = 2000  # characters
MOST_FOUND = 50
LIST = Button(label="All broadcasts", command="broadcasts")
CALLS_ALL = re.compile(r"[@!](channel|here|everyone)\b", re.IGNORECASE)
# What might be a private contact: digits as a phone number has them, an e-mail, an address.
CONTACT = re.compile(
    r"(?P<phone>\(?\b\d{3}\)?[ .-]?\d{3}[ .-]?\d{4}\b)"
    r"|(?P<mail>[^\s@]+@[^\s@]+\.[a-z]{2,})"
    r"|(?P<place>\b\d{1,5} +(?:[A-Z][\w.]* +){1,4}(?:St|Street|Ave|Avenue|Blvd|Rd|Road|Dr|Drive|Ln|Lane|Way|Ct)\b)"
)
WHAT = {"phone": "a phone number", "mail": "an e-mail address", "place": "an address"}
YES = "yes"
REPEATS = (
    Option(label="Once", value="once"),
    Option(label="Every day", value="daily"),
    Option(label="Every week", value="weekly"),
    Option(label="Every month", value="monthly"),
)
AGAIN = "It went out before: with what you change it becomes another broadcast, and this one is not repeated any more."  # fmt: skip
GONE = "This broadcast is on its way, or was changed since you opened this. Nothing was stored."


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
    says = ["It goes out only after you have seen a preview. Its readers see your name."]
    if urgent:
        says.append(
            "Urgent: it goes through mutes and quiet hours, and says so. It is in the audit."
        )
    if found and found.started_at:
        says.append(AGAIN)
    if found and found.reason:
        says.append(f"A second coordinator said no: {found.reason}")
    return Sheet(
        title="Urgent message" if urgent else "Broadcast",
        says=tuple(says),
        fields=(
            TextField(
                name="text",
                label="What you tell them",
                value=draft.text if draft else None,
                free=True,
                lines=True,
                longest=LONGEST,
            ),
            SearchesField(
                name="audience",
                label="To whom",
                hint="Collaboratives, subcommittees, agencies, services, roles: whoever is in any of them, once.",
                values=tuple(Option(label=every[ref], value=ref) for ref in chosen),
                optional=True,
            ),
            ChannelField(name="channel", label="And in a channel", value=channel, optional=True),
            ChoicesField(
                name="only",
                label="Of those, only",
                options=tuple(Option(label=label, value=ref) for ref, label in ROLES.items()),
                values=draft.only if draft else (),
                optional=True,
            ),
            DateField(
                name="day",
                label="On which day",
                value=local.date().isoformat() if local else None,
                optional=True,
                hint="Leave day and time empty to send it at once.",
            ),
            TimeField(
                name="time",
                label="At what time",
                value=f"{local:%H:%M}" if local else None,
                optional=True,
                hint=f"Local time, {zone.key}.",
            ),
            ChoiceField(
                name="repeat",
                label="How often",
                options=REPEATS,
                value=(draft.repeat if draft else None) or "once",
            ),
            ChoicesField(
                name="wishes",
                label="Also",
                options=(
                    Option(label="Ask them to say that they read it", value="ack"),
                    Option(label="The text may stand on a lock screen", value="harmless"),
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
        send="Preview",
        seen=f"{found.version}" if found else "",
    )


def take(request: Request, session: Session, submission: Submission, *, kind: str) -> Reply:
    asker = asker_of(request)
    found = own(request, session) if _number(request.text) else None
    if found is not None and submission.seen != str(found.version):
        raise UserError(GONE, buttons=(LIST,))
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
        raise UserError(GONE, buttons=(LIST,)) from None
    return preview(stored, request, session)


def preview(found: Broadcast, request: Request, session: Session) -> Reply:
    """
    Show a draft as its readers will see it, and how many they are.
    """
    draft, number = found.draft, found.number
    audience = resolve(session, draft.audience, only=draft.only)
    parts: list[Part] = [
        Facts(rows=about(found, session)),
        Heading(text="What they read"),
        Text(text=draft.text),
    ]
    parts += contacts(draft.text)
    parts += passed(found, request, "sent now, it goes out at once. To have it wait, change it.")
    count = len(audience.people) + len(audience.channels)
    if not count:
        parts.append(Text(text="Nobody is in this audience just now, so there is nobody to send it to."))  # fmt: skip
    waits = needs_approval(session, found)
    label = "Ask a second coordinator" if waits else f"Send to {count}"
    if draft.send_at and draft.send_at > request.now and not waits:
        label = f"Schedule for {count}"
    send = Button(label=label, command=f"broadcasts send {number} {found.version}")
    return Reply(
        title=f"Preview of broadcast {number}",
        parts=tuple(parts),
        notes=("Nothing has been sent.",),
        buttons=(
            *((send,) if count else ()),
            Button(label="Test: send it to me alone", command=f"broadcasts test {number}"),
            Button(label="Change it", command=f"broadcast edit {number}"),
            Button(label="Throw it away", command=f"broadcasts abort {number}"),
            LIST,
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
    return (Text(text=f"It holds {' and '.join(held)}. Is that a work contact? If not, change it."),)  # fmt: skip


def passed(found: Broadcast, request: Request, what: str) -> tuple[Text, ...]:
    """
    Warn that the time a broadcast was to go out at is over.

    Args:
        what: happens then.
    """
    send_at = found.draft.send_at
    if send_at is None or send_at > request.now:
        return ()
    return (Text(text=f"The time that was chosen has passed: {what}"),)


def about(found: Broadcast, session: Session) -> tuple[tuple[str, str], ...]:
    """
    Return for whom a broadcast is and when, a line a fact.
    """
    draft, zone = found.draft, zone_of(session)
    audience = resolve(session, draft.audience, only=draft.only)
    people, channels = len(audience.people), len(audience.channels)
    whom = ", ".join(labels(session, draft.audience, for_all=False))
    only = ", ".join(labels(session, draft.only, for_all=False))
    heads = f"{people} {'person' if people == 1 else 'people'}"
    heads += f" and {channels} channel" if channels else ""
    rows = [("To", f"{whom}{f', only: {only}' if only else ''}"), ("Head-count now", heads)]
    when = f"{draft.send_at.astimezone(zone):%a %b %d, %Y at %H:%M %Z}" if draft.send_at else "at once"  # fmt: skip
    again = {each.value: each.label.lower() for each in REPEATS}.get(draft.repeat or "", "once")
    rows.append(("When", f"{when}, {again}" if draft.repeat else when))
    rows.append(("Asks readers to say they read it", YES if draft.wants_ack else "no"))
    rows.append(("On a lock screen", "the text" if draft.harmless else "no text"))
    if draft.kind == EMERGENCY:
        rows.append(("Urgent", "goes through mutes and quiet hours"))
    elif found.approved_by:
        by = find_member(session, team_id=found.team_id, user_id=found.approved_by)
        rows.append(("Approved by", by.details.name if by else "a coordinator"))
    elif found.state is BroadcastState.WAITING or (
        found.started_at is None and needs_approval(session, found)
    ):
        rows.append(
            ("Needs", "a second coordinator: it is large, or goes beyond one collaborative")
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
        raise UserError("That is not a broadcast of yours.", buttons=(LIST,))
    return found


def calls(text: str) -> str | None:
    """
    Return what is wrong with a text that calls somebody; None: it calls nobody.
    """
    if CALLS_ALL.search(text):
        return "A broadcast calls nobody by @channel or @here: everybody in it gets their own message. Please take that out."  # fmt: skip
    if mentioned(text):
        return "Please write names without @: nobody is called from inside a broadcast."
    return None


def _number(text: str) -> int | None:
    return next((int(word[:9]) for word in text.split() if word.isdecimal()), None)


def _read(submission: Submission, session: Session, request: Request, *, kind: str) -> Draft:
    wrong: dict[str, str] = {}
    text = submission.text("text")
    if not text:
        wrong["text"] = "Please type what you tell them."
    elif unfit := calls(text):
        wrong["text"] = unfit
    known = {each.ref for each in choices(session)}
    audience = [ref for ref in submission.many("audience") if ref in known]
    if channel := submission.one("channel"):
        audience.append(f"{CHANNEL}:{channel}")
    if not audience:
        wrong["audience"] = "Please choose whom it is for, or a channel."
    day, at = submission.one("day"), submission.one("time")
    send_at = None
    if bool(day) != bool(at):
        wrong["time" if day else "day"] = "Please pick a day and a time, or neither."
    elif day and at:
        send_at = _moment(day, at, zone_of(session))
        if send_at <= request.now:
            wrong["day"] = "That is past. Please pick a later time, or leave both empty to send it at once."  # fmt: skip
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
