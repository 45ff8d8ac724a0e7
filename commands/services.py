"""
/ht services: what a survivor may need, in the county's groups.
"""

from dataclasses import replace

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
    UserError,
)
from commands.match import corrected, find, holds, key_words, named
from commands.wishes import wished
from storage.services import ServiceGroup, service_groups
from storage.session import Session

WHO = "Our sources do not say which agency offers which of these. Ask a coordinator."


def handle(request: Request, session: Session) -> Reply:
    groups = service_groups(session)
    if not request.text:
        return _reply("Comprehensive services", groups, again="services")
    every = [(each, (each.name, *each.aliases)) for group in groups for each in group.services]
    exact = named(request.text, every)
    by_name = [(each, (each.name, each.key, *each.aliases)) for each in groups]
    group = None if exact else find(request.text, by_name).best
    if group:
        return _reply(f"Services: {group.name}", (group,), again=f"services {group.key}")
    asked = corrected(key_words(request.text), [name for _, names in every for name in names])
    found = exact or tuple(each for each, names in every if asked and holds(asked, names))
    if not found:
        wish = wished(request.text, request.memory)
        raise UserError(
            "No service in our sources has all of these words. Press a group, or try one word, "
            "for example `/ht services housing`.",
            buttons=(
                *(Button(label=each.name, command=f"services {each.key}") for each in groups),
                Button(label="Hotlines that may fit", command=wish.command),
            ),
        )
    fitting = (
        replace(group, services=tuple(each for each in group.services if each in found))
        for group in groups
    )
    return _reply(
        "Services that match",
        tuple(group for group in fitting if group.services),
        again=" ".join(["services", *(asked or ())]),
    )


def _reply(title: str, groups: tuple[ServiceGroup, ...], *, again: str) -> Reply:
    parts: list[Part] = []
    for group in groups:
        parts.append(Heading(text=group.name))
        parts.append(Bullets(items=tuple(service.name for service in group.services)))
    parts.append(Text(text=WHO))
    notes = dict.fromkeys(group.note for group in groups if group.note)
    return Reply(
        title=title,
        parts=tuple(parts),
        notes=(*cite(group.provenance for group in groups), *notes),
        buttons=(Button(label="Hotlines for services", command="hotline services"),),
        again=again,
    )


COMMAND = Command(
    verb="services",
    usage="services [group | words]",
    summary="The services a survivor may need, by group or by words.",
    aliases=("service", "resources", "support", "supports", "servicios", "recursos", "apoyo"),
    examples=("services", "services housing", "services legal", "services mental health"),
    who=Standing.GUEST,
    public=True,
    menu="Services",
    handle=handle,
)
