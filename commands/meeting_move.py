"""
The form by which one meeting gets another day, time or place.
"""

from datetime import date, datetime, time

from commands.contract import (
    Button,
    Reply,
    Request,
    Standing,
    Text,
    UserError,
)
from commands.forms import (
    DateField,
    FieldError,
    Form,
    Sheet,
    Submission,
    TimeField,
)
from commands.meeting_fields import PLAIN, read_where, search_places, where_fields
from commands.schedules import (
    ALL,
    GONE,
    coordinator_of,
    following,
    key_in,
    named,
    series_or_choice,
    when,
)
from commands.speech import phrase, say
from storage.errors import (
    SameDayError,
    StaleError,
    UnknownOccurrenceError,
    UnknownSeriesError,
)
from storage.meeting_edits import move
from storage.meetings import Series
from storage.recurrence import utc
from storage.session import Session


def show_move(request: Request, session: Session) -> Sheet | Reply:
    series = series_or_choice(request, session, word="move")
    if isinstance(series, Reply):
        return series
    coordinator_of(request, session, series.collaborative, name=series.group_name)
    found = key_in(request.text, series, session)
    if found is None:
        return _which(series, request, session)
    return Sheet(
        title=say("Move a meeting"),
        says=(f"{named(series)}: {when(found)}", *((say(PLAIN),) if series.plain else ())),
        fields=(
            DateField(name="day", label=say("On which day"), value=found.local.date().isoformat()),
            TimeField(
                name="time",
                label=say("At what time"),
                value=f"{found.local:%H:%M}",
                hint=found.zone,
            ),
            *where_fields(found.place, found.link, plain=series.plain),
        ),
        send=say("Move it"),
        seen=str(series.version),
    )


def take_move(request: Request, session: Session, submission: Submission) -> Reply:
    series = series_or_choice(request, session, word="move")
    found = None if isinstance(series, Reply) else key_in(request.text, series, session)
    if isinstance(series, Reply) or found is None:
        raise UserError(say(GONE), buttons=(ALL.spoken,))
    by = coordinator_of(request, session, series.collaborative, name=series.group_name)
    again = Button(label=say("Look again"), command=f"meeting {series.id}")
    if submission.seen != str(series.version):
        raise UserError(say(GONE), buttons=(again,))
    wrong: dict[str, str] = {}
    place, link = read_where(submission, session, wrong, plain=series.plain, before=found.place)
    day, at = submission.one("day"), submission.one("time")
    if not day:
        wrong["day"] = say("Please pick a day.")
    if not at:
        wrong["time"] = say("Please pick a time.")
    if wrong or not day or not at:
        raise FieldError(wrong)
    to = datetime.combine(date.fromisoformat(day), time.fromisoformat(at))
    if utc(to, series.plan.zone) <= request.now:
        raise FieldError({"day": say("That is past. Please pick a later day or time.")})
    try:
        moved = move(
            session,
            series.id,
            key=found.key,
            version=series.version,
            to=to,
            place=place,
            link=link,
            by=by,
            now=request.now,
        )
    except SameDayError:
        raise FieldError({"day": say("It meets on that day already. Please pick another, or skip that one first.")}) from None  # fmt: skip
    except (StaleError, UnknownSeriesError, UnknownOccurrenceError):
        raise UserError(say(GONE), buttons=(again,)) from None
    return Reply(
        title=say("Saved"),
        parts=(Text(text=f"{named(series)}: {when(moved)}"),),
        buttons=(
            Button(
                label=say("Back to {named}", named=named(series)), command=f"meeting {series.id}"
            ),
            ALL.spoken,
        ),
        shareable=False,
    )


def _which(series: Series, request: Request, session: Session) -> Reply:
    found = following(session, series, now=request.now, count=8)
    if not found:
        raise UserError(say("{named} has no date to come. Press Change it to set its dates.", named=named(series)), buttons=(Button(label=say("Change it"), command=f"meeting change {series.id}"), ALL.spoken))  # fmt: skip
    return Reply(
        title=say("Move which one? {named}", named=named(series)),
        buttons=tuple(Button(label=when(each), command=f"meeting move {series.id} {each.name}") for each in found),
        shareable=False,
    )  # fmt: skip


MOVE = Form(
    word="move",
    usage="meeting move NAME DAY",
    summary=phrase("Set another day, time or place of one meeting."),
    who=Standing.COORDINATOR,
    show=show_move,
    take=take_move,
    search={"place": search_places},
)
