"""
What the demo begins with: invented staff of the deck's agencies, and a week of theirs.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.grants import change_role
from bot.library import Library
from bot.sandbox.people import Kind, Person
from bot.sandbox.workspace import Workspace
from storage.broadcast_approvals import release
from storage.broadcasts import Draft, save
from storage.custodians import Part, appoint
from storage.details import COORDINATORS, MEMBERS, Details
from storage.meeting_edits import change_series
from storage.meetings import Series, all_series
from storage.members import admit
from storage.organizations import organization_names
from storage.people import RoleName
from storage.recurrence import DAYS, HolidayPolicy, Plan, working_day
from storage.registrations import approve, ask
from storage.session import Session
from storage.statistics.published import published
from storage.surveys.answers import AgencyState, tell
from storage.surveys.cycles import Dates, Definition, Table, define
from storage.surveys.life import open_cycle
from storage.surveys.shapes import narrowed
from storage.task_forces import local_day

CORA, COLE, AMINA, DEVI, TOMAS, WEN = (
    "U0COORD", "U0COORD2", "U0LISTED", "U0DEVI", "U0TOMAS", "U0WAITS",
)  # fmt: skip
HTTF, COALITION, MDT, STEERING = (
    "collaborative:httf",
    "collaborative:ht-coalition",
    "collaborative:ht-mdt",
    "collaborative:csec-y-steering-committee",
)
CHANNEL = "C0GENERAL"
ONLINE = "Online"
SURVEYED = ("cvs", "international-rescue-committee", "family-justice-center", "stand", "alliance")


@dataclass(frozen=True, kw_only=True)
class Staff:
    """
    Somebody invented, who works for an agency of the deck.

    Attributes:
        days: since they were admitted; None: they are not, and their request waits.
    """

    id: str
    name: str
    agency: str
    title: str
    groups: tuple[str, ...]
    languages: tuple[str, ...] = ("english",)
    days: int | None = 30
    visible: str = MEMBERS


# Beside Ada, Cora and Mel, whom every sandbox has: a second coordinator, so that one can decide
# on what the other asks; members; and somebody whose request waits.
STAFF = (
    Staff(id=CORA, name="Cora Coordinator", agency="cvs", title="Program manager", groups=(HTTF, STEERING)),
    Staff(id=COLE, name="Cole Coordinator", agency="alliance", title="Coordinator", groups=(COALITION, MDT)),
    Staff(
        id=AMINA, name="Amina Approved", agency="cvs", title="Case management lead",
        groups=(HTTF, MDT), languages=("english", "spanish"),
    ),
    # Their year is nearly over: they are asked whether they still are a member.
    Staff(id=DEVI, name="Devi Due", agency="international-rescue-committee", title="Caseworker", groups=(HTTF, COALITION), days=354),
    Staff(
        id=TOMAS, name="Tomas Team", agency="family-justice-center", title="Navigator",
        groups=(HTTF, STEERING), languages=("english", "spanish"), visible=COORDINATORS,
    ),
    Staff(id=WEN, name="Wen Waiting", agency="alliance", title="Training coordinator", groups=(HTTF,), days=None, visible=COORDINATORS),
)  # fmt: skip
NAMES = {COLE: "cole", AMINA: "amina", DEVI: "devi", TOMAS: "tomas", WEN: "wen"}


def people_it(workspace: Workspace) -> None:
    """
    Let the staff be in the workspace, and in its first channel.
    """
    for each in STAFF:
        if each.id in NAMES:
            kind: Kind = "coordinator" if each.id == COLE else "member"
            workspace.people[each.id] = Person(
                id=each.id, name=NAMES[each.id], real_name=each.name, kind=kind
            )
        workspace.channel(CHANNEL).members.add(each.id)
        workspace.dm(workspace.person(each.id))
    workspace.dm(workspace.person("U0MEMBER"))
    workspace.dm(workspace.person("U0ADMIN"))


def seed_week(library: Library, *, team_id: str, now: datetime) -> None:
    """
    Store a week of theirs: meetings to come, a survey that is open, a broadcast that goes
    out and one that waits for a second coordinator, a request that waits.
    """
    for who in (CORA, COLE):
        change_role(
            library, user_id=who, role=RoleName.COORDINATOR, team_id=team_id, take=False, now=now
        )

    def seed(session: Session) -> None:
        _members(session, team_id=team_id, now=now)
        _meetings(session, now=now)
        _survey(session, now=now)
        _broadcasts(session, team_id=team_id, now=now)

    library.write_now(seed)


def _members(session: Session, *, team_id: str, now: datetime) -> None:
    agencies = {each.key: each.id for each in organization_names(session)}
    for each in STAFF:
        details = Details(
            name=each.name,
            organization_id=agencies[each.agency],
            title=each.title,
            languages=each.languages,
            email=f"{each.name.lower().replace(' ', '.')}@example.org",
            contact_visibility=each.visible,
            listed=MEMBERS,
        )
        if each.id == AMINA:
            details = replace(details, phone="(925) 555-0121")
        if each.id in {AMINA, WEN}:
            request = ask(
                session, team_id=team_id, user_id=each.id, details=details, groups=each.groups,
                seat_user_id=each.id, now=now,
            )  # fmt: skip
            if each.id == AMINA:
                approve(session, request.number, by=CORA, version=None, now=now)
        elif each.days is not None:
            admit(
                session, team_id=team_id, user_id=each.id, details=details, groups=each.groups,
                seat_user_id=each.id, by=COLE if each.id == CORA else CORA,
                now=now - timedelta(days=each.days),
            )  # fmt: skip
    appoint(
        session, "cvs", team_id=team_id, user_id=AMINA, part=Part.OWNER, by=CORA, today=local_day(session, now), now=now
    )  # fmt: skip


def _meetings(session: Session, *, now: datetime) -> None:
    series = {each.group: each for each in all_series(session)}
    plans = (
        (HTTF, COLE, 1, time(10), 90, "MONTHLY", 1, "Community Violence Solutions"),
        (MDT, COLE, 2, time(13, 30), 60, "WEEKLY", 2, ONLINE),
        (COALITION, CORA, 3, time(9), 60, "MONTHLY", 1, ONLINE),
        (STEERING, CORA, 5, time(14), 60, "MONTHLY", 2, ONLINE),
    )
    for group, by, days, at, minutes, often, interval, place in plans:
        found = series[group]
        plan = _plan(found, now, days=days, at=at, minutes=minutes, often=often, interval=interval)
        link = f"https://meet.example.org/{group.partition(':')[2]}"
        change_series(
            session, found.id, version=found.version, since=None, name=found.name, plan=plan,
            place=place, link=link, by=by, now=now,
        )  # fmt: skip


def _plan(
    found: Series, now: datetime, *, days: int, at: time, minutes: int, often: str, interval: int
) -> Plan:
    """
    Return when a group meets: first after so many working days, and then on that weekday.
    """
    today = now.astimezone(ZoneInfo(found.plan.zone)).date()
    day = _working_days_on(today, days, calendar=found.plan.holidays)
    # The fifth of a weekday is not in every month: then it is the last one.
    nth = -1 if day.day > 28 else (day.day + 6) // 7
    every = f";INTERVAL={interval}" if interval > 1 else ""
    weekday = f"{nth if often == 'MONTHLY' else ''}{DAYS[day.weekday()]}"
    return replace(
        found.plan,
        starts_on=day,
        starts_at=at,
        minutes=minutes,
        rule=f"FREQ={often}{every};BYDAY={weekday}",
        on_holiday=HolidayPolicy.SKIP,
    )


def _working_days_on(day: date, number: int, *, calendar: str) -> date:
    while number:
        day += timedelta(days=1)
        number -= working_day(calendar, day)
    return day


def _survey(session: Session, *, now: datetime) -> None:
    """
    Ask for the next year of a published table. Nobody has counted anything for it: the
    only one who said something sent it by e-mail.
    """
    agencies = {each.key: each.id for each in organization_names(session)}
    today = local_day(session, now)
    last = next(each for each in published(session) if each.series == "member-served")
    year = today.year - 1
    table = Table(
        series=last.series,
        program=last.program,
        title=last.title,
        unit=last.unit,
        threshold=last.threshold,
        period=f"Calendar Year {year}",
        starts=date(year, 1, 1),
        ends=date(year, 12, 31),
        dims=narrowed(last.structure.dimensions[1:]),
    )
    wanted = Definition(
        name=f"Data survey of {year}",
        dates=Dates(
            opens_on=today,
            due_on=today + timedelta(days=7),
            grace_on=today + timedelta(days=14),
            closes_on=today + timedelta(days=16),
        ),
        organizations=tuple(agencies[key] for key in SURVEYED),
        table=table,
    )
    made = define(session, wanted, by=CORA, now=now)
    open_cycle(session, made.number, by=CORA, now=now)
    mailed = agencies["international-rescue-committee"]
    tell(session, made.number, mailed, AgencyState.EMAILED, by=DEVI, now=now)


def _broadcasts(session: Session, *, team_id: str, now: datetime) -> None:
    """
    One goes out to a collaborative; one, to several, waits for a second coordinator.
    """
    drafts = (
        (
            CORA,
            Draft(
                text="The agenda of our next meeting: the data survey, the training calendar, "
                "and who brings coffee. Please say whether you come: /ht reminders",
                audience=(HTTF,),
                wants_ack=True,
            ),
        ),
        (
            COLE,
            Draft(
                text="The Coalition's training calendar is out: four half-days, the first on "
                "interpreters. Write to your coordinator for a seat.",
                audience=(HTTF, COALITION),
            ),
        ),
    )
    for sender, draft in drafts:
        made = save(session, draft, team_id=team_id, sender=sender, now=now)
        release(session, made.number, by=sender, version=made.version, now=now)
