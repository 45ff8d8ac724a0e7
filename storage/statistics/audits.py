"""
What the auditor says of everything that is out, in verdicts.
"""

from dataclasses import dataclass

from storage.disclosure.audit import Finding, audit
from storage.disclosure.errors import DisclosureError
from storage.disclosure.report import SAID
from storage.session import Session
from storage.statistics.ledger import ledger, reasons
from storage.statistics.worlds import ledger_problem

WHILE_YOU_WAIT = 2000  # cells


@dataclass(frozen=True, kw_only=True)
class Verdicts:
    """
    Attributes:
        sentence: how many small counts are protected.
        leaks: cell and what of it can be worked out; never a value.
    """

    sentence: str
    leaks: tuple[tuple[str, str], ...]


def verdicts(session: Session) -> Verdicts:
    """
    Audit everything published against a reader from outside, from its marks alone.
    """
    problem = ledger_problem(ledger(session))
    if len(problem.cells) > WHILE_YOU_WAIT:
        return Verdicts(
            sentence=f"{len(problem.cells)} cells are out: too many to audit again while you wait. "
            "Each was audited beside everything then out when it was released:",
            leaks=(),
        )
    try:
        found = audit(problem)
    except DisclosureError as error:
        said = "; ".join(reasons(error))
        return Verdicts(sentence=f"Not audited now: {said}.", leaks=())
    leaks = tuple(
        (each.cell, SAID[each.finding])
        for each in found.cells
        if each.finding is not Finding.PROTECTED
    )
    every, kept = len(found.cells), len(found.cells) - len(leaks)
    return Verdicts(
        sentence=f"{every} cells hold a small count, or could: {kept} protected, {len(leaks)} not.",
        leaks=leaks,
    )
