"""
/ht prevention: the three tiers, and the four levels with their risk and protective factors.
"""

from commands.citing import cite
from commands.contract import Command, Heading, Reply, Request, Standing, Text
from commands.speech import phrase, say
from commands.topics import chosen, listed, page
from storage.session import Session
from storage.topics import topics


def handle(request: Request, session: Session) -> Reply:
    tiers, levels = topics(session, "tier"), topics(session, "level")
    if request.text:
        topic = chosen(request.text, [*tiers, *levels], verb="prevention")
        return page(topic, verb="prevention", back=say("All of prevention"))
    closing = topics(session, "closing")
    return Reply(
        title=say("Human trafficking prevention"),
        parts=(
            Heading(text=say("Three tiers")),
            *listed(tiers, verb="prevention"),
            Heading(text=say("Socio-ecological model: four levels of risk and protective factors")),
            *listed(levels, verb="prevention"),
            *(Text(text=each.title) for each in closing),
        ),
        notes=cite(each.provenance for each in (*tiers, *levels, *closing)),
        again="prevention",
    )


COMMAND = Command(
    verb="prevention",
    usage="prevention [tier | level]",
    summary=phrase("Prevention: three tiers, and risk and protective factors at four levels."),
    aliases=(
        "prevent", "preventing", "risk factors", "risk factor", "risks", "protective factors", "protective",
        "socio ecological model", "ecological", "tiers", "levels", "prevencion",
    ),
    subjects=("tier", "level"),
    examples=("prevention", "prevention primary", "prevention community"),
    who=Standing.MEMBER,
    public=True,
    menu=phrase("Prevention"),
    alike=True,
    handle=handle,
)  # fmt: skip
