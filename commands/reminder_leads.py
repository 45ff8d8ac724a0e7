"""
How long before the meetings of a series its people are reminded, and a channel: for its
coordinators to see and to set.
"""

from collections.abc import Collection, Sequence
from hashlib import sha256

from commands.contract import Button, Facts, Reply, Request, Standing, Text, UserError
from commands.forms import (
    ChannelField,
    ChoicesField,
    FieldError,
    Form,
    Option,
    Sheet,
    Submission,
)
from commands.meeting_refs import MINE
from commands.schedules import ALL, coordinates, coordinator_of, named, series_in
from commands.speech import phrase, say, say_many
from storage.audiences import COORDINATORS
from storage.leads import USUAL, Lead, leads_of, set_leads
from storage.meetings import Series
from storage.session import Session

MINUTES = (20160, 10080, 4320, 2880, 1440, 240, 120, 60, 30, 15)
SPANS = (1440, 60, 1)  # days, hours, minutes
STALE = phrase("Somebody else changed this since you opened the form, so nothing was stored. Please open it again.")  # fmt: skip
SHARED = phrase("A channel that may be read from outside the workspace gets nothing.")


def page(series: Series, request: Request, session: Session, *, title: str | None = None) -> Reply:
    """
    Show the leads of a series, and to its coordinators how to set others.
    """
    leads = leads_of(session, [series.id])[series.id]
    channels = {each.channel for each in leads if each.channel}
    rows = [(say("Everybody who sits there"), _said(_minutes(leads, role="")))]
    if more := _minutes(leads, role=COORDINATORS):
        rows.append((say("Coordinators among them, also"), _said(more)))
    if channels:
        rows.append((say("A channel"), _said([each.minutes for each in leads if each.channel])))
    usual = Text(text=say("Nobody has set others: this is how it is for every series."))
    may = coordinates(request, session, series.collaborative)
    return Reply(
        title=title or say("Reminders: {named}", named=named(series)),
        parts=(Facts(rows=tuple(rows)), *((usual,) if leads == USUAL else ())),
        notes=(say("Before each meeting, by its own start; quiet hours and mutes are heeded."),),
        buttons=(
            *(
                (Button(label=say("Set them"), command=f"reminders set {series.id}"),)
                if may
                else ()
            ),
            MINE.spoken,
            ALL.spoken,
        ),
        again=f"reminders {series.id}",
        shareable=False,
    )


def show(request: Request, session: Session) -> Sheet:
    series = _asked(request, session)
    leads = leads_of(session, [series.id])[series.id]
    channel = next((each.channel for each in leads if each.channel), None)
    return Sheet(
        title=say("Reminders of a meeting"),
        says=(
            say("{named}. A message to a person says only when it is; a channel also reads the place and the link.", named=named(series)),
            say(SHARED),
        ),
        fields=(
            _field("people", say("Everybody who sits there"), _minutes(leads, role="")),
            _field("coordinators", say("Coordinators among them, also"), _minutes(leads, role=COORDINATORS)),
            ChannelField(name="channel", label=say("And a channel"), value=channel, optional=True),
            _field("posted", say("In the channel"), [each.minutes for each in leads if each.channel]),
        ),
        send=say("Save"),
        seen=_seen(leads),
    )  # fmt: skip


def take(request: Request, session: Session, submission: Submission) -> Reply:
    series = _asked(request, session)
    by = coordinator_of(request, session, series.collaborative, name=series.group_name)
    if submission.seen != _seen(leads_of(session, [series.id])[series.id]):
        raise UserError(say(STALE), buttons=(Button(label=say("Open it again"), command=f"reminders set {series.id}"), MINE.spoken))  # fmt: skip
    people, coordinators = _read(submission, "people"), _read(submission, "coordinators")
    posted, channel = _read(submission, "posted"), submission.one("channel")
    if posted and channel is None:
        raise FieldError(
            {"channel": say("Please choose the channel, or take out when it is reminded.")}
        )
    if channel is not None and not posted:
        raise FieldError({"posted": say("Please choose how long before, or take the channel out.")})
    leads = [
        Lead(
            minutes=minutes,
            to_people=minutes in people,
            channel=channel if minutes in posted else None,
        )
        for minutes in sorted(people | posted, reverse=True)
    ]
    leads += [Lead(minutes=minutes, role=COORDINATORS) for minutes in sorted(coordinators)]
    new = set_leads(session, series.id, leads, by=by, now=request.now)
    return page(series, request, session, title=say("Saved") if new else say("Nothing was changed"))


def span_said(minutes: int) -> str:
    """
    Return a lead in words: "7 days", "1 hour".
    """
    length = next(each for each in SPANS if minutes % each == 0)
    number = minutes // length
    if length == 1440:
        return say_many("{number} day", "{number} days", number)
    if length == 60:
        return say_many("{number} hour", "{number} hours", number)
    return say_many("{number} minute", "{number} minutes", number)


def leads_said(leads: Sequence[Lead]) -> str:
    """
    Return how long before a meeting whoever sits there is reminded.
    """
    return _said(_minutes(leads, role=""))


def _field(name: str, label: str, minutes: Collection[int]) -> ChoicesField:
    every = sorted({*MINUTES, *minutes}, reverse=True)
    return ChoicesField(
        name=name,
        label=label,
        options=tuple(
            Option(label=say("{span_said} before", span_said=span_said(each)), value=str(each))
            for each in every
        ),
        values=tuple(str(each) for each in every if each in minutes),
        optional=True,
    )


def _read(submission: Submission, name: str) -> set[int]:
    return {int(each) for each in submission.many(name) if each.isdecimal() and int(each) > 0}


def _minutes(leads: Sequence[Lead], *, role: str) -> list[int]:
    return [each.minutes for each in leads if each.to_people and each.role == role]


def _said(minutes: Collection[int]) -> str:
    said = [span_said(each) for each in sorted(minutes, reverse=True)]
    return say("{list} before", list=", ".join(said)) if said else say("not reminded")


def _asked(request: Request, session: Session) -> Series:
    series = series_in(request.text.partition(" ")[2], request, session, command="reminders set")
    assert series is not None  # noqa: S101 - it raises if there is none; for the type checker
    coordinator_of(request, session, series.collaborative, name=series.group_name)
    return series


def _seen(leads: Sequence[Lead]) -> str:
    return sha256(repr(leads).encode()).hexdigest()[:16]


FORMS = (
    Form(
        word="set",
        usage="reminders set NAME",
        summary=phrase("Set how long before a meeting who is reminded."),
        who=Standing.COORDINATOR,
        show=show,
        take=take,
    ),
)
