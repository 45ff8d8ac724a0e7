"""
One meeting as a button names it, and as it stands now.
"""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from commands.contract import Button, Reply, Request, Text, UserError
from commands.register import asker_of
from commands.schedules import ALL, day_said, following, series_in, visible
from commands.speech import phrase, say
from storage.attendance import answers, senders
from storage.errors import UnknownSeriesError
from storage.meetings import Occurrence, became, read_key
from storage.seats import sits_in
from storage.session import Session

MINE = Button(label=phrase("My reminders"), command="reminders")
NOT_YOURS = phrase(
    "You do not sit in the group of this meeting, so there is nothing to say or to put off."
)
GONE = phrase("This meeting does not take place any more.")
BEGUN = phrase("This meeting has begun, or is over. Nothing was noted.")
NEAR = timedelta(days=6)  # until then its weekday alone names a day
_REF = re.compile(
    r"\b(\d{1,9}) (\d{4}-\d{2}-\d{2}T\d{2}:\d{2})(?: (\d{4}-\d{2}-\d{2}T\d{2}:\d{2}))?\b"
)


def ref(found: Occurrence) -> str:
    """
    Return how a button names a meeting: its series, its key, and when its reader saw it to
    begin, UTC.
    """
    return f"{found.series_id} {found.name} {found.starts_at:%Y-%m-%dT%H:%M}"


def opening(found: Occurrence) -> str:
    return f"reminders open {found.series_id} {found.name}"


def looked_up(request: Request, session: Session) -> Occurrence | Reply:
    """
    Return the meeting that a text names as it stands now, whatever became of it; by a name
    alone the next one of the series. In place of one that is no more, what to say.

    Raises:
        UserError: if it names none that the asker may know of.
    """
    named = _REF.search(request.text)
    if named is None:
        series = series_in(_rest(request), request, session, command="reminders")
        assert series is not None  # noqa: S101 - it raises if there is none; for the type checker
        for found in following(session, series, now=request.now, count=20):
            if found.takes_place and found.starts_at > request.now:
                return found
        raise UserError(say("It has no date to come."), buttons=(ALL.spoken,))
    number, key = int(named[1]), read_key(named[2])
    if key is None or number not in {each.id for each in visible(request, session)}:
        return gone()
    try:
        return became(session, number, key=key) or gone()
    except UnknownSeriesError:
        return gone()


def asked(request: Request, session: Session) -> Occurrence | Reply:
    """
    Return the meeting about which the asker says something: one of theirs that is still to
    come, and when they saw it to be. Else what to say to a press that is too late.
    """
    found = looked_up(request, session)
    if isinstance(found, Reply):
        return found
    user_id = asker_of(request).user_id
    if not is_theirs(found, user_id, session):
        raise UserError(say(NOT_YOURS), buttons=(ALL.spoken,))
    if not found.takes_place:
        return said(say("It does not take place"), say("{gone} Nothing was noted.", gone=say(GONE)))
    if found.starts_at <= request.now:
        return said(say("Too late"), say(BEGUN))
    named = _REF.search(request.text)
    seen = datetime.fromisoformat(named[3]).replace(tzinfo=UTC) if named and named[3] else None
    if seen is not None and seen != found.starts_at:
        return Reply(
            title=say("It was moved since"),
            parts=(Text(text=say("Nothing was noted: look when it is now, and say it again.")),),
            buttons=(Button(label=say("Look"), command=opening(found)), MINE.spoken),
            shareable=False,
        )
    return found


def is_theirs(found: Occurrence, user_id: str, session: Session) -> bool:
    """
    Say whether a meeting is somebody's: they sit there, or go for a colleague.
    """
    if sits_in(session, found.series.group, user_id):
        return True
    return not found.series.plain and bool(senders(answers(session, found), user_id))


def gone() -> Reply:
    return said(say("It does not take place"), say(GONE))


def said(title: str, text: str) -> Reply:
    return Reply(
        title=title, parts=(Text(text=text),), buttons=(MINE.spoken, ALL.spoken), shareable=False
    )


def moment(at: datetime, zone: ZoneInfo, *, there: str, now: datetime) -> str:
    """
    Return a moment in as few words as a lock screen needs: "Tue 10:00", with its date where
    it is days ahead, with its zone where that is not the meeting's.

    Args:
        there: the meeting's own zone.
    """
    local = at.astimezone(zone)
    other = local.utcoffset() != at.astimezone(ZoneInfo(there)).utcoffset()
    near = now - timedelta(days=1) <= at < now + NEAR
    day = (
        say("{local:%a}", local=local)
        if near
        else say("{local:%a, %b} {day},", local=local, day=local.day)
    )
    return f"{day} {local:%H:%M}{f' {local:%Z}' if other else ''}"


def span(found: Occurrence, zone: ZoneInfo) -> str:
    """
    Return when a meeting is by the clocks of *zone*: "Tue, Mar 10, 2026, 10:00–11:30 PDT".
    """
    starts, ends = found.starts_at.astimezone(zone), found.ends_at.astimezone(zone)
    last = f"{day_said(ends.date())}, " if ends.date() != starts.date() else ""
    return f"{day_said(starts.date())}, {starts:%H:%M}–{last}{ends:%H:%M %Z}"


def _rest(request: Request) -> str:
    return request.text.partition(" ")[2]
