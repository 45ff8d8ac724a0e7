"""
The forms by which coordinators add and change meetings, and the preview of their dates.
"""

from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from commands.contract import (
    Bullets,
    Button,
    Facts,
    Heading,
    Part,
    Reply,
    Request,
    Standing,
    Text,
    UserError,
)
from commands.forms import (
    ChoiceField,
    FieldError,
    Form,
    Option,
    Sheet,
    Submission,
)
from commands.meeting_fields import (
    PLAIN,
    fields_of,
    read_series,
    search_places,
    search_zones,
)
from commands.meeting_move import MOVE
from commands.register import asker_of
from commands.schedules import (
    ALL,
    GONE,
    coordinator_of,
    day_said,
    following,
    key_in,
    named,
    plan_rows,
    scope_of,
    series_or_choice,
)
from commands.speech import phrase, say
from storage.errors import (
    FirstDateError,
)
from storage.meeting_drafts import Draft, find_draft, keep_draft
from storage.meetings import Occurrence, Series, plain_groups
from storage.recurrence import expand, utc
from storage.seats import groups
from storage.session import Session

CHOSEN_FROM = 12  # dates from which on a series may change
SHOWN = 6  # dates of a preview
DATES = timedelta(days=366 * 7)  # within which they are looked for
SAID = phrase("It is saved once you have seen its next dates.")
STAYS = phrase(
    "What was said of single meetings stays with them, where it still meets on their day."
)


def show_add(request: Request, session: Session) -> Sheet | Reply:
    """
    Ask whose meeting it is; then what there is to say of it.
    """
    draft = _own_draft(request, session, series_id=None)
    scope = scope_of(request, session)
    every = [each for each in groups(session) if scope is None or each.collaborative in scope]
    words = request.text.split()
    group = next((each for each in every if each.ref in words), None)
    if group is None and draft is None:
        if not every:
            raise UserError(say("You coordinate no group, so there is none to add a meeting for."), buttons=(ALL.spoken,))  # fmt: skip
        return Reply(
            title=say("Add a meeting"),
            parts=(Text(text=say("Whose meeting is it? It is shown to its members and reminds them.")),),
            buttons=tuple(Button(label=each.name, command=f"meeting add {each.ref}") for each in every[:25]),
            shareable=False,
        )  # fmt: skip
    if group is None:
        group = next((each for each in every if draft and each.ref == draft.group), None)
    if group is None:
        raise UserError(say(GONE), buttons=(ALL.spoken,))
    plain = group.ref in plain_groups(session)
    return Sheet(
        title=say("Add a meeting"),
        says=(f"{group.name}. {say(SAID)}", *((say(PLAIN),) if plain else ())),
        fields=fields_of(session, draft, plain=plain),
        send=say("See the dates"),
    )


def take_add(request: Request, session: Session, submission: Submission) -> Reply:
    words = request.text.split()
    group = next((each for each in groups(session) if each.ref in words), None)
    if group is None:
        kept = _own_draft(request, session, series_id=None)
        group = next((each for each in groups(session) if kept and each.ref == kept.group), None)
    if group is None:
        raise UserError(say(GONE), buttons=(ALL.spoken,))
    coordinator_of(request, session, group.collaborative, name=group.name)
    plain = group.ref in plain_groups(session)
    draft = read_series(submission, request, session, group=group, plain=plain, before=None)
    return _kept(draft, request, session)


def show_change(request: Request, session: Session) -> Sheet | Reply:
    series = series_or_choice(request, session, word="change")
    if isinstance(series, Reply):
        return series
    coordinator_of(request, session, series.collaborative, name=series.group_name)
    kept = _own_draft(request, session, series_id=series.id)
    chosen = key_in(request.text, series, session)
    choices = _froms(series, request, session, chosen=chosen)
    draft = kept or _draft_of(series, since=chosen.key.date() if chosen else None, choices=choices)
    fields = fields_of(session, draft, plain=series.plain)
    if choices:
        since = draft.since.isoformat() if draft and draft.since else choices[0].value
        fields = (
            ChoiceField(
                name="since",
                label=say("From which meeting on"),
                hint=say("Those before it stay as they are."),
                options=choices,
                value=since,
            ),
            *fields,
        )
    return Sheet(
        title=say("Change a meeting"),
        says=(f"{named(series)}. {say(SAID)}", *((say(PLAIN),) if series.plain else ())),
        fields=fields,
        send=say("See the dates"),
        seen=str(series.version),
    )


def take_change(request: Request, session: Session, submission: Submission) -> Reply:
    series = series_or_choice(request, session, word="change")
    if isinstance(series, Reply):
        raise UserError(say(GONE), buttons=(ALL.spoken,))
    coordinator_of(request, session, series.collaborative, name=series.group_name)
    if submission.seen != str(series.version):
        raise UserError(
            say(GONE), buttons=(Button(label=say("Look again"), command=f"meeting {series.id}"),)
        )
    group = next(each for each in groups(session) if each.ref == series.group)
    draft = read_series(
        submission, request, session, group=group, plain=series.plain, before=series
    )
    return _kept(draft, request, session)


def preview(key: str, draft: Draft, request: Request, session: Session) -> Reply:
    """
    Show what was filled in, with its next dates.

    Raises:
        UserError: if whoever asks may not save it, or there is no such group any more.
    """
    group = next((each for each in groups(session) if each.ref == draft.group), None)
    if group is None:
        raise UserError(say(GONE), buttons=(ALL.spoken,))
    coordinator_of(request, session, group.collaborative, name=group.name)
    rows: list[tuple[str, str]] = [(say("Name"), draft.name), (say("Whose"), group.name)]
    if draft.since:
        rows.append((say("Changes from"), day_said(draft.since)))
    rows += plan_rows(draft.plan)
    rows += [(say("Place"), draft.place)] if draft.place else []
    rows += [(say("Link"), draft.link)] if draft.link else []
    again = f"meeting change {draft.series_id}" if draft.series_id else "meeting add"
    return Reply(
        title=say("Its next dates"),
        parts=(Facts(rows=tuple(rows)), *_dates(draft)),
        notes=(say("Nothing is saved yet."), *((say(STAYS),) if draft.since else ())),
        buttons=(
            Button(label=say("Save"), command=f"meeting save {key}"),
            Button(label=say("Change it"), command=f"{again} draft"),
            Button(label=say("Throw it away"), command="meeting drop"),
        ),
        shareable=False,
    )


def _own_draft(request: Request, session: Session, *, series_id: int | None) -> Draft | None:
    """
    Return what the asker filled in, where they want to go on with it.
    """
    if request.asker is None or "draft" not in request.text.split():
        return None
    found = find_draft(session, team_id=request.asker.team_id, user_id=request.asker.user_id)
    return found[1] if found and found[1].series_id == series_id else None


def _draft_of(series: Series, *, since: date | None, choices: tuple[Option, ...]) -> Draft | None:
    """
    Return a series as its form shows it: from the day on which it is to change.
    """
    first = since or (date.fromisoformat(choices[0].value) if choices else None)
    plan = series.plan if first is None else replace(series.plan, starts_on=first)
    return Draft(
        group=series.group,
        name=series.name,
        plan=plan,
        place=series.place,
        link=series.link,
        series_id=series.id,
        since=first,
    )


def _froms(
    series: Series, request: Request, session: Session, *, chosen: Occurrence | None
) -> tuple[Option, ...]:
    found = list(following(session, series, now=request.now, count=CHOSEN_FROM))
    if chosen is not None and chosen not in found:
        found.append(chosen)
    days = dict.fromkeys(each.key.date() for each in found)
    return tuple(Option(label=day_said(day), value=day.isoformat()) for day in days)


def _kept(draft: Draft, request: Request, session: Session) -> Reply:
    asker = asker_of(request)
    try:
        key = keep_draft(
            session, draft, team_id=asker.team_id, user_id=asker.user_id, now=request.now
        )
    except FirstDateError as error:
        said = (
            say("The next day that fits is {day_said}.", day_said=day_said(error.fits))
            if error.fits
            else ""
        )
        raise FieldError({"first": f"It does not meet on that day. {said}".strip()}) from None
    return preview(key, draft, request, session)


def _dates(draft: Draft) -> list[Part]:
    plan = draft.plan
    assert plan.starts_on is not None  # noqa: S101 - a form has a first date; for the type checker
    first = max(plan.starts_on, draft.since or plan.starts_on)
    found = expand(plan, {}, first=first - timedelta(days=31), last=first + DATES)
    lines = []
    for each in [each for each in found if each.key.date() >= first][:SHOWN]:
        usual = day_said(each.key.date())
        # As clocks there will show it, also on a night when they change.
        shown = utc(each.starts, plan.zone).astimezone(ZoneInfo(plan.zone))
        line = f"{day_said(shown.date())}, {shown:%H:%M %Z}"
        if each.state == "moved":
            line += say(": moved from {usual}, {holiday}", usual=usual, holiday=each.holiday)
        elif each.state == "skipped":
            clash = say(", and it meets anyway on the day it would move to") if each.clash else ""
            line = say(
                "{usual}: skipped, {holiday}{clash}", usual=usual, holiday=each.holiday, clash=clash
            )
        lines.append(line)
    if not lines:
        return [Text(text=say("It would have no date at all."))]
    return [Heading(text=say("Next dates")), Bullets(items=tuple(lines))]


FORMS = (
    Form(
        word="add",
        usage="meeting add",
        summary=phrase("Add a meeting or a series of them."),
        who=Standing.COORDINATOR,
        show=show_add,
        take=take_add,
        search={"zone": search_zones, "place": search_places},
    ),
    Form(
        word="change",
        usage="meeting change NAME [DAY]",
        summary=phrase("Set or change how often, when and where a series meets, from a date on."),
        who=Standing.COORDINATOR,
        show=show_change,
        take=take_change,
        search={"zone": search_zones, "place": search_places},
    ),
    MOVE,
)
