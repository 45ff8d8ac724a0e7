"""
/ht reminders: of which meetings somebody is reminded, and what they want of that.
"""

from commands import attending, reminder_leads, reminder_wishes
from commands.attending import who_comes
from commands.contract import (
    Button,
    Buttons,
    Command,
    Entry,
    Facts,
    Heading,
    Part,
    Reply,
    Request,
    Standing,
    Text,
)
from commands.meeting_page import mute_button, page
from commands.meeting_refs import MINE, looked_up, span
from commands.register import asker_of
from commands.reminder_leads import leads_said
from commands.reminder_wishes import agenda_said
from commands.reminding import DELIVERIES
from commands.schedules import ALL, following, named, remark, scope_of, series_in, visible
from commands.speech import phrase, say
from storage.agendas import ahead, series_of
from storage.leads import leads_of
from storage.meetings import PLAIN, Series
from storage.preferences import preference
from storage.reminder_wishes import find_agenda, muted_by
from storage.reminders import REMINDER
from storage.session import Session
from storage.zones import zone_of

NOBODY = phrase("Reminders are somebody's own. Type `/ht reminders` in Slack.")
NONE = phrase("You sit in no group that has meetings, so you are reminded of none.")
DAYS = {"7": 7, "14": 14}
NOTICES = Button(label=phrase("My notices"), command="notices")


def handle(request: Request, session: Session) -> Reply:
    if request.asker is None:
        return Reply(title=say("Your reminders"), parts=(Text(text=say(NOBODY)),), shareable=False)
    word = next(iter(request.text.casefold().split()), "")
    if word == "open":
        found = looked_up(request, session)
        return found if isinstance(found, Reply) else page(found, request, session)
    if word == "who":
        return who_comes(request, session)
    if word == "ahead":
        return _ahead(request, session)
    if request.text:
        series = series_in(request.text, request, session, command="reminders")
        assert series is not None  # noqa: S101 - it raises if there is none; for the type checker
        return reminder_leads.page(series, request, session)
    return _mine(request, session)


def _mine(request: Request, session: Session) -> Reply:
    user_id = asker_of(request).user_id
    zone = zone_of(session, user_id)
    own = series_of(session, user_id)
    leads = leads_of(session, [each.id for each in own])
    muted = muted_by(session, user_id)
    parts: list[Part] = []
    for each in own:
        coming = [one for one in following(session, each, now=request.now, count=9) if one.takes_place]  # fmt: skip
        next_one = (
            say("Next: {span}", span=span(coming[0], zone)) if coming else say("No date to come.")
        )
        how = say("Muted: you are not reminded.") if each.id in muted else say("You are reminded {leads_said}.", leads_said=leads_said(leads[each.id]))  # fmt: skip
        button = mute_button(each.id)
        if each.id in muted:
            button = Button(label=say("Unmute this series"), command=f"reminders unmute {each.id}")
        parts.append(Entry(title=_title(each), lines=(next_one, how), button=button))
    if not own:
        parts.append(Text(text=say(NONE)))
    weekly, wish = find_agenda(session, user_id), preference(session, user_id, kind=REMINDER)
    rows = [
        (say("Your week's meetings in one message"), agenda_said(weekly) if weekly else say("no")),
        (
            say("Your clocks"),
            say("{key}; another: `/ht reminders zone America/New_York`", key=zone.key),
        ),
    ]
    if wish.muted:
        rows.append((say("All reminders"), say("muted in your notices")))
    elif wish.digest:
        rows.append((say("All reminders"), say("in your daily digest, where it comes in time")))
    parts.append(Facts(rows=tuple(rows)))
    parts += _coordinated(request, session)
    return Reply(
        title=say("Your reminders"),
        parts=tuple(parts),
        notes=(say("A reminder says only when a meeting is; what it is comes with a press."),),
        buttons=(
            Button(label=say("My week in one message"), command="reminders weekly"),
            Button(label=say("The next 14 days"), command="reminders ahead 14"),
            NOTICES.spoken,
            ALL.spoken,
        ),
        again="reminders",
        shareable=False,
    )


def _coordinated(request: Request, session: Session) -> list[Part]:
    """
    Return the series whose reminders the asker may set.
    """
    if request.standing < Standing.COORDINATOR:
        return []
    scope = scope_of(request, session)
    some = [each for each in visible(request, session) if scope is None or each.collaborative in scope]  # fmt: skip
    if not some:
        return []
    buttons = tuple(Button(label=named(each), command=f"reminders {each.id}") for each in some)
    return [Heading(text=say("Set who is reminded, and when")), Buttons(buttons=buttons)]


def _ahead(request: Request, session: Session) -> Reply:
    user_id = asker_of(request).user_id
    days = DAYS.get(request.text.split()[-1], 7)
    zone = zone_of(session, user_id)
    parts = tuple(
        Entry(
            title=f"{_title(each.series)}: {span(each, zone)}",
            lines=tuple(filter(None, (remark(each), each.place, each.link))),
            button=Button(
                label=say("Open"), command=f"reminders open {each.series_id} {each.name}"
            ),
        )
        for each in ahead(session, user_id, now=request.now, days=days)
    )
    return Reply(
        title=say("Your meetings of the next {days} days", days=days),
        parts=parts or (Text(text=say("None.")),),
        buttons=(MINE.spoken, ALL.spoken),
        again=f"reminders ahead {days}",
        shareable=False,
    )


def _title(series: Series) -> str:
    return PLAIN if series.plain else named(series)


COMMAND = Command(
    verb="reminders",
    usage="reminders [NAME]",
    summary=phrase(
        "Of which meetings you are reminded, and when; mute one, or get your week at once."
    ),
    aliases=("reminder", "my reminders", "recordatorios"),
    examples=("reminders",),
    who=Standing.APPROVED,
    handle=handle,
    actions=(*attending.ACTIONS, *reminder_wishes.ACTIONS),
    deliveries=DELIVERIES,
    forms=(*attending.FORMS, *reminder_wishes.FORMS, *reminder_leads.FORMS),
)
