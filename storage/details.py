"""
What a person says of themself: the same in a request and of a member.
"""

from dataclasses import dataclass, field
from typing import Any

from sqlmodel import col, select

from storage.kept import kept
from storage.models import Details as DetailsRow
from storage.models import Language, Organization
from storage.session import Session

MEMBERS, COORDINATORS = "members", "coordinators"  # who may see


@dataclass(frozen=True, kw_only=True)
class Details:
    """
    Attributes:
        organization_id: of the directory; None where it does not list their agency.
        agency: its name as typed, where the directory does not list it.
        title: what they do there.
        languages: keys.
        contact_visibility: who may open the work contact.
        listed: who sees them in member lists.
    """

    name: str
    organization_id: int | None = None
    agency: str | None = None
    title: str
    languages: tuple[str, ...] = ()
    email: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)
    contact_visibility: str = COORDINATORS
    listed: str = COORDINATORS


def columns(details: Details) -> dict[str, Any]:
    """
    Return *details* as the columns of a row.
    """
    return vars(details) | {"languages": list(details.languages)}


def details_of(row: DetailsRow) -> Details:
    return Details(
        name=row.name,
        organization_id=row.organization_id,
        agency=row.agency,
        title=row.title,
        languages=tuple(row.languages),
        email=row.email,
        phone=row.phone,
        contact_visibility=row.contact_visibility,
        listed=row.listed,
    )


def agency_names(session: Session, *ids: int | None) -> dict[int, str]:
    """
    Return the names of agencies by their rows.
    """
    wanted = {each for each in ids if each is not None}
    query = select(Organization).where(col(Organization.id).in_(wanted))
    return {row.id or 0: row.name for row in session.exec(query)} if wanted else {}


@kept
def language_names(session: Session) -> dict[str, str]:
    """
    Return the languages that the directory knows, key -> name.
    """
    query = select(Language).where(col(Language.retired_at).is_(None))
    return {row.key: row.name for row in session.exec(query.order_by(col(Language.position)))}
