"""
The source of what people of the task force enter themselves.
"""

from datetime import datetime

from sqlmodel import select

from storage.models import Source
from storage.scope import add_new
from storage.session import Session
from storage.task_forces import local_day

KEY = "entered"


def entered_source(session: Session, *, now: datetime) -> int:
    """
    Return the row of that source, made if it is not there yet.
    """
    day = local_day(session, now)
    add_new(session, Source, key=KEY, title="Entered by the task force", kind="entered", as_of=day, position=0)  # fmt: skip
    found = session.exec(select(Source.id).where(Source.key == KEY)).one()
    return found or 0
