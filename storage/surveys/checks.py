"""
How often somebody may have totals compared with what another one of their agency entered:
each comparison says a little of it.
"""

from collections.abc import Collection
from datetime import datetime, time
from zoneinfo import ZoneInfo

from sqlmodel import col, select

from storage import audit
from storage.errors import OftenCheckedError
from storage.models import AuditEntry
from storage.session import Session
from storage.surveys.cycles import Cycle
from storage.surveys.shapes import sums
from storage.surveys.values import Labels
from storage.task_forces import local_day, task_force

MOST = 3  # a day, of one person for one agency, over all surveys
CHECKED = "survey.checked"


def count_check(
    session: Session, cycle: Cycle, key: str, *, typed: Collection[Labels], by: str, now: datetime
) -> None:
    """
    Note that the totals of an agency's answer are compared, whether they fit or not: unless
    all that they are compared with is typed at the same time.

    Args:
        key: of the agency.
    Raises:
        OftenCheckedError: if that was done as often as it may be. Nothing was compared.
    """
    if cycle.table is None or not any(sums(cycle.table.dims)) or not set(cycle.cells) - set(typed):
        return
    zone = ZoneInfo(task_force(session).timezone)
    since = datetime.combine(local_day(session, now), time(), zone)
    today = session.exec(
        select(AuditEntry.details).where(
            AuditEntry.act == CHECKED, AuditEntry.actor == by, col(AuditEntry.at) >= since
        )
    )
    if sum(details.get("organization") == key for details in today) >= MOST:
        raise OftenCheckedError(cycle.number)
    audit.record(
        session, CHECKED, actor=by, now=now, subject=f"survey:{cycle.number}", organization=key
    )
