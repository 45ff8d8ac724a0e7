"""
No function of storage reads or writes a row of another task force.
"""

from datetime import timedelta

import pytest
from sqlmodel import SQLModel

from storage import scope
from storage.broadcasts import broadcasts
from storage.leads import Lead, set_leads
from storage.meetings import all_series
from storage.retention.kept import Kept
from storage.retention.rules import RULES
from tests.apart.calls import Given, arguments, functions
from tests.apart.seeing import AcrossError, came_of, difference, plain
from tests.apart.world import APART, SECOND, SOON, empty_tables, trying


def test_both_task_forces_have_rows_in_every_table(world):
    assert empty_tables(world.both) == set()
    with trying(world.both) as session:
        own = [each.number for each in broadcasts(session)]
    with trying(world.both, SECOND) as session:
        assert [each.number for each in broadcasts(session)] == [id - APART for id in own]


def test_a_write_across_is_seen(world):
    """
    What the other tests rest upon.
    """
    with pytest.raises(AcrossError):
        came_of(world.both, lambda s: s.connection().exec_driver_sql(f"UPDATE person SET user_id = 'U' WHERE task_force_id = {SECOND}"))  # fmt: skip


def test_every_function_answers_and_writes_as_if_the_other_were_not_there(world, pack):
    """
    Once with the first task force's own numbers and rows, once with the second's.
    """
    found, called = {}, 0
    with trying(world.both, SECOND) as second:
        for name, function in sorted(functions().items()):
            for whose, call in _calls(name, function, world=world, pack=pack, second=second):
                called += 1
                if said := difference(world, call):
                    found[f"{name}, of {whose}"] = said

    assert not found, "\n".join(f"{name}: {what}" for name, what in found.items())
    assert called > 1000


def _calls(name, function, *, world, pack, second):
    """
    Yield whose arguments it is called with, and what calls it.
    """

    def ways(session):
        return list(arguments(name, function, Given(whose=session, pack=pack)))

    theirs = ways(second)
    said = plain(theirs)
    second.expunge_all()
    with trying(world.both) as session:
        mine = ways(session)
        own = plain(mine)
    for number, (positional, values) in enumerate(mine):
        has_rows = any(isinstance(each, SQLModel) for value in values.values() for each in (value if isinstance(value, list) else [value]))  # fmt: skip

        def call(session, number=number, given=(positional, values), again=has_rows):
            # Rows are to be of the session that they are used in.
            positional, values = ways(session)[number] if again else given
            return function(session, *positional, **values)

        yield "its own", call
    if said == own:
        return  # it takes nothing that is anybody's
    for positional, values in theirs:
        yield "the other's", lambda s, p=positional, v=values: function(s, *p, **v)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.what)
def test_what_is_over_is_deleted_as_if_the_other_were_not_there(world, rule):
    kept = Kept(messages=timedelta(0), former=timedelta(0), audit=timedelta(0))
    later = SOON + timedelta(days=9999)

    assert difference(world, lambda session: rule.apply(session, later, kept, 0)) is None


@pytest.mark.parametrize("guard", ["_criteria", "_hold_references"])
def test_without_one_of_the_guards_a_difference_is_seen(world, monkeypatch, guard):
    """
    What the other tests rest upon, too.
    """
    monkeypatch.setattr(scope, guard, lambda *_: ())

    def ask(session):
        theirs = all_series(session)[0].id - APART
        set_leads(session, theirs, [Lead(minutes=5)], by="U0CORA", now=SOON)
        return broadcasts(session)

    assert difference(world, ask) is not None
