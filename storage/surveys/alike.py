"""
Simple questions that were asked before: what came of two that are the same could be
subtracted, and the difference is what one agency said.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import col, select

from storage.models import CycleKind, CycleState, SurveyAgency, SurveyCycle
from storage.session import Session

# Two years apart are two figures, as in the statistics; nearer than this it is the same one
# of other agencies. The days are those on which they open: next year's may be a little earlier.
APART = timedelta(days=330)
NOTHING = "nothing"  # came of it, so nothing of it was shown


@dataclass(frozen=True, kw_only=True)
class Asked:
    """
    Attributes:
        text: of the question, as it is asked now.
        number: of the survey that asks the same of some of the same agencies.
        again_on: the first day on which it may be asked again.
        shown: whether what came of it was shown.
    """

    text: str
    number: int
    again_on: date
    shown: bool


def asked_before(
    session: Session,
    texts: Iterable[str],
    *,
    organizations: Iterable[int],
    opens_on: date,
    number: int | None,
) -> tuple[Asked, ...]:
    """
    Return which questions another survey asks some of the same agencies within a year.

    Args:
        opens_on: of the survey that asks them, whose *number* it is; None: it has none yet.
    """
    wanted = {plain(text): text for text in texts}
    found = []
    for other in _near(session, opens_on=opens_on, but=number):
        same = [wanted[key] for each in other.questions if (key := plain(each["text"])) in wanted]
        if same and _meet(session, other.id or 0, set(organizations)):
            found += [
                Asked(
                    text=text,
                    number=other.id or 0,
                    again_on=other.opens_on + APART,
                    shown=bool(other.results),
                )
                for text in same
            ]
    return tuple(found)


def plain(text: str) -> str:
    """
    Return what is left of a question without its dots and capitals.
    """
    letters = "".join(each if each.isalnum() else " " for each in text.casefold())
    return " ".join(letters.split())


def _near(session: Session, *, opens_on: date, but: int | None) -> Iterator[SurveyCycle]:
    query = (
        select(SurveyCycle)
        .where(
            SurveyCycle.kind == CycleKind.QUESTIONS.value,
            SurveyCycle.state != CycleState.CANCELLED.value,
            col(SurveyCycle.opens_on) > opens_on - APART,
            col(SurveyCycle.opens_on) < opens_on + APART,
            col(SurveyCycle.id) != (but or 0),
        )
        .order_by(col(SurveyCycle.id))
    )
    return (row for row in session.exec(query) if row.outcome != NOTHING)


def _meet(session: Session, number: int, organizations: set[int]) -> bool:
    theirs = session.exec(
        select(SurveyAgency.organization_id).where(SurveyAgency.cycle_id == number)
    )
    return bool(organizations & set(theirs))
