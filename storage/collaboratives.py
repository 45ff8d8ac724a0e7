"""
Collaboratives and their subcommittees.
"""

import secrets
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import select

from storage.audit import record
from storage.entered import entered_source
from storage.errors import NameTakenError, UnknownFactError
from storage.facts import count_change, edit
from storage.kept import kept
from storage.models import Collaborative as CollaborativeRow
from storage.models import Organization
from storage.models import Subcommittee as SubcommitteeRow
from storage.provenance import Provenance, columns_served, served
from storage.session import Session
from storage.task_forces import local_day


@dataclass(frozen=True, kw_only=True)
class Subcommittee:
    """
    Attributes:
        proposed: our suggestion from the deck's projects and gaps, not yet confirmed.
        roster: who may know who sits there: "members" or "coordinators".
    """

    key: str
    name: str
    purpose: str | None
    proposed: bool
    roster: str
    provenance: Provenance


@dataclass(frozen=True, kw_only=True)
class Collaborative:
    """
    Attributes:
        size: as printed, "over 40 agencies", or None.
        leadership: as printed, "Co-led by".
        leads: names of the organizations that lead it; `note` says what is missing.
    """

    key: str
    name: str
    alternate_name: str | None
    purpose: str
    size: str | None
    leadership: str
    leads: tuple[str, ...]
    note: str | None
    aliases: tuple[str, ...]
    subcommittees: tuple[Subcommittee, ...]
    provenance: Provenance


@kept
def collaboratives(session: Session) -> tuple[Collaborative, ...]:
    names: dict[str, str] = dict(
        columns_served(session, Organization, Organization.key, Organization.name)
    )
    seats = defaultdict(list)
    for row, provenance in served(session, SubcommitteeRow):
        seats[row.collaborative_id].append(
            Subcommittee(
                key=row.key,
                name=row.name,
                purpose=row.purpose,
                proposed=row.proposed,
                roster=row.roster,
                provenance=provenance,
            )
        )
    return tuple(
        Collaborative(
            key=row.key,
            name=row.name,
            alternate_name=row.alternate_name,
            purpose=row.purpose,
            size=row.size,
            leadership=row.leadership,
            leads=tuple(names[key] for key in row.leads if key in names),
            note=row.note,
            aliases=tuple(row.aliases),
            subcommittees=tuple(seats[row.id or 0]),
            provenance=provenance,
        )
        for row, provenance in served(session, CollaborativeRow)
    )


def add_subcommittee(
    session: Session,
    *,
    collaborative: str,
    name: str,
    purpose: str | None,
    roster: str,
    by: str,
    now: datetime,
) -> str:
    """
    Add a subcommittee, and return its key.

    Raises:
        UnknownFactError: if there is no collaborative of this key.
        NameTakenError: if one that is served is called so.
    """
    row = session.exec(
        select(CollaborativeRow.id).where(CollaborativeRow.key == collaborative)
    ).one_or_none()
    if row is None:
        raise UnknownFactError("collaborative", collaborative)
    _check_name(session, name, but=None)
    key = f"entered-{secrets.token_hex(6)}"
    session.add(
        SubcommitteeRow(
            key=key,
            collaborative_id=row,
            name=name,
            purpose=purpose,
            roster=roster,
            source_id=entered_source(session, now=now),
            place="Entered by coordinators",
            as_of=local_day(session, now),
            position=10_000,
        )
    )
    session.flush()
    count_change(session)
    record(session, "subcommittee.added", actor=by, now=now, subject=f"subcommittee:{key}")
    return key


def change_subcommittee(
    session: Session,
    key: str,
    *,
    by: str,
    now: datetime,
    retired: bool | None = None,
    **changes: str | bool | None,
) -> bool:
    """
    Change a subcommittee: its name, purpose, roster, or that it is only proposed. Return
    False if all of it was so.

    Args:
        retired: whether it is served no longer; None leaves it as it is.
    Raises:
        UnknownFactError: if there is none.
        NameTakenError: if another that is served is called so.
    """
    if isinstance(name := changes.get("name"), str):
        _check_name(session, name, but=key)
    changed = edit(session, "subcommittee", key, changes=changes, now=now, retired=retired)
    if changed:
        act = "subcommittee.retired" if retired else "subcommittee.changed"
        told = {"roster": str(changes["roster"])} if "roster" in changes else {}
        record(session, act, actor=by, now=now, subject=f"subcommittee:{key}", **told)
    return changed


def _check_name(session: Session, name: str, *, but: str | None) -> None:
    for row, _ in served(session, SubcommitteeRow):
        if row.key != but and row.name.casefold() == name.casefold():
            raise NameTakenError(name)
