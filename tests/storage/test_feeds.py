"""
Addresses of calendars, on both engines.
"""

from storage.audit import entries
from storage.feeds import close_feed, feeds_of, find_feed, open_feed
from storage.members import DEACTIVATED, end, find_member
from tests.keeping import TEAM, add_member

MEL = {"team_id": TEAM, "user_id": "U0MEL"}


def test_an_address_is_found_by_what_it_ends_in_alone(session, now):
    token = open_feed(session, **MEL, group="", now=now)

    found = find_feed(session, token)

    assert (found.user_id, found.group, found.made_at) == ("U0MEL", "", now)
    for other in ("", token[:-1], token + "x", token.swapcase(), "é" * 43):
        assert find_feed(session, other) is None


def test_each_calendar_has_one_address_and_a_new_one_ends_the_old(session, now):
    first = open_feed(session, **MEL, group="", now=now)
    other = open_feed(session, **MEL, group="collaborative:httf", now=now)
    second = open_feed(session, **MEL, group="", now=now)

    assert first != second
    assert find_feed(session, first) is None
    assert find_feed(session, second) is not None
    assert [each.group for each in feeds_of(session, **MEL)] == ["", "collaborative:httf"]
    assert close_feed(session, **MEL, group="", now=now)
    assert not close_feed(session, **MEL, group="", now=now)
    assert find_feed(session, second) is None
    assert find_feed(session, other) is not None
    assert [each.act for each in entries(session, limit=9)] == ["calendar.closed", *["calendar.opened"] * 3]  # fmt: skip


def test_who_comes_back_has_no_address_from_before(session, now):
    add_member(session, "U0MEL", of="cvs")
    token = open_feed(session, **MEL, group="", now=now)

    end(session, find_member(session, **MEL), as_=DEACTIVATED, now=now)

    assert find_feed(session, token) is None
