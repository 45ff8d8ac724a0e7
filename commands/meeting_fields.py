"""
The fields of a meeting's form, and what comes back in them.

Where a series is plain, nothing in a form is anybody's own words: its name is its group's,
its place one of the directory's agencies.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, time, timedelta
from zoneinfo import available_timezones

from commands.contacts import one_line
from commands.contract import (
    Request,
)
from commands.forms import (
    AnyField,
    ChoiceField,
    ChoicesField,
    DateField,
    FieldError,
    Option,
    SearchField,
    Submission,
    TextField,
    TextKind,
    TimeField,
    spoken,
)
from commands.schedules import (
    NTH,
    WEEKDAYS,
    day_said,
    length,
)
from commands.speech import phrase, say
from storage.meeting_drafts import Draft
from storage.meeting_edits import link_problem
from storage.meetings import Series
from storage.organizations import organization_names
from storage.recurrence import HolidayPolicy, Plan, Rule, is_readable, originals
from storage.seats import Group
from storage.session import Session
from storage.task_forces import task_force

ONCE, WEEKLY, MONTHLY = "once", "weekly", "monthly"
REPEATS = (
    Option(label=phrase("Once"), value=ONCE),
    Option(label=phrase("Every week"), value=f"{WEEKLY} 1"),
    Option(label=phrase("Every other week"), value=f"{WEEKLY} 2"),
    Option(label=phrase("Every month"), value=f"{MONTHLY} 1"),
    Option(label=phrase("Every 2 months"), value=f"{MONTHLY} 2"),
    Option(label=phrase("Every 3 months (quarterly)"), value=f"{MONTHLY} 3"),
    Option(label=phrase("Every 6 months"), value=f"{MONTHLY} 6"),
    Option(label=phrase("Every 12 months"), value=f"{MONTHLY} 12"),
)
LENGTHS = (15, 30, 45, 60, 75, 90, 120, 150, 180, 240, 300, 360, 420, 480)
MEETS = "meets"  # on holidays too
POLICIES = (
    Option(label=phrase("It is skipped"), value=HolidayPolicy.SKIP.value),
    Option(label=phrase("It is on the working day before"), value=HolidayPolicy.EARLIER.value),
    Option(label=phrase("It is on the working day after"), value=HolidayPolicy.LATER.value),
    Option(label=phrase("It takes place all the same"), value=MEETS),
)
ONLINE = phrase("Online")
LONGEST_NAME, LONGEST_PLACE = 80, 120  # characters
MOST_FOUND = 50
PLAIN = phrase(
    'Its title in calendars and reminders is "Meeting". There is no room for anything else here.'
)
FIFTH = phrase(
    "That is the fifth {day} of its month, and few months have one. Tick the last {day}, or choose another day."
)
# What `link_problem` says, for the catalogues.
LINK_PROBLEMS = (
    phrase("It must begin with https://"),
    phrase("It is longer than 500 characters."),
    phrase("It must be one address alone, without spaces and < > |"),
    phrase("It is no address that can be."),
    phrase("It is no address of a meeting, such as https://meet.example.org/abc"),
)
YEAR = timedelta(days=366)


def search_zones(request: Request, session: Session) -> Sequence[Option]:
    typed = request.text.casefold().replace(" ", "_")
    own = task_force(session).timezone
    every = [own, *sorted(available_timezones() - {own})]
    found = [name for name in every if "/" in name or name in {own, "UTC"}]
    return tuple(Option(label=name, value=name) for name in found if typed in name.casefold())[
        :MOST_FOUND
    ]


def search_places(request: Request, session: Session) -> Sequence[Option]:
    typed = request.text.casefold()
    found = [name for name in _places(session) if typed in name.casefold()]
    return tuple(Option(label=name, value=name) for name in found[:MOST_FOUND])


def fields_of(session: Session, draft: Draft | None, *, plain: bool) -> tuple[AnyField, ...]:
    own = task_force(session)
    plan = draft.plan if draft else None
    set_ = plan is not None and plan.starts_on is not None
    zone = plan.zone if plan else own.timezone
    minutes = plan.minutes if plan else 60
    policy = HolidayPolicy.SKIP.value if plan is None or plan.holidays else MEETS
    if plan is not None and plan.holidays:
        policy = plan.on_holiday.value
    every, which = _repeats_of(plan) if plan and set_ else (f"{MONTHLY} 1", ())
    holidays = (plan.holidays if plan else "") or own.holidays
    name = TextField(
        name="name",
        label=say("What it is called"),
        hint=say("No client's name, no case, no topic: it is read in calendars."),
        value=draft.name if draft else None,
        free=True,
        longest=LONGEST_NAME,
    )
    return (
        *(() if plain else (name,)),
        ChoiceField(name="repeats", label=say("How often"), options=spoken(REPEATS), value=every),
        ChoicesField(
            name="which",
            label=say("If by months, on which of them"),
            hint=say("Of the weekday of the first date. None ticked: as the first date is."),
            options=tuple(Option(label=say("The {said}", said=said), value=str(nth)) for nth, said in NTH.items() if nth != 5),
            values=which,
            optional=True,
        ),
        DateField(
            name="first",
            label=say("First date"),
            value=plan.starts_on.isoformat() if plan and plan.starts_on else None,
        ),
        TimeField(
            name="time",
            label=say("At what time"),
            hint=say("Local time of the zone below; it stays when clocks change."),
            value=f"{plan.starts_at:%H:%M}" if plan and set_ else None,
        ),
        ChoiceField(
            name="minutes",
            label=say("How long"),
            options=tuple(Option(label=length(each), value=str(each)) for each in sorted({*LENGTHS, minutes})),
            value=str(minutes),
        ),
        SearchField(name="zone", label=say("Time zone"), value=Option(label=zone, value=zone)),
        ChoiceField(
            name="policy",
            label=say("If it falls on a holiday ({holidays})", holidays=holidays) if holidays else say("If it falls on a holiday"),
            options=spoken(POLICIES),
            value=policy,
        ),
        DateField(
            name="until",
            label=say("Last day"),
            hint=say("Leave it empty if it goes on."),
            value=plan.ends_on.isoformat() if plan and plan.ends_on else None,
            optional=True,
        ),
        *where_fields(draft.place if draft else None, draft.link if draft else None, plain=plain),
    )  # fmt: skip


def where_fields(place: str | None, link: str | None, *, plain: bool) -> tuple[AnyField, AnyField]:
    chosen = Option(label=place, value=place) if place else None
    return (
        SearchField(
            name="place",
            label=say("Place"),
            hint=say("An agency of the directory, or online."),
            value=chosen,
            optional=True,
        )
        if plain
        else TextField(
            name="place",
            label=say("Place"),
            hint=say("Where people go, and no more. Never a confidential shelter."),
            value=place,
            free=True,
            optional=True,
            longest=LONGEST_PLACE,
        ),
        TextField(
            name="link",
            label=say("Link"),
            hint=say("Of an online meeting; it begins with https://"),
            value=link,
            kind=TextKind.URL,
            optional=True,
        ),
    )


def _repeats_of(plan: Plan) -> tuple[str, tuple[str, ...]]:
    if not plan.rule or not is_readable(plan):
        return ONCE, ()
    rule = Rule.read(plan.rule)
    which = tuple(dict.fromkeys(str(nth) for nth, _ in rule.days)) if rule.monthly else ()
    return f"{MONTHLY if rule.monthly else WEEKLY} {rule.interval}", which


def read_series(
    submission: Submission,
    request: Request,
    session: Session,
    *,
    group: Group,
    plain: bool,
    before: Series | None,
) -> Draft:
    wrong: dict[str, str] = {}
    # A group's own name is not typed: where a series is plain, nothing is.
    name = (before.name if before else group.name) if plain else one_line(submission.text("name"))
    if not name:
        wrong["name"] = say("Please type what it is called.")
    place, link = read_where(
        submission, session, wrong, plain=plain, before=before.place if before else None
    )
    plan = _read_plan(submission, session, wrong, before=before)
    since = read_day(submission.one("since")) if before else None
    if before and before.plan.starts_on and since is None:  # all of it is past
        since = plan.starts_on if plan else None
    today = request.now.date() - timedelta(days=1)  # in some zone it still is
    if plan and plan.starts_on:
        if since and since < today:
            wrong["since"] = say("That is past. Please choose a later one.")
        elif since and plan.starts_on < since:
            wrong["first"] = say("It changes from {day_said} on: please pick that day or a later one.", day_said=day_said(since))  # fmt: skip
        elif plan.starts_on < today:
            wrong["first"] = say("That is past. Please pick a later day.")
        elif plan.ends_on and plan.ends_on < plan.starts_on:
            wrong["until"] = say("That is before the first date.")
    if wrong or plan is None:
        raise FieldError(wrong)
    if before is not None:
        plan = _in_step(plan, before.plan)
    return Draft(
        group=group.ref,
        name=name,
        plan=plan,
        place=place,
        link=link,
        series_id=before.id if before else None,
        version=before.version if before else None,
        since=since,
    )


def _read_plan(
    submission: Submission, session: Session, wrong: dict[str, str], *, before: Series | None
) -> Plan | None:
    first, at = read_day(submission.one("first")), submission.one("time")
    zone = submission.text("zone")
    if first is None:
        wrong["first"] = say("Please pick a day.")
    if not at:
        wrong["time"] = say("Please pick a time.")
    if zone not in available_timezones():
        wrong["zone"] = say("Please pick a time zone.")
    every = submission.one("repeats")
    if every not in {each.value for each in REPEATS}:
        wrong["repeats"] = say("Please choose how often.")
    if first is None or not at or wrong.keys() & {"zone", "repeats"}:
        return None
    policy = submission.one("policy")
    known = before is not None and is_readable(before.plan)
    calendar = (before.plan.holidays if before and known else "") or task_force(session).holidays
    known = policy in {each.value for each in HolidayPolicy}
    minutes = submission.text("minutes")
    plan = Plan(
        starts_on=first,
        starts_at=time.fromisoformat(at).replace(second=0, microsecond=0),
        minutes=int(minutes) if minutes.isdecimal() and 0 < int(minutes[:5]) <= 1440 else 60,
        zone=zone,
        rule=_rule(every or ONCE, first, submission.many("which"), wrong),
        ends_on=read_day(submission.one("until")),
        on_holiday=HolidayPolicy(policy) if known and policy else HolidayPolicy.SKIP,
        holidays="" if policy == MEETS else calendar,
    )
    endless = replace(plan, ends_on=None)
    if plan.rule and not originals(endless, first=first, last=first) and not wrong:
        fits = originals(endless, first=first, last=first + YEAR)
        wrong["first"] = say("It does not meet on that day: the next one that fits is {day_said}.", day_said=day_said(fits[0])) if fits else say("It does not meet on that day.")  # fmt: skip
    return plan


def _rule(every: str, first: date, which: Sequence[str], wrong: dict[str, str]) -> str:
    kind, _, number = every.partition(" ")
    if kind == ONCE:
        return ""
    day = first.weekday()
    if kind == WEEKLY:
        return str(Rule(monthly=False, interval=int(number), days=((0, day),)))
    nths = [nth for nth in NTH if str(nth) in which]
    if not nths:
        nths = [(first.day - 1) // 7 + 1]
        if nths == [5]:
            wrong["which"] = say(FIFTH, day=say(WEEKDAYS[day]))
    return str(Rule(monthly=True, interval=int(number), days=tuple((nth, day) for nth in nths)))


def _in_step(plan: Plan, before: Plan) -> Plan:
    """
    Return *plan* as one that began when *before* did, where it goes on as that does.
    """
    first = plan.starts_on
    same = replace(plan, starts_on=before.starts_on, ends_on=before.ends_on) if first else plan
    goes_on = same.rule == before.rule and first and originals(before, first=first, last=first)
    return replace(plan, starts_on=before.starts_on) if goes_on else plan


def read_where(
    submission: Submission,
    session: Session,
    wrong: dict[str, str],
    *,
    plain: bool,
    before: str | None,
) -> tuple[str | None, str | None]:
    place = one_line(submission.text("place")) or None
    link = submission.text("link").strip() or None
    if plain and place and place not in {*_places(session), before}:
        wrong["place"] = say("Please pick an agency of the directory, or Online.")
    if link and (problem := link_problem(link)):
        wrong["link"] = say(problem)
    return place, link


def _places(session: Session) -> tuple[str, ...]:
    """
    Return the places of plain series, whose forms take nobody's own words.
    """
    named_so = (each.name for each in organization_names(session))
    return (say(ONLINE), *(name for name in named_so if len(name) <= LONGEST_PLACE))


def read_day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
