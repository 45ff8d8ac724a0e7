"""
/ht gaps: the trends and gaps the partners see, and what is done about each.
"""

from commands.citing import cite
from commands.contract import (
    Bullets,
    Button,
    Command,
    Heading,
    Part,
    Reply,
    Request,
    Standing,
    Text,
)
from commands.match import key_words
from commands.offers import said
from commands.speech import phrase, say
from commands.topics import chosen, listed, page
from storage.offerings import Offered, listed_services, offerings
from storage.services import service_groups
from storage.session import Session
from storage.topics import topics


def handle(request: Request, session: Session) -> Reply:
    if key_words(request.text) == ("service",):
        return _services(session)
    gaps = topics(session, "gap")
    if request.text:
        return page(chosen(request.text, gaps, verb="gaps"), verb="gaps", back=say("All gaps"))
    notes = dict.fromkeys(gap.note for gap in gaps if gap.note)
    return Reply(
        title=say("Key trends and gaps"),
        parts=listed(gaps, verb="gaps", numbered=True),
        notes=(*cite(each.provenance for each in gaps), *notes),
        buttons=(Button(label=say("Services few offer"), command="gaps services"),),
        again="gaps",
    )


def _services(session: Session) -> Reply:
    """
    Show which of the listed services nobody says they offer, and which only one agency.
    """
    agencies: dict[str, list[Offered]] = {}
    for each in offerings(session):
        agencies.setdefault(each.service, []).append(each)
    listed = listed_services(session)
    nobody = tuple(each.name for each in listed if each.key not in agencies)
    alone = tuple(
        f"{each.name}: {only.organization_name} – {said(only)}"
        for each in listed
        if len(agencies.get(each.key, ())) == 1
        for only in agencies[each.key]
    )
    parts: list[Part] = []
    if nobody:
        parts += [Heading(text=say("No agency says it offers")), Bullets(items=nobody)]
    if alone:
        parts += [Heading(text=say("Only one agency says it offers")), Bullets(items=alone)]
    every = say("Every listed service is offered by two agencies or more.")
    asked = len({each.organization for found in agencies.values() for each in found})
    return Reply(
        title=say("Gaps in services"),
        parts=tuple(parts) or (Text(text=every),),
        notes=(
            *cite(group.provenance for group in service_groups(session)),
            (
                say(
                    "Agencies that said what they offer: {asked}. Others may offer a service and have "
                    "not said so yet.",
                    asked=asked,
                )
            ),
        ),
        buttons=(Button(label=say("Services"), command="services"),),
        again="gaps services",
    )


COMMAND = Command(
    verb="gaps",
    usage="gaps [number | words | services]",
    summary=phrase("Eight trends and gaps with the responses, and the services that nobody or one agency offers."),
    aliases=(
        "gap", "trends", "trend", "trends and gaps", "challenges", "challenge", "problems", "brechas",
        "tendencias", "carencias",),
    examples=("gaps", "gaps 3", "gaps shelter", "gaps services"),
    who=Standing.MEMBER,
    public=True,
    menu=phrase("Gaps"),
    alike=True,
    handle=handle,
)  # fmt: skip
