"""
What surveys say by themselves: to agencies that have not answered, and to coordinators how
it goes and what came of it.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from commands.announcing import announce
from commands.contacts import coordinators_for
from commands.contract import DeliveryKind, Notice, Standing, Wait
from commands.ping import zone_of
from commands.speech import phrase, say
from storage.custodians import Responsible
from storage.deliveries import Delivery, Priority
from storage.edits import ask_for_edits
from storage.errors import UnknownSurveyError
from storage.session import Session
from storage.surveys.answers import AgencyState, Status, statuses
from storage.surveys.cycles import Cycle, CycleState, any_alive, cycles, find_cycle
from storage.surveys.life import keep_time, keeper, overdue, tell_progress
from storage.surveys.nudges import any_needed, due_nudges, is_needed
from storage.task_forces import local_day, task_force
from storage.working_days import next_working_moment

EVERY = timedelta(seconds=3)  # between two edits of what its coordinator sees
LAST = timedelta(days=1)  # for which what it came to is told after its end
NEUTRAL = phrase("A survey waits for your agency.")
SILENT = phrase("Agencies have not answered a survey yet.")
TOLD = (CycleState.OPEN, CycleState.CLOSING, CycleState.CLOSED, CycleState.CANCELLED)
AWAY = phrase("waits for working hours")
ENDS = {
    "drafted": phrase("A survey is closed: its figures wait for a second coordinator."),
    "refused": phrase("A survey is closed, and its figures may not be published as they are."),
    "nothing": phrase("A survey is closed: nobody answered it."),
    "results": phrase("A survey is closed: see what came of it."),
}
ELSEWHERE = phrase("Somebody else looks after this survey now.")
WAITS = phrase("A survey was to close, and waits for a coordinator to close it.")
OVER = phrase("This survey was decided on.")


def plan_surveys(session: Session, now: datetime) -> None:
    """
    Open and close what is due, nudge who has not answered, and tell coordinators how it goes.
    """
    if not any_alive(session, since=now - LAST):
        return  # as most ticks of most months find it
    keep_time(session, now=now)
    for each in due_nudges(session, now=now):
        agency = each.organization_id
        announce(
            session,
            NUDGES,
            occasion=f"{each.cycle}:{agency or 'all'}:{each.day}",
            recipients=each.recipients,
            due_at=now,
            now=now,
            standing=Standing.COORDINATOR,
            responsible=None,
            payload={"survey": each.cycle, "agency": agency, "day": f"{each.day}"},
        )
    for cycle in cycles(session, states=TOLD):
        if cycle.closed_at is None or cycle.closed_at >= now - LAST:
            _tell_progress(session, cycle, now=now)
    for cycle in overdue(session, now=now):
        announce(
            session,
            ENDINGS,
            occasion=f"survey {cycle.number} waits since {cycle.dates.closes_on}",
            recipients=coordinators_for(session, set(), but=""),
            due_at=now,
            now=now,
            standing=Standing.COORDINATOR,
            responsible=None,
            payload={"survey": cycle.number, "version": cycle.version, "waits": True},
        )


def tell_end(session: Session, cycle: Cycle, *, now: datetime) -> None:
    """
    Tell every coordinator what a closed survey came to.
    """
    announce(
        session,
        ENDINGS,
        occasion=f"{cycle.release}:" if cycle.release else f"survey {cycle.number}.{cycle.version}",
        recipients=coordinators_for(session, set(), but=""),
        due_at=now,
        now=now,
        standing=Standing.COORDINATOR,
        responsible=cycle.closed_by,
        payload={"survey": cycle.number, "version": cycle.version},
    )


def tell_decided(session: Session, release: int, *, now: datetime) -> None:
    """
    Have the messages about a draft say that it was decided on.
    """
    ask_for_edits(session, kind=ENDINGS.name, occasion=f"{release}:", now=now)


def render_nudge(delivery: Delivery, session: Session, now: datetime) -> Notice | Wait | None:
    number, agency = delivery.payload["survey"], delivery.payload["agency"]
    day = date.fromisoformat(delivery.payload["day"])
    if agency is None:
        if not any_needed(session, number, day=day, now=now):
            return None
    elif not is_needed(session, number, agency, day=day, now=now):
        return None
    elif not Responsible(session, today=local_day(session, now)).keeps(agency, delivery.recipient):
        return None  # somebody else looks after it since
    begins = next_working_moment(now, zone_of(session), calendar=task_force(session).holidays)
    if begins > now:
        return Wait(seconds=(begins - now).total_seconds(), reason=AWAY)
    if agency is None:
        return Notice(text=say(SILENT), opens=f"survey board {number}")
    return Notice(text=say(NEUTRAL), opens=f"survey mine {number}")


def render_progress(delivery: Delivery, session: Session, now: datetime) -> Notice | None:
    cycle = _of(delivery, session)
    if cycle is None or keeper(session, cycle) != delivery.recipient:
        return None
    return Notice(
        text=progress(cycle, statuses(session, cycle)), opens=f"survey board {cycle.number}"
    )


def edit_progress(delivery: Delivery, session: Session, now: datetime) -> Notice:
    return render_progress(delivery, session, now) or Notice(text=say(ELSEWHERE), opens="")


def render_end(delivery: Delivery, session: Session, now: datetime) -> Notice | None:
    cycle = _of(delivery, session)
    if delivery.payload.get("waits"):
        if cycle is None or cycle.number not in {each.number for each in overdue(session, now=now)}:
            return None
        return Notice(text=say(WAITS), opens=f"survey board {cycle.number}")
    if cycle is None or cycle.outcome is None or cycle.version != delivery.payload["version"]:
        return None
    return Notice(text=say(ENDS[cycle.outcome]), opens=f"survey preview {cycle.number}")


def edit_end(delivery: Delivery, session: Session, now: datetime) -> Notice:
    cycle = _of(delivery, session)
    opens = f"survey preview {cycle.number}" if cycle else ""
    return Notice(text=say(OVER), opens=opens)


def progress(cycle: Cycle, every: Sequence[Status]) -> str:
    """
    Return how a survey goes, in a line that a lock screen may show: agencies are counted,
    and nothing that they said.
    """
    states = Counter(each.state for each in every)
    drafts = sum(each.has_draft and each.state is AgencyState.SILENT for each in every)
    silent = states[AgencyState.SILENT] - drafts
    rightly = len(every) - states[AgencyState.NOT_OURS]
    parts = [
        say(
            "{states} of {rightly} agencies have answered",
            states=states[AgencyState.ANSWERED],
            rightly=rightly,
        )
    ]
    parts += [
        f"{number} {word}"
        for number, word in (
            (drafts, say("with a draft")),
            (silent, say("silent")),
            (states[AgencyState.EMAILED], say("by e-mail")),
            (states[AgencyState.DECLINED], say("declined")),
        )
        if number
    ]
    ends = {
        CycleState.CLOSING: say(" Being closed."),
        CycleState.CLOSED: say(" Closed."),
        CycleState.CANCELLED: say(" Cancelled."),
    }
    return say(
        "Survey {number}: {list}.{ends}",
        number=cycle.number,
        list=", ".join(parts),
        ends=ends.get(cycle.state, ""),
    )


def _tell_progress(session: Session, cycle: Cycle, *, now: datetime) -> None:
    if cycle.state is CycleState.OPEN and (kept_by := keeper(session, cycle)) is not None:
        announce(
            session,
            BOARDS,
            occasion=f"{cycle.number}:",
            recipients=[kept_by],
            due_at=now,
            now=now,
            standing=Standing.COORDINATOR,
            responsible=kept_by,
            payload={"survey": cycle.number},
        )
    said = progress(cycle, statuses(session, cycle))
    if tell_progress(session, cycle.number, said=said, now=now, every=EVERY):
        ask_for_edits(session, kind=BOARDS.name, occasion=f"{cycle.number}:", now=now)


def _of(delivery: Delivery, session: Session) -> Cycle | None:
    try:
        return find_cycle(session, int(delivery.payload["survey"]))
    except UnknownSurveyError:
        return None


NUDGES = DeliveryKind(
    name="surveys",
    title=phrase("Surveys that wait for your agency"),
    render=render_nudge,
    priority=Priority.REMINDER,
    plan=plan_surveys,
    digest=False,  # it keeps to working hours
)
BOARDS = DeliveryKind(
    name="survey board",
    title=phrase("How your surveys go"),
    render=render_progress,
    priority=Priority.REMINDER,
    edit=edit_progress,
    digest=False,
)
ENDINGS = DeliveryKind(
    name="closed surveys",
    title=phrase("What came of closed surveys"),
    render=render_end,
    priority=Priority.REMINDER,
    edit=edit_end,
)
