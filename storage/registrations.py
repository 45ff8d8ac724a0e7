"""
Requests to be a member: asked, decided once, by somebody else.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlmodel import col, select, update

from storage.audit import record
from storage.details import Details, agency_names, columns, details_of
from storage.edits import ask_for_edits
from storage.entered import entered_source
from storage.errors import DecidedError, OwnRequestError, UnknownRequestError
from storage.facts import count_change, edit
from storage.members import admit
from storage.models import Organization, Person, RegistrationState
from storage.models import Registration as RegistrationRow
from storage.people import person_id
from storage.scope import add_new
from storage.session import Session
from storage.task_forces import local_day, own_row

__all__ = [
    "WAITS",
    "Registration",
    "RegistrationState",
    "approve",
    "ask",
    "decline",
    "find_registration",
    "latest_of",
    "let_go_of",
    "question",
    "waiting",
    "withdraw",
]

WAITS = "requests"  # the kind that tells coordinators of a request, by its number


@dataclass(frozen=True, kw_only=True)
class Registration:
    """
    Attributes:
        agency: the name of their agency: the directory's, or as typed.
        groups: "collaborative:KEY" and "subcommittee:KEY" their agency takes part in.
        seat_user_id: who sits there for the agency; None: nobody yet.
        version: grows with every change of it.
        question: what a coordinator wants to know.
        answer: what the asker said to it.
    """

    number: int
    team_id: str
    user_id: str
    details: Details
    agency: str
    groups: tuple[str, ...]
    seat_user_id: str | None
    state: RegistrationState
    version: int
    question: str | None
    answer: str | None
    asked_at: datetime
    decided_at: datetime | None
    decided_by: str | None
    reason: str | None


def ask(
    session: Session,
    *,
    team_id: str,
    user_id: str,
    details: Details,
    groups: tuple[str, ...],
    seat_user_id: str | None,
    answer: str | None = None,
    now: datetime,
) -> Registration:
    """
    Store a person's request. The one that waits already, if there is one, becomes this.
    """
    own_row(session, lock=True)  # a decision on the one that waits comes before, or after
    who = person_id(session, team_id=team_id, user_id=user_id)
    values = columns(details) | {
        "groups": list(groups),
        "seat_user_id": seat_user_id,
        "answer": answer,
        "asked_at": now,
    }
    new = add_new(
        session,
        RegistrationRow,
        person_id=who,
        open_person_id=who,
        state=RegistrationState.ASKED.value,
        version=1,
        **values,
    )
    if not new:
        session.exec(
            update(RegistrationRow)
            .where(col(RegistrationRow.open_person_id) == who)
            .values(version=col(RegistrationRow.version) + 1, **values)
            .execution_options(synchronize_session=False)
        )
    found = latest_of(session, team_id=team_id, user_id=user_id)
    assert found is not None  # noqa: S101 - it was just stored; for the type checker
    act = "registration.asked" if new else "registration.changed"
    record(session, act, actor=user_id, now=now, subject=user_id, number=str(found.number))
    return found


def find_registration(session: Session, number: int) -> Registration:
    """
    Raises:
        UnknownRequestError: if there is none.
    """
    found = _select(session, RegistrationRow.id == number)
    if not found:
        raise UnknownRequestError(number)
    return found[0]


def latest_of(session: Session, *, team_id: str, user_id: str) -> Registration | None:
    """
    Return what a person asked last, decided or not.
    """
    found = _select(session, Person.team_id == team_id, Person.user_id == user_id)
    return found[-1] if found else None


def waiting(session: Session) -> tuple[Registration, ...]:
    """
    Return the requests that wait for a decision, oldest first.
    """
    return _select(session, RegistrationRow.state == RegistrationState.ASKED.value)


def approve(
    session: Session, number: int, *, by: str, version: int | None, now: datetime
) -> Registration:
    """
    Make the asker a member; an agency that the directory does not list is entered in it.

    Args:
        version: that the decision is about; None: as it is now.
    Raises:
        UnknownRequestError, OwnRequestError: if it cannot be theirs to decide.
        DecidedError: if it was decided, or changed, meanwhile.
    """
    found = _decide(session, number, state=RegistrationState.APPROVED, by=by, version=version, now=now)  # fmt: skip
    details = found.details
    if details.organization_id is None:
        id = _enter(session, name=found.agency, now=now)
        details = Details(**{**vars(details), "organization_id": id, "agency": None})
        session.exec(
            update(RegistrationRow)
            .where(col(RegistrationRow.id) == number)
            .values(organization_id=id, agency=None)
            .execution_options(synchronize_session=False)
        )
    admit(
        session,
        team_id=found.team_id,
        user_id=found.user_id,
        details=details,
        groups=found.groups,
        seat_user_id=found.seat_user_id,
        by=by,
        now=now,
    )
    record(session, "registration.approved", actor=by, now=now, subject=found.user_id, number=str(number))  # fmt: skip
    return find_registration(session, number)


def decline(
    session: Session, number: int, *, by: str, version: int | None, reason: str, now: datetime
) -> Registration:
    """
    Say no, and why. The person stays what they were.

    Raises:
        UnknownRequestError, OwnRequestError, DecidedError: as for `approve`.
    """
    found = _decide(session, number, state=RegistrationState.DECLINED, by=by, version=version, now=now, reason=reason)  # fmt: skip
    record(session, "registration.declined", actor=by, now=now, subject=found.user_id, number=str(number))  # fmt: skip
    return found


def question(
    session: Session, number: int, *, by: str, version: int, text: str, now: datetime
) -> Registration:
    """
    Put a question to the asker, in the place of one that was there.

    Args:
        version: that was looked at: a new question takes the answer to an old one along.
    Raises:
        UnknownRequestError, OwnRequestError, DecidedError: as for `approve`.
    """
    own_row(session, lock=True)
    found = find_registration(session, number)
    if found.user_id == by:
        raise OwnRequestError
    done = session.exec(
        update(RegistrationRow)
        .where(
            col(RegistrationRow.id) == number,
            col(RegistrationRow.state) == RegistrationState.ASKED.value,
            col(RegistrationRow.version) == version,
        )
        .values(question=text, answer=None, version=col(RegistrationRow.version) + 1)
        .execution_options(synchronize_session=False)
    )
    if not done.rowcount:
        raise DecidedError(number)
    record(session, "registration.questioned", actor=by, now=now, subject=found.user_id, number=str(number))  # fmt: skip
    return find_registration(session, number)


def withdraw(session: Session, *, team_id: str, user_id: str, now: datetime) -> bool:
    """
    Take a person's own request back. Return False if none of theirs waits.
    """
    return let_go_of(session, team_id=team_id, user_id=user_id, now=now, by=user_id)


def let_go_of(
    session: Session, *, team_id: str, user_id: str, now: datetime, by: str | None = None
) -> bool:
    """
    Close what somebody asked who cannot be a member now, and have its messages say so.
    Return False if nothing of theirs waits.

    Args:
        by: who does it, for the audit; None: it is not to be in it.
    """
    own_row(session, lock=True)
    found = latest_of(session, team_id=team_id, user_id=user_id)
    if found is None or found.state is not RegistrationState.ASKED:
        return False
    _close(session, found, state=RegistrationState.WITHDRAWN, by=by or user_id, version=None, now=now)  # fmt: skip
    if by is not None:
        record(session, "registration.withdrawn", actor=by, now=now, subject=user_id, number=str(found.number))  # fmt: skip
    return True


def _decide(
    session: Session,
    number: int,
    *,
    state: RegistrationState,
    by: str,
    version: int | None,
    now: datetime,
    reason: str | None = None,
) -> Registration:
    own_row(session, lock=True)
    found = find_registration(session, number)
    if found.user_id == by:
        raise OwnRequestError
    _close(session, found, state=state, by=by, version=version, now=now, reason=reason)
    return find_registration(session, number)


def _close(
    session: Session,
    found: Registration,
    *,
    state: RegistrationState,
    by: str,
    version: int | None,
    now: datetime,
    reason: str | None = None,
) -> None:
    # One conditional UPDATE: of two who decide at once the second changes nothing.
    where = [
        col(RegistrationRow.id) == found.number,
        col(RegistrationRow.state) == RegistrationState.ASKED.value,
    ]
    if version is not None:
        where.append(col(RegistrationRow.version) == version)
    done = session.exec(
        update(RegistrationRow)
        .where(*where)
        .values(
            state=state.value,
            open_person_id=None,
            decided_by=by,
            decided_at=now,
            reason=reason,
            question=None,
            answer=None,
        )
        .execution_options(synchronize_session=False)
    )
    if not done.rowcount:
        raise DecidedError(found.number)
    ask_for_edits(session, kind=WAITS, occasion=f"{found.number}:", now=now)


def _enter(session: Session, *, name: str, now: datetime) -> int:
    """
    Enter an agency in the directory, or find the one that is called so.
    """
    for row in session.exec(select(Organization).where(col(Organization.retired_at).is_(None))):
        if row.name.casefold() == name.casefold():
            return row.id or 0
    key = f"entered-{sha256(name.casefold().encode()).hexdigest()[:12]}"
    new = add_new(
        session,
        Organization,
        key=key,
        name=name,
        aliases=[],
        source_id=entered_source(session, now=now),
        place="A member's registration",
        as_of=local_day(session, now),
        position=10_000,
    )
    if new:
        count_change(session)
    else:  # it was entered once, and retired since
        edit(session, "organization", key, changes={}, now=now, retired=False)
    return session.exec(select(Organization.id).where(Organization.key == key)).one() or 0


def _select(session: Session, *where: object) -> tuple[Registration, ...]:
    query = (
        select(RegistrationRow, Person)
        .join(Person, col(RegistrationRow.person_id) == col(Person.id))
        .where(*where)  # type: ignore[arg-type]
        .order_by(col(RegistrationRow.id))
        .execution_options(populate_existing=True)
    )
    rows = session.exec(query).all()
    names = agency_names(session, *(row.organization_id for row, _ in rows))
    return tuple(
        Registration(
            number=row.id or 0,
            team_id=person.team_id,
            user_id=person.user_id,
            details=details_of(row),
            agency=names.get(row.organization_id or 0) or row.agency or "",
            groups=tuple(row.groups),
            seat_user_id=row.seat_user_id,
            state=RegistrationState(row.state),
            version=row.version,
            question=row.question,
            answer=row.answer,
            asked_at=row.asked_at,
            decided_at=row.decided_at,
            decided_by=row.decided_by,
            reason=row.reason,
        )
        for row, person in rows
    )
