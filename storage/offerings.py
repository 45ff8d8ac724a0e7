"""
Offerings: which of the listed services which agency says it offers, and when it is open.
"""

from dataclasses import dataclass
from datetime import date, time
from zoneinfo import ZoneInfo

from sqlmodel import col, select

from storage.kept import kept
from storage.models import (
    Language,
    Offering,
    Organization,
    Schedule,
    Service,
    TaskForce,
    TaxonomyTerm,
)
from storage.provenance import served
from storage.session import Session


@dataclass(frozen=True, kw_only=True)
class Offered:
    """
    A service an agency says it offers.

    Attributes:
        organization, service: keys.
        persons: for whom: names; empty: for everybody.
        languages: names; empty: not said.
        said_on: the day it said so, where the task force is.
    """

    organization: str
    organization_name: str
    service: str
    service_name: str
    persons: tuple[str, ...]
    languages: tuple[str, ...]
    said_on: date


@dataclass(frozen=True, kw_only=True)
class Hours:
    """
    When an agency can be reached.

    Attributes:
        byday: RFC 5545's, Monday first: "MO", "TU" …
    """

    byday: tuple[str, ...]
    opens_at: time | None
    closes_at: time | None
    description: str | None


@dataclass(frozen=True, kw_only=True)
class Term:
    """
    Something to choose: a service, a person, a language.
    """

    key: str
    name: str


def offerings(session: Session, *, organization: str | None = None) -> tuple[Offered, ...]:
    """
    Return what is offered, by service and agency in the pack's order.

    Args:
        organization: only what the agency with this key offers; None: everything.
    """
    persons = {each.key: each.name for each in persons_served(session)}
    languages = {each.key: each.name for each in languages_spoken(session)}
    zone = ZoneInfo(
        session.exec(
            select(TaskForce.timezone).where(TaskForce.id == session.info["task_force_id"])
        ).one()
    )
    query = (
        select(Offering, Service, Organization)
        .join(Service, col(Offering.service_id) == col(Service.id))
        .join(Organization, col(Offering.organization_id) == col(Organization.id))
        .where(col(Service.retired_at).is_(None), col(Organization.retired_at).is_(None))
        .order_by(
            col(Service.position),
            col(Service.id),
            col(Organization.position),
            col(Organization.id),
        )
    )
    if organization is not None:
        query = query.where(Organization.key == organization)
    return tuple(
        Offered(
            organization=agency.key,
            organization_name=agency.name,
            service=service.key,
            service_name=service.name,
            persons=tuple(persons[key] for key in row.persons if key in persons),
            languages=tuple(languages[key] for key in row.languages if key in languages),
            said_on=row.said_at.astimezone(zone).date(),
        )
        for row, service, agency in session.exec(query)
    )


def opening_hours(session: Session, organization: str) -> Hours | None:
    """
    Return when the agency with this key can be reached; None: it does not say.
    """
    row = session.exec(
        select(Schedule)
        .join(Organization, col(Schedule.organization_id) == col(Organization.id))
        .where(col(Organization.key) == organization)
    ).one_or_none()
    if row is None:
        return None
    return Hours(
        byday=tuple(row.byday),
        opens_at=row.opens_at,
        closes_at=row.closes_at,
        description=row.description,
    )


@kept
def listed_services(session: Session) -> tuple[Term, ...]:
    """
    Return the services of the list that agencies choose from.
    """
    return tuple(
        Term(key=row.key, name=row.name)
        for row, _ in served(session, Service, col(Service.organization_id).is_(None))
    )


@kept
def persons_served(session: Session) -> tuple[Term, ...]:
    return tuple(
        Term(key=row.key, name=row.name)
        for row, _ in served(session, TaxonomyTerm, col(TaxonomyTerm.taxonomy) == "hotline-person")
    )


@kept
def languages_spoken(session: Session) -> tuple[Term, ...]:
    return tuple(Term(key=row.key, name=row.name) for row, _ in served(session, Language))
