"""
Tables. Imported by `storage` only; the rest of the code sees plain values.

Names are HSDS's (Open Referral 3.1) where HSDS has one: organization, service,
phone, contact, language, schedule, taxonomy_term, funding.
"""

from storage.models.base import (
    Json,
    Scoped,
    TaskForce,
    UtcDateTime,
)
from storage.models.broadcasts import Broadcast, BroadcastReader, BroadcastState
from storage.models.deliveries import (
    Delivery,
    Preference,
    Series,
)
from storage.models.directory import (
    Change,
    Correction,
    Custodian,
    ImportBatch,
    Offering,
    Schedule,
)
from storage.models.facts import (
    Collaborative,
    Contact,
    Duty,
    Fact,
    Funding,
    GlossaryTerm,
    Hotline,
    Language,
    Organization,
    Phone,
    Service,
    Source,
    Subcommittee,
    TaxonomyTerm,
    Topic,
    TopicPoint,
)
from storage.models.people import (
    AuditEntry,
    Details,
    Member,
    Person,
    Receipt,
    Registration,
    RegistrationState,
    Role,
    RoleName,
    Seat,
)
from storage.models.processes import Process
from storage.models.statistics import (
    Release,
    ReleaseCell,
    ReleaseState,
    SealedCounts,
    StatisticSeries,
)

__all__ = [
    "AuditEntry",
    "Broadcast",
    "BroadcastReader",
    "BroadcastState",
    "Change",
    "Collaborative",
    "Contact",
    "Correction",
    "Custodian",
    "Delivery",
    "Details",
    "Duty",
    "Fact",
    "Funding",
    "GlossaryTerm",
    "Hotline",
    "ImportBatch",
    "Json",
    "Language",
    "Member",
    "Offering",
    "Organization",
    "Person",
    "Phone",
    "Preference",
    "Process",
    "Receipt",
    "Registration",
    "RegistrationState",
    "Release",
    "ReleaseCell",
    "ReleaseState",
    "Role",
    "RoleName",
    "Schedule",
    "Scoped",
    "SealedCounts",
    "Seat",
    "Series",
    "Service",
    "Source",
    "StatisticSeries",
    "Subcommittee",
    "TaskForce",
    "TaxonomyTerm",
    "Topic",
    "TopicPoint",
    "UtcDateTime",
]
