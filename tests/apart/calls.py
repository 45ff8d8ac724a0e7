"""
How to call what storage offers: every public function that takes a session, found by looking.

A new function whose arguments are not known here by name or by type cannot be called, and
the test says so: it is added to `BY_NAME` or `BY_TYPE`.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from math import lcm
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import col, select

import storage
from storage import models
from storage.attendance import Answer
from storage.broadcasts import Broadcast, broadcasts
from storage.broadcasts import Draft as BroadcastDraft
from storage.corrections import Outcome
from storage.custodians import Part, Responsible
from storage.deliveries import Delivery, DeliveryState, Priority, find_delivery
from storage.deliveries import Plan as DeliveryPlan
from storage.details import Details
from storage.digests import Contents
from storage.edits import Edit
from storage.entries import current
from storage.exchange.writing import Step
from storage.items import Item, items
from storage.leads import Lead
from storage.meeting_drafts import Draft as MeetingDraft
from storage.meetings import Occurrence, Series, all_series, changes, coming
from storage.members import Member, members
from storage.models import BroadcastState, CycleState, RoleName
from storage.packs.reading import Pack
from storage.preferences import Preference
from storage.reminder_wishes import Agenda
from storage.session import Session
from storage.statistics.ledger import Examined, Proposal, examine, ledger
from storage.statistics.ledger import Series as StatisticSeries
from storage.surveys.answers import AgencyState
from storage.surveys.closing import Made, make
from storage.surveys.cycles import Cycle, Definition, cycles
from storage.surveys.cycles import Table as SurveyTable
from tests.apart.world import CORA, DAYS, GROUP, MEL, OTHER, SOL, SOON, TEAM, WEEKLY, proposal
from tests.conftest import NOON

MOST = 4  # rows of a table that are tried
MOST_WAYS = 8  # to call one function


@dataclass(frozen=True, kw_only=True)
class Given:
    """
    Attributes:
        whose: a session of the task force whose rows are asked for.
        pack: of both.
    """

    whose: Session
    pack: Pack


Supply = Callable[[Given], list[Any]]


def functions() -> dict[str, Callable[..., Any]]:
    """
    Return every public function of storage that takes a session, by its full name.
    """
    found = {}
    for each in pkgutil.walk_packages(storage.__path__, "storage."):
        if each.name.startswith("storage.migrations.") and each.name != "storage.migrations":
            continue  # these run before there is a task force
        module = importlib.import_module(each.name)
        for name, what in vars(module).items():
            if name.startswith("_") or not inspect.isfunction(what) or what.__module__ != each.name:
                continue
            if any(each.annotation is Session for each in inspect.signature(what).parameters.values()):  # fmt: skip
                found[f"{each.name.removeprefix('storage.')}.{name}"] = what
    return found


class UnknownArgumentError(Exception):
    """
    Nobody said how a function is called: add its argument to this file.
    """


def arguments(
    name: str, function: Callable[..., Any], given: Given
) -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
    """
    Yield ways to call *function*: each row of the tables its numbers are of, in turn.
    """
    supplied = {}
    for each in list(inspect.signature(function).parameters.values())[1:]:
        supply = _supply(name, each)
        if supply is None:
            if each.default is inspect.Parameter.empty and each.kind is not each.VAR_KEYWORD:
                raise UnknownArgumentError(f"{name}({each.name}: {each.annotation})")
            continue
        supplied[each.name] = supply(given)
    kinds = inspect.signature(function).parameters
    ways = min(MOST_WAYS, lcm(*(len(some) or 1 for some in supplied.values())))
    for number in range(ways):
        values = {key: some[number % len(some)] for key, some in supplied.items() if some}
        spread: tuple[Any, ...] = ()
        for key in list(values):
            if kinds[key].kind is inspect.Parameter.VAR_KEYWORD:
                values |= values.pop(key)
            elif kinds[key].kind is inspect.Parameter.VAR_POSITIONAL:
                spread = tuple(values.pop(key))
        yield spread, values


def _supply(name: str, parameter: inspect.Parameter) -> Supply | None:
    """
    The most particular comes first: of this function, of its module, of any.
    """
    module = name.rpartition(".")[0]
    package = module.partition(".")[0]
    particular = (f"{name}.{parameter.name}", f"{module}.{parameter.name}", f"{package}.{parameter.name}")  # fmt: skip
    for key in particular:
        if key in BY_NAME:
            return BY_NAME[key]
    if parameter.default is inspect.Parameter.empty and parameter.annotation in BY_TYPE:
        return BY_TYPE[parameter.annotation]
    return BY_NAME.get(parameter.name)


def ids(model: Any) -> Supply:
    def supply(given: Given) -> list[Any]:
        found = given.whose.exec(select(model.id).order_by(col(model.id).desc())).all()
        return list(found[:MOST])

    return supply


def id_lists(model: Any) -> Supply:
    return lambda given: [ids(model)(given)]


def column(model: Any, name: str) -> Supply:
    def supply(given: Given) -> list[Any]:
        field = getattr(model, name)
        return list(given.whose.exec(select(field).where(field.is_not(None))).all()[:MOST])

    return supply


def rows(model: Any, *, many: bool = False) -> Supply:
    def supply(given: Given) -> list[Any]:
        found = list(given.whose.exec(select(model).order_by(col(model.id))).all()[:MOST])
        return [found] if many else found

    return supply


def always(*values: Any) -> Supply:
    return lambda given: list(values)


def of(values: Callable[[Session], Any]) -> Supply:
    return lambda given: list(values(given.whose))[:MOST]


def _occurrences(session: Session) -> list[Occurrence]:
    return list(coming(session, all_series(session), now=NOON, days=14))


def _cycles(session: Session) -> list[Cycle]:
    return list(cycles(session))


def _phones(session: Session) -> list[dict[str, Any]]:
    said = (current(session, "phone", key) for key in session.exec(select(models.Phone.key)).all())
    return [{**each, "number": "+19255550188"} for each in said if each]


def _lines(session: Session) -> list[dict[str, Any]]:
    return [{**(current(session, "hotline", key) or {}), "name": "Another"} for key in ("local-line", "emergency")]  # fmt: skip


def _of_meetings(session: Session) -> list[Delivery]:
    return [each for each in _deliveries(session) if each.kind == "reminder"]


def _made(session: Session) -> list[Made]:
    found = (make(session, each.number) for each in cycles(session))
    return [each for each in found if each is not None]


def _definitions(session: Session) -> list[Definition]:
    organizations = tuple(session.exec(select(models.Organization.id)).all())
    return [Definition(name="New", dates=DAYS, organizations=tuple(filter(None, organizations)), questions=cycles(session)[0].questions)]  # fmt: skip


def _deliveries(session: Session) -> list[Delivery]:
    return [find_delivery(session, id or 0) for id in session.exec(select(models.Delivery.id)).all()]  # fmt: skip


def _edits(session: Session) -> list[Edit]:
    return [Edit(delivery=each, slack_channel="D1", slack_ts="1.1", asked_at=NOON) for each in _deliveries(session)]  # fmt: skip


def _tables(session: Session) -> list[SurveyTable]:
    found = proposal()
    return [
        SurveyTable(series="apart", program="P", title="T", unit="people", threshold=10, period="2024", starts=found.starts, ends=found.ends, dims=found.structure.dimensions[1:])
    ]  # fmt: skip


def _details(session: Session) -> list[Details]:
    return [Details(name="N", organization_id=id, title="T") for id in session.exec(select(models.Organization.id)).all()]  # fmt: skip


def _meeting_drafts(session: Session) -> list[MeetingDraft]:
    return [
        MeetingDraft(group=GROUP, name="D", plan=WEEKLY, place=None, link=None, series_id=each.id, version=each.version)
        for each in all_series(session)
    ]  # fmt: skip


PEOPLE = always(MEL, CORA, OTHER)
HOUR = timedelta(hours=1)
BY_NAME: dict[str, Supply] = {
    "now": always(SOON),
    "today": always(SOON.date()),
    "day": always(SOON.date()),
    "by": always(SOL, CORA),
    "granted_by": always(SOL),
    "team_id": always(TEAM),
    "user_id": PEOPLE,
    "person": always(MEL),
    "recipient": PEOPLE,
    "reader": PEOPLE,
    "responsible": always(CORA),
    "recipients": always([MEL]),
    "user_ids": always([MEL, CORA, OTHER]),
    "admins": always([OTHER]),
    "sender": always(CORA),
    "actor": always(MEL),
    "seat_user_id": always(None),
    "signer": always(CORA),
    "channel": always("C0ROOM"),
    "language": always("es"),
    "limit": always(50),
    "lease": always(HOUR),
    "every": always(timedelta(seconds=3)),
    "farthest": always(timedelta(days=31)),
    "since": always(NOON - timedelta(days=9)),
    "until": always(SOON + HOUR),
    "moment": always(SOON + timedelta(days=9)),
    "ref": always(GROUP, "subcommittee:youth"),
    "refs": always([GROUP], ["everybody:members", "agency:shelter"]),
    "group": always(GROUP),
    "groups": always((GROUP,)),
    "reason": always("because"),
    "text": always("words"),
    "said": always("words"),
    "what": always("asked"),
    "name": always("Name"),
    "title": always("Title"),
    "purpose": always(None),
    "place": always(None),
    "link": always(None),
    "roster": always("members"),
    "occasion": always("1"),
    "kind": always("test", "broadcast", "reminder"),
    "token": column(models.Delivery, "token"),
    "tokens": lambda given: [column(models.Delivery, "token")(given)],
    "holder": always("h"),
    "room": always(dict.fromkeys(Priority, 50)),
    "version": always(1, 2),
    "seen": always(None),
    "after": always(0),
    "limits": always(9),
    "lock": always(True),
    "ended": always(True),
    "retired": always(True, False),
    "hold": always(True),
    "keep": always(timedelta(0)),
    "days": always(9),
    "first": always(SOON.date()),
    "last": always(SOON.date() + timedelta(days=9)),
    "series_id": ids(models.MeetingSeries),
    "series_ids": id_lists(models.MeetingSeries),
    "organization_id": ids(models.Organization),
    "organization_ids": id_lists(models.Organization),
    "delivery_id": ids(models.Delivery),
    "digest_id": ids(models.Delivery),
    "digest_ids": id_lists(models.Delivery),
    "member_ids": id_lists(models.Delivery),
    "old_id": ids(models.Delivery),
    "new_id": ids(models.Delivery),
    "correction_id": ids(models.BroadcastCorrection),
    "release_id": ids(models.Release),
    "seat_id": ids(models.Seat),
    "number": ids(models.Broadcast),
    "task_force_id": lambda given: [given.whose.task_force_id],
    "organization": always("shelter", "county"),
    "collaborative": always("coalition"),
    "table": always("phone", "hotline", "organization"),
    "change": rows(models.Change),
    # By their modules: what a number is of, and a key.
    "corrections.number": ids(models.Correction),
    "directory.number": ids(models.Change),
    "proposals.number": ids(models.Change),
    "registrations.number": ids(models.Registration),
    "exchange.number": ids(models.ImportBatch),
    "statistics.number": ids(models.Release),
    "surveys.number": ids(models.SurveyCycle),
    "custodians.organization_id": ids(models.Organization),
    "collaboratives.key": always("youth"),
    "corrections.key": column(models.Correction, "key"),
    "directory.key": column(models.Phone, "key"),
    "entries.key": column(models.Phone, "key"),
    "facts.key": column(models.Phone, "key"),
    "past_meetings.before": always(datetime(2030, 1, 1, tzinfo=UTC)),
    "meetings.key": always(datetime(2026, 3, 3, 10)),  # noqa: DTZ001 - local, as keys are
    "meeting_edits.key": always(datetime(2026, 3, 3, 10)),  # noqa: DTZ001
    "meeting_edits.to": always(datetime(2026, 3, 4, 10)),  # noqa: DTZ001
    "meeting_edits.seed_series.key": always("bare", "new"),
    "meeting_edits.since": always(None, date(2026, 3, 10)),
    "meeting_edits.version": always(1),
    "meetings.series": lambda given: [all_series(given.whose)],
    "short_notice.fresh": lambda given: [changes(given.whose)],
    "short_notice.told": always(frozenset()),
    "organizations.key": always("shelter"),
    "proposals.key": always("local-line", "emergency"),
    "proposals.by": always(CORA),
    "statistics.key": always("apart", "served"),
    "task_forces.key": column(models.TaskForce, "key"),
    "directory.table": always("phone"),
    "directory.after": of(_phones),
    "entries.table": always("phone"),
    "entries.after": of(_phones),
    "facts.table": always("phone"),
    "facts.changes": always({"number": "+19255550188"}),
    "proposals.after": of(_lines),
    "items.table": always("phone"),
    "items.named": column(models.Phone, "id"),
    "members.as_": always("left"),
    "members.details": of(_details),
    "members.ids": id_lists(models.Member),
    "members.lapses_on": always(date(2027, 3, 2)),
    "messages": always(9),
    # By their functions.
    "audit.record.act": always("x.done"),
    "audit.entries.person": PEOPLE,
    "audiences.labels.for_all": always(False),
    "backup.aftermath.come_back.planners": always(()),
    "backup.aftermath.come_back.tell": always(None),
    "broadcast_approvals.set_approval_above.people": always(7),
    "broadcast_corrections.propose.seen": always(0),
    "broadcasts.move.of": always(tuple(BroadcastState)),
    "broadcasts.move.to": always(BroadcastState.ABORTED),
    "broadcasts.states": always(tuple(BroadcastState)),
    "claims.begin.contents": always(None),
    "claims.put_off.counted": always(True),
    "deliveries.in_states.states": always(tuple(DeliveryState)),
    "deliveries.plan.plans": always([DeliveryPlan(kind="test", occasion="1", recipient=MEL, due_at=NOON)]),
    "attendance.say.answer": always(Answer.YES),
    "broadcast_approvals.release.by": always(CORA),
    "broadcast_approvals.approve.by": always(SOL),
    "broadcast_approvals.decline.by": always(SOL),
    "broadcast_corrections.propose.by": always(CORA),
    "broadcast_corrections.put_forward.by": always(CORA),
    "broadcast_corrections.withdraw.by": always(CORA),
    "broadcast_stops.by": always(CORA),
    "claims.mark_sent.slack_ts": always("1.2"),
    "edits.edits_due.last": always(()),
    "meeting_news.news_of.delivery": of(_of_meetings),
    "reminders.as_it_stands.delivery": of(_of_meetings),
    "reminders.plan_again.pending": of(_of_meetings),
    "surveys.organization_id": column(models.SurveyAgency, "organization_id"),
    "surveys.seen": always(None, 1, 2),
    "upkeep.confirm.seen": of(lambda session: [each.version for each in items(session)]),
    "details.agency_names.ids": id_lists(models.Organization),
    "digests.change.ids": id_lists(models.Delivery),
    "digests.change.values": always({"reason": "x"}),
    "digests.follow.values": always({"reason": "x"}),
    "digests.gather.rows": always([]),
    "digests.members_of.states": always(tuple(DeliveryState)),
    "digests.turns.rows": rows(models.Delivery, many=True),
    "digests.turns.wishes": lambda given: [
        {(who, kind): Preference(digest=True) for who in given.whose.exec(select(models.Delivery.recipient)).all() for kind in ("test", "digest", "broadcast", "broadcast approvals", "", "contact")}
    ],
    "exchange.content": always(b"key,name,note\nshelter,The Shelter,Changed\n"),
    "exchange.roster.content": always(f"slack_user_id,name,agency,title\n{MEL},Mel,shelter,T\n".encode()),
    "exchange.telling": always(str),
    "exchange.writing.batch_id": ids(models.ImportBatch),
    "exchange.writing.steps": always([Step(table="phone", key="x", before={"note": None}, after={"note": "x"})]),
    "feeds.find_feed.token": always("x"),
    "hotlines.choices.taxonomy": always("hotline-need"),
    "job_troubles.job": always("sending"),
    "job_troubles.reference": always("abcd"),
    "leads.set_leads.leads": always([Lead(minutes=5)]),
    "meeting_edits.plain": always(False),
    "meeting_edits.plan": always(WEEKLY),
    "meeting_drafts.plain": always(False),
    "meeting_drafts.draft": of(_meeting_drafts),
    "packs.loading.load_pack.pack": lambda given: [given.pack],
    "packs.meetings.seed_meetings.entries": lambda given: [given.pack.meetings if hasattr(given.pack, "meetings") else ()],
    "people.grant.scope": always("", "coalition"),
    "people.role": always(RoleName.COORDINATOR),
    "preferences.kinds": always(["test"]),
    "processes.name": always("desk:1:a"),
    "processes.started_at": always(NOON),
    "provenance.served.model": always(models.Hotline),
    "provenance.served.where": always(col(models.Hotline.id) > 0),
    "receipts.interaction": always("x", "y"),
    "registrations.details": of(_details),
    "registrations.answer": always("x"),
    "reminders.meeting_of.payload": lambda given: [{"series": each.id, "key": "2026-03-03T10:00"} for each in all_series(given.whose)],
    "retention.slots.is_due.now": always(SOON),
    "scope.add_new.model": always(models.Series),
    "scope.add_new.values": always({"key": "reminder", "planned_until": NOON}, {"key": "new", "planned_until": NOON}),
    "seats.but": always(()),
    "slots.series": always("reminder", "new"),
    "statistics.from_pack.release_figures.figures": always(()),
    "statistics.ledger.publish_from_pack.proposals": lambda given: [[proposal("2022")]],
    "statistics.ledger.put_survey.as_of": always(SOON.date()),
    "statistics.ledger.note_recheck.out": always(1),
    "surveys.alike.texts": always(["How many people? Open"]),
    "surveys.alike.organizations": id_lists(models.Organization),
    "surveys.checks.key": column(models.Organization, "key"),
    "surveys.checks.typed": always(()),
    "surveys.alike.opens_on": always(SOON.date()),
    "statistics.ledger.sheets": of(lambda session: [ledger(session)]),
    "statistics.ledger.is_fresh.examined": of(lambda session: [examine(session, proposal("2023"))]),
    "surveys.answers.said": always({}),
    "surveys.answers.emptied": always(()),
    "surveys.answers.tell.state": always(*AgencyState),
    "surveys.closing.proposal_of.said": always({}),
    "surveys.cycles.states": always(tuple(CycleState)),
    "surveys.filling.rows": of(lambda session: [[["survey"], [each.number]] for each in cycles(session)]),
    "surveys.life.dates": always(DAYS),
    "task_forces.county": always("C"),
    "task_forces.timezone": always("UTC"),
    "topics.sections": always("gap"),
    "upkeep.confirm.keeper": always(True),
}  # fmt: skip
BY_TYPE: dict[Any, Supply] = {
    Agenda | None: always(Agenda(), None),
    Broadcast: of(broadcasts),
    BroadcastDraft: always(BroadcastDraft(text="x", audience=("everybody:members",))),
    Contents: always(Contents()),
    Cycle: of(_cycles),
    Definition: of(_definitions),
    Delivery: of(_deliveries),
    Details: of(_details),
    Edit: of(_edits),
    Examined: of(lambda session: [examine(session, proposal("2023"))]),
    Item: of(items),
    Made: of(_made),
    Member: of(members),
    Occurrence: of(_occurrences),
    Outcome: always(*Outcome),
    Part: always(*Part),
    Preference: always(Preference(muted=True)),
    Proposal: lambda given: [proposal("2023"), proposal("2024")],
    Responsible: of(lambda session: [Responsible(session, today=SOON.date())]),
    Series: of(all_series),
    StatisticSeries: always(StatisticSeries(key="apart", program="P", title="T")),
    SurveyTable: of(_tables),
    ZoneInfo: always(ZoneInfo("UTC")),
}
