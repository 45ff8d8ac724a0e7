"""
Requests, members and seats: decided once, by somebody else, for a year.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlmodel import select

from storage import models
from storage.accounts import end_account
from storage.audit import entries
from storage.details import Details
from storage.errors import (
    DatabaseBusyError,
    DecidedError,
    NotAMemberError,
    OwnRequestError,
    UnknownRequestError,
)
from storage.members import confirm, days_due, find_member, lapse, members
from storage.people import RoleName, grant, roles_of
from storage.registrations import (
    RegistrationState,
    approve,
    ask,
    decline,
    find_registration,
    latest_of,
    question,
    waiting,
    withdraw,
)
from storage.seats import give_up, groups, leave_seats, places, take_seats
from storage.session import reading, transaction

WHO = {"team_id": "T1", "user_id": "U1"}
DETAILS = Details(name="Mel", agency="Agency of the Bay", title="Lead")


@pytest.fixture
def session(loaded):
    with transaction(loaded, task_force_id=1) as session:
        yield session


def asked(session, now, *, details=DETAILS, groups=(), seat="U1", **who):
    return ask(session, **{**WHO, **who}, details=details, groups=groups, seat_user_id=seat, now=now)  # fmt: skip


def admitted(session, now, **values):
    number = asked(session, now, **values).number
    return approve(session, number, by="U9", version=None, now=now)


def two_groups(session):
    first, second, *_ = groups(session)
    return (first.ref, second.ref)


def test_a_request_waits_and_its_asker_is_nothing_yet(session, now):
    request = asked(session, now)

    assert waiting(session) == (request,)
    assert (request.state, request.version) == (RegistrationState.ASKED, 1)
    assert find_member(session, **WHO) is None
    assert roles_of(session, "T1", "U1") == frozenset()


def test_who_asks_again_changes_the_request_that_waits(session, now):
    first = asked(session, now)
    again = asked(session, now, details=Details(name="Melanie", agency="A", title="Lead"))

    assert again.number == first.number
    assert (again.version, again.details.name) == (2, "Melanie")
    assert len(waiting(session)) == 1


def test_an_approved_asker_is_a_member_for_a_year_in_an_agency_that_is_listed_now(session, now):
    done = admitted(session, now)

    member = find_member(session, **WHO)
    assert done.state is RegistrationState.APPROVED
    assert (member.agency, member.details.agency) == ("Agency of the Bay", None)
    assert (member.lapses_on - member.confirmed_on).days == 365
    assert roles_of(session, "T1", "U1") == {RoleName.MEMBER}
    assert waiting(session) == ()


def test_a_second_of_an_unlisted_agency_finds_it_listed(session, now):
    admitted(session, now)
    admitted(session, now, user_id="U2", details=Details(name="Sol", agency="agency of the BAY", title="x"))  # fmt: skip

    names = [row for row in session.exec(select(models.Organization.name)) if "Bay" in row]
    assert names == ["Agency of the Bay"]


def test_nobody_decides_on_their_own(session, now):
    number = asked(session, now).number

    for decide in (
        lambda: approve(session, number, by="U1", version=None, now=now),
        lambda: decline(session, number, by="U1", version=None, reason="x", now=now),
        lambda: question(session, number, by="U1", version=1, text="x", now=now),
    ):
        with pytest.raises(OwnRequestError):
            decide()
    assert len(waiting(session)) == 1


def test_a_decision_is_made_once(session, now):
    number = asked(session, now).number
    decline(session, number, by="U9", version=1, reason="No.", now=now)

    with pytest.raises(DecidedError):
        approve(session, number, by="U8", version=None, now=now)
    assert find_registration(session, number).reason == "No."
    assert find_member(session, **WHO) is None


def test_a_decision_about_what_was_changed_since_is_none(session, now):
    number = asked(session, now).number
    asked(session, now)

    with pytest.raises(DecidedError):
        approve(session, number, by="U9", version=1, now=now)
    assert approve(session, number, by="U9", version=2, now=now)


def test_of_two_who_decide_at_once_one_does(loaded, now):
    with transaction(loaded, task_force_id=1) as session:
        number = asked(session, now).number

    def decide(by):
        while True:
            try:
                with transaction(loaded, task_force_id=1) as session:
                    approve(session, number, by=by, version=1, now=now)
            except DecidedError:
                return None
            except DatabaseBusyError:  # a slow machine: pressed again
                continue
            return by

    with ThreadPoolExecutor(2) as threads:
        won = [by for by in threads.map(decide, ("U8", "U9")) if by]

    with reading(loaded, task_force_id=1) as session:
        assert won == [find_member(session, **WHO).approved_by]
        acts = [each.act for each in entries(session, limit=9)]
    assert acts.count("registration.approved") == 1


def test_of_two_requests_at_once_one_is_made(loaded, now):
    def one(name):
        with transaction(loaded, task_force_id=1) as session:
            details = Details(name=name, agency="A", title="x")
            return asked(session, now, details=details).number

    with ThreadPoolExecutor(2) as threads:
        numbers = set(threads.map(one, ("A", "B")))

    with reading(loaded, task_force_id=1) as session:
        assert numbers == {each.number for each in waiting(session)}
    assert len(numbers) == 1


def test_a_request_can_be_taken_back_once_and_only_while_it_waits(session, now):
    asked(session, now)

    assert withdraw(session, **WHO, now=now) is True
    assert withdraw(session, **WHO, now=now) is False
    assert latest_of(session, **WHO).state is RegistrationState.WITHDRAWN


def test_there_is_no_request_nobody_made(session, now):
    with pytest.raises(UnknownRequestError, match="7"):
        approve(session, 7, by="U9", version=None, now=now)


@pytest.mark.parametrize(("days", "taken"), [(334, False), (335, True), (365, True)])
def test_a_confirmation_counts_from_thirty_days_before_its_end(session, now, days, taken):
    admitted(session, now)
    later = now + timedelta(days=days)

    assert confirm(session, **WHO, now=later) is taken
    assert days_due(session, now=later) == ()


def test_a_membership_lapses_the_day_after_its_last(session, now):
    refs = two_groups(session)
    admitted(session, now, groups=refs)
    last = now + timedelta(days=365)

    assert lapse(session, now=last) == ()
    (lapsed,) = lapse(session, now=last + timedelta(days=1))
    assert lapse(session, now=last + timedelta(days=1)) == ()

    assert lapsed.user_id == "U1"
    assert find_member(session, **WHO).ended_as == "lapsed"
    assert roles_of(session, "T1", "U1") == frozenset()
    assert [(place.ref, place.user_id) for place in places(session)] == [(ref, None) for ref in sorted(refs)]  # fmt: skip
    with pytest.raises(NotAMemberError):
        confirm(session, **WHO, now=last + timedelta(days=1))


def test_a_coordinator_who_lapses_decides_on_nobody_else(session, now):
    admitted(session, now)
    grant(session, **WHO, role=RoleName.COORDINATOR, granted_by="U9", now=now)

    lapse(session, now=now + timedelta(days=366))

    assert roles_of(session, "T1", "U1") == frozenset()


def test_who_lapsed_and_is_approved_again_sits_where_they_sat(session, now):
    refs = two_groups(session)
    admitted(session, now, groups=refs)
    later = now + timedelta(days=400)
    lapse(session, now=later)

    admitted(session, later, groups=refs)

    assert find_member(session, **WHO).ended_at is None
    assert [place.user_id for place in places(session)] == ["U1", "U1"]


def test_who_is_approved_for_less_leaves_the_other_seat(session, now):
    first, second = two_groups(session)
    admitted(session, now, groups=(first, second))

    admitted(session, now, groups=(second,))

    assert {place.ref: place.user_id for place in places(session)} == {first: None, second: "U1"}


def test_a_colleague_may_sit_there_instead(session, now):
    (ref, _) = two_groups(session)
    admitted(session, now, groups=(ref,), seat="U2")

    (place,) = places(session)
    assert place.user_id == "U2"
    assert places(session, user_id="U1") == ()


def test_two_of_an_agency_may_sit_in_one_group_and_the_last_leaves_it_empty(session, now):
    (ref, _) = two_groups(session)
    admitted(session, now, groups=(ref,))
    (place,) = places(session)
    take_seats(session, organization_id=place.organization_id, refs=[ref], user_id="U2", now=now)

    assert leave_seats(session, user_id="U1", now=now) == 1
    assert [each.user_id for each in places(session)] == ["U2"]
    assert leave_seats(session, user_id="U2", now=now) == 1

    (empty,) = places(session, empty=True)
    assert empty.emptied_at == now
    assert give_up(session, empty.id) is True
    assert places(session) == ()


def test_a_seat_where_somebody_sits_is_not_given_up(session, now):
    (ref, _) = two_groups(session)
    admitted(session, now, groups=(ref,))

    assert give_up(session, places(session)[0].id) is False


def test_a_deactivated_account_is_nothing_here_any_more(session, now):
    admitted(session, now, groups=two_groups(session))
    grant(session, **WHO, role=RoleName.COORDINATOR, granted_by="U9", now=now)

    assert end_account(session, **WHO, now=now) is True
    assert end_account(session, **WHO, now=now) is False

    assert find_member(session, **WHO).ended_as == "deactivated"
    assert roles_of(session, "T1", "U1") == frozenset()
    assert len(places(session, empty=True)) == 2
    assert members(session) == ()
    assert len(members(session, ended=True)) == 1


def test_an_account_nobody_knows_is_deactivated_without_a_trace(session, now):
    assert end_account(session, team_id="T1", user_id="U404", now=now) is False

    assert entries(session, limit=9) == ()


def test_another_task_force_sees_none_of_it(two, now):
    with transaction(two, task_force_id=1) as session:
        admitted(session, now, groups=two_groups(session))

    with reading(two, task_force_id=2) as session:
        assert members(session) == ()
        assert waiting(session) == ()
        assert places(session) == ()
        assert entries(session, limit=9) == ()
        assert find_member(session, **WHO) is None
