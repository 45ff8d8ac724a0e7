"""
What people want gathered comes in one message a day: each message once, and none lost;
on both engines.
"""

import threading
from collections import Counter
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from storage.claims import (
    MUTED,
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
    NOT_NEEDED,
    SETTLED,
    TOO_LATE,
    DeliveryState,
    Plan,
    Priority,
    counts_gathered,
    find_delivery,
    in_states,
    plan,
)
from storage.digests import DIGEST, Contents, ask_again, gathered, shown
from storage.people import RoleName, grant
from storage.preferences import EVERY_KIND, DigestTime, Preference, QuietHours, prefer
from storage.reports import REPORT, arrived, plan_reports, send_again
from storage.session import open_database, transaction
from tests.storage.test_deliveries import at_once
from tests.thorough import draws

PLANNED, CLAIMED, SENDING = DeliveryState.PLANNED, DeliveryState.CLAIMED, DeliveryState.SENDING
SENT, FAILED, SKIPPED = DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.SKIPPED
UNKNOWN = DeliveryState.UNKNOWN
ALL = tuple(DeliveryState)
SECOND, LEASE, HOUR = timedelta(seconds=1), timedelta(seconds=60), timedelta(hours=1)
DAY = timedelta(days=1)
ROOM = dict.fromkeys(Priority, 1000)
LA = ZoneInfo("America/Los_Angeles")
EIGHT = DigestTime(at=time(8), zone=LA)
NIGHT = QuietHours(start=time(21), end=time(9), zone=LA)


def local(*moment, fold=0):
    return datetime(*moment, tzinfo=LA, fold=fold).astimezone(UTC)


NOON, MORNING = local(2026, 3, 2, 12), local(2026, 3, 3, 8)


@pytest.fixture
def session(loaded):
    with transaction(loaded, task_force_id=1) as session:
        yield session


def want(session, user_id="U1", *, now=NOON, kind="meeting", **changes):
    prefer(session, user_id, Preference(digest=True, **changes), kind=kind)
    ask_again(session, user_id, now=now)


def at(session, moment, user_id="U1", *, now=NOON, **changes):
    prefer(session, user_id, Preference(digest_at=moment, **changes), kind=EVERY_KIND)
    ask_again(session, user_id, now=now)


def meetings(session, *occasions, now=NOON, recipient="U1", **changes):
    values = {"kind": "meeting", "due_at": now} | changes
    plans = [Plan(recipient=recipient, occasion=each, **values) for each in occasions]
    assert plan(session, plans, now=now) == len(occasions)
    take(session, now)


def take(session, now, *, room=ROOM, **changes):
    return claim(session, holder="x", now=now, lease=LEASE, room=room, **changes).deliveries


def every(session):
    return sorted(in_states(session, ALL, limit=9999), key=lambda each: each.id)


def own(session):
    return [each for each in every(session) if each.kind not in {DIGEST, REPORT}]


def digests(session):
    return [each for each in every(session) if each.kind == DIGEST]


def states(session):
    return {each.occasion: each.state for each in own(session)}


@pytest.fixture
def waiting(session):
    """
    A digest of three that waits for the morning.
    """
    want(session)
    at(session, EIGHT)
    meetings(session, "a", "b", "c")
    [digest] = digests(session)
    return digest


def going(session, now=MORNING):
    [digest] = take(session, now)
    assert digest.kind == DIGEST
    assert begin(session, digest.token, now=now, lease=LEASE, contents=Contents())
    return digest


def test_what_is_due_is_gathered_and_comes_once_at_its_time(session, waiting):
    assert (waiting.recipient, waiting.occasion, waiting.due_at) == ("U1", "2026-03-03", MORNING)
    assert {each.digest_id for each in own(session)} == {waiting.id}
    assert take(session, MORNING - SECOND) == ()

    digest = going(session)
    assert states(session) == dict.fromkeys("abc", SENDING)
    assert take(session, MORNING + DAY) == ()
    assert mark_sent(session, digest.token, slack_ts="1.2", now=MORNING)
    assert [each.state for each in every(session)] == [SENT] * 4
    assert counts_gathered(session)[SENT] == 3


def test_without_a_time_it_comes_at_eight_where_the_task_force_is(session):
    want(session)
    meetings(session, "a")

    [digest] = digests(session)
    assert digest.due_at.astimezone(LA).time() == time(8)


@pytest.mark.parametrize(
    ("now", "occasion"),
    [(MORNING - SECOND, "2026-03-03"), (MORNING, "2026-03-04"), (MORNING + SECOND, "2026-03-04")],
)
def test_on_both_sides_of_its_time_it_goes_in_the_next_one(now, occasion, session):
    want(session, now=now)
    at(session, EIGHT, now=now)
    meetings(session, "a", now=now)

    assert [each.occasion for each in digests(session)] == [occasion]


@pytest.mark.parametrize(("until", "alone"), [(MORNING, False), (MORNING - SECOND, True)])
def test_what_would_be_too_late_by_then_goes_by_itself(until, alone, session):
    want(session)
    at(session, EIGHT)
    plan(
        session,
        [Plan(kind="meeting", occasion="a", recipient="U1", due_at=NOON, useful_until=until)],
        now=NOON,
    )

    assert [each.occasion for each in take(session, NOON)] == (["a"] if alone else [])
    assert len(digests(session)) == (0 if alone else 1)


@pytest.mark.parametrize(("hours", "alone"), [(1, False), (0, True)])
def test_quiet_hours_are_the_digests_own_and_count_in_what_would_be_too_late(hours, alone, session):
    want(session)
    at(session, EIGHT, quiet=NIGHT)
    until = MORNING + hours * HOUR
    plan(
        session,
        [Plan(kind="meeting", occasion="a", recipient="U1", due_at=NOON, useful_until=until)],
        now=NOON,
    )

    assert len(take(session, NOON)) == alone
    if not alone:
        assert take(session, MORNING) == ()
        assert [each.kind for each in take(session, MORNING + HOUR)] == [DIGEST]


def test_in_quiet_hours_it_is_gathered_all_the_same(session):
    night = local(2026, 3, 2, 23)
    want(session, now=night)
    at(session, DigestTime(at=time(7), zone=LA), quiet=NIGHT, now=night)
    meetings(session, "a", now=night)

    assert len(digests(session)) == 1


def test_mute_wins_and_an_emergency_passes_by(session):
    want(session, muted=True)
    want(session, kind="alarm")
    meetings(session, "a")
    plan(
        session,
        [
            Plan(
                kind="alarm", occasion="b", recipient="U1", due_at=NOON, priority=Priority.EMERGENCY
            )
        ],
        now=NOON,
    )

    assert [each.occasion for each in take(session, NOON)] == ["b"]
    assert states(session)["a"] is SKIPPED
    assert digests(session) == []


def test_a_digest_is_as_urgent_as_the_most_urgent_of_its_members(session):
    want(session)
    meetings(session, "a", priority=Priority.BROADCAST)
    assert digests(session)[0].priority is Priority.BROADCAST
    meetings(session, "b", priority=Priority.REMINDER)
    meetings(session, "c", priority=Priority.BROADCAST)

    assert [each.priority for each in digests(session)] == [Priority.REMINDER]


def test_each_person_and_each_day_has_its_own(session):
    for user_id in ("U1", "U2"):
        want(session, user_id)
        for day in range(2):
            meetings(session, f"{day}", now=NOON + day * DAY, recipient=user_id)

    found = [(each.recipient, each.occasion) for each in digests(session)]
    assert sorted(found) == [
        (user_id, day) for user_id in ("U1", "U2") for day in ("2026-03-03", "2026-03-04")
    ]


def test_a_clock_set_back_gathers_in_the_next_digest_and_not_in_one_that_went(session, waiting):
    mark_sent(session, going(session).token, slack_ts="1.2", now=MORNING)
    meetings(session, "d", now=MORNING - HOUR)

    assert [each.occasion for each in digests(session)] == ["2026-03-03", "2026-03-04"]
    assert digests(session)[1].state is PLANNED


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (lambda s, t: mark_sent(s, t, slack_ts="1.2", now=MORNING), SENT),
        (lambda s, t: mark_unknown(s, t, reason="cut", now=MORNING), UNKNOWN),
        (lambda s, t: mark_failed(s, t, reason="deactivated", now=MORNING), FAILED),
        (lambda s, t: recover(s, now=MORNING + 2 * LEASE), UNKNOWN),
    ],
)
def test_the_members_share_what_became_of_their_digest_and_it_alone_is_reported(
    outcome, state, session, waiting
):
    digest = going(session)
    outcome(session, digest.token)

    assert set(states(session).values()) == {state}
    assert find_delivery(session, waiting.id).state is state
    trouble = in_states(session, {UNKNOWN, FAILED}, limit=99, gathered=False)
    assert [each.id for each in trouble] == ([] if state is SENT else [waiting.id])
    assert plan_reports(session, now=MORNING, admins={"U9"}) == len(trouble)
    assert [e for e in take(session, MORNING + 2 * DAY) if e.kind != REPORT] == []


def test_put_off_the_members_wait_with_it(session, waiting):
    digest = going(session)
    until = MORNING + HOUR
    put_off(session, digest.token, until=until, reason="busy", counted=True, now=MORNING)

    assert {(each.state, each.next_attempt_at) for each in own(session)} == {(PLANNED, until)}
    assert take(session, until - SECOND) == ()
    assert len(going(session, until).token) > 0


@pytest.mark.parametrize("how", ["handed back", "ran out"])
def test_claimed_and_let_go_of_it_waits_with_its_members(how, session, waiting):
    [digest] = take(session, MORNING)
    if how == "handed back":
        assert hand_back(session, [digest.token]) == 1
    else:
        assert recover(session, now=MORNING + 2 * LEASE).planned == 1
    assert not begin(session, digest.token, now=MORNING, lease=LEASE, contents=Contents())

    assert set(states(session).values()) == {PLANNED}
    assert going(session, MORNING + 3 * LEASE).id == waiting.id


def test_given_up_before_it_was_sent_its_members_failed_too(session, waiting):
    [digest] = take(session, MORNING)
    mark_failed(session, digest.token, reason="tried 8 times", now=MORNING)

    assert states(session) == dict.fromkeys("abc", FAILED)


def test_a_late_answer_settles_the_members_too(session, waiting):
    digest = going(session)
    recover(session, now=MORNING + 2 * LEASE)

    assert mark_sent(session, digest.token, slack_ts="1.2", now=MORNING + 3 * LEASE)
    assert set(states(session).values()) == {SENT}


def test_surely_not_sent_but_unknown_by_now_its_members_failed(session, waiting):
    digest = going(session)
    recover(session, now=MORNING + 2 * LEASE)
    put_off(session, digest.token, until=MORNING, reason="busy", counted=True, now=MORNING)

    assert set(states(session).values()) == {FAILED}


def test_it_goes_without_what_is_not_needed_and_what_cannot_be_written(session, waiting):
    a, b, _ = gathered(session, waiting.id)
    [digest] = take(session, MORNING)
    contents = Contents(unneeded=(a.id,), broken=(b.id,))
    begin(session, digest.token, now=MORNING, lease=LEASE, contents=contents)

    assert states(session) == {"a": SKIPPED, "b": PLANNED, "c": SENDING}
    assert find_delivery(session, a.id).reason == NOT_NEEDED
    mark_sent(session, digest.token, slack_ts="1.2", now=MORNING)
    assert states(session) == {"a": SKIPPED, "b": PLANNED, "c": SENT}
    [alone] = take(session, MORNING)
    assert (alone.id, alone.attempts) == (b.id, 1)


def test_where_nothing_is_needed_any_more_it_is_skipped_with_its_members(session, waiting):
    [digest] = take(session, MORNING)
    mark_skipped(session, digest.token, reason=NOT_NEEDED, now=MORNING)

    assert {each.reason for each in every(session)} == {NOT_NEEDED}
    assert {each.state for each in every(session)} == {SKIPPED}


def test_what_is_too_late_when_its_digest_comes_is_reported_by_itself(session):
    want(session)
    at(session, EIGHT)
    meetings(session, "a", useful_until=MORNING + HOUR)
    meetings(session, "b")
    [digest] = take(session, MORNING + 2 * HOUR)

    assert states(session) == {"a": SKIPPED, "b": PLANNED}
    assert own(session)[0].reason == TOO_LATE
    assert [each.occasion for each in gathered(session, digest.id)] == ["b"]
    assert plan_reports(session, now=MORNING, admins={"U9"}) == 1


def test_wanted_directly_again_they_come_at_once_and_the_digest_is_not_needed(session, waiting):
    prefer(session, "U1", Preference(), kind="meeting")
    ask_again(session, "U1", now=NOON + HOUR)

    assert [each.occasion for each in take(session, NOON + HOUR)] == ["a", "b", "c"]
    assert digests(session)[0].reason == NOT_NEEDED
    assert take(session, MORNING) == ()


def test_muted_before_it_goes_they_are_skipped(session, waiting):
    prefer(session, "U1", Preference(muted=True, digest=True), kind="meeting")
    ask_again(session, "U1", now=NOON + HOUR)

    assert take(session, NOON + HOUR) == ()
    assert {(each.state, each.reason) for each in own(session)} == {(SKIPPED, MUTED)}
    assert take(session, MORNING) == ()


@pytest.mark.parametrize("wish", [Preference(), Preference(muted=True, digest=True)])
def test_a_digest_that_is_due_looks_what_its_reader_wants_by_now(wish, session, waiting):
    meetings(session, "d", kind="news", now=NOON)
    prefer(session, "U1", wish, kind="meeting")
    taken = (*take(session, MORNING), *take(session, MORNING))

    assert sorted(each.occasion for each in taken) == ([] if wish.muted else ["a", "b", "c"])
    assert digests(session)[0].state is SKIPPED


def test_claimed_already_it_goes_whatever_its_reader_wants_now(session, waiting):
    digest = going(session)
    prefer(session, "U1", Preference(), kind="meeting")
    ask_again(session, "U1", now=MORNING)
    mark_sent(session, digest.token, slack_ts="1.2", now=MORNING)

    assert take(session, MORNING) == ()
    assert set(states(session).values()) == {SENT}


def test_moved_to_another_time_the_same_digest_comes_then(session, waiting):
    at(session, DigestTime(at=time(18), zone=LA), now=NOON + HOUR)
    assert take(session, NOON + HOUR) == ()
    evening = local(2026, 3, 2, 18)

    assert [(each.occasion, each.state) for each in digests(session)] == [
        ("2026-03-03", SKIPPED),
        ("2026-03-02", PLANNED),
    ]
    at(session, EIGHT, now=NOON + 2 * HOUR)
    assert take(session, NOON + 2 * HOUR) == ()
    assert [each.state for each in digests(session)] == [PLANNED, SKIPPED]
    assert take(session, evening) == ()
    assert going(session).id == waiting.id


def test_moved_to_later_on_a_day_whose_digest_went_the_next_days_is_taken(session, waiting):
    mark_sent(session, going(session).token, slack_ts="1.2", now=MORNING)
    at(session, DigestTime(at=time(18), zone=LA), now=MORNING)
    meetings(session, "d", now=MORNING + HOUR)

    assert digests(session)[1].due_at == local(2026, 3, 4, 18)


def test_sent_again_it_carries_its_members_over_once(session, waiting):
    mark_unknown(session, going(session).token, reason="cut", now=MORNING)
    first = send_again(session, waiting.id, by="U9", now=MORNING + HOUR)
    second = send_again(session, waiting.id, by="U8", now=MORNING + HOUR)

    assert (first.done, second.done, second.again_id) == (True, False, first.again_id)
    assert find_delivery(session, waiting.id).state is SKIPPED
    assert {each.digest_id for each in own(session)} == {first.again_id}
    assert len(shown(session, waiting.id, reader="U1")) == 3
    digest = going(session, MORNING + HOUR)
    mark_sent(session, digest.token, slack_ts="1.3", now=MORNING + HOUR)
    assert (digest.id, set(states(session).values())) == (first.again_id, {SENT})


def test_sent_again_what_was_useful_for_a_while_is_so_once_more(session):
    want(session)
    at(session, EIGHT)
    meetings(session, "a", useful_until=MORNING)
    digest = going(session)
    mark_failed(session, digest.token, reason="archived", now=MORNING)
    send_again(session, digest.id, by="U9", now=MORNING + DAY)

    assert going(session, MORNING + DAY).again_of == digest.id
    assert states(session) == {"a": SENDING}


def test_it_arrived_settles_the_members(session, waiting):
    mark_unknown(session, going(session).token, reason="cut", now=MORNING)

    assert arrived(session, waiting.id, by="U9", now=MORNING).done
    assert set(states(session).values()) == {SENT}


def test_a_member_is_decided_on_with_its_digest_alone(session, waiting):
    mark_unknown(session, going(session).token, reason="cut", now=MORNING)
    member = own(session)[0]

    for decide in (send_again, arrived):
        decision = decide(session, member.id, by="U9", now=MORNING)
        assert (decision.done, decision.digest_id) == (False, waiting.id)
    assert set(states(session).values()) == {UNKNOWN}


def test_whoever_is_responsible_for_a_member_is_told_of_the_digest(session):
    grant(session, team_id="T1", user_id="U7", role=RoleName.COORDINATOR, granted_by="x", now=NOON)
    want(session)
    at(session, EIGHT)
    meetings(session, "a", responsible="U5")
    meetings(session, "b", responsible="U6")
    mark_failed(session, going(session).token, reason="deactivated", now=MORNING)
    plan_reports(session, now=MORNING, admins={"U9"})

    assert sorted(e.recipient for e in every(session) if e.kind == REPORT) == ["U5", "U6"]


def test_nobody_else_opens_a_digest(session, waiting):
    assert shown(session, waiting.id, reader="U2") is None
    assert shown(session, own(session)[0].id, reader="U1") is None
    assert shown(session, 999, reader="U1") is None


@pytest.mark.parametrize(
    ("at_", "day", "moment"),
    [
        (time(2, 30), date(2026, 3, 8), local(2026, 3, 8, 3, 30)),  # skipped
        (time(1, 30), date(2026, 11, 1), local(2026, 11, 1, 1, 30)),  # doubled: the first
        (time(8), date(2026, 11, 1), local(2026, 11, 1, 8)),
    ],
)
def test_on_a_day_when_clocks_change_it_comes_once(at_, day, moment, session):
    before = moment - HOUR
    want(session, now=before)
    at(session, DigestTime(at=at_, zone=LA), now=before)
    meetings(session, "a", now=before)
    meetings(session, "b", now=moment - SECOND)
    mark_sent(session, going(session, moment).token, slack_ts="1.2", now=moment)
    meetings(session, "c", now=moment + HOUR)

    first, second = digests(session)
    assert (first.occasion, first.due_at) == (day.isoformat(), moment)
    assert second.occasion == (day + DAY).isoformat()
    assert states(session) == {"a": SENT, "b": SENT, "c": PLANNED}


def test_gathered_and_claimed_at_once_by_many_each_goes_once(loaded_url):
    people = [f"U{number}" for number in range(20)]
    database = open_database(loaded_url, busy_seconds=10)
    with transaction(database, task_force_id=1) as session:
        for user_id in people:
            want(session, user_id)
            at(session, EIGHT, user_id)
        plans = [
            Plan(
                kind="meeting", occasion=f"{n}", recipient=user_id, due_at=NOON, priority=1 + n % 2
            )
            for n in range(8)
            for user_id in people
        ]
        plan(session, plans, now=NOON)

    def work(moment):
        def claim_all(number, opened):
            mine, empty = [], 0
            while empty < 3:
                with transaction(opened, task_force_id=1) as session:
                    some = take(
                        session, moment + empty * 2 * SECOND, room=dict.fromkeys(Priority, 7)
                    )
                mine += [each.id for each in some]
                empty += not some
            return mine

        return [each for some in at_once(loaded_url, database, claim_all) for each in some]

    assert work(NOON) == []
    with transaction(database, task_force_id=1) as session:
        assert take(session, NOON + HOUR) == ()  # what met another process at work
    taken = work(MORNING)
    with transaction(database, task_force_id=1) as session:
        found, members = digests(session), Counter(each.digest_id for each in own(session))
    database.dispose()
    assert sorted(taken) == [each.id for each in found]
    assert sorted(each.recipient for each in found) == sorted(people)
    assert members == {each.id: 8 for each in found}


def test_preferences_changed_while_digests_are_claimed_lose_and_double_nothing(loaded_url):
    database = open_database(loaded_url, busy_seconds=10)
    with transaction(database, task_force_id=1) as session:
        for number in range(10):
            want(session, f"U{number}")
            at(session, EIGHT, f"U{number}")
            meetings(session, *"abc", recipient=f"U{number}")

    def work(number, opened):
        gone = []
        for user in range(10):
            with transaction(opened, task_force_id=1) as session:
                if number % 2:
                    prefer(session, f"U{user}", Preference(), kind="meeting")
                    ask_again(session, f"U{user}", now=MORNING - SECOND)
            with transaction(opened, task_force_id=1) as session:
                for one in take(session, MORNING, room=dict.fromkeys(Priority, 3)):
                    written = gathered(session, one.id) if one.kind == DIGEST else (one,)
                    begin(session, one.token, now=MORNING, lease=LEASE, contents=Contents())
                    mark_sent(session, one.token, slack_ts="1.2", now=MORNING)
                    gone += [each.id for each in written]
        return gone

    gone = [each for some in at_once(loaded_url, database, work) for each in some]
    with transaction(database, task_force_id=1) as session:
        while some := take(session, MORNING + HOUR):
            for one in some:
                written = gathered(session, one.id) if one.kind == DIGEST else (one,)
                begin(session, one.token, now=MORNING + HOUR, lease=LEASE, contents=Contents())
                mark_sent(session, one.token, slack_ts="1.2", now=MORNING + HOUR)
                gone += [each.id for each in written]
        assert sorted(gone) == [each.id for each in own(session)]
        assert set(states(session).values()) == {SENT}
    database.dispose()


def somebody_waits(database):
    with database.reads.connect() as connection:
        waiting = connection.exec_driver_sql(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return waiting.scalar_one() > 0


def test_what_is_being_gathered_while_its_reader_changes_their_mind_comes_at_once(loaded_url):
    database = open_database(loaded_url, busy_seconds=10)
    with transaction(database, task_force_id=1) as session:
        want(session)
        plan(session, [Plan(kind="meeting", occasion="a", recipient="U1", due_at=NOON)], now=NOON)
    claiming, changed = threading.Event(), threading.Event()

    def work(number, opened):
        if number:
            assert claiming.wait(10)
            with transaction(opened, task_force_id=1) as session:
                prefer(session, "U1", Preference(), kind="meeting")
                ask_again(session, "U1", now=NOON)
            changed.set()
            return
        with transaction(opened, task_force_id=1) as session:
            assert take(session, NOON) == ()
            claiming.set()
            if opened.dialect == "postgresql":  # on SQLite the other does not even begin
                while not (changed.is_set() or somebody_waits(opened)):
                    pass

    at_once(loaded_url, database, work, workers=2)
    with transaction(database, task_force_id=1) as session:
        assert [each.occasion for each in take(session, NOON)] == ["a"]
    database.dispose()


WEIGHTS = {
    "plan": 5, "claim": 4, "begin": 5, "sent": 2, "unknown": 1, "failed": 1, "put off": 1, "skip": 1,
    "back": 1, "recover": 1, "wish": 2, "again": 2, "arrived": 1, "wait": 5, "clock back": 1,
}  # fmt: skip
STEPS = st.lists(
    st.tuples(
        st.sampled_from([name for name, times in WEIGHTS.items() for _ in range(times)]),
        st.integers(0, 999),
    ),
    min_size=40,
    max_size=80,
)


class ToldError(Exception):
    """
    Undoes a story.
    """


class Story:
    """
    A few people, a random story, and what was put on the wire in it.
    """

    def __init__(self, session):
        self.session, self.now = session, NOON
        self.people = [f"U{number}" for number in range(2)]
        self.claimed, self.begun = {}, {}  # by token: the claim, and what it holds
        self.wire = Counter()  # by number of a member or of what went alone
        self.allowed = Counter()  # how often somebody pressed Send again for it
        self.planned = 0
        for user_id in self.people:
            for kind in ("meeting", "news"):
                want(session, user_id, kind=kind)
            at(session, EIGHT, user_id)

    def mine(self):
        return [each for each in every(self.session) if each.recipient in self.people]

    def step(self, name, pick):
        session, now = self.session, self.now
        if name == "plan":
            late = None if pick % 3 else now + timedelta(hours=pick % 30)
            due = now + timedelta(hours=pick % 5)
            some = Plan(kind=["meeting", "news"][pick % 2], occasion=f"{pick}", due_at=due,
                        recipient=self.people[pick // 2 % 2], useful_until=late)  # fmt: skip
            self.planned += plan(session, [some], now=now)
        elif name == "claim":
            for one in take(session, now, room=dict.fromkeys(Priority, 1 + pick % 4)):
                holds = gathered(session, one.id) if one.kind == DIGEST else (one,)
                self.claimed[one.token] = [each.id for each in holds]
        elif name == "begin" and self.claimed:
            token = sorted(self.claimed)[pick % len(self.claimed)]
            holds = self.claimed.pop(token)
            # Some digests go without their first, or their first two.
            without = pick % 3 if len(holds) > 2 else pick % 2 if len(holds) > 1 else 0
            contents = Contents(unneeded=tuple(holds[:without][:1]), broken=tuple(holds[1:without]))
            if begin(session, token, now=now, lease=LEASE, contents=contents):
                self.begun[token] = holds[without:]
        elif name in {"sent", "unknown", "failed", "put off"} and self.begun:
            token = sorted(self.begun)[pick % len(self.begun)]
            holds = self.begun.pop(token)
            if name in {"sent", "unknown"}:  # of the unknown, the worst
                self.wire.update(holds)
            if name == "sent":
                mark_sent(session, token, slack_ts="1", now=now)
            elif name == "unknown":
                mark_unknown(session, token, reason="cut", now=now)
            elif name == "failed":
                mark_failed(session, token, reason="gone", now=now)
            else:
                put_off(
                    session, token, until=now + HOUR, reason="x", counted=bool(pick % 2), now=now
                )
        elif name == "skip" and self.claimed:
            token = sorted(self.claimed)[pick % len(self.claimed)]
            del self.claimed[token]
            mark_skipped(session, token, reason=NOT_NEEDED, now=now)
        elif name == "back":
            hand_back(session, list(self.claimed))
            self.claimed.clear()
        elif name == "recover":
            self.now += 2 * LEASE
            recover(session, now=self.now)
            for holds in self.begun.values():  # each may have been sent
                self.wire.update(holds)
            self.begun.clear()
        elif name == "wish":
            user_id = self.people[pick % 2]
            at = DigestTime(at=time(pick % 24), zone=[LA, ZoneInfo("UTC")][pick // 8 % 2])
            wish = Preference(muted=pick % 7 == 0, digest=pick // 2 % 3 > 0)
            prefer(session, user_id, wish, kind=["meeting", "news"][pick // 4 % 2])
            if pick // 16 % 2:
                prefer(session, user_id, Preference(digest_at=at), kind=EVERY_KIND)
            if pick // 32 % 4:  # else as if a claim had read what was wanted before
                ask_again(session, user_id, now=now)
        elif name in {"again", "arrived"}:
            rows = [each for each in self.mine() if each.state in {UNKNOWN, FAILED}]
            if not rows:
                return
            one = rows[pick % len(rows)]
            inside = [each for each in self.mine() if each.digest_id == one.id]
            if name == "arrived":
                arrived(session, one.id, by="U9", now=now)
                return
            decision = send_again(session, one.id, by="U9", now=now)
            if decision.done and one.kind == DIGEST:
                self.allowed.update(e.id for e in inside if e.state in {UNKNOWN, FAILED})
            elif decision.done:
                self.planned += 1
        elif name == "wait":
            self.now += timedelta(hours=pick % 20, seconds=pick)
        elif name == "clock back":
            self.now -= timedelta(hours=pick % 3)

    def check(self):
        rows = {each.id: each for each in self.mine()}
        assert sum(each.kind != DIGEST for each in rows.values()) == self.planned
        for id, times in self.wire.items():
            assert times <= 1 + self.allowed[id], rows[id]
        for each in rows.values():
            if each.digest_id is None:
                continue
            digest = rows[each.digest_id]
            assert (digest.kind, digest.recipient) == (DIGEST, each.recipient)
            # It waits with what still goes, or shares what became of it.
            expected = PLANNED if digest.state is CLAIMED else digest.state
            assert each.state is expected, (each, digest)

    def end(self):
        """
        Stop, and let whatever is left be sent; when nothing is, look on for a day.
        """
        rounds = 0
        self.step("back", 0)
        self.step("recover", 0)
        while rounds < 4:
            self.now += timedelta(hours=6)
            assert self.now < NOON + timedelta(days=90)
            rounds = rounds + 1 if all(each.state in SETTLED for each in self.mine()) else 0
            recover(self.session, now=self.now)
            for one in take(self.session, self.now):
                holds = gathered(self.session, one.id) if one.kind == DIGEST else (one,)
                begin(self.session, one.token, now=self.now, lease=LEASE, contents=Contents())
                mark_sent(self.session, one.token, slack_ts="1", now=self.now)
                self.wire.update(each.id for each in holds)
        self.check()
        for each in self.mine():
            assert each.state in SETTLED, each
            if each.state is SENT and each.kind != DIGEST and each.resolved_by is None:
                inside = each.digest_id and find_delivery(self.session, each.digest_id).resolved_by
                assert self.wire[each.id] or inside, each


@pytest.mark.timeout(240)
def test_no_story_loses_or_doubles_a_message(loaded):
    @settings(
        deadline=None,
        derandomize=True,
        database=None,
        max_examples=draws(50, quickly=12),
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    @given(STEPS)
    def told(steps):
        with suppress(ToldError), transaction(loaded, task_force_id=1) as session:
            story = Story(session)
            for name, pick in steps:
                story.step(name, pick)
                story.check()
            story.end()
            raise ToldError

    told()
