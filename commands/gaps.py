"""
/ht gaps: the trends and gaps the partners see, and what is done about each.
"""

from commands.citing import cite
from commands.contract import Command, Reply, Request, Standing
from commands.topics import chosen, listed, page
from storage.session import Session
from storage.topics import topics


def handle(request: Request, session: Session) -> Reply:
    gaps = topics(session, "gap")
    if request.text:
        return page(chosen(request.text, gaps, verb="gaps"), verb="gaps", back="All gaps")
    notes = dict.fromkeys(gap.note for gap in gaps if gap.note)
    return Reply(
        title="Key trends and gaps",
        parts=listed(gaps, verb="gaps", numbered=True),
        notes=(*cite(each.provenance for each in gaps), *notes),
        again="gaps",
    )


COMMAND = Command(
    verb="gaps",
    usage="gaps [number | words]",
    summary="Eight trends and gaps, with the responses to each.",
    aliases=(
        "gap", "trends", "trend", "trends and gaps", "challenges", "challenge", "problems", "brechas",
        "tendencias",
    ),
    examples=("gaps", "gaps 3", "gaps shelter"),
    who=Standing.MEMBER,
    public=True,
    menu="Gaps",
    handle=handle,
)  # fmt: skip
