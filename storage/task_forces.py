"""
Task forces: which one a pack is for, and which Slack workspace is its.
"""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlmodel import col, select

from storage.changes import note_read
from storage.errors import UnknownTaskForceError, WrongWorkspaceError
from storage.models import TaskForce as TaskForceRow
from storage.scope import add_new
from storage.session import Session


@dataclass(frozen=True, kw_only=True)
class TaskForce:
    """
    Attributes:
        key: the pack's name for it.
        team_id: Slack's id of its workspace, or None until the first contact.
        timezone: IANA.
        holidays: the calendar that new series of meetings heed, "US-CA"; "": none.
        content_version: counts the changes of what anybody may read.
    """

    id: int
    key: str
    name: str
    county: str
    timezone: str
    holidays: str
    team_id: str | None
    content_version: int


def find_task_force(session: Session, *, key: str) -> TaskForce | None:
    """
    Return the task force with the pack's *key*, or None. Unscoped sessions see all.
    """
    row = session.exec(select(TaskForceRow).where(TaskForceRow.key == key)).one_or_none()
    return None if row is None else _value(row)


def find_workspace(session: Session, *, team_id: str) -> TaskForce | None:
    """
    Return the task force bound to a Slack workspace, or None.
    """
    row = session.exec(select(TaskForceRow).where(TaskForceRow.team_id == team_id)).one_or_none()
    return None if row is None else _value(row)


def workspaces(session: Session) -> frozenset[str]:
    """
    Return the workspaces that task forces are bound to. Unscoped sessions see all.
    """
    query = select(TaskForceRow.team_id).where(col(TaskForceRow.team_id).is_not(None))
    return frozenset(team_id for team_id in session.exec(query) if team_id)


def task_force(session: Session) -> TaskForce:
    """
    Return the task force of this session.

    Raises:
        UnknownTaskForceError: if it is not, or no longer, in the database.
    """
    return _value(own_row(session))


def find_or_create(
    session: Session, *, key: str, name: str, county: str, timezone: str, holidays: str = "US"
) -> TaskForce:
    """
    Return the task force with *key*, made now if it is new. For unscoped sessions.

    Two replicas that start together get the same one.
    """
    if found := find_task_force(session, key=key):
        return found
    if session.task_force_id is not None:
        raise UnknownTaskForceError(key)
    add_new(
        session,
        TaskForceRow,
        key=key,
        name=name,
        county=county,
        timezone=timezone,
        holidays=holidays,
        content_version=0,
    )
    made = find_task_force(session, key=key)
    if made is None:
        raise UnknownTaskForceError(key)
    return made


def bind_workspace(session: Session, team_id: str) -> bool:
    """
    Store that the session's task force lives in workspace *team_id*.

    Returns:
        True the first time, False if it was known.
    Raises:
        WrongWorkspaceError: if it is bound to another workspace.
    """
    row = own_row(session, lock=True)
    if row.team_id is None:
        row.team_id = team_id
        session.flush()
        return True
    if row.team_id != team_id:
        raise WrongWorkspaceError(team_id, bound_team_id=row.team_id)
    return False


def own_row(session: Session, *, lock: bool = False) -> TaskForceRow:
    """
    Return the row of the session's task force.

    Args:
        lock: whether other writers wait from here until the transaction ends.
    """
    own = session.task_force_id
    note_read({"task_force"})  # where the session has it already, no statement says so
    if own is not None and lock:
        row = session.get(TaskForceRow, own, with_for_update=True, populate_existing=True)
    elif own is not None:
        row = session.get(TaskForceRow, own)
    session.info["own_row"] = row  # held here, it is asked for once in a session
    if own is None or row is None:
        raise UnknownTaskForceError(own)
    return row


def _value(row: TaskForceRow) -> TaskForce:
    assert row.id is not None  # noqa: S101 - a stored row has one; for the type checker
    return TaskForce(
        id=row.id,
        key=row.key,
        name=row.name,
        county=row.county,
        timezone=row.timezone,
        holidays=row.holidays,
        team_id=row.team_id,
        content_version=row.content_version,
    )


def local_day(session: Session, now: datetime) -> date:
    """
    Return the day that it is at *now* where the task force is.
    """
    return now.astimezone(ZoneInfo(task_force(session).timezone)).date()
