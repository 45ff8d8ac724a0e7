import threading
from datetime import timedelta

from sqlmodel import select

from storage.models import Receipt
from storage.receipts import first_time, forget_before
from storage.session import open_database, reading, transaction

SECOND = timedelta(seconds=1)


def test_the_second_time_is_not_the_first(loaded, now):
    with transaction(loaded, task_force_id=1) as session:
        assert first_time(session, interaction="123.456", now=now) is True
        assert first_time(session, interaction="123.456", now=now) is False
        assert first_time(session, interaction="123.457", now=now) is True


def test_what_is_stored_tells_nothing(loaded, now):
    with transaction(loaded, task_force_id=1) as session:
        first_time(session, interaction="123.456", now=now)

    with reading(loaded, task_force_id=1) as session:
        receipt = session.exec(select(Receipt)).one()
    assert len(receipt.digest) == 64
    assert "123.456" not in repr(receipt)


def test_an_effect_that_failed_may_be_tried_again(loaded, now):
    try:
        with transaction(loaded, task_force_id=1) as session:
            first_time(session, interaction="123.456", now=now)
            raise RuntimeError  # noqa: TRY301
    except RuntimeError:
        pass

    with transaction(loaded, task_force_id=1) as session:
        assert first_time(session, interaction="123.456", now=now) is True


def test_another_task_force_has_receipts_of_its_own(two, now):
    answers = []
    for task_force_id in (1, 2):
        with transaction(two, task_force_id=task_force_id) as session:
            answers.append(first_time(session, interaction="123.456", now=now))

    assert answers == [True, True]


def test_of_two_at_once_one_is_the_first(loaded, loaded_url, now):
    databases = [loaded, open_database(loaded_url, busy_seconds=10)]
    together = threading.Barrier(2)
    answers = []

    def receive(database):
        for number in range(20):
            together.wait(10)
            with transaction(database, task_force_id=1) as session:
                answers.append((number, first_time(session, interaction=f"{number}", now=now)))

    threads = [threading.Thread(target=receive, args=[database]) for database in databases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    databases[1].dispose()

    assert sorted(answers) == [(n, first) for n in range(20) for first in (False, True)]


def test_old_receipts_are_forgotten_up_to_the_moment(loaded, now):
    with transaction(loaded, task_force_id=1) as session:
        first_time(session, interaction="before", now=now - SECOND)
        first_time(session, interaction="at", now=now)

        assert forget_before(session, now) == 1
        assert first_time(session, interaction="at", now=now) is False
        assert first_time(session, interaction="before", now=now) is True
