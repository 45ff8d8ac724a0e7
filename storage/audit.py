"""
The audit: who changed, approved, opened, exported what. Look-ups are never in it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import event
from sqlalchemy.orm import Session as _AnySession
from sqlmodel import col, or_, select, update

from storage.errors import AuditError
from storage.models import AuditEntry
from storage.session import Session

LEFT = "somebody who left"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """
    Attributes:
        actor: Slack's id of who did it, or "htbot import" and the like.
        act: in the past tense: "registration.approved".
        subject: whom or what it was done to: a Slack id, or "organization:cvs".
    """

    id: int
    at: datetime
    actor: str
    act: str
    subject: str | None
    details: Mapping[str, str]


def record(
    session: Session,
    act: str,
    *,
    actor: str,
    now: datetime,
    subject: str | None = None,
    **details: str,
) -> None:
    """
    Add an entry, in the transaction of what it tells of.

    Args:
        details: what is needed to understand it; no name, no contact, no count.
    """
    session.add(AuditEntry(at=now, actor=actor, act=act, subject=subject, details=details))


def entries(
    session: Session,
    *,
    limit: int,
    before: int | None = None,
    person: str | None = None,
    acts: Collection[str] = (),
) -> tuple[Entry, ...]:
    """
    Return the latest entries, newest first.

    Args:
        before: the number of an entry: only older ones.
        person: only what this Slack id did, or what was done to them.
        acts: only these, or those that begin with one of these: "registration.".
    """
    query = select(AuditEntry).order_by(col(AuditEntry.id).desc()).limit(limit)
    if before is not None:
        query = query.where(col(AuditEntry.id) < before)
    if person is not None:
        query = query.where(or_(AuditEntry.actor == person, AuditEntry.subject == person))
    if acts:
        query = query.where(or_(*(col(AuditEntry.act).startswith(act) for act in acts)))
    return tuple(
        Entry(
            id=row.id or 0,
            at=row.at,
            actor=row.actor,
            act=row.act,
            subject=row.subject,
            details=MappingProxyType(row.details),
        )
        for row in session.exec(query)
    )


def forget_person(session: Session, user_id: str) -> int:
    """
    Put a word in the place of *user_id*, wherever the audit names them. Return how many
    entries did.
    """
    actor = session.exec(
        update(AuditEntry)
        .where(col(AuditEntry.actor) == user_id)
        .values(actor=LEFT)
        .execution_options(synchronize_session=False)
    )
    subject = session.exec(
        update(AuditEntry)
        .where(col(AuditEntry.subject) == user_id)
        .values(subject=LEFT)
        .execution_options(synchronize_session=False)
    )
    return int(actor.rowcount) + int(subject.rowcount)


def _only_added(session: _AnySession, _: object, __: object) -> None:
    for row in (*session.dirty, *session.deleted):
        if isinstance(row, AuditEntry):
            raise AuditError


event.listen(Session, "before_flush", _only_added)
