"""
What is read as a whole and asked for again and again: kept while nothing it was read from changed.
"""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from storage.changes import BESIDE, Read, note_read, noting_reads
from storage.scope import Session

Given = ParamSpec("Given")
Value = TypeVar("Value")
MOST = 512  # values; with more, all are made anew


def kept(
    make: Callable[Concatenate[Session, Given], Value],
) -> Callable[Concatenate[Session, Given], Value]:
    """
    Have what *make* reads of a task force given again without asking, as long as it is
    certainly the same. A transaction, which may have changed it, always asks.

    Args:
        make: gives what nobody can change; of the database, and of what it is given besides.
    """

    @wraps(make)
    def given(session: Session, /, *args: Given.args, **kwargs: Given.kwargs) -> Value:
        changes, task_force_id = session.info.get("changes"), session.task_force_id
        if changes is None or task_force_id is None or not changes.sure():
            return make(session, *args, **kwargs)
        key = (make, task_force_id, args, *sorted(kwargs.items()))
        found = changes.kept.get(key)
        # Nor may it be newer than what else this session sees.
        if (
            found
            and changes.stands(found[0])
            and not changes.since(session.info["number"], found[0].tables)
        ):
            note_read(found[0].tables)
            value: Value = found[1]
            return value
        with noting_reads() as tables:
            value = make(session, *args, **kwargs)
        if not tables & BESIDE:
            if len(changes.kept) >= MOST:
                changes.kept.clear()
            # What is read in a session is of its beginning, however late it is asked for.
            read = Read(number=session.info["number"], tables=frozenset(tables))
            changes.kept[key] = (read, value)
        return value

    return given
