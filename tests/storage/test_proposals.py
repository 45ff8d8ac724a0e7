"""
Changes of lines: two people, and the old one until then.
"""

from threading import Barrier, Thread

import pytest

from storage import audit
from storage.directory import history, save
from storage.entries import current, version
from storage.errors import (
    OwnProposalError,
    ProposedAlreadyError,
    StaleError,
    UnknownChangeError,
)
from storage.memory import remember
from storage.proposals import approve, decline, proposals, propose
from storage.session import transaction
from tests.conftest import NOON

KEY = "cvs-crisis-line"


def renumbered(session, number="1 (800) 555-0199"):
    before = current(session, "hotline", KEY)
    old = before["phones"][0]["number"]
    card = {language: said.replace(old, number) for language, said in before["card"].items()}
    return {**before, "phones": [{**before["phones"][0], "number": number}], "card": card}


def offer(session, after=None, *, key=KEY, by="U1", **more):
    return propose(session, key, after, by=by, now=NOON, **more)


def test_a_line_is_served_as_it_was_until_a_second_one_approves(session):
    after = renumbered(session)
    number = offer(session, after)
    assert "670-7273" in current(session, "hotline", KEY)["phones"][0]["number"]

    with pytest.raises(OwnProposalError):
        approve(session, number, by="U1", now=NOON)
    assert approve(session, number, by="U2", now=NOON)
    assert not approve(session, number, by="U3", now=NOON)

    assert current(session, "hotline", KEY) == after
    memory = remember(session, now=NOON)
    assert "CVS crisis line, 24/7: 1 (800) 555-0199" in memory.card["en"]
    assert proposals(session) == ()
    [made] = history(session, "cvs", limit=9)
    assert (made.made_by, made.decided_by, made.state) == ("U1", "U2", "made")
    acts = [each.act for each in audit.entries(session, limit=2)]
    assert acts == ["directory.changed", "directory.proposed"]
    with pytest.raises(UnknownChangeError):
        decline(session, number, by="U2", now=NOON)


def test_what_is_declined_changes_nothing(session):
    number = offer(session, renumbered(session))

    assert decline(session, number, by="U2", now=NOON)
    assert not decline(session, number, by="U3", now=NOON)

    assert "670-7273" in current(session, "hotline", KEY)["phones"][0]["number"]
    with pytest.raises(UnknownChangeError):
        approve(session, number, by="U2", now=NOON)
    with pytest.raises(UnknownChangeError):
        approve(session, 999, by="U2", now=NOON)


def test_one_change_of_a_line_waits_at_a_time(session):
    number = offer(session, renumbered(session))

    with pytest.raises(ProposedAlreadyError) as error:
        offer(session, None, by="U2")
    assert error.value.number == number
    assert offer(session, current(session, "hotline", "stand-line"), key="stand-line") is None
    assert offer(session, None, key="stand-line") != number


def test_a_line_that_changed_meanwhile_is_not_overwritten(session):
    before = current(session, "hotline", KEY)
    number = offer(session, renumbered(session))
    save(session, "hotline", KEY, renumbered(session, "988"), by="U9", now=NOON)

    with pytest.raises(StaleError):
        approve(session, number, by="U2", now=NOON)
    decline(session, number, by="U2", now=NOON)
    with pytest.raises(StaleError):
        offer(session, renumbered(session), seen=version(before))


def test_new_and_retired_lines_need_two_as_well(session):
    new = {
        "name": "A new line", "kind": "crisis", "hours": None, "url": None, "email": None, "email_unconfirmed": False, "needs": ["crisis"], "card": None,
        "phones": [{"key": "new-voice-1", "number": "1-888-555-0123", "extension": None, "type": "voice", "description": None}],
    }  # fmt: skip
    number = offer(session, new, key="a-new-line")
    assert current(session, "hotline", "a-new-line") is None
    approve(session, number, by="U2", now=NOON)
    assert current(session, "hotline", "a-new-line") == new
    lines = {each.key: each for each in remember(session, now=NOON).hotlines}
    assert lines["a-new-line"].provenance.kind == "entered"

    number = offer(session, None, key=KEY)
    approve(session, number, by="U2", now=NOON)
    memory = remember(session, now=NOON)
    assert KEY not in {each.key for each in memory.hotlines}
    assert not any("CVS" in line for line in memory.card["en"])


def test_two_who_approve_at_once_are_one_effect(database, task_force_id):
    with transaction(database, task_force_id=task_force_id) as session:
        number = offer(session, renumbered(session))
    together, outcomes = Barrier(2), []

    def approving(by):
        together.wait()
        with transaction(database, task_force_id=task_force_id) as session:
            outcomes.append(approve(session, number, by=by, now=NOON))

    threads = [Thread(target=approving, args=(by,)) for by in ("U2", "U3")]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert sorted(outcomes) == [False, True]
    with transaction(database, task_force_id=task_force_id) as session:
        acts = [each.act for each in audit.entries(session, limit=9)]
    assert acts.count("directory.changed") == 1
