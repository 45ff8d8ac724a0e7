"""
Everything that is sealed is known, and can be sealed anew with another key.
"""

from dataclasses import replace

import pytest
from sqlalchemy import LargeBinary
from sqlmodel import SQLModel, select

from storage import models
from storage.errors import ClosedValuesError, WrongKeyError
from storage.sealed import (
    SEALED,
    Opened,
    Resealed,
    context_of_answer,
    context_of_counts,
    open_all,
    print_of,
    reseal,
)
from storage.sealing import Sealer, fresh_key
from storage.session import transaction, unscoped_transaction
from tests.storage.backup.full import fill_every_table
from tests.storage.dumping import dump

OLD, NEW, OTHER = (Sealer(fresh_key()) for _ in range(3))


@pytest.fixture
def sealed(two, now):
    """
    A database with five sealed values of task force 1, what an agency said to a survey among
    them, and one of task force 2.
    """
    fill_every_table(two)
    with transaction(two, task_force_id=1) as session:
        for row in session.exec(select(models.SealedCounts)):
            session.delete(row)
        [said] = session.exec(select(models.SurveyAgency))
        for part in ("draft", "answer"):
            context = context_of_answer(part, organization_id=said.organization_id, cycle_id=said.cycle_id, task_force_id=1)  # fmt: skip
            setattr(said, part, OLD.seal([["North", 3]], context=context))
        first = session.exec(select(models.Release)).first()
        values = first.model_dump(exclude={"id"})
        for number in range(100, 103):
            release = models.Release(**values | {"number": number})
            session.add(release)
            session.flush()
            counts = [["North", number]]
            session.add(models.SealedCounts(release_id=release.id, sealed=OLD.seal(counts, context=context_of_counts(release.id, 1)), sealed_at=now))  # fmt: skip
        other = release.id
    with unscoped_transaction(two) as session:  # a session of its own would refuse the release
        context = context_of_counts(other, 2)
        session.add(models.SealedCounts(task_force_id=2, release_id=other, sealed=OLD.seal([], context=context), sealed_at=now))  # fmt: skip
    return two


def test_every_column_of_bytes_is_known_to_be_sealed():
    columns = {
        (table.name, column.name)
        for table in SQLModel.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }

    assert columns == {(each.model.__tablename__, each.column) for each in SEALED}


def test_everything_of_every_task_force_is_sealed_anew(sealed, now):
    assert open_all(sealed, OLD) == Opened(opened=6, closed=0)

    done = reseal(sealed, old=OLD, new=NEW, now=now)

    assert done == Resealed(resealed=6, already=0, closed=0)
    assert open_all(sealed, NEW) == Opened(opened=6, closed=0)
    assert open_all(sealed, OLD) == Opened(opened=0, closed=6)
    assert print_of(sealed) == NEW.print
    with transaction(sealed, task_force_id=1) as session:
        row = session.exec(select(models.SealedCounts)).first()
        value = NEW.open(row.sealed, context=context_of_counts(row.release_id, 1))
        assert value == [["North", 100]]
        acts = select(models.AuditEntry.actor).where(models.AuditEntry.act == "key.rotated")
        assert session.exec(acts).all() == ["htbot keys rotate"]


def test_doing_it_again_changes_nothing(sealed, now):
    reseal(sealed, old=OLD, new=NEW, now=now)
    before = dump(sealed)

    assert reseal(sealed, old=OLD, new=NEW, now=now) == Resealed(resealed=0, already=6, closed=0)

    assert dump(sealed) == before


class DyingError(Exception):
    pass


class Dies(Sealer):
    """
    Ends the process, as far as the database can tell, while it seals the fourth value.
    """

    def __init__(self, key):
        super().__init__(key)
        self.left = 3

    def seal(self, value, *, context):
        if not self.left:
            raise DyingError
        self.left -= 1
        return super().seal(value, context=context)


def test_a_crash_in_the_middle_leaves_everything_to_the_old_key_and_it_can_go_on(sealed, now):
    key = fresh_key()

    with pytest.raises(DyingError):
        reseal(sealed, old=OLD, new=Dies(key), now=now)

    assert open_all(sealed, OLD) == Opened(opened=6, closed=0)
    assert print_of(sealed) is None
    assert reseal(sealed, old=OLD, new=Sealer(key), now=now).resealed == 6


def test_what_neither_key_opens_stops_it_and_nothing_is_changed(sealed, now):
    with transaction(sealed, task_force_id=1) as session:
        row = session.exec(select(models.SealedCounts)).first()
        row.sealed = OTHER.seal([], context=context_of_counts(row.release_id, 1))
    before = dump(sealed)

    with pytest.raises(ClosedValuesError, match="neither key: 1 of sealed_counts"):
        reseal(sealed, old=OLD, new=NEW, now=now)
    assert dump(sealed) == before

    done = reseal(sealed, old=OLD, new=NEW, now=now, leave_closed=True)
    assert done == Resealed(resealed=5, already=0, closed=1)
    assert open_all(sealed, OTHER).opened == 1


def test_who_still_has_the_old_key_seals_nothing_more(sealed, now):
    reseal(sealed, old=OLD, new=NEW, now=now)

    for sealer, refused in ((OLD, True), (NEW, False)):
        with transaction(replace(sealed, sealer=sealer), task_force_id=1) as session:
            if refused:
                with pytest.raises(WrongKeyError, match="take over the new one"):
                    _ = session.sealer
            else:
                assert session.sealer is NEW


def test_a_print_tells_keys_apart_and_is_none_of_them():
    key = fresh_key()

    assert Sealer(key).print == Sealer(key).print != Sealer(fresh_key()).print
    assert key not in Sealer(key).print
