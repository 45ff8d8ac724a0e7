"""
/ht about: what this bot is, what it is not, and what it keeps.
"""

from commands.contract import Button, Command, Heading, Reply, Request, Standing, Text
from commands.hotline import NO_DETAILS, SPANISH
from commands.reviewing import reviews
from commands.speech import phrase, say
from storage.session import Session
from storage.sources import sources

WHAT = phrase(
    "A bot for the members of the {task_force}. It gives the hotlines, looks up partners and "
    "answers from the county's deck and from public pages. It writes no text of its own: every "
    "answer is a stored fact with its source and date."
)
KEEPS = phrase(
    "The bot does not record who looked up what. Slack itself keeps what you type, and your "
    "workspace's administrators may be able to read it."
)
PUBLIC = phrase(
    "The county's deck is a public document: it can be read elsewhere, small counts included. "
    "What this bot withholds, it withholds from its own answers only, and it does not protect "
    "against agencies that pool what they know."
)
UNREVIEWED = phrase("No lawyer has reviewed this bot, and no certified translator its Spanish.")
NO_LAWYER = phrase("No lawyer has reviewed this bot.")
RECOGNISES = phrase(
    "It recognises labelled details, such as a date of birth or a case number; it cannot recognise a bare name."
)


def handle(request: Request, session: Session) -> Reply:
    memory = request.memory
    dated = ", ".join(
        say("{title} ({as_of:%b %Y})", title=each.title, as_of=each.as_of)
        for each in sources(session)
        if each.kind == "deck"
    )
    unreviewed = say(NO_LAWYER if SPANISH in memory.reviewed else UNREVIEWED)
    return Reply(
        title=say("About this bot"),
        parts=(
            Text(text=say(WHAT, task_force=memory.task_force)),
            Heading(text=say("Not a reporting line")),
            Text(text=say(NO_DETAILS)),
            Heading(text=say("What is kept")),
            Text(text=say(KEEPS)),
            Heading(text=say("What is withheld")),
            Text(text=say(PUBLIC)),
            Heading(text=say("What nobody has checked")),
            Text(text=f"{unreviewed} {say(RECOGNISES)}"),
            *(Text(text=each) for each in reviews(memory)),
        ),
        notes=(say("Facts: {dated}, and pages listed in sources.", dated=dated),) if dated else (),
        buttons=(
            Button(label=say("Sources"), command="sources"),
            Button(label=say("Hotlines"), command="hotline"),
        ),
        again="about",
    )


COMMAND = Command(
    verb="about",
    usage="about",
    summary=phrase("What this bot is, what it keeps, and what it is not."),
    aliases=(
        "privacy", "info", "information", "who are you", "what are you", "what is this", "bot", "version",
        "acerca", "acerca de", "privacidad",
    ),
    examples=("about",),
    who=Standing.MEMBER,
    public=True,
    menu=phrase("About"),
    alike=True,
    handle=handle,
)  # fmt: skip
