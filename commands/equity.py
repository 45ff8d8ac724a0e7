"""
/ht equity: how the task force addresses racial inequity.
"""

from commands.citing import cite
from commands.contract import Command, Reply, Request, Standing
from commands.speech import phrase, say
from commands.topics import whole
from storage.session import Session
from storage.topics import topics


def handle(request: Request, session: Session) -> Reply:
    clusters = topics(session, "equity")
    return Reply(
        title=say("Addressing racial inequity"),
        parts=tuple(whole(clusters)),
        notes=cite(each.provenance for each in clusters),
        again="equity",
    )


COMMAND = Command(
    verb="equity",
    usage="equity",
    summary=phrase("Addressing racial inequity: three clusters of work."),
    aliases=(
        "inequity", "racial equity", "racial inequity", "race", "racism", "diversity", "inclusion", "dei",
        "equidad", "racial",
    ),
    examples=("equity",),
    who=Standing.MEMBER,
    public=True,
    menu=phrase("Equity"),
    alike=True,
    handle=handle,
)  # fmt: skip
