"""
/ht techsafety: AI and technology abuse: dangers, cautions, solutions.
"""

from commands.citing import cite
from commands.contract import Button, Command, Reply, Request, Standing
from commands.speech import phrase, say
from commands.topics import whole
from storage.session import Session
from storage.topics import topics


def handle(request: Request, session: Session) -> Reply:
    parts = topics(session, "tech")
    return Reply(
        title=say("AI and technology abuse in human trafficking"),
        parts=tuple(whole(parts)),
        notes=cite(each.provenance for each in parts),
        buttons=(Button(label=say("Images online: who helps"), command="hotline image-abuse"),),
        again="techsafety",
    )


COMMAND = Command(
    verb="techsafety",
    usage="techsafety",
    summary=phrase("AI and technology abuse: dangers, cautions, solutions."),
    aliases=(
        "tech safety", "tech", "technology", "tech abuse", "ai", "artificial intelligence", "online safety",
        "internet safety", "deepfake", "deepfakes", "tecnologia", "inteligencia artificial",
    ),
    examples=("techsafety",),
    who=Standing.MEMBER,
    public=True,
    menu=phrase("Tech safety"),
    alike=True,
    handle=handle,
)  # fmt: skip
