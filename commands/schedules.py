"""
Meetings in words: when, where, how often; and which of them somebody may know or change.
"""

import re
from datetime import date, datetime, timedelta

from commands.contract import Button, Reply, Request, Standing, UserError
from commands.match import find
from commands.register import asker_of
from commands.speech import phrase, say
from storage.errors import UnknownOccurrenceError
from storage.meetings import (
    Occurrence,
    Series,
    all_series,
    find_occurrence,
    groups_of,
    may_see,
    occurrences,
)
from storage.people import RoleName, grants
from storage.recurrence import HolidayPolicy, Plan, Rule, is_readable
from storage.seats import groups
from storage.session import Session

ALL = Button(label=phrase("All meetings"), command="meetings")
WEEKDAYS = (
    phrase("Monday"),
    phrase("Tuesday"),
    phrase("Wednesday"),
    phrase("Thursday"),
    phrase("Friday"),
    phrase("Saturday"),
    phrase("Sunday"),
)
NTH = {
    1: phrase("1st"),
    2: phrase("2nd"),
    3: phrase("3rd"),
    4: phrase("4th"),
    5: phrase("5th"),
    -1: phrase("last"),
}
HOLIDAYS = {
    HolidayPolicy.SKIP: phrase("is skipped"),
    HolidayPolicy.EARLIER: phrase("is on the working day before"),
    HolidayPolicy.LATER: phrase("is on the working day after"),
}
FAR = timedelta(days=800)  # further ahead no meeting is looked for
GONE = phrase("That meeting is no more, or was changed since you looked. Nothing was done: please look again.")  # fmt: skip
NOT_YOURS = phrase("Only its coordinators change the meetings of {name}.")
_KEY = re.compile(r"\b(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2}))?\b")


def day_said(day: date) -> str:
    """
    Return a day as one reads it: "Tue, Mar 10, 2026".
    """
    return say("{day:%a, %b} {day_2}, {year}", day=day, day_2=day.day, year=day.year)


def when(found: Occurrence) -> str:
    """
    Return when a meeting is, as clocks there show it: "Tue, Mar 10, 2026, 10:00–11:30 PDT".
    """
    ends = found.ends_at.astimezone(found.shown.tzinfo)
    last = f"{day_said(ends.date())}, " if ends.date() != found.shown.date() else ""
    return f"{day_said(found.shown.date())}, {found.shown:%H:%M}–{last}{ends:%H:%M %Z}"


def remark(found: Occurrence) -> str | None:
    """
    Return why a meeting is not when it usually is, or None.
    """
    usual = f"{day_said(found.key.date())}, {found.key:%H:%M}"
    match found.state:
        case "moved" if found.holiday:
            return say("Moved from {usual}: {holiday}", usual=usual, holiday=found.holiday)
        case "moved":
            return say("Moved from {usual}", usual=usual)
        case "skipped" if found.clash:
            return say(
                "Skipped: {holiday}, and it meets anyway on the day it would move to",
                holiday=found.holiday,
            )
        case "skipped" if found.holiday:
            return say("Skipped: {holiday}", holiday=found.holiday)
        case "skipped" | "cancelled":
            return say(found.state.capitalize())
    return None


def where(found: Occurrence | Series) -> tuple[str, ...]:
    """
    Return the place and the link, a line each, as far as there are any.
    """
    return tuple(each for each in (found.place, found.link) if each)


def repeats(plan: Plan) -> str:
    """
    Return how often a series meets: "Every 3 months on the 4th Tuesday".
    """
    if not plan.rule:
        return say("Once")
    rule = Rule.read(plan.rule)
    if rule.monthly:
        days = say(" and ").join(f"{say(NTH[nth])} {say(WEEKDAYS[day])}" for nth, day in rule.days)
        every = (
            say("Every month")
            if rule.interval == 1
            else say("Every {interval} months", interval=rule.interval)
        )
        return say("{every} on the {days}", every=every, days=days)
    days = say(" and ").join(say(WEEKDAYS[day]) for _, day in rule.days)
    every = {1: say("Every week"), 2: say("Every other week")}.get(
        rule.interval, say("Every {interval} weeks", interval=rule.interval)
    )
    return say("{every} on {days}", every=every, days=days)


def rows_of(series: Series) -> tuple[tuple[str, str], ...]:
    """
    Return a series in facts, label and value.
    """
    plan = series.plan
    rows = [(say("Whose"), series.group_name)]
    if plan.starts_on is None:
        rows.append((say("When"), say("not set yet: its coordinators say so")))
    elif not is_readable(plan):
        rows.append(
            (say("When"), say("cannot be read: its coordinators have to set its dates anew"))
        )
    else:
        rows += plan_rows(plan)
    rows += [(say("Place"), series.place)] if series.place else []
    rows += [(say("Link"), series.link)] if series.link else []
    return tuple(rows)


def plan_rows(plan: Plan) -> list[tuple[str, str]]:
    assert plan.starts_on is not None  # noqa: S101 - of a plan that has dates; for the type checker
    until = say(", until {day_said}", day_said=day_said(plan.ends_on)) if plan.ends_on else ""
    off = say(
        "A meeting on a holiday ({holidays}) {holidays_2}",
        holidays=plan.holidays,
        holidays_2=say(HOLIDAYS[plan.on_holiday]),
    )
    return [
        (say("When"), say("{repeats}, from {day_said}{until}", repeats=repeats(plan), day_said=day_said(plan.starts_on), until=until) if plan.rule else say("Once, {day_said}", day_said=day_said(plan.starts_on))),
        (say("At"), f"{plan.starts_at:%H:%M}, {length(plan.minutes)}, {plan.zone}"),
        (say("Holidays"), off if plan.holidays else say("It meets on holidays too")),
    ]  # fmt: skip


def length(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    said = [f"{hours} h"] if hours else []
    return " ".join([*said, *([say("{rest} min", rest=rest)] if rest else [])])


def visible(request: Request, session: Session) -> tuple[Series, ...]:
    """
    Return the series that the asker may know of.
    """
    own = mine(request, session)
    sees_all = request.standing >= Standing.COORDINATOR
    return tuple(
        each for each in all_series(session) if may_see(each, mine=own, coordinator=sees_all)
    )


def mine(request: Request, session: Session) -> frozenset[str]:
    """
    Return the groups whose meetings are the asker's; in a terminal none.
    """
    return groups_of(session, request.asker.user_id) if request.asker else frozenset()


def following(
    session: Session, series: Series, *, now: datetime, count: int
) -> tuple[Occurrence, ...]:
    """
    Return the next *count* occurrences that have not ended, those not taking place too.
    """
    today = now.date() - timedelta(days=2)
    found: list[Occurrence] = []
    for months in (90, 370, FAR.days):  # a little first: what meets weekly is found at once
        last = today + timedelta(days=months)
        found = [each for each in occurrences(session, [series], first=today, last=last) if each.ends_at > now]  # fmt: skip
        if len(found) >= count:
            break
    return tuple(found[:count])


def scope_of(request: Request, session: Session) -> frozenset[str] | None:
    """
    Return the keys of the collaboratives whose meetings the asker coordinates; None: all.
    """
    if request.standing >= Standing.ADMIN:
        return None
    if request.standing < Standing.COORDINATOR or request.asker is None:
        return frozenset()
    given = {
        each.scope
        for each in grants(session, but_members=True)
        if each.role is RoleName.COORDINATOR
        and (each.team_id, each.user_id) == (request.asker.team_id, request.asker.user_id)
    }
    return None if "" in given else frozenset(given)


def coordinates(request: Request, session: Session, collaborative: str) -> bool:
    scope = scope_of(request, session)
    return scope is None or collaborative in scope


def coordinator_of(request: Request, session: Session, collaborative: str, *, name: str) -> str:
    """
    Return the Slack id of who asks, who must coordinate a collaborative.

    Raises:
        UserError: if they do not.
    """
    by = asker_of(request).user_id
    if not coordinates(request, session, collaborative):
        raise UserError(say(NOT_YOURS, name=name), buttons=(ALL.spoken,))
    return by


def series_in(
    text: str, request: Request, session: Session, *, command: str, one: bool = True
) -> Series | None:
    """
    Return the series that *text* names, by its number or its name.

    Args:
        command: what to press for another one, with its number after it.
        one: whether there must be one.
    Raises:
        UserError: if it names none, or more than one, that the asker may know of.
    """
    every = visible(request, session)
    words = _KEY.sub(" ", text).split()
    if words and words[0].isdecimal():
        for each in every:
            if each.id == int(words[0][:9]):
                return each
        raise UserError(say("There is no such meeting any more."), buttons=(ALL.spoken,))
    asked = " ".join(words)
    if asked:
        of_groups = {each.ref: each.names for each in groups(session)}
        called = [(each, (each.name, each.key, *of_groups[each.group])) for each in every]
        match = find(asked, called)
        exact = [each for each, names in called if asked.casefold() in map(str.casefold, names)]
        if len(exact) == 1:
            return exact[0]
        if match.best is not None and len(exact) < 2:
            return match.best
        every = tuple(exact) or match.close or every
    elif not one:
        return None
    raise UserError(
        say("Which meeting? Press one."),
        buttons=(*(Button(label=named(each), command=f"{command} {each.id}") for each in every[:20]), ALL.spoken),
    )  # fmt: skip


def named(series: Series) -> str:
    """
    Return a series' name, with whose it is where that says more.
    """
    seeded = series.group.endswith(f":{series.key}")  # called as its group is
    own = seeded or series.group_name in series.name
    return series.name if own else f"{series.name} ({series.group_name})"


def key_in(text: str, series: Series, session: Session) -> Occurrence | None:
    """
    Return the occurrence that *text* names by its day, or by its day and time.

    Raises:
        UserError: if it names one that is not, or not any more.
    """
    found = _KEY.search(text)
    if found is None:
        return None
    try:
        day = date.fromisoformat(found[1])
        at = found[2] or f"{series.plan.starts_at:%H:%M}"
        key = datetime.fromisoformat(f"{day.isoformat()}T{at}")
        return find_occurrence(session, series.id, key=key)
    except (ValueError, UnknownOccurrenceError):
        raise UserError(say(GONE), buttons=(Button(label=say("Look again"), command=f"meeting {series.id}"),)) from None  # fmt: skip


def series_or_choice(request: Request, session: Session, *, word: str) -> Series | Reply:
    """
    Return the series that a form is about; or where to press for one.
    """
    text = request.text.partition(" ")[2].removesuffix(" draft")
    found = series_in(text, request, session, command=f"meeting {word}", one=False)
    if found is not None:
        return found
    some = [each for each in visible(request, session) if coordinates(request, session, each.collaborative)]  # fmt: skip
    if not some:
        raise UserError(say("You coordinate no group, so there is no meeting for you to change."), buttons=(ALL.spoken,))  # fmt: skip
    return Reply(
        title=say("{word} which meeting?", word=say(word.capitalize())),
        buttons=tuple(Button(label=named(each), command=f"meeting {word} {each.id}") for each in some[:25]),
        shareable=False,
    )  # fmt: skip
