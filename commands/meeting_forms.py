"""
The forms by which coordinators add and change meetings, and the preview of their dates.

Where a series is plain, nothing in a form is anybody's own words: its name is its group's,
its place one of the directory's agencies.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from commands.contacts import one_line
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
    AnyField,
    ChoiceField,
    ChoicesField,
    DateField,
    FieldError,
    Form,
    Option,
    SearchField,
    Sheet,
    Submission,
    TextField,
    TextKind,
    TimeField,
)
from commands.register import asker_of
from commands.schedules import (
    ALL,
    GONE,
    NTH,
    WEEKDAYS,
    coordinates,
    coordinator_of,
    day_said,
    following,
    key_in,
    length,
    named,
    plan_rows,
    scope_of,
    series_in,
    visible,
    when,
)
from storage.errors import (
    FirstDateError,
    SameDayError,
    StaleError,
    UnknownOccurrenceError,
    UnknownSeriesError,
)
from storage.meeting_drafts import Draft, find_draft, keep_draft
from storage.meeting_edits import link_problem, move
from storage.meetings import Occurrence, Series, plain_groups
from storage.organizations import organization_names
from storage.recurrence import HolidayPolicy, Plan, Rule, expand, originals, utc
from storage.seats import Group, groups
from storage.session import Session
from storage.task_forces import task_force

ONCE, WEEKLY, MONTHLY = "once", "weekly", "monthly"
REPEATS = (
    Option(label="Once", value=ONCE),
    Option(label="Every week", value=f"{WEEKLY} 1"),
    Option(label="Every other week", value=f"{WEEKLY} 2"),
    Option(label="Every month", value=f"{MONTHLY} 1"),
    Option(label="Every 2 months", value=f"{MONTHLY} 2"),
    Option(label="Every 3 months (quarterly)", value=f"{MONTHLY} 3"),
    Option(label="Every 6 months", value=f"{MONTHLY} 6"),
    Option(label="Every 12 months", value=f"{MONTHLY} 12"),
)
LENGTHS = (15, 30, 45, 60, 75, 90, 120, 150, 180, 240, 300, 360, 420, 480)
MEETS = "meets"  # on holidays too
POLICIES = (
    Option(label="It is skipped", value=HolidayPolicy.SKIP.value),
    Option(label="It is on the working day before", value=HolidayPolicy.EARLIER.value),
    Option(label="It is on the working day after", value=HolidayPolicy.LATER.value),
    Option(label="It takes place all the same", value=MEETS),
)
ONLINE = "Online"
LONGEST_NAME, LONGEST_PLACE = 80, 120  # characters
SHOWN = 6  # dates of a preview
CHOSEN_FROM = 12  # dates from which on a series may change
MOST_FOUND = 50
SAID = "It is saved once you have seen its next dates."
PLAIN = (
    'Its title in calendars and reminders is "Meeting". There is no room for anything else here.'
)
FIFTH = "That is the fifth {0} of its month, and few months have one. Tick the last {0}, or choose another day."
STAYS = "What was said of single meetings stays with them, where it still meets on their day."
DATES = timedelta(days=366 * 7)
YEAR = timedelta(days=366)


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
            raise UserError("You coordinate no group, so there is none to add a meeting for.", buttons=(ALL,))  # fmt: skip
        return Reply(
            title="Add a meeting",
            parts=(Text(text="Whose meeting is it? It is shown to its members and reminds them."),),
            buttons=tuple(Button(label=each.name, command=f"meeting add {each.ref}") for each in every[:25]),
            shareable=False,
        )  # fmt: skip
    if group is None:
        group = next((each for each in every if draft and each.ref == draft.group), None)
    if group is None:
        raise UserError(GONE, buttons=(ALL,))
    plain = group.ref in plain_groups(session)
    return Sheet(
        title="Add a meeting",
        says=(f"{group.name}. {SAID}", *((PLAIN,) if plain else ())),
        fields=_fields(session, draft, plain=plain),
        send="See the dates",
    )


def take_add(request: Request, session: Session, submission: Submission) -> Reply:
    words = request.text.split()
    group = next((each for each in groups(session) if each.ref in words), None)
    if group is None:
        kept = _own_draft(request, session, series_id=None)
        group = next((each for each in groups(session) if kept and each.ref == kept.group), None)
    if group is None:
        raise UserError(GONE, buttons=(ALL,))
    coordinator_of(request, session, group.collaborative, name=group.name)
    plain = group.ref in plain_groups(session)
    draft = _read(submission, request, session, group=group, plain=plain, before=None)
    return _kept(draft, request, session)


def show_change(request: Request, session: Session) -> Sheet | Reply:
    series = _series(request, session, word="change")
    if isinstance(series, Reply):
        return series
    coordinator_of(request, session, series.collaborative, name=series.group_name)
    kept = _own_draft(request, session, series_id=series.id)
    chosen = key_in(request.text, series, session)
    choices = _froms(series, request, session, chosen=chosen)
    draft = kept or _draft_of(series, since=chosen.key.date() if chosen else None, choices=choices)
    fields = _fields(session, draft, plain=series.plain)
    if choices:
        since = draft.since.isoformat() if draft and draft.since else choices[0].value
        fields = (
            ChoiceField(
                name="since",
                label="From which meeting on",
                hint="Those before it stay as they are.",
                options=choices,
                value=since,
            ),
            *fields,
        )
    return Sheet(
        title="Change a meeting",
        says=(f"{named(series)}. {SAID}", *((PLAIN,) if series.plain else ())),
        fields=fields,
        send="See the dates",
        seen=str(series.version),
    )


def take_change(request: Request, session: Session, submission: Submission) -> Reply:
    series = _series(request, session, word="change")
    if isinstance(series, Reply):
        raise UserError(GONE, buttons=(ALL,))
    coordinator_of(request, session, series.collaborative, name=series.group_name)
    if submission.seen != str(series.version):
        raise UserError(GONE, buttons=(Button(label="Look again", command=f"meeting {series.id}"),))
    group = next(each for each in groups(session) if each.ref == series.group)
    draft = _read(submission, request, session, group=group, plain=series.plain, before=series)
    return _kept(draft, request, session)


def preview(key: str, draft: Draft, request: Request, session: Session) -> Reply:
    """
    Show what was filled in, with its next dates.

    Raises:
        UserError: if whoever asks may not save it, or there is no such group any more.
    """
    group = next((each for each in groups(session) if each.ref == draft.group), None)
    if group is None:
        raise UserError(GONE, buttons=(ALL,))
    coordinator_of(request, session, group.collaborative, name=group.name)
    rows: list[tuple[str, str]] = [("Name", draft.name), ("Whose", group.name)]
    if draft.since:
        rows.append(("Changes from", day_said(draft.since)))
    rows += plan_rows(draft.plan)
    rows += [("Place", draft.place)] if draft.place else []
    rows += [("Link", draft.link)] if draft.link else []
    again = f"meeting change {draft.series_id}" if draft.series_id else "meeting add"
    return Reply(
        title="Its next dates",
        parts=(Facts(rows=tuple(rows)), *_dates(draft)),
        notes=("Nothing is saved yet.", *((STAYS,) if draft.since else ())),
        buttons=(
            Button(label="Save", command=f"meeting save {key}"),
            Button(label="Change it", command=f"{again} draft"),
            Button(label="Throw it away", command="meeting drop"),
        ),
        shareable=False,
    )


def show_move(request: Request, session: Session) -> Sheet | Reply:
    series = _series(request, session, word="move")
    if isinstance(series, Reply):
        return series
    coordinator_of(request, session, series.collaborative, name=series.group_name)
    found = key_in(request.text, series, session)
    if found is None:
        return _which(series, request, session)
    return Sheet(
        title="Move a meeting",
        says=(f"{named(series)}: {when(found)}", *((PLAIN,) if series.plain else ())),
        fields=(
            DateField(name="day", label="On which day", value=found.local.date().isoformat()),
            TimeField(
                name="time", label="At what time", value=f"{found.local:%H:%M}", hint=found.zone
            ),
            *_where(found.place, found.link, plain=series.plain),
        ),
        send="Move it",
        seen=str(series.version),
    )


def take_move(request: Request, session: Session, submission: Submission) -> Reply:
    series = _series(request, session, word="move")
    found = None if isinstance(series, Reply) else key_in(request.text, series, session)
    if isinstance(series, Reply) or found is None:
        raise UserError(GONE, buttons=(ALL,))
    by = coordinator_of(request, session, series.collaborative, name=series.group_name)
    again = Button(label="Look again", command=f"meeting {series.id}")
    if submission.seen != str(series.version):
        raise UserError(GONE, buttons=(again,))
    wrong: dict[str, str] = {}
    place, link = _read_where(submission, session, wrong, plain=series.plain, before=found.place)
    day, at = submission.one("day"), submission.one("time")
    if not day:
        wrong["day"] = "Please pick a day."
    if not at:
        wrong["time"] = "Please pick a time."
    if wrong or not day or not at:
        raise FieldError(wrong)
    to = datetime.combine(date.fromisoformat(day), time.fromisoformat(at))
    if utc(to, series.plan.zone) <= request.now:
        raise FieldError({"day": "That is past. Please pick a later day or time."})
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
        raise FieldError({"day": "It meets on that day already. Please pick another, or skip that one first."}) from None  # fmt: skip
    except (StaleError, UnknownSeriesError, UnknownOccurrenceError):
        raise UserError(GONE, buttons=(again,)) from None
    return Reply(
        title="Saved",
        parts=(Text(text=f"{named(series)}: {when(moved)}"),),
        buttons=(Button(label=f"Back to {named(series)}", command=f"meeting {series.id}"), ALL),
        shareable=False,
    )


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


def _series(request: Request, session: Session, *, word: str) -> Series | Reply:
    """
    Return the series that a form is about; or where to press for one.
    """
    text = request.text.partition(" ")[2].removesuffix(" draft")
    found = series_in(text, request, session, command=f"meeting {word}", one=False)
    if found is not None:
        return found
    some = [each for each in visible(request, session) if coordinates(request, session, each.collaborative)]  # fmt: skip
    if not some:
        raise UserError("You coordinate no group, so there is no meeting for you to change.", buttons=(ALL,))  # fmt: skip
    return Reply(
        title=f"{word.capitalize()} which meeting?",
        buttons=tuple(Button(label=named(each), command=f"meeting {word} {each.id}") for each in some[:25]),
        shareable=False,
    )  # fmt: skip


def _which(series: Series, request: Request, session: Session) -> Reply:
    found = following(session, series, now=request.now, count=8)
    if not found:
        raise UserError(f"{named(series)} has no date to come. Press Change it to set its dates.", buttons=(Button(label="Change it", command=f"meeting change {series.id}"), ALL))  # fmt: skip
    return Reply(
        title=f"Move which one? {named(series)}",
        buttons=tuple(Button(label=when(each), command=f"meeting move {series.id} {each.name}") for each in found),
        shareable=False,
    )  # fmt: skip


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


def _fields(session: Session, draft: Draft | None, *, plain: bool) -> tuple[AnyField, ...]:
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
        label="What it is called",
        hint="No client's name, no case, no topic: it is read in calendars.",
        value=draft.name if draft else None,
        free=True,
        longest=LONGEST_NAME,
    )
    return (
        *(() if plain else (name,)),
        ChoiceField(name="repeats", label="How often", options=REPEATS, value=every),
        ChoicesField(
            name="which",
            label="If by months, on which of them",
            hint="Of the weekday of the first date. None ticked: as the first date is.",
            options=tuple(Option(label=f"The {said}", value=str(nth)) for nth, said in NTH.items() if nth != 5),
            values=which,
            optional=True,
        ),
        DateField(
            name="first",
            label="First date",
            value=plan.starts_on.isoformat() if plan and plan.starts_on else None,
        ),
        TimeField(
            name="time",
            label="At what time",
            hint="Local time of the zone below; it stays when clocks change.",
            value=f"{plan.starts_at:%H:%M}" if plan and set_ else None,
        ),
        ChoiceField(
            name="minutes",
            label="How long",
            options=tuple(Option(label=length(each), value=str(each)) for each in sorted({*LENGTHS, minutes})),
            value=str(minutes),
        ),
        SearchField(name="zone", label="Time zone", value=Option(label=zone, value=zone)),
        ChoiceField(
            name="policy",
            label=f"If it falls on a holiday ({holidays})" if holidays else "If it falls on a holiday",
            options=POLICIES,
            value=policy,
        ),
        DateField(
            name="until",
            label="Last day",
            hint="Leave it empty if it goes on.",
            value=plan.ends_on.isoformat() if plan and plan.ends_on else None,
            optional=True,
        ),
        *_where(draft.place if draft else None, draft.link if draft else None, plain=plain),
    )  # fmt: skip


def _where(place: str | None, link: str | None, *, plain: bool) -> tuple[AnyField, AnyField]:
    chosen = Option(label=place, value=place) if place else None
    return (
        SearchField(
            name="place",
            label="Place",
            hint="An agency of the directory, or online.",
            value=chosen,
            optional=True,
        )
        if plain
        else TextField(
            name="place",
            label="Place",
            hint="Where people go, and no more. Never a confidential shelter.",
            value=place,
            free=True,
            optional=True,
            longest=LONGEST_PLACE,
        ),
        TextField(
            name="link",
            label="Link",
            hint="Of an online meeting; it begins with https://",
            value=link,
            kind=TextKind.URL,
            optional=True,
        ),
    )


def _repeats_of(plan: Plan) -> tuple[str, tuple[str, ...]]:
    if not plan.rule:
        return ONCE, ()
    rule = Rule.read(plan.rule)
    which = tuple(dict.fromkeys(str(nth) for nth, _ in rule.days)) if rule.monthly else ()
    return f"{MONTHLY if rule.monthly else WEEKLY} {rule.interval}", which


def _read(
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
        wrong["name"] = "Please type what it is called."
    place, link = _read_where(
        submission, session, wrong, plain=plain, before=before.place if before else None
    )
    plan = _read_plan(submission, session, wrong, before=before)
    since = _day(submission.one("since")) if before else None
    if before and before.plan.starts_on and since is None:  # all of it is past
        since = plan.starts_on if plan else None
    today = request.now.date() - timedelta(days=1)  # in some zone it still is
    if plan and plan.starts_on:
        if since and since < today:
            wrong["since"] = "That is past. Please choose a later one."
        elif since and plan.starts_on < since:
            wrong["first"] = f"It changes from {day_said(since)} on: please pick that day or a later one."  # fmt: skip
        elif plan.starts_on < today:
            wrong["first"] = "That is past. Please pick a later day."
        elif plan.ends_on and plan.ends_on < plan.starts_on:
            wrong["until"] = "That is before the first date."
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
    first, at = _day(submission.one("first")), submission.one("time")
    zone = submission.text("zone")
    if first is None:
        wrong["first"] = "Please pick a day."
    if not at:
        wrong["time"] = "Please pick a time."
    if zone not in available_timezones():
        wrong["zone"] = "Please pick a time zone."
    every = submission.one("repeats")
    if every not in {each.value for each in REPEATS}:
        wrong["repeats"] = "Please choose how often."
    if first is None or not at or wrong.keys() & {"zone", "repeats"}:
        return None
    policy = submission.one("policy")
    calendar = (before.plan.holidays if before else "") or task_force(session).holidays
    known = policy in {each.value for each in HolidayPolicy}
    minutes = submission.text("minutes")
    plan = Plan(
        starts_on=first,
        starts_at=time.fromisoformat(at).replace(second=0, microsecond=0),
        minutes=int(minutes) if minutes.isdecimal() and 0 < int(minutes[:5]) <= 1440 else 60,
        zone=zone,
        rule=_rule(every or ONCE, first, submission.many("which"), wrong),
        ends_on=_day(submission.one("until")),
        on_holiday=HolidayPolicy(policy) if known and policy else HolidayPolicy.SKIP,
        holidays="" if policy == MEETS else calendar,
    )
    if plan.rule and not originals(plan, first=first, last=first) and not wrong:
        fits = originals(replace(plan, ends_on=None), first=first, last=first + YEAR)
        wrong["first"] = f"It does not meet on that day: the next one that fits is {day_said(fits[0])}." if fits else "It does not meet on that day."  # fmt: skip
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
            wrong["which"] = FIFTH.format(WEEKDAYS[day])
    return str(Rule(monthly=True, interval=int(number), days=tuple((nth, day) for nth in nths)))


def _in_step(plan: Plan, before: Plan) -> Plan:
    """
    Return *plan* as one that began when *before* did, where it goes on as that does.
    """
    first = plan.starts_on
    same = replace(plan, starts_on=before.starts_on, ends_on=before.ends_on) if first else plan
    goes_on = same.rule == before.rule and first and originals(before, first=first, last=first)
    return replace(plan, starts_on=before.starts_on) if goes_on else plan


def _read_where(
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
        wrong["place"] = "Please pick an agency of the directory, or Online."
    if link and (problem := link_problem(link)):
        wrong["link"] = problem
    return place, link


def _places(session: Session) -> tuple[str, ...]:
    """
    Return the places of plain series, whose forms take nobody's own words.
    """
    named_so = (each.name for each in organization_names(session))
    return (ONLINE, *(name for name in named_so if len(name) <= LONGEST_PLACE))


def _kept(draft: Draft, request: Request, session: Session) -> Reply:
    asker = asker_of(request)
    try:
        key = keep_draft(
            session, draft, team_id=asker.team_id, user_id=asker.user_id, now=request.now
        )
    except FirstDateError as error:
        said = f"The next day that fits is {day_said(error.fits)}." if error.fits else ""
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
            line += f": moved from {usual}, {each.holiday}"
        elif each.state == "skipped":
            clash = ", and it meets anyway on the day it would move to" if each.clash else ""
            line = f"{usual}: skipped, {each.holiday}{clash}"
        lines.append(line)
    if not lines:
        return [Text(text="It would have no date at all.")]
    return [Heading(text="Next dates"), Bullets(items=tuple(lines))]


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


FORMS = (
    Form(
        word="add",
        usage="meeting add",
        summary="Add a meeting or a series of them.",
        who=Standing.COORDINATOR,
        show=show_add,
        take=take_add,
        search={"zone": search_zones, "place": search_places},
    ),
    Form(
        word="change",
        usage="meeting change NAME [DAY]",
        summary="Set or change how often, when and where a series meets, from a date on.",
        who=Standing.COORDINATOR,
        show=show_change,
        take=take_change,
        search={"zone": search_zones, "place": search_places},
    ),
    Form(
        word="move",
        usage="meeting move NAME DAY",
        summary="Set another day, time or place of one meeting.",
        who=Standing.COORDINATOR,
        show=show_move,
        take=take_move,
        search={"place": search_places},
    ),
)
