"""
/ht models: the models and principles that guide the work.
"""

from commands.citing import cite
from commands.contract import Bullets, Command, Heading, Reply, Request, Standing
from commands.speech import phrase, say
from storage.session import Session
from storage.topics import topics


def handle(request: Request, session: Session) -> Reply:
    models, principles = topics(session, "model"), topics(session, "principle")
    return Reply(
        title=say("Models and principles to stop human trafficking"),
        parts=(
            Heading(text=say("{number} models", number=len(models))),
            Bullets(items=tuple(_said(each.title, each.text) for each in models)),
            Heading(text=say("{number} principles", number=len(principles))),
            Bullets(items=tuple(_said(each.title, each.text) for each in principles)),
        ),
        notes=cite(each.provenance for each in (*models, *principles)),
        again="models",
    )


def _said(title: str, text: str | None) -> str:
    return f"{title}: {text}" if text else title


COMMAND = Command(
    verb="models",
    usage="models",
    summary=phrase("The four models and nine principles of the work."),
    aliases=(
        "model",
        "principles",
        "principle",
        "best practices",
        "best practice",
        "modelos",
        "principios",
    ),
    examples=("models",),
    who=Standing.MEMBER,
    public=True,
    menu=phrase("Models"),
    alike=True,
    handle=handle,
)
