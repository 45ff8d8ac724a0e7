"""
What is over is deleted on its day, and nothing that could be sent a second time before.
"""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import delete, func, select

from commands.registry import COMMANDS
from storage import models
from storage.audit import record
from storage.broadcasts import BROADCAST
from storage.deliveries import TOO_LATE, Plan, plan
from storage.digests import DIGEST
from storage.models import RegistrationState
from storage.past_meetings import LATER
from storage.people import person_id
from storage.receipts import first_time
from storage.registrations import WAITS
from storage.retention import rules
from storage.retention.kept import LEAST_MESSAGES, Kept
from storage.retention.occasions import OCCASIONS
from storage.retention.rules import DETAILS_KEPT, RULES
from storage.retention.slots import is_due
from storage.session import transaction
from storage.task_forces import local_day

DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)
KEPT = Kept(messages=400 * DAY, former=365 * DAY, audit=1096 * DAY)


@pytest.fixture
def session(two):
    with transaction(two, task_force_id=1) as session:
        yield session


def purge(session, now, kept=KEPT):
    """
    Apply every rule until there is no more. Return how many rows went, by rule.
    """
    gone = {}
    for rule in RULES:
        after, batches = 0, 0
        while after is not None:
            batch = rule.apply(session, now, kept, after)
            gone[rule.what] = gone.get(rule.what, 0) + batch.gone
            after, batches = batch.after, batches + 1
            assert batches < 50
    return {what: number for what, number in gone.items() if number}


def delivery(session, occasion="1", *, at, kind="test", last=False, **values):
    """
    Store a settled delivery; with a later one after it, unless it is to be the last.
    """
    plan(session, [Plan(kind=kind, occasion=occasion, recipient="U1", due_at=at)], now=at)
    row = session.exec(select(models.Delivery).order_by(models.Delivery.id.desc())).first()
    for name, value in {"state": "sent", "settled_at": at, **values}.items():
        setattr(row, name, value)
    session.flush()
    if not last:
        plan(
            session,
            [Plan(kind="test", occasion=f"after {kind} {occasion}", recipient="U1", due_at=at)],
            now=at,
        )
    return row.id


def there(session, model=models.Delivery):
    return set(session.exec(select(model.id)))


def test_every_kind_of_delivery_says_when_its_occasion_cannot_come_again():
    kinds = {kind.name for command in COMMANDS for kind in command.deliveries}

    assert kinds - set(OCCASIONS) == set()


@pytest.mark.parametrize(("more", "stays"), [(timedelta(0), True), (TICK, False)])
@pytest.mark.parametrize("state", ["sent", "failed", "skipped", "unknown"])
def test_a_settled_delivery_goes_after_its_time(session, now, more, stays, state):
    id = delivery(session, at=now - KEPT.messages - more, state=state)

    purge(session, now)

    assert (id in there(session)) is stays


@pytest.mark.parametrize("state", ["planned", "claimed", "sending"])
def test_what_is_not_settled_stays_however_old(session, now, state):
    id = delivery(session, at=now - 9 * KEPT.messages, state=state, settled_at=None)

    purge(session, now)

    assert id in there(session)


def test_what_somebody_is_still_to_be_told_of_stays(session, now):
    at = now - 2 * KEPT.messages
    id = delivery(session, at=at, state="skipped", reason=TOO_LATE, to_report_at=at)

    purge(session, now)

    assert id in there(session)


def test_what_was_sent_late_counts_from_when_it_was_sent(session, now):
    id = delivery(session, at=now - 2 * KEPT.messages, settled_at=now - DAY)

    purge(session, now)

    assert id in there(session)


def test_a_county_cannot_have_less_kept_than_what_is_told_anew_looks_back(session, now):
    id = delivery(session, at=now - LEAST_MESSAGES)
    gone = delivery(session, "2", at=now - LEAST_MESSAGES - TICK)

    purge(session, now, Kept(messages=DAY, former=DAY, audit=DAY))

    assert id in there(session)
    assert gone not in there(session)


def test_the_last_one_stays_so_that_its_number_is_given_to_no_other(session, now):
    gone = delivery(session, "1", at=now - 2 * KEPT.messages, last=True)
    id = delivery(session, "2", at=now - 2 * KEPT.messages, last=True)

    purge(session, now)

    assert there(session) == {id}
    assert gone < id


def test_a_kind_that_nobody_knows_stays(session, now):
    id = delivery(session, at=now - 2 * KEPT.messages, kind="of another version")

    purge(session, now)

    assert id in there(session)


def test_a_digest_goes_after_what_is_in_it_and_what_is_sent_again_before_the_first(session, now):
    at = now - 2 * KEPT.messages
    digest = delivery(session, at=at, kind=DIGEST)
    member = delivery(session, "2", at=at, digest_id=digest)
    first = delivery(session, "3", at=at)
    again = delivery(session, "4", at=at, again_of=first)

    purge(session, now)
    assert {digest, member, first, again} & there(session) == {digest, first}

    purge(session, now)
    assert {digest, first} & there(session) == set()


def test_a_request_that_still_waits_keeps_what_told_of_it_and_one_that_is_decided_does_not(
    session, now
):
    at = now - 2 * KEPT.messages
    ids = {}
    for state in (RegistrationState.ASKED, RegistrationState.DECLINED):
        who = person_id(session, team_id="T1", user_id=f"U0{state.value.upper()}")
        request = models.Registration(person_id=who, name="N", title="T", state=state.value, asked_at=at, decided_at=at)  # fmt: skip
        session.add(request)
        session.flush()
        ids[state] = delivery(session, f"{request.id}:", at=at, kind=WAITS)

    purge(session, now)

    assert ids[RegistrationState.ASKED] in there(session)
    assert ids[RegistrationState.DECLINED] not in there(session)


def test_a_proposal_that_still_waits_keeps_what_told_of_it(session, now):
    at = now - 2 * KEPT.messages
    ids = {}
    for state in ("proposed", "made"):
        change = models.Change(table="phone", key="p", state=state, made_by="U1", made_at=at)
        session.add(change)
        session.flush()
        ids[state] = delivery(session, f"{change.id}:", at=at, kind="proposals")

    purge(session, now)

    assert ids["proposed"] in there(session)
    assert ids["made"] not in there(session)


def test_a_survey_that_goes_on_and_a_job_that_still_fails_keep_what_told_of_them(session, now):
    at = now - 2 * KEPT.messages
    ids = {}
    for state in ("open", "closed"):
        survey = models.SurveyCycle(name=state, kind="questions", opens_on=at.date(), due_on=at.date(), grace_on=at.date(), closes_on=at.date(), state=state, defined_at=at)  # fmt: skip
        session.add(survey)
        session.flush()
        ids[state] = delivery(session, f"{survey.id}:", at=at, kind="survey board")
        waits = f"survey {survey.id} waits since 2026-01-01"
        ids[f"{state}, waits"] = delivery(session, waits, at=at, kind="closed surveys")
    for job, over in (("sending", None), ("planning x", at)):
        session.add(models.JobTrouble(job=job, reason="KeyError", reference="a", since=at, over_at=over))  # fmt: skip
        session.flush()
        ids[job] = delivery(session, f"{job}:{local_day(session, at)}", at=at, kind="bot trouble")

    purge(session, now)

    assert set(ids.values()) & there(session) == {ids["open"], ids["open, waits"], ids["sending"]}


def broadcast(session, *, at, state="sent", run=1, **values):
    row = models.Broadcast(
        **{
            "team_id": "T1", "sender": "UC", "kind": BROADCAST, "text": "x", "audience": [],
            "wants_ack": False, "harmless": False, "state": state, "run": run, "drafted_at": at,
            "started_at": at, "ended_at": at if state == "sent" else None,
        } | values
    )  # fmt: skip
    session.add(row)
    session.flush()
    session.add(models.BroadcastReader(broadcast_id=row.id, run=1, user_id="U1"))
    session.add(models.BroadcastCorrection(broadcast_id=row.id, text="y", state="made", proposed_by="UC", proposed_at=at))  # fmt: skip
    session.flush()
    return row.id


def test_a_broadcast_that_ended_goes_with_its_readers_and_its_last_leaves_its_number(session, now):
    at = now - 2 * KEPT.messages
    first, second = (broadcast(session, at=at) for _ in range(2))
    told = delivery(session, f"{first}.1:", at=at, kind=BROADCAST)

    gone = purge(session, now)

    assert (gone["readers of broadcasts"], gone["broadcasts"]) == (2, 1)
    assert there(session, models.Broadcast) == {second}
    assert len(there(session, models.BroadcastCorrection)) == 1
    assert told not in there(session)


def test_one_that_repeats_keeps_its_last_run_and_the_runs_before_go(session, now):
    at = now - 2 * KEPT.messages
    number = broadcast(session, at=at, state="scheduled", run=2, repeat="monthly", send_at=now)
    session.add(models.BroadcastReader(broadcast_id=number, run=2, user_id="U1"))
    before, last = (delivery(session, f"{number}.{run}:", at=at, kind=BROADCAST) for run in (1, 2))
    waits = delivery(session, f"{number}: 1", at=at, kind="broadcast approvals")

    purge(session, now)

    assert {before, last, waits} & there(session) == {last, waits}
    runs = session.exec(select(models.BroadcastReader.run)).all()
    assert runs == [2]
    assert there(session, models.Broadcast) == {number}


@pytest.mark.parametrize(("more", "stays"), [(timedelta(0), True), (TICK, False)])
def test_a_draft_that_nobody_sent_goes_too(session, now, more, stays):
    at = now - KEPT.messages - more
    id = broadcast(session, at=at, state="draft", started_at=None)
    session.exec(delete(models.BroadcastReader))
    broadcast(session, at=now)

    purge(session, now)

    assert (id in there(session, models.Broadcast)) is stays


@pytest.mark.parametrize(("more", "stays"), [(timedelta(0), True), (TICK, False)])
def test_a_decided_request_is_emptied_of_what_was_said_in_it(session, now, more, stays):
    at = now - DETAILS_KEPT - more
    who = person_id(session, team_id="T1", user_id="U0ME")
    session.add(models.Registration(person_id=who, name="N", title="T", email="e@example.org", phone="+19255550100", agency="A", groups=["x"], seat_user_id="U0ME", reason="r", state="declined", asked_at=at, decided_at=at, decided_by="UC"))  # fmt: skip
    session.add(models.Registration(person_id=who, open_person_id=who, name="N", title="T", state="asked", asked_at=at))  # fmt: skip
    session.flush()

    purge(session, now)

    session.expire_all()
    decided, asked = session.exec(select(models.Registration).order_by(models.Registration.id))
    assert asked.name == "N"
    assert (decided.state, decided.decided_at, decided.decided_by) == ("declined", at, "UC")
    said = (decided.name, decided.title, decided.email, decided.phone, decided.agency, decided.groups, decided.seat_user_id, decided.reason)  # fmt: skip
    full = ("N", "T", "e@example.org", "+19255550100", "A", ["x"], "U0ME", "r")
    assert said == (full if stays else ("", "", None, None, None, [], None, None))


def member(session, ended_at):
    number = session.exec(select(func.count(models.Member.id))).one()
    who = person_id(session, team_id="T1", user_id=f"U0{number}")
    row = models.Member(person_id=who, name="N", title="T", approved_by="UC", approved_at=ended_at or datetime(2020, 1, 1, tzinfo=UTC), confirmed_on=date(2020, 1, 1), lapses_on=date(2021, 1, 1), ended_at=ended_at)  # fmt: skip
    session.add(row)
    session.flush()
    return row.id


def one_of_each(session, rule, at):
    """
    Store something that *rule* deletes, of the moment *at*. Return its model and id.
    """
    if rule == "former members":
        return models.Member, member(session, at)
    if rule == "audit":
        record(session, "x.done", actor="U1", now=at)
    if rule == "what was said of past meetings":
        return one_of_meetings(session, at)
    rows = {
        "corrections": models.Correction(table="p", key="p", reported_at=at, settled_at=at),
        "changes of members": models.Change(table="member", key="U1", state="made", made_by="x", made_at=at),
        "audit": models.AuditEntry(at=at, actor="U1", act="x.done"),
        "receipts": models.Receipt(digest="x", received_at=at),
        "processes": models.Process(name="x", started_at=at, ticked_at=at, every_seconds=1),
    }  # fmt: skip
    session.add(rows[rule])
    if rule in {"corrections", "changes of members"}:  # their last one stays
        session.flush()
        session.add(models.Correction(table="p", key="p", reported_at=at))
        session.add(models.Change(table="phone", key="p", state="made", made_by="x", made_at=at))
    session.flush()
    return type(rows[rule]), rows[rule].id


def one_of_meetings(session, at):
    series = models.MeetingSeries(key="k", group="g", name="M", plain=False, zone="UTC", uid="u", changed_at=at)  # fmt: skip
    session.add(series)
    session.flush()
    occurrence = at.replace(tzinfo=None).isoformat(timespec="minutes")
    row = models.Attendance(series_id=series.id, occurrence=occurrence, user_id="U1", answer="yes", answered_at=at)  # fmt: skip
    session.add(row)
    session.flush()
    return type(row), row.id


@pytest.mark.parametrize(("more", "stays"), [(timedelta(0), True), (TICK, False)])
@pytest.mark.parametrize(
    ("rule", "kept"),
    [
        ("what was said of past meetings", KEPT.messages + LATER),
        ("corrections", KEPT.messages),
        ("former members", KEPT.former),
        ("changes of members", KEPT.former),
        ("audit", KEPT.audit),
        ("receipts", timedelta(hours=25)),
        ("processes", DAY),
    ],
)
def test_each_is_kept_so_long_and_no_longer(session, now, rule, kept, more, stays):
    model, id = one_of_each(session, rule, now - kept - more)

    purge(session, now)

    assert (id in there(session, model)) is stays


def test_members_and_open_corrections_stay(session, now):
    id = member(session, None)
    session.add(models.Correction(table="p", key="p", reported_at=now - 9 * KEPT.messages))
    session.add(models.Correction(table="p", key="p", reported_at=now))
    session.flush()

    assert purge(session, now) == {}
    assert id in there(session, models.Member)


def test_what_is_old_goes_in_small_batches_and_past_what_stays(session, now, monkeypatch):
    monkeypatch.setattr(rules, "AT_ONCE", 3)
    at = now - 2 * KEPT.messages
    who = person_id(session, team_id="T1", user_id="U0ME")
    waits = models.Registration(person_id=who, name="N", title="T", state="asked", asked_at=at)
    session.add(waits)
    session.flush()
    kept = {delivery(session, f"{waits.id}: {n}", at=at, kind=WAITS) for n in range(4)}
    gone = {delivery(session, f"x {n}", at=at) for n in range(8)}
    [apply] = [rule.apply for rule in RULES if rule.what == "deliveries"]

    batches, after = [], 0
    while after is not None:
        batch = apply(session, now, KEPT, after)
        batches.append(batch.gone)
        after = batch.after

    assert max(batches) <= 3
    assert sum(batches) == 8
    assert kept <= there(session)
    assert not gone & there(session)


def test_nothing_of_another_task_force_goes(two, now):
    with transaction(two, task_force_id=2) as session:
        delivery(session, at=now - 2 * KEPT.messages)
        first_time(session, interaction="x", now=now - 9 * DAY)
    with transaction(two, task_force_id=1) as session:
        assert purge(session, now) == {}
    with transaction(two, task_force_id=2) as session:
        assert purge(session, now) == {"deliveries": 1, "receipts": 1}


# Its day.


@pytest.mark.parametrize(
    ("second", "first"),
    [("2026-03-03T11:29:59+00:00", False), ("2026-03-03T11:30:00+00:00", True)],
)
def test_it_is_time_once_a_local_day_and_not_before_the_first_was_over(session, second, first):
    """
    The task force is in California: 03:30 there is 11:30 in winter.
    """
    session.exec(select(models.TaskForce)).one().timezone = "America/Los_Angeles"
    start, then = datetime(2026, 3, 2, 12, tzinfo=UTC), datetime.fromisoformat(second)

    assert not is_due(session, start)
    assert is_due(session, then) is first
    assert not is_due(session, then)
    assert is_due(session, then + 2 * DAY)


def test_after_a_month_away_once_is_enough(session, now):
    is_due(session, now)

    assert is_due(session, now + 30 * DAY)
    assert not is_due(session, now + 30 * DAY)


def test_of_two_processes_that_look_at_once_one_does_it(two, now):
    with transaction(two, task_force_id=1) as session:
        is_due(session, now)

    done = []
    for _ in range(2):
        with transaction(two, task_force_id=1) as session:
            done.append(is_due(session, now + DAY))

    assert done == [True, False]
