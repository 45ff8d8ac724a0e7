"""
Changes of the directory's entries: each made once, kept, told, and taken back.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import col, select

from storage import audit
from storage.corrections import Outcome, settle
from storage.entries import Values, current, version, write
from storage.errors import StaleError
from storage.facts import count_change
from storage.models import (
    Change,
    Hotline,
    Offering,
    Organization,
    Phone,
    Service,
)
from storage.session import Session
from storage.task_forces import own_row

MADE, PROPOSED, DECLINED = "made", "proposed", "declined"


def save(
    session: Session,
    table: str,
    key: str,
    after: Values | None,
    *,
    by: str,
    now: datetime,
    seen: str | None = None,
    batch_id: int | None = None,
) -> bool:
    """
    Store an entry as *after*, and keep who changed what from what. It is verified no longer,
    and what was reported to be wrong with it is settled.

    Args:
        after: all of its values; None: it is no more.
        by: the Slack id of who does it; whether they may is asked before.
        seen: the `version` of the values it was made from; None: whatever is there.
        batch_id: of the import that does it.
    Returns:
        False if it was that already.
    Raises:
        StaleError: if it is no more what was seen.
        StillHasLinesError: if an agency is retired that answers lines.
    """
    lock(session)
    before = current(session, table, key)
    if before == after:
        return False
    if seen is not None and seen != version(before):
        raise StaleError(table, key)
    changed_before, changed_after = apply(session, table, key, after, by=by, now=now)
    keep(
        session,
        Change(
            table=table,
            key=key,
            before=changed_before,
            after=changed_after,
            state=MADE,
            made_by=by,
            made_at=now,
            batch_id=batch_id,
        ),
        now=now,
        by=by,
    )
    return True


def apply(
    session: Session, table: str, key: str, after: Values | None, *, by: str, now: datetime
) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """
    Write an entry's values. Return what changed of them: before, and after.
    """
    before = current(session, table, key)
    write(session, table, key, after, by=by, now=now)
    count_change(session)
    if before is None or after is None:
        return before, None if after is None else dict(after)
    fields = [field for field in after if before.get(field) != after[field]]
    return {field: before.get(field) for field in fields}, {field: after[field] for field in fields}


def keep(session: Session, change: Change, *, by: str, now: datetime) -> None:
    """
    Keep a change that was made, tell the audit, and settle what was reported.
    """
    session.add(change)
    session.flush()
    fields = sorted({*(change.before or {}), *(change.after or {})})
    act = "changed"
    if change.before is None:
        act = "added"
    elif change.after is None:
        act = "retired"
    subject = f"{change.table}:{change.key}"
    audit.record(
        session, f"directory.{act}", actor=by, now=now, subject=subject, fields=", ".join(fields)
    )
    outcome = Outcome.RETIRED if change.after is None else Outcome.CHANGED
    table, key = change.table, change.key
    if table in {"schedule", "offering"}:
        table, key = "organization", key.partition("/")[0]
        outcome = Outcome.CHANGED
    settle(session, table, key, outcome=outcome, by=by, now=now)


@dataclass(frozen=True, kw_only=True)
class Edit:
    """
    A change as it is told.

    Attributes:
        before, after: what of it changed; None where it was not, or is no more.
        state: "made", "proposed" or "declined".
        by_import: an import made it, and undoes it.
    """

    id: int
    table: str
    key: str
    before: Values | None
    after: Values | None
    state: str
    made_by: str
    made_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    by_import: bool


def history(session: Session, organization: str, *, limit: int) -> tuple[Edit, ...]:
    """
    Return the latest changes of an agency's entry, newest first.
    """
    own = session.exec(
        select(Organization.id).where(Organization.key == organization)
    ).one_or_none()
    phones = select(Phone.key).where(col(Phone.organization_id) == own)
    lines = select(Hotline.key).where(col(Hotline.organization_id) == own)
    table, key = col(Change.table), col(Change.key)
    query = (
        select(Change)
        .where(
            ((table.in_(["organization", "schedule"])) & (key == organization))
            | ((table == "offering") & key.startswith(f"{organization}/", autoescape=True))
            | ((table == "phone") & key.in_(phones))
            | ((table == "hotline") & key.in_(lines))
        )
        .order_by(col(Change.id).desc())
        .limit(limit)
    )
    return tuple(edit_of(each) for each in session.exec(query))


def owner_of(session: Session, table: str, key: str) -> str | None:
    """
    Return the key of the agency an entry belongs to, served or not; None: to none.
    """
    if table in {"organization", "schedule", "offering"}:
        return key.partition("/")[0]
    model: Any = Phone if table == "phone" else Hotline
    return session.exec(
        select(Organization.key)
        .join(model, model.organization_id == Organization.id)
        .where(model.key == key)
    ).one_or_none()


def offered_by(session: Session, organization: str) -> dict[str, dict[str, Any]]:
    """
    Return the values of an agency's offerings, by the key of the service.
    """
    query = (
        select(Offering, Service.key)
        .join(Organization, col(Offering.organization_id) == col(Organization.id))
        .join(Service, col(Offering.service_id) == col(Service.id))
        .where(col(Organization.key) == organization)
        .order_by(col(Service.position), col(Service.id))
        .execution_options(populate_existing=True)
    )
    return {
        key: {"persons": list(row.persons), "languages": list(row.languages)}
        for row, key in session.exec(query)
    }


def find_edit(session: Session, number: int) -> Edit | None:
    row = session.exec(select(Change).where(Change.id == number)).one_or_none()
    return None if row is None else edit_of(row)


def undo(session: Session, number: int, *, by: str, now: datetime) -> bool:
    """
    Take a change back, where nothing else changed the same since. It is a change too.

    Raises:
        StaleError: if something did, or it was taken back before.
    """
    lock(session)
    found = find_edit(session, number)
    if found is None or found.state != MADE:
        raise StaleError("change", str(number))
    now_is = current(session, found.table, found.key)
    if not agrees(now_is, found.after):
        raise StaleError(found.table, found.key)
    before = None if found.before is None else {**(now_is or {}), **found.before}
    return save(session, found.table, found.key, before, by=by, now=now)


def agrees(values: Values | None, part: Values | None) -> bool:
    """
    Say whether *values* are still what *part* of them says.
    """
    if values is None or part is None:
        return values is None and part is None
    return all(values.get(field) == value for field, value in part.items())


def lock(session: Session) -> None:
    """
    Let other writers wait from here until the transaction ends.
    """
    own_row(session, lock=True)


def edit_of(row: Change) -> Edit:
    """
    Return what the rest of the code sees of *row*.
    """
    return Edit(
        id=row.id or 0,
        table=row.table,
        key=row.key,
        before=row.before,
        after=row.after,
        state=row.state,
        made_by=row.made_by,
        made_at=row.made_at,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        by_import=row.batch_id is not None,
    )
