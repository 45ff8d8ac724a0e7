"""
What came of a call: what it returned, what it wrote, or how it failed; to be compared.
"""

import enum
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from itertools import count
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import SQLModel

from storage.session import Database, Session
from tests.apart.world import World, trying

ACROSS = "written across"


class AcrossError(AssertionError):
    """
    A row of another task force was to be written.
    """


def came_of(database: Database, call: Callable[[Session], Any]) -> tuple[Any, ...]:
    """
    Return what *call* returned or raised in the first task force, and each of its writes with
    how many rows that was. Its changes are taken back.

    Raises:
        AcrossError: if it tried to write a row of another.
    """
    wrote: list[tuple[str, str, int]] = []

    def note(_: Any, cursor: Any, statement: str, parameters: Any, *__: Any) -> None:
        if not statement.startswith(("SELECT", "SAVEPOINT", "ROLLBACK", "RELEASE", "PRAGMA")):
            wrote.append((statement, repr(_told(parameters)), cursor.rowcount))

    event.listen(database.writes, "after_cursor_execute", note)
    try:
        with trying(database) as session, as_if_by_chance():
            try:
                answer = call(session)
                if isinstance(answer, Iterator):
                    answer = list(answer)
                session.flush()
                return ("returned", plain(answer), wrote)
            except Exception as error:
                if ACROSS in f"{error} {error.__cause__}":
                    raise AcrossError(str(error)) from error
                said = "" if isinstance(error, SQLAlchemyError) else str(error)
                return ("raised", type(error).__name__, said, wrote)
    finally:
        event.remove(database.writes, "after_cursor_execute", note)


def difference(world: World, call: Callable[[Session], Any]) -> str | None:
    """
    Return what came of *call* beside the other that did not come of it alone, if anything.
    """
    try:
        alone, both = came_of(world.alone, call), came_of(world.both, call)
    except AcrossError as error:
        return str(error).splitlines()[0]
    return None if alone == both else f"{alone!r:.600} is not {both!r:.600}"


def _told(parameters: Any) -> Any:
    if isinstance(parameters, tuple | list):
        return [_told(each) for each in parameters]
    return bytes(parameters) if isinstance(parameters, memoryview) else parameters


@contextmanager
def as_if_by_chance() -> Iterator[None]:
    """
    Have what is made up at random made up alike.
    """
    numbers = count()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(secrets, "token_hex", lambda size=8: f"{next(numbers):0{2 * size}x}")
        patch.setattr(secrets, "token_urlsafe", lambda size=8: f"{next(numbers):0{size}}")
        patch.setattr(secrets, "token_bytes", lambda size=8: next(numbers).to_bytes(size, "big"))
        yield


def plain(value: Any) -> Any:
    """
    Return *value* as lists, dictionaries and texts: rows with all of their columns.
    """
    if isinstance(value, SQLModel):
        return {"": type(value).__name__} | {name: plain(getattr(value, name)) for name in type(value).model_fields}  # fmt: skip
    if is_dataclass(value) and not isinstance(value, type):
        return {"": type(value).__name__} | {each.name: plain(getattr(value, each.name)) for each in fields(value)}  # fmt: skip
    if isinstance(value, enum.Enum) or value is None or isinstance(value, str | int | float | bytes):  # fmt: skip
        return value
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(each) for key, each in value.items()}
    if isinstance(value, Set):
        return sorted((plain(each) for each in value), key=repr)
    if isinstance(value, Sequence):
        return [plain(each) for each in value]
    if hasattr(value, "__dict__") and type(value).__module__.split(".")[0] in {"storage", "commands"}:  # fmt: skip
        return {name: plain(each) for name, each in vars(value).items() if not isinstance(each, Session)}  # fmt: skip
    return f"{type(value).__name__} {value}" if " at 0x" not in str(value) else type(value).__name__
