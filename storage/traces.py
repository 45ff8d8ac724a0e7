"""
Where a person's id may stand: so that all of theirs can be handed to them, and none
is left when they go.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any

from sqlalchemy import String, cast
from sqlmodel import col, delete, or_, select, update

from storage import models
from storage.audit import LEFT, forget_person, record
from storage.errors import LastAdminError
from storage.people import RoleName
from storage.registrations import let_go_of
from storage.seats import leave_seats
from storage.session import Session
from storage.task_forces import own_row


class Then(StrEnum):
    """
    What becomes of a row whose person goes.
    """

    DELETE = "delete"
    WORD = "word"  # the row is not theirs: a word stands for the id
    NOTHING = "nothing"  # as with a word, where the column may be empty


@dataclass(frozen=True, kw_only=True)
class Trace:
    """
    Attributes:
        column: holds a Slack id, or the number of a row of `person`.
        mine: the rows are the person's own, and in their export.
    """

    model: type[models.Scoped]
    column: str
    then: Then
    mine: bool = False


# In the order of deleting: what refers comes before what it refers to.
TRACES = (
    Trace(model=models.Role, column="person_id", then=Then.DELETE, mine=True),
    Trace(model=models.Role, column="granted_by", then=Then.WORD),
    Trace(model=models.Registration, column="person_id", then=Then.DELETE, mine=True),
    Trace(model=models.Registration, column="open_person_id", then=Then.NOTHING),
    Trace(model=models.Registration, column="seat_user_id", then=Then.NOTHING),
    Trace(model=models.Registration, column="decided_by", then=Then.WORD),
    Trace(model=models.Member, column="person_id", then=Then.DELETE, mine=True),
    Trace(model=models.Member, column="approved_by", then=Then.WORD),
    Trace(model=models.Seat, column="user_id", then=Then.NOTHING, mine=True),
    Trace(model=models.Custodian, column="person_id", then=Then.DELETE, mine=True),
    Trace(model=models.Preference, column="user_id", then=Then.DELETE, mine=True),
    Trace(model=models.SpokenLanguage, column="user_id", then=Then.DELETE, mine=True),
    Trace(model=models.Delivery, column="recipient", then=Then.DELETE, mine=True),
    Trace(model=models.Delivery, column="responsible", then=Then.NOTHING),
    Trace(model=models.Delivery, column="resolved_by", then=Then.WORD),
    Trace(model=models.Correction, column="reported_by", then=Then.NOTHING, mine=True),
    Trace(model=models.Correction, column="settled_by", then=Then.WORD),
    # Of a member's own details that an import changed; other keys are no Slack ids.
    Trace(model=models.Change, column="key", then=Then.DELETE, mine=True),
    Trace(model=models.Change, column="made_by", then=Then.WORD, mine=True),
    Trace(model=models.Change, column="decided_by", then=Then.WORD),
    Trace(model=models.Offering, column="said_by", then=Then.WORD),
    Trace(model=models.ImportBatch, column="imported_by", then=Then.WORD),
    Trace(model=models.ImportBatch, column="undone_by", then=Then.WORD),
    Trace(model=models.BroadcastReader, column="user_id", then=Then.DELETE, mine=True),
    Trace(model=models.BroadcastCorrection, column="proposed_by", then=Then.WORD, mine=True),
    Trace(model=models.BroadcastCorrection, column="decided_by", then=Then.WORD),
    Trace(model=models.Broadcast, column="sender", then=Then.WORD, mine=True),
    Trace(model=models.Broadcast, column="approved_by", then=Then.WORD),
    Trace(model=models.Release, column="drafted_by", then=Then.WORD),
    Trace(model=models.Release, column="decided_by", then=Then.WORD),
    Trace(model=models.MeetingDraft, column="user_id", then=Then.DELETE, mine=True),
    Trace(model=models.CalendarFeed, column="user_id", then=Then.DELETE, mine=True),
    Trace(model=models.Attendance, column="user_id", then=Then.DELETE, mine=True),
    Trace(model=models.Attendance, column="delegate_user_id", then=Then.NOTHING),
    Trace(model=models.Snooze, column="user_id", then=Then.DELETE, mine=True),
    Trace(model=models.SeriesMute, column="user_id", then=Then.DELETE, mine=True),
    Trace(model=models.AgendaWish, column="user_id", then=Then.DELETE, mine=True),
    Trace(model=models.SurveyCycle, column="responsible", then=Then.WORD),
    Trace(model=models.SurveyCycle, column="shaped_by", then=Then.WORD),
    Trace(model=models.SurveyCycle, column="closed_by", then=Then.WORD),
    Trace(model=models.SurveyAgency, column="saved_by", then=Then.WORD),
    Trace(model=models.SurveyAgency, column="sent_by", then=Then.WORD),
    Trace(model=models.SurveyAgency, column="said_by", then=Then.WORD),
    Trace(model=models.Person, column="user_id", then=Then.DELETE, mine=True),
)
INNER = frozenset({"id", "task_force_id", "token", "token_digest", "holder", "leased_until"})


def everything_of(session: Session, *, team_id: str, user_id: str) -> dict[str, list[Any]]:
    """
    Return every row that is a person's own, table by table, as JSON takes it. In what
    they did to others the audit names whom by id alone.
    """
    found: dict[str, list[Any]] = {}
    who = _person(session, team_id=team_id, user_id=user_id)
    for trace in TRACES:
        if trace.mine and (key := _key(trace, who=who, user_id=user_id)) is not None:
            column = getattr(trace.model, trace.column)
            rows = session.exec(
                select(trace.model).where(column == key).order_by(col(trace.model.id))
            )
            found.setdefault(str(trace.model.__tablename__), []).extend(map(_plain, rows))
    audit = select(models.AuditEntry).where(
        or_(models.AuditEntry.actor == user_id, models.AuditEntry.subject == user_id)
    )
    found["audit_entry"] = [
        _plain(row) for row in session.exec(audit.order_by(col(models.AuditEntry.id)))
    ]
    return found


def forget(session: Session, *, team_id: str, user_id: str, now: datetime) -> None:
    """
    Delete every row of a person's own, and their id wherever else it stands. Their
    agency's seats stay, empty and flagged.

    Raises:
        LastAdminError: if nobody would be left who can give roles.
    """
    own_row(session, lock=True)  # of the last two administrators one goes, and one stays
    who = _person(session, team_id=team_id, user_id=user_id)
    admins = set(session.exec(select(models.Role.person_id).where(models.Role.name == RoleName.ADMIN.value)))  # fmt: skip
    if who is not None and admins == {who}:
        raise LastAdminError
    leave_seats(session, user_id=user_id, now=now)
    let_go_of(session, team_id=team_id, user_id=user_id, now=now)
    mine = select(models.Delivery.id).where(models.Delivery.recipient == user_id)
    for refers in ("again_of", "digest_id"):
        # What refers to one of theirs is theirs too, and goes next.
        session.exec(
            update(models.Delivery)
            .where(getattr(models.Delivery, refers).in_(mine))
            .values({refers: None})
            .execution_options(synchronize_session=False)
        )
    record(session, "member.left", actor=LEFT, now=now, subject=LEFT)
    session.flush()
    forget_person(session, user_id)
    for trace in TRACES:
        key = _key(trace, who=who, user_id=user_id)
        if key is None:
            continue
        where = getattr(trace.model, trace.column) == key
        if trace.then is Then.DELETE:
            session.exec(delete(trace.model).where(where))
        else:
            word = LEFT if trace.then is Then.WORD else None
            session.exec(
                update(trace.model)
                .where(where)
                .values({trace.column: word})
                .execution_options(synchronize_session=False)
            )
    _forget_in_changes(session, user_id)


def _forget_in_changes(session: Session, user_id: str) -> None:
    """
    Put a word for *user_id* where a change of somebody else's membership keeps who had
    approved it.
    """
    before, after = (cast(column, String) for column in (models.Change.before, models.Change.after))
    query = select(models.Change).where(
        models.Change.table == "member",
        or_(before.contains(user_id, autoescape=True), after.contains(user_id, autoescape=True)),
    )
    for row in session.exec(query.execution_options(populate_existing=True)):
        row.before, row.after = (
            values and {name: LEFT if said == user_id else said for name, said in values.items()}
            for values in (row.before, row.after)
        )
    session.flush()


def _person(session: Session, *, team_id: str, user_id: str) -> int | None:
    query = select(models.Person.id).where(
        models.Person.team_id == team_id, models.Person.user_id == user_id
    )
    return session.exec(query).one_or_none()


def _key(trace: Trace, *, who: int | None, user_id: str) -> int | str | None:
    return who if trace.column.endswith("person_id") else user_id


def _plain(row: models.Scoped) -> Mapping[str, Any]:
    def plain(value: Any) -> Any:
        return value.isoformat() if isinstance(value, date | datetime | time) else value

    return {
        name: plain(getattr(row, name))
        for name in type(row).model_fields
        if name not in INNER and not name.endswith("person_id")
    }
