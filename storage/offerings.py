"""
Offerings: which of the listed services which agency says it offers, and when it is open.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

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


def offerings(session: Session) -> tuple[Offered, ...]:
    """
    Return what is offered, by service and agency in the pack's order.
    """
    services = {row.id: (place, row) for place, (row, _) in enumerate(served(session, Service))}
    agencies = {
        row.id: (place, row) for place, (row, _) in enumerate(served(session, Organization))
    }
    persons = {each.key: each.name for each in persons_served(session)}
    languages = {each.key: each.name for each in languages_spoken(session)}
    zone = ZoneInfo(
        session.exec(
            select(TaskForce.timezone).where(TaskForce.id == session.info["task_force_id"])
        ).one()
    )
    found = []
    for row in session.exec(select(Offering).order_by(col(Offering.id))):
        if row.service_id not in services or row.organization_id not in agencies:
            continue
        service_place, service = services[row.service_id]
        agency_place, agency = agencies[row.organization_id]
        offered = Offered(
            organization=agency.key,
            organization_name=agency.name,
            service=service.key,
            service_name=service.name,
            persons=tuple(persons[key] for key in row.persons if key in persons),
            languages=tuple(languages[key] for key in row.languages if key in languages),
            said_on=row.said_at.astimezone(zone).date(),
        )
        found.append(((service_place, agency_place), offered))
    return tuple(offered for _, offered in sorted(found, key=lambda each: each[0]))


def by_organization(session: Session) -> Mapping[str, tuple[Offered, ...]]:
    """
    Return what is offered, by the key of the agency.
    """
    found: dict[str, list[Offered]] = defaultdict(list)
    for each in offerings(session):
        found[each.organization].append(each)
    return {key: tuple(every) for key, every in found.items()}


def opening_hours(session: Session) -> Mapping[str, Hours]:
    """
    Return when each agency can be reached, by its key.
    """
    query = select(Schedule, Organization.key).join(
        Organization, col(Schedule.organization_id) == col(Organization.id)
    )
    return {
        key: Hours(
            byday=tuple(row.byday),
            opens_at=row.opens_at,
            closes_at=row.closes_at,
            description=row.description,
        )
        for row, key in session.exec(query)
    }


def listed_services(session: Session) -> tuple[Term, ...]:
    """
    Return the services of the list that agencies choose from.
    """
    return tuple(
        Term(key=row.key, name=row.name)
        for row, _ in served(session, Service, col(Service.organization_id).is_(None))
    )


def persons_served(session: Session) -> tuple[Term, ...]:
    return tuple(
        Term(key=row.key, name=row.name)
        for row, _ in served(session, TaxonomyTerm, col(TaxonomyTerm.taxonomy) == "hotline-person")
    )


def languages_spoken(session: Session) -> tuple[Term, ...]:
    return tuple(Term(key=row.key, name=row.name) for row, _ in served(session, Language))
