"""
What somebody wants of reminders: later, none of a series, the week's meetings in one
message, and by which clocks.
"""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from commands.contract import Action, Button, Reply, Request, Standing, Text, UserError
from commands.forms import (
    ChoiceField,
    FieldError,
    Form,
    Option,
    Sheet,
    Submission,
    TimeField,
)
from commands.meeting_page import mute_button, page
from commands.meeting_refs import MINE, asked, ref
from commands.meeting_refs import said as tell
from commands.register import asker_of
from commands.schedules import ALL, WEEKDAYS, series_in
from commands.speech import phrase, say
from storage.agendas import series_of
from storage.digests import ask_again
from storage.meetings import Occurrence, Series
from storage.preferences import preference
from storage.reminder_wishes import (
    Agenda,
    find_agenda,
    mute,
    muted_by,
    snooze,
    unmute,
    wish_agenda,
)
from storage.reminders import REMINDER
from storage.session import Session
from storage.slots import instant
from storage.zones import set_zone, zone_of

MINUTE = timedelta(minutes=1)
MORNING = time(8)
LATER = {
    "15": phrase("In 15 minutes"),
    "60": phrase("In an hour"),
    "morning": phrase("Tomorrow morning"),
}
OFF = "off"
ZONE = phrase(
    "I do not know that time zone. Type one such as `/ht reminders zone America/New_York`."
)


def put_off(request: Request, session: Session) -> Reply:
    """
    Remind the asker once more later, as they choose; or offer what comes before the start.
    """
    found = asked(request, session)
    if isinstance(found, Reply):
        return found
    user_id = asker_of(request).user_id
    word = request.text.split()[-1].casefold()
    choices = _choices(found, request, session, user_id=user_id)
    if word not in LATER:
        if not choices:
            return tell(
                say("It begins too soon"), say("There is no time left to remind you once more.")
            )
        buttons = [Button(label=say(LATER[each]), command=f"reminders snooze {ref(found)} {each}") for each in choices]  # fmt: skip
        return Reply(
            title=say("Remind you later?"),
            parts=(Text(text=say("You get one more reminder of this meeting, before it begins.")),),
            buttons=(*buttons, MINE.spoken),
            shareable=False,
        )
    until = choices.get(word)
    if until is None:
        return tell(say("Too late for that"), say("The meeting would have begun by then. Nothing was put off."))  # fmt: skip
    zone = zone_of(session, user_id)
    new = snooze(session, found, user_id=user_id, until=until)
    first = say("You are reminded once more") if new else say("You are reminded then already")
    return page(
        found,
        request,
        session,
        first=say("{first}: {until:%a %H:%M}.", first=first, until=until.astimezone(zone)),
    )


def mute_one(request: Request, session: Session) -> Reply:
    series = _series(request, session)
    new = mute(session, series, user_id=asker_of(request).user_id, now=request.now)
    return Reply(
        title=say("Muted") if new else say("Muted already"),
        parts=(
            Text(text=say("You are not reminded of this series any more. If one you were reminded of is moved or does not take place, you are still told.")),
        ),
        buttons=(Button(label=say("Unmute it"), command=f"reminders unmute {series.id}"), MINE.spoken, ALL.spoken),
        shareable=False,
    )  # fmt: skip


def unmute_one(request: Request, session: Session) -> Reply:
    series = _series(request, session)
    new = unmute(session, series, user_id=asker_of(request).user_id)
    return Reply(
        title=say("Not muted any more") if new else say("It was not muted"),
        parts=(Text(text=say("You are reminded of this series.")),),
        buttons=(mute_button(series.id), MINE.spoken, ALL.spoken),
        shareable=False,
    )


def show_weekly(request: Request, session: Session) -> Sheet:
    user_id = asker_of(request).user_id
    found = find_agenda(session, user_id)
    wish = found or Agenda()
    days = (*enumerate(map(say, WEEKDAYS)),)
    return Sheet(
        title=say("Meetings of my week"),
        says=(say("Your meetings of the coming days in one message a week. Where there are none, none comes."),),
        fields=(
            ChoiceField(
                name="day",
                label=say("On which day"),
                options=(*(Option(label=name, value=str(number)) for number, name in days), Option(label=say("Not at all"), value=OFF)),
                value=str(wish.weekday),
            ),
            TimeField(
                name="at",
                label=say("At what time"),
                value=f"{wish.at:%H:%M}",
                hint=say("By the clocks of {key}; `/ht reminders zone` sets others.", key=zone_of(session, user_id).key),
            ),
            ChoiceField(
                name="ahead",
                label=say("How far ahead"),
                options=(Option(label=say("7 days"), value="7"), Option(label=say("14 days"), value="14")),
                value=str(wish.days),
            ),
        ),
        send=say("Save"),
    )  # fmt: skip


def take_weekly(request: Request, session: Session, submission: Submission) -> Reply:
    user_id = asker_of(request).user_id
    day, at, ahead = submission.one("day"), submission.one("at"), submission.one("ahead")
    if day == OFF:
        return stop(request, session)
    if day not in {str(number) for number in range(7)} or day is None:
        raise FieldError({"day": say("Please choose a day.")})
    try:
        moment = time.fromisoformat(at or "")
    except ValueError:
        raise FieldError({"at": say("Please choose a time, such as 08:00.")}) from None
    wish = Agenda(weekday=int(day), at=moment, days=14 if ahead == "14" else 7)
    wish_agenda(session, user_id, wish, now=request.now)
    return Reply(
        title=say("Saved"),
        parts=(
            Text(
                text=say(
                    "Your meetings come in one message: {agenda_said}.",
                    agenda_said=agenda_said(wish),
                )
            ),
        ),
        buttons=(Button(label=say("Stop it"), command="reminders stop"), MINE.spoken),
        shareable=False,
    )


def stop(request: Request, session: Session) -> Reply:
    user_id = asker_of(request).user_id
    had = find_agenda(session, user_id) is not None
    wish_agenda(session, user_id, None, now=request.now)
    return Reply(
        title=say("Stopped") if had else say("It does not come anyway"),
        parts=(Text(text=say("Your week's meetings do not come in a message of their own.")),),
        buttons=(Button(label=say("Let it come"), command="reminders weekly"), MINE.spoken),
        shareable=False,
    )


def zone(request: Request, session: Session) -> Reply:
    user_id = asker_of(request).user_id
    typed = request.text.partition(" ")[2].strip()
    names = {name.casefold(): name for name in available_timezones()}
    name = names.get(typed.casefold())
    if name is None:
        raise UserError(say(ZONE), buttons=(MINE.spoken,))
    set_zone(session, user_id, ZoneInfo(name))
    ask_again(session, user_id, now=request.now)  # what waits for a digest goes by these clocks
    return Reply(
        title=say("Saved"),
        parts=(Text(text=say("Times are said to you by the clocks of {name}, and your digest and quiet hours go by them.", name=name)),),
        buttons=(MINE.spoken, Button(label=say("My notices"), command="notices")),
        shareable=False,
    )  # fmt: skip


def agenda_said(wish: Agenda) -> str:
    return say(
        "{weekdays} at {at:%H:%M}, for the next {days} days",
        weekdays=say(WEEKDAYS[wish.weekday]),
        at=wish.at,
        days=wish.days,
    )


def _choices(
    found: Occurrence, request: Request, session: Session, *, user_id: str
) -> dict[str, datetime]:
    """
    Return until when a reminder may be put off: what comes before the meeting begins, the
    asker's quiet hours counted in.
    """
    soon = request.now.replace(second=0, microsecond=0)
    soon += MINUTE if soon < request.now else timedelta()
    own = zone_of(session, user_id)
    tomorrow = request.now.astimezone(own).date() + timedelta(days=1)
    every = {
        "15": soon + 15 * MINUTE,
        "60": soon + 60 * MINUTE,
        "morning": instant(tomorrow, MORNING, own),
    }
    quiet = preference(session, user_id, kind=REMINDER).quiet
    return {
        word: until
        for word, until in every.items()
        if ((quiet and quiet.over_at(until)) or until) < found.starts_at
    }


def _series(request: Request, session: Session) -> Series:
    """
    Return the series that a text names, of those that are the asker's.
    """
    user_id = asker_of(request).user_id
    words = request.text.split()[1:]
    own = {each.id: each for each in series_of(session, user_id)}
    if words and words[0].isdecimal():
        found = own.get(int(words[0][:9]))
        if found is None and int(words[0][:9]) in muted_by(session, user_id):
            found = series_in(words[0], request, session, command="reminders")
        if found is None:
            raise UserError(
                say("That is no series you are reminded of."), buttons=(MINE.spoken, ALL.spoken)
            )
        return found
    named = series_in(" ".join(words), request, session, command="reminders")
    if named is None or named.id not in own:
        raise UserError(
            say("That is no series you are reminded of."), buttons=(MINE.spoken, ALL.spoken)
        )
    return named


ACTIONS = (
    Action(
        word="snooze",
        usage="reminders snooze NAME",
        summary=phrase("Be reminded of the next one once more, later."),
        who=Standing.APPROVED,
        handle=put_off,
    ),
    Action(
        word="mute",
        usage="reminders mute NAME",
        summary=phrase("Be reminded of a series no more."),
        who=Standing.APPROVED,
        handle=mute_one,
    ),
    Action(
        word="unmute",
        usage="reminders unmute NAME",
        summary=phrase("Be reminded of a series again."),
        who=Standing.APPROVED,
        handle=unmute_one,
    ),
    Action(
        word="zone",
        usage="reminders zone America/New_York",
        summary=phrase("Say by which clocks you read times."),
        who=Standing.APPROVED,
        handle=zone,
    ),
    Action(
        word="stop",
        usage="reminders stop",
        summary=phrase("Get no message with your week's meetings."),
        who=Standing.APPROVED,
        handle=stop,
    ),
)
FORMS = (
    Form(
        word="weekly",
        usage="reminders weekly",
        summary=phrase("Get your week's meetings in one message."),
        who=Standing.APPROVED,
        show=show_weekly,
        take=take_weekly,
    ),
)
