"""
After a restore nothing is sent by itself that the bot may have sent since the backup.
"""

import shutil
from datetime import timedelta

import pytest
from sqlmodel import select

from storage import models
from storage.backup.aftermath import CAME_DUE, WAITED, come_back
from storage.broadcast_approvals import approve, release
from storage.broadcast_runs import finish_done, start_due
from storage.broadcast_stops import pause, resume
from storage.broadcasts import BACK, BroadcastState, Draft, find_broadcast, save
from storage.claims import begin, claim, mark_sent, recover
from storage.deliveries import DeliveryState, Plan, Priority, in_states, plan
from storage.digests import DIGEST
from storage.preferences import Preference, prefer
from storage.reports import REPORT, plan_reports, send_again
from storage.session import reading, transaction
from tests.keeping import add_coordinator, add_member

LEASE = timedelta(seconds=60)
HOUR = timedelta(hours=1)
ROOM = dict.fromkeys(Priority, 50)
DAY = timedelta(days=1)


@pytest.fixture(params=["sqlite", "postgresql"])
def loaded_url(request):
    """
    The address of the small pack's database, on each engine in turn: what is stored there by
    noon is what a backup of then holds.
    """
    if request.param == "sqlite":
        path = request.getfixturevalue("tmp_path") / "ht.db"
        shutil.copyfile(request.getfixturevalue("small_sqlite"), path)
        yield f"sqlite:///{path}"
        return
    server = request.getfixturevalue("postgres")
    name = server.create(template=request.getfixturevalue("small_postgres"))
    yield server.url_of(name)
    server.drop(name)


@pytest.fixture
def elsewhere(loaded):
    return loaded


@pytest.fixture
def back(loaded, now):
    """
    Does what a restore of the backup of noon does two hours later.
    """

    def run(*, planners=(), tell=None):
        later = now + 2 * HOUR
        return of(loaded, lambda s: come_back(s, now=later, planners=planners, tell=tell))

    return run


def of(database, act):
    with transaction(database, task_force_id=1) as session:
        return act(session)


def one(occasion="1", recipient="U1", **values):
    return Plan(**{"kind": "test", "occasion": occasion, "recipient": recipient} | values)


def states(database):
    with reading(database, task_force_id=1) as session:
        rows = session.exec(select(models.Delivery).order_by(models.Delivery.id)).all()
    return {row.occasion: (DeliveryState(row.state), row.reason, row.token) for row in rows}


def test_what_waited_was_claimed_or_on_its_way_is_for_somebody_to_decide_about(
    change, elsewhere, back, now
):
    change(lambda s: plan(s, [one("claimed", "U2", due_at=now)], now=now))
    change(lambda s: claim(s, holder="h", now=now, lease=LEASE, room=ROOM))
    change(lambda s: plan(s, [one("sending", "U3", due_at=now)], now=now))
    [held] = change(lambda s: claim(s, holder="h", now=now, lease=LEASE, room=ROOM)).deliveries
    change(lambda s: begin(s, held.token, now=now, lease=LEASE))
    change(lambda s: plan(s, [one("sent", "U4", due_at=now)], now=now))
    [held] = change(lambda s: claim(s, holder="h", now=now, lease=LEASE, room=ROOM)).deliveries
    change(lambda s: begin(s, held.token, now=now, lease=LEASE))
    change(lambda s: mark_sent(s, held.token, slack_ts="1.2", now=now))
    change(lambda s: plan(s, [one("planned", due_at=now, responsible="U9")], now=now))

    done = back()

    assert done.waited == 3
    unknown = (DeliveryState.UNKNOWN, WAITED, None)
    found = states(elsewhere)
    assert {key: found[key] for key in ("claimed", "sending", "planned")} == dict.fromkeys(
        ("claimed", "sending", "planned"), unknown
    )
    assert found["sent"][0] is DeliveryState.SENT


def test_nothing_of_it_is_claimed_and_whoever_is_responsible_is_told(change, elsewhere, back, now):
    later = now + 2 * HOUR
    change(lambda s: plan(s, [one(due_at=now, responsible="U9")], now=now))

    back()

    assert not of(
        elsewhere, lambda s: claim(s, holder="h", now=later, lease=LEASE, room=ROOM)
    ).deliveries
    of(elsewhere, lambda s: recover(s, now=later + HOUR))
    assert of(elsewhere, lambda s: plan_reports(s, now=later, admins=())) == 1
    [report] = of(elsewhere, lambda s: in_states(s, [DeliveryState.PLANNED], limit=9))
    assert (report.kind, report.recipient) == (REPORT, "U9")


def test_it_can_be_sent_again_by_somebody(change, elsewhere, back, now):
    later = now + 2 * HOUR
    change(lambda s: plan(s, [one(due_at=now)], now=now))
    back()
    [unknown] = of(elsewhere, lambda s: in_states(s, [DeliveryState.UNKNOWN], limit=9))

    of(elsewhere, lambda s: send_again(s, unknown.id, by="U9", now=later))

    claimed = of(elsewhere, lambda s: claim(s, holder="h", now=later, lease=LEASE, room=ROOM))
    assert [each.again_of for each in claimed.deliveries] == [unknown.id]


@pytest.mark.parametrize(
    ("after", "state"),
    [(timedelta(0), DeliveryState.UNKNOWN), (timedelta(seconds=1), DeliveryState.PLANNED)],
)
def test_what_is_due_after_the_restore_cannot_have_been_sent_and_goes_by_itself(
    change, elsewhere, back, now, after, state
):
    change(lambda s: plan(s, [one(due_at=now + 2 * HOUR + after)], now=now))

    back()

    assert states(elsewhere)["1"][0] is state


def test_what_was_tried_once_may_have_been_sent_however_late_it_was_to_be_tried_again(
    change, elsewhere, back, now
):
    change(lambda s: plan(s, [one(due_at=now)], now=now))

    def later(session):
        [row] = session.exec(select(models.Delivery))
        row.attempts, row.next_attempt_at = 1, now + 9 * HOUR

    change(later)

    back()

    assert states(elsewhere)["1"][0] is DeliveryState.UNKNOWN


def test_a_digest_and_what_is_in_it_are_decided_about_together(change, elsewhere, back, now):
    change(lambda s: prefer(s, "U1", Preference(muted=False, digest=True), kind="test"))
    change(lambda s: plan(s, [one(due_at=now), one("2", due_at=now)], now=now))
    change(lambda s: claim(s, holder="h", now=now, lease=LEASE, room=ROOM))
    [digest] = [e for e in change(lambda s: in_states(s, [DeliveryState.PLANNED], limit=9)) if e.kind == DIGEST]  # fmt: skip
    assert digest.due_at > now + 2 * HOUR

    done = back()

    assert done.waited == 1
    assert {state for state, _, _ in states(elsewhere).values()} == {DeliveryState.UNKNOWN}
    again = of(elsewhere, lambda s: send_again(s, digest.id, by="U9", now=now + 2 * HOUR))
    assert again.done
    members = of(elsewhere, lambda s: in_states(s, [DeliveryState.PLANNED], limit=9))
    assert {each.digest_id for each in members} == {None, again.again_id}


def test_what_became_due_since_is_planned_and_not_sent(elsewhere, back, now):
    """
    A planner that plans a part at a time, as those of large task forces do.
    """

    def planner(session, moment):
        assert moment == now + 2 * HOUR
        wanted = [one(f"slot {number}", due_at=now + HOUR) for number in range(5)]
        wanted.append(one("tomorrow", due_at=now + 24 * HOUR))
        there = set(session.exec(select(models.Delivery.occasion)))
        new = [each for each in wanted if each.occasion not in there]
        plan(session, new[:2], now=moment)

    done = back(planners=[("test", planner)])

    assert (done.waited, done.came_due, done.stumbled) == (0, 5, ())
    found = states(elsewhere)
    assert all(found[f"slot {n}"] == (DeliveryState.UNKNOWN, CAME_DUE, None) for n in range(5))
    assert found["tomorrow"][0] is DeliveryState.PLANNED


def test_a_planner_that_fails_keeps_nobody_from_their_data_and_is_told(elsewhere, back, now):
    def broken(session, moment):
        plan(session, [one("half", due_at=now)], now=moment)
        raise RuntimeError

    def sound(session, moment):
        plan(session, [one("whole", due_at=now)], now=moment)

    done = back(planners=[("broken", broken), ("sound", sound)])

    assert (done.came_due, done.stumbled) == (1, ("broken",))
    assert set(states(elsewhere)) == {"whole"}


# Broadcasts.


@pytest.fixture
def broadcast(change, now):
    """
    Writes a broadcast, and releases it if that is asked for.
    """

    organization = change(lambda s: s.exec(select(models.Organization.key)).first())

    def write(*, approved=True, **values):
        def act(session):
            draft = Draft(text="x", audience=(f"agency:{organization}",), **values)
            made = save(session, draft, team_id="T1", sender="UC", now=now)
            waits = release(session, made.number, by="UC", version=made.version, now=now)
            if waits is BroadcastState.WAITING and approved:
                approve(session, made.number, by="UD", version=made.version, now=now - DAY)
            return made.number

        return change(act)

    def add(session):
        for user in ("U1", "U2"):
            add_member(session, user, of=organization)
        for user in ("UC", "UD"):
            add_coordinator(session, user)

    change(add)
    return write


def state_of(database, number):
    with reading(database, task_force_id=1) as session:
        found = find_broadcast(session, number)
    return found.state, found.reason, found.draft.send_at


@pytest.mark.parametrize("at", [None, HOUR, 2 * HOUR])
def test_a_broadcast_that_was_due_since_is_a_draft_again_and_says_why(
    broadcast, elsewhere, back, now, at
):
    number = broadcast(send_at=at and now + at)
    told = []

    done = back(tell=lambda session, numbers, moment: told.append(numbers))

    assert state_of(elsewhere, number)[:2] == (BroadcastState.DRAFT, BACK)
    assert (done.returned, told) == ((number,), [(number,)])
    assert of(elsewhere, lambda s: start_due(s, now=now + 9 * HOUR)) == ()


def test_one_that_is_due_later_goes_by_itself(broadcast, elsewhere, back, now):
    number = broadcast(send_at=now + 2 * HOUR + timedelta(seconds=1))

    assert back().returned == ()

    assert state_of(elsewhere, number)[0] is BroadcastState.SCHEDULED


def test_one_that_waited_for_a_second_coordinator_is_a_draft_again(
    change, broadcast, elsewhere, back, now
):
    change(lambda s: setattr(s.exec(select(models.TaskForce)).one(), "approval_above", 0))
    number = broadcast(approved=False)
    assert change(lambda s: find_broadcast(s, number).state) is BroadcastState.WAITING

    back()

    assert state_of(elsewhere, number)[:2] == (BroadcastState.DRAFT, BACK)
    with pytest.raises(Exception, match="moved on"):
        of(elsewhere, lambda s: approve(s, number, by="UD", version=1, now=now + 3 * HOUR))


def test_one_that_repeats_leaves_out_the_runs_since_and_goes_on_at_its_next_time(
    change, broadcast, elsewhere, back, now
):
    at = now + HOUR
    number = broadcast(send_at=at - DAY, repeat="daily")
    change(lambda s: start_due(s, now=at - DAY))
    change(lambda s: settle_all(s, at - DAY))
    change(lambda s: finish_done(s, now=at - timedelta(hours=23)))
    assert change(lambda s: find_broadcast(s, number).draft.send_at) == at

    done = back()

    assert done.left_out == (number,)
    assert state_of(elsewhere, number) == (BroadcastState.SCHEDULED, None, at + DAY)


def settle_all(session, now):
    for row in session.exec(select(models.Delivery)):
        row.state, row.settled_at = "sent", now
    session.flush()


@pytest.mark.parametrize("paused", [False, True])
def test_one_that_was_on_its_way_makes_up_for_no_run_that_was_due_since(
    change, broadcast, elsewhere, back, now, paused
):
    at = now + 2 * HOUR - timedelta(minutes=10)
    number = broadcast(send_at=at - DAY, repeat="daily")
    change(lambda s: start_due(s, now=at - DAY))
    if paused:
        change(lambda s: pause(s, number, by="UC", now=now))

    done = back()

    assert (done.waited, done.left_out) == (2, (number,))
    later = now + 2 * HOUR + timedelta(minutes=1)
    if paused:
        of(elsewhere, lambda s: resume(s, number, by="UC", now=later))
    of(elsewhere, lambda s: finish_done(s, now=later))
    state, _, send_at = state_of(elsewhere, number)
    assert (state, send_at) == (BroadcastState.SCHEDULED, at + DAY)
