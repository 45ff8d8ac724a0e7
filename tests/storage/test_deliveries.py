"""
Planned once, claimed by one, settled by whoever holds it; on both engines.
"""

import threading
from datetime import timedelta

import pytest

from storage.claims import (
    begin,
    claim,
    hand_back,
    mark_failed,
    mark_sent,
    mark_skipped,
    mark_unknown,
    put_off,
    recover,
)
from storage.deliveries import (
    DeliveryState,
    Plan,
    Priority,
    counts,
    find_delivery,
    in_states,
    plan,
)
from storage.people import RoleName, grant
from storage.preferences import Preference, prefer
from storage.reports import REPORT, arrived, plan_reports, put_away, send_again
from storage.session import open_database, transaction

PLANNED, CLAIMED, SENDING = DeliveryState.PLANNED, DeliveryState.CLAIMED, DeliveryState.SENDING
SENT, FAILED, SKIPPED = DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.SKIPPED
UNKNOWN = DeliveryState.UNKNOWN
ALL = tuple(DeliveryState)
SECOND, LEASE, HOUR = timedelta(seconds=1), timedelta(seconds=60), timedelta(hours=1)
ROOM = dict.fromkeys(Priority, 1000)


@pytest.fixture
def session(loaded):
    with transaction(loaded, task_force_id=1) as session:
        yield session


def meeting(now, recipient="U1", occasion="one", **changes):
    values = {"kind": "meeting", "due_at": now} | changes
    return Plan(recipient=recipient, occasion=occasion, **values)


def take(session, now, *, holder="here", room=ROOM, **changes):
    return claim(session, holder=holder, now=now, lease=LEASE, room=room, **changes).deliveries


def sending(session, now, **changes):
    plan(session, [meeting(now, **changes)], now=now)
    [one] = take(session, now)
    assert begin(session, one.token, now=now, lease=LEASE)
    return one


def state(session, delivery):
    return find_delivery(session, delivery.id).state


def test_planned_again_it_is_not_planned_twice(session, now):
    first = [meeting(now, f"U{number}") for number in range(50)]

    assert plan(session, first, now=now) == 50
    assert plan(session, [*first, meeting(now, occasion="two")], now=now) == 1
    assert plan(session, [], now=now) == 0
    assert counts(session) == dict.fromkeys(DeliveryState, 0) | {PLANNED: 51}


def test_each_task_force_has_its_own(two, now):
    for task_force_id in (1, 2):
        with transaction(two, task_force_id=task_force_id) as session:
            assert plan(session, [meeting(now)], now=now) == 1
            assert len(take(session, now)) == 1


def test_what_is_not_due_is_not_claimed(session, now):
    plan(session, [meeting(now + SECOND)], now=now)

    assert take(session, now) == ()
    assert len(take(session, now + SECOND)) == 1


def test_emergencies_come_first_then_reminders_then_broadcasts(session, now):
    plan(
        session,
        [
            meeting(now - HOUR, "U1", priority=Priority.BROADCAST),
            meeting(now - SECOND, "U2", priority=Priority.REMINDER),
            meeting(now - HOUR, "U3", priority=Priority.REMINDER),
            meeting(now, "U4", priority=Priority.EMERGENCY),
        ],
        now=now,
    )

    assert [each.recipient for each in take(session, now)] == ["U4", "U3", "U2", "U1"]


def test_broadcasts_leave_room_for_what_is_urgent(session, now):
    plan(session, [meeting(now, f"U{n}") for n in range(5)], now=now)
    plan(session, [meeting(now, "U9", priority=Priority.REMINDER)], now=now)
    room = {Priority.EMERGENCY: 3, Priority.REMINDER: 3, Priority.BROADCAST: 2}

    assert [each.recipient for each in take(session, now, room=room)] == ["U9", "U0"]


def test_a_claimed_delivery_is_not_claimed_again(session, now):
    plan(session, [meeting(now)], now=now)
    [one] = take(session, now)

    assert take(session, now) == ()
    assert (one.state, one.leased_until) == (CLAIMED, now + LEASE)


def test_recipients_that_others_wait_for_are_passed_by(session, now):
    plan(session, [meeting(now, "U1"), meeting(now, "U2")], now=now)

    assert [
        each.recipient for each in take(session, now, avoiding={Priority.BROADCAST: ["U1"]})
    ] == ["U2"]


def test_one_process_keeps_the_pace_of_a_channel(session, now):
    plan(session, [meeting(now, "U1", occasion=f"{n}") for n in range(4)], now=now)
    plan(session, [meeting(now, "U1", occasion="r", priority=Priority.REMINDER)], now=now)
    plan(session, [meeting(now, "U2")], now=now)
    room = {Priority.EMERGENCY: 0, Priority.REMINDER: 0, Priority.BROADCAST: 1}

    assert [each.recipient for each in take(session, now, holder="a", room=room)] == ["U1"]
    assert [each.recipient for each in take(session, now, holder="b")] == ["U1", "U2"]
    assert len(take(session, now, holder="a")) == 0
    assert len(take(session, now + LEASE, holder="a")) == 3


def test_it_is_known_how_many_share_the_work(session, now):
    plan(session, [meeting(now, f"U{n}") for n in range(3)], now=now)

    def sharers(holder, moment):
        room = dict.fromkeys(Priority, 1)
        return claim(session, holder=holder, now=moment, lease=LEASE, room=room).sharers

    assert [sharers(holder, now) for holder in ("a", "b", "a")] == [1, 2, 2]
    assert sharers("c", now + LEASE) == 1


def test_a_reminder_is_claimed_for_whom_only_a_broadcast_waits(session, now):
    plan(session, [meeting(now), meeting(now, occasion="r", priority=Priority.REMINDER)], now=now)
    avoiding = {Priority.REMINDER: [], Priority.BROADCAST: ["U1"]}

    assert [each.occasion for each in take(session, now, avoiding=avoiding)] == ["r"]


def test_a_lease_that_ran_out_while_claimed_is_planned_again(session, now):
    plan(session, [meeting(now)], now=now)
    [one] = take(session, now)

    assert recover(session, now=now + LEASE).planned == 0
    assert recover(session, now=now + LEASE + SECOND).planned == 1
    assert not begin(session, one.token, now=now + LEASE + SECOND, lease=LEASE)
    assert len(take(session, now + LEASE + SECOND)) == 1


def test_what_this_process_still_works_on_is_left_alone(session, now):
    plan(session, [meeting(now, "U2")], now=now)
    [claimed] = take(session, now)
    begun = sending(session, now)
    keeping = [claimed.token, begun.token]

    found = recover(session, now=now + HOUR, keeping=keeping)
    assert (found.planned, found.unknown) == (0, 0)
    found = recover(session, now=now + HOUR, keeping=keeping[:1])
    assert (found.planned, found.unknown) == (0, 1)


def test_a_lease_that_ran_out_while_sending_is_unknown_and_never_claimed_again(session, now):
    one = sending(session, now)

    assert recover(session, now=now + LEASE).unknown == 0
    assert recover(session, now=now + LEASE + SECOND).unknown == 1
    assert take(session, now + 24 * HOUR) == ()
    assert not begin(session, one.token, now=now, lease=LEASE)
    assert state(session, one) is UNKNOWN


@pytest.mark.parametrize(("late", "ours"), [(LEASE - SECOND, True), (LEASE, False)])
def test_it_is_begun_only_while_the_lease_lasts(late, ours, session, now):
    plan(session, [meeting(now)], now=now)
    [one] = take(session, now)

    assert begin(session, one.token, now=now + late, lease=LEASE) is ours


def test_it_is_begun_once(session, now):
    one = sending(session, now)

    assert not begin(session, one.token, now=now, lease=LEASE)


def test_a_late_answer_settles_what_was_unknown(session, now):
    one = sending(session, now)
    recover(session, now=now + 2 * LEASE)

    assert mark_sent(session, one.token, slack_ts="1.2", now=now + 3 * LEASE)
    found = find_delivery(session, one.id)
    assert (found.state, found.slack_ts, found.reason) == (SENT, "1.2", None)
    assert plan_reports(session, now=now, admins={"U9"}) == 0


def test_a_late_answer_does_not_count_once_somebody_decided(session, now):
    one = sending(session, now)
    recover(session, now=now + 2 * LEASE)
    send_again(session, one.id, by="U9", now=now + 2 * LEASE)

    assert not mark_sent(session, one.token, slack_ts="1.2", now=now + 3 * LEASE)
    assert state(session, one) is SKIPPED


def test_what_was_surely_not_sent_waits_again(session, now):
    one = sending(session, now)

    assert put_off(session, one.token, until=now + HOUR, reason="busy", counted=True, now=now)
    found = find_delivery(session, one.id)
    assert (found.state, found.attempts, found.reason, found.token) == (PLANNED, 1, "busy", None)
    assert take(session, now + HOUR - SECOND) == ()
    assert len(take(session, now + HOUR)) == 1


def test_what_was_surely_not_sent_but_is_unknown_by_now_failed(session, now):
    one = sending(session, now)
    recover(session, now=now + 2 * LEASE)
    put_off(session, one.token, until=now, reason="busy", counted=True, now=now + 3 * LEASE)

    assert state(session, one) is FAILED
    assert take(session, now + 24 * HOUR) == ()


def test_outcomes_are_noted_for_whoever_holds_it_and_nobody_else(session, now):
    outcomes = [
        (lambda t: mark_sent(session, t, slack_ts="1.2", now=now), SENT),
        (lambda t: mark_unknown(session, t, reason="cut", now=now), UNKNOWN),
        (lambda t: mark_failed(session, t, reason="archived", now=now), FAILED),
    ]
    for number, (note, expected) in enumerate(outcomes):
        one = sending(session, now, occasion=f"{number}")
        assert not note("another token")
        assert note(one.token)
        assert state(session, one) is expected
        assert not hand_back(session, [one.token])


def test_what_is_handed_back_is_free_at_once(session, now):
    plan(session, [meeting(now), meeting(now, "U2")], now=now)
    first, second = take(session, now)
    begin(session, second.token, now=now, lease=LEASE)

    assert hand_back(session, [first.token, second.token]) == 1
    assert [each.id for each in take(session, now)] == [first.id]


def test_what_is_no_longer_needed_is_skipped_and_not_reported(session, now):
    plan(session, [meeting(now)], now=now)
    [one] = take(session, now)

    assert mark_skipped(session, one.token, reason="moved", now=now)
    assert plan_reports(session, now=now, admins={"U9"}) == 0


def test_what_is_too_late_is_skipped_and_reported_and_holds_nothing_up(session, now):
    until = now + HOUR
    plan(session, [meeting(now, f"U{n}", useful_until=until) for n in range(9)], now=now)
    plan(session, [meeting(now + HOUR, "V1")], now=now)

    assert len(take(session, until, room=dict.fromkeys(Priority, 1))) == 1
    one_each = dict.fromkeys(Priority, 2)
    assert [each.recipient for each in take(session, until + SECOND, room=one_each)] == ["V1"]
    assert counts(session)[SKIPPED] == 8
    assert plan_reports(session, now=until, admins={"U9"}) == 1


def test_the_muted_get_nothing_but_emergencies(session, now):
    prefer(session, "U1", Preference(muted=True), kind="meeting")
    prefer(session, "U2", Preference(muted=True), kind="")
    plan(
        session,
        [
            meeting(now, "U1"),
            meeting(now, "U2"),
            meeting(now, "U3"),
            meeting(now, "U1", kind="news"),
            meeting(now, "U2", kind="alarm", priority=Priority.EMERGENCY),
        ],
        now=now,
    )

    taken = [(each.recipient, each.kind) for each in take(session, now)]
    assert sorted(taken) == [("U1", "news"), ("U2", "alarm"), ("U3", "meeting")]
    assert counts(session)[SKIPPED] == 2
    assert plan_reports(session, now=now, admins={"U9"}) == 0


def test_coordinators_are_told_of_trouble_once(session, now):
    for user_id in ("U7", "U8"):
        grant(session, team_id="T1", user_id=user_id, role=RoleName.COORDINATOR, granted_by="x", now=now)  # fmt: skip
    for number in range(3):
        one = sending(session, now, occasion=f"{number}")
        mark_unknown(session, one.token, reason="cut", now=now)

    assert plan_reports(session, now=now, admins={"U9"}) == 2
    assert plan_reports(session, now=now, admins={"U9"}) == 0
    reports = [each for each in in_states(session, ALL, limit=99) if each.kind == REPORT]
    assert {each.recipient for each in reports} == {"U7", "U8"}


def test_who_is_responsible_is_told_and_not_the_others(session, now):
    grant(session, team_id="T1", user_id="U7", role=RoleName.COORDINATOR, granted_by="x", now=now)
    one = sending(session, now, responsible="U5")
    mark_failed(session, one.token, reason="archived", now=now)

    plan_reports(session, now=now, admins={"U9"})
    [report] = [each for each in in_states(session, ALL, limit=99) if each.kind == REPORT]
    assert report.recipient == "U5"


def test_trouble_waits_for_somebody_to_be_told(session, now):
    one = sending(session, now)
    mark_unknown(session, one.token, reason="cut", now=now)

    assert plan_reports(session, now=now, admins=()) == 0
    assert plan_reports(session, now=now, admins={"U9"}) == 1


def test_a_report_that_fails_is_not_reported(session, now):
    one = sending(session, now)
    mark_unknown(session, one.token, reason="cut", now=now)
    plan_reports(session, now=now, admins={"U9"})
    [report] = take(session, now + HOUR)
    mark_failed(session, report.token, reason="deactivated", now=now)

    assert report.kind == REPORT
    assert plan_reports(session, now=now + HOUR, admins={"U9"}) == 0


def reported(session, now, admins):
    """
    Let every report fail; return who was to read those that came then.
    """
    for report in take(session, now):
        assert report.kind == REPORT
        mark_failed(session, report.token, reason="deactivated", now=now)
    plan_reports(session, now=now, admins=admins)
    return {each.recipient for each in in_states(session, {PLANNED}, limit=99)}


def test_what_a_failed_report_told_is_told_to_the_next_circle_and_to_each_once(session, now):
    for user_id, role in (("U7", RoleName.COORDINATOR), ("U8", RoleName.ADMIN)):
        grant(session, team_id="T1", user_id=user_id, role=role, granted_by="x", now=now)
    one = sending(session, now, responsible="U5")
    mark_failed(session, one.token, reason="archived", now=now)
    plan_reports(session, now=now, admins={"U9"})

    assert [reported(session, now + n * HOUR, {"U9"}) for n in (1, 2, 3)] == [
        {"U7"},
        {"U8", "U9"},
        set(),
    ]


def test_an_admin_of_the_database_is_told_too(session, now):
    grant(session, team_id="T1", user_id="U8", role=RoleName.ADMIN, granted_by="x", now=now)
    one = sending(session, now)
    mark_unknown(session, one.token, reason="cut", now=now)

    assert plan_reports(session, now=now, admins=()) == 1


def test_a_report_is_not_muted(session, now):
    for kind in ("", REPORT):
        prefer(session, "U9", Preference(muted=True), kind=kind)
    one = sending(session, now)
    mark_unknown(session, one.token, reason="cut", now=now)
    plan_reports(session, now=now, admins={"U9"})

    assert [each.recipient for each in take(session, now + HOUR)] == ["U9"]


def test_what_was_too_late_is_sent_again_if_somebody_wants_it_and_says_how_late_it_is(session, now):
    plan(session, [meeting(now, useful_until=now + HOUR)], now=now)
    moment = now + 2 * HOUR
    assert take(session, moment) == ()
    [old] = in_states(session, {SKIPPED}, limit=9)

    again = send_again(session, old.id, by="U9", now=moment)
    assert not send_again(session, old.id, by="U9", now=moment).done
    [new] = take(session, moment)
    assert (new.id, new.due_at, new.useful_until) == (again.again_id, now, moment + HOUR)


def test_sent_again_in_time_it_is_useful_no_longer_than_the_first(session, now):
    one = sending(session, now, useful_until=now + HOUR)
    mark_unknown(session, one.token, reason="cut", now=now)

    again = send_again(session, one.id, by="U9", now=now + HOUR)
    assert find_delivery(session, again.again_id).useful_until == now + HOUR


def test_what_was_too_late_is_put_away_once(session, now):
    plan(session, [meeting(now, useful_until=now)], now=now)
    take(session, now + SECOND)
    [old] = in_states(session, {SKIPPED}, limit=9)

    assert [put_away(session, old.id, by="U9", now=now).done for _ in range(2)] == [True, False]
    assert not send_again(session, old.id, by="U9", now=now).done


def test_new_trouble_is_told_in_the_report_that_waits_or_in_a_new_one(session, now):
    def trouble(occasion):
        one = sending(session, now, occasion=occasion)
        mark_unknown(session, one.token, reason="cut", now=now)
        return plan_reports(session, now=now, admins={"U9"})

    assert [trouble("1"), trouble("2")] == [1, 0]
    take(session, now + HOUR)
    assert trouble("3") == 1


def test_sent_again_it_is_a_new_delivery_once(session, now):
    one = sending(session, now, useful_until=now + HOUR, payload={"meeting": 7})
    mark_unknown(session, one.token, reason="cut", now=now)
    later = now + 5 * HOUR

    first = send_again(session, one.id, by="U9", now=later)
    second = send_again(session, one.id, by="U8", now=later)
    new = find_delivery(session, first.again_id)
    assert (first.done, second.done, second.again_id) == (True, False, first.again_id)
    assert (new.state, new.payload, new.useful_until) == (PLANNED, {"meeting": 7}, later + HOUR)
    assert find_delivery(session, one.id).resolved_by == "U9"
    assert plan_reports(session, now=later, admins={"U9"}) == 0


def test_the_one_sent_again_may_be_sent_again_too(session, now):
    one = sending(session, now)
    for _ in range(3):
        mark_unknown(session, one.token, reason="cut", now=now)
        again = send_again(session, one.id, by="U9", now=now)
        [one] = take(session, now)
        begin(session, one.token, now=now, lease=LEASE)

        assert one.id == again.again_id


def test_what_is_settled_or_not_there_cannot_be_decided(session, now):
    one = sending(session, now)
    mark_sent(session, one.token, slack_ts="1.2", now=now)

    for decide in (send_again, arrived):
        assert not decide(session, one.id, by="U9", now=now).done
        assert decide(session, 999, by="U9", now=now).state is None
    assert state(session, one) is SENT


def at_once(url, database, work, *, workers=4):
    """
    Run *work* in as many threads and databases as if they were processes.
    """
    databases = [database, *(open_database(url, busy_seconds=10) for _ in range(workers - 1))]
    together = threading.Barrier(workers)
    results, errors = [], []

    def run(number, opened):
        try:
            together.wait(10)
            results.append(work(number, opened))
        except Exception as error:  # noqa: BLE001 - whatever it is, the test says so
            errors.append(error)

    threads = [threading.Thread(target=run, args=each) for each in enumerate(databases)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    for opened in databases[1:]:
        opened.dispose()
    assert errors == []
    return results


def test_many_processes_claim_each_delivery_once(loaded_url, now):
    database = open_database(loaded_url, busy_seconds=10)
    with transaction(database, task_force_id=1) as session:
        plan(session, [meeting(now, f"U{n}") for n in range(300)], now=now)

    def work(number, opened):
        mine = []
        while True:
            with transaction(opened, task_force_id=1) as session:
                room = dict.fromkeys(Priority, 7)
                some = take(session, now, holder=f"{number}", room=room)
            if not some:
                return mine
            mine += [each.id for each in some]

    results = at_once(loaded_url, database, work)
    database.dispose()
    taken = [each for some in results for each in some]
    assert len(taken) == len(set(taken)) == 300


def test_pressed_at_once_by_everybody_it_is_sent_again_once(loaded_url, now):
    database = open_database(loaded_url, busy_seconds=10)
    with transaction(database, task_force_id=1) as session:
        one = sending(session, now)
        mark_unknown(session, one.token, reason="cut", now=now)

    def work(number, opened):
        with transaction(opened, task_force_id=1) as session:
            return send_again(session, one.id, by=f"U{number}", now=now)

    results = at_once(loaded_url, database, work)
    with transaction(database, task_force_id=1) as session:
        assert counts(session)[PLANNED] == 1
    database.dispose()
    assert [each.done for each in results].count(True) == 1
    assert len({each.again_id for each in results}) == 1


def test_planned_at_once_by_many_it_is_planned_once(loaded_url, now):
    database = open_database(loaded_url, busy_seconds=10)

    def work(number, opened):
        plans = [meeting(now, f"U{n}") for n in range(100)]
        with transaction(opened, task_force_id=1) as session:
            return plan(session, plans[::-1] if number % 2 else plans, now=now)

    results = at_once(loaded_url, database, work)
    database.dispose()
    assert sum(results) == 100


def test_two_processes_report_the_same_trouble_once(loaded_url, now):
    database = open_database(loaded_url, busy_seconds=10)
    with transaction(database, task_force_id=1) as session:
        one = sending(session, now)
        mark_unknown(session, one.token, reason="cut", now=now)

    def work(_, opened):
        with transaction(opened, task_force_id=1) as session:
            return plan_reports(session, now=now, admins={"U9"})

    results = at_once(loaded_url, database, work)
    database.dispose()
    assert sorted(results) == [0, 0, 0, 1]
