"""
/ht about: what this bot is, what it is not, and what it keeps.
"""

from commands.contract import Button, Command, Heading, Reply, Request, Standing, Text
from commands.hotline import NO_DETAILS
from storage.session import Session
from storage.sources import sources

WHAT = (
    "A bot for the members of the {task_force}. It gives the hotlines, looks up partners and "
    "answers from the county's deck and from public pages. It writes no text of its own: every "
    "answer is a stored fact with its source and date."
)
KEEPS = (
    "The bot does not record who looked up what. Slack itself keeps what you type, and your "
    "workspace's administrators may be able to read it."
)
PUBLIC = (
    "The county's deck is a public document: it can be read elsewhere, small counts included. "
    "What this bot withholds, it withholds from its own answers only, and it does not protect "
    "against agencies that pool what they know."
)
UNREVIEWED = (
    "No lawyer has reviewed this bot, and no certified translator its Spanish. "
    "It recognises labelled details, such as a date of birth or a case number; it cannot recognise a bare name."
)


def handle(request: Request, session: Session) -> Reply:
    memory = request.memory
    dated = ", ".join(
        f"{each.title} ({each.as_of:%b %Y})" for each in sources(session) if each.kind == "deck"
    )
    return Reply(
        title="About this bot",
        parts=(
            Text(text=WHAT.format(task_force=memory.task_force)),
            Heading(text="Not a reporting line"),
            Text(text=NO_DETAILS),
            Heading(text="What is kept"),
            Text(text=KEEPS),
            Heading(text="What is withheld"),
            Text(text=PUBLIC),
            Heading(text="What nobody has checked"),
            Text(text=UNREVIEWED),
        ),
        notes=(f"Facts: {dated}, and pages listed in sources.",) if dated else (),
        buttons=(
            Button(label="Sources", command="sources"),
            Button(label="Hotlines", command="hotline"),
        ),
        again="about",
    )


COMMAND = Command(
    verb="about",
    usage="about",
    summary="What this bot is, what it keeps, and what it is not.",
    aliases=(
        "privacy", "info", "information", "who are you", "what are you", "what is this", "bot", "version",
        "acerca", "acerca de", "privacidad",
    ),
    examples=("about",),
    who=Standing.MEMBER,
    public=True,
    menu="About",
    handle=handle,
)  # fmt: skip
