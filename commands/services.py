"""
/ht services: what a survivor may need, in the county's groups.
"""

from dataclasses import replace

from commands.citing import cite
from commands.contract import (
    Bullets,
    Button,
    Command,
    Entry,
    Heading,
    Part,
    Reply,
    Request,
    Standing,
    Text,
    UserError,
)
from commands.match import corrected, find, holds, key_words, mentioned, named
from commands.offers import offer
from commands.speech import phrase, say
from commands.wishes import wished
from storage.hotlines import Choice
from storage.offerings import Offered, offerings
from storage.services import ServiceGroup, service_groups
from storage.session import Session

WHO = phrase("No agency has said yet that it offers one of these. Ask a coordinator.")
SOME = phrase(
    "Agencies say which of these they offer: press a group, or type a word, for example `/ht services housing`."
)
NOT_IN = phrase(
    "No agency says it offers this in {languages}. These do not say so, or speak others:"
)


def handle(request: Request, session: Session) -> Reply:
    groups = service_groups(session)
    offered = offerings(session)
    asked_for, languages = _spoken(request)
    if not request.text:
        return _reply(say("Comprehensive services"), groups, again="services", said=_some(offered))
    every = [(each, (each.name, *each.aliases)) for group in groups for each in group.services]
    if named(request.text, every):  # "interpreter" is a service too
        asked_for, languages = request.text, ()
    if languages and not asked_for:
        return _in_language(groups, offered, languages)
    exact = named(asked_for, every)
    by_name = [(each, (each.name, each.key, *each.aliases)) for each in groups]
    group = None if exact else find(asked_for, by_name).best
    spoken = " ".join(each.key for each in languages)
    if group:
        return _reply(
            say("Services: {name}", name=group.name),
            (group,),
            again=f"services {group.key} {spoken}".strip(),
            said=_who((group,), offered, languages),
        )
    asked = corrected(key_words(asked_for), [name for _, names in every for name in names])
    found = exact or tuple(each for each, names in every if asked and holds(asked, names))
    if not found:
        wish = wished(request.text, request.memory)
        raise UserError(
            say(
                "No service in our sources has all of these words. Press a group, or try one word, "
                "for example `/ht services housing`."
            ),
            buttons=(
                *(Button(label=each.name, command=f"services {each.key}") for each in groups),
                Button(label=say("Hotlines that may fit"), command=wish.command),
            ),
        )
    fitting = tuple(
        group
        for group in (
            replace(group, services=tuple(each for each in group.services if each in found))
            for group in groups
        )
        if group.services
    )
    return _reply(
        say("Services that match"),
        fitting,
        again=" ".join(["services", *(asked or ()), *spoken.split()]),
        said=_who(fitting, offered, languages),
    )


def _spoken(request: Request) -> tuple[str, tuple[Choice, ...]]:
    """
    Return *request* without the languages it names, and these: "housing spanish".
    """
    known = [(each, (each.key, each.name, *each.aliases)) for each in request.memory.languages]
    found = mentioned(request.text, known)
    rest = [word for word in request.text.split() if not mentioned(word, known)]
    return " ".join(word for word in rest if word.casefold() not in {"in", "en"}), found


def _in_language(
    groups: tuple[ServiceGroup, ...], offered: tuple[Offered, ...], languages: tuple[Choice, ...]
) -> Reply:
    """
    Show whatever is offered in one of *languages*.
    """
    spoken = tuple(each for each in offered if _speaks(each, languages))
    names = _names(languages)
    return Reply(
        title=say("Services in {names}", names=names),
        parts=(
            _entries(spoken)
            if spoken
            else (Text(text=say("No agency says it offers a service in {names}.", names=names)),)
        ),
        notes=cite(group.provenance for group in groups),
        buttons=(Button(label=say("All services"), command="services"),),
        again=" ".join(["services", *(each.key for each in languages)]),
    )


def _who(
    groups: tuple[ServiceGroup, ...], offered: tuple[Offered, ...], languages: tuple[Choice, ...]
) -> tuple[Part, ...]:
    """
    Return who says they offer the services of *groups*, those who speak *languages* alone
    if any does.
    """
    keys = {each.key for group in groups for each in group.services}
    found = tuple(each for each in offered if each.service in keys)
    if not found:
        return (Text(text=say(WHO)),)
    spoken = tuple(each for each in found if _speaks(each, languages))
    if languages and not spoken:
        return (Text(text=say(NOT_IN, languages=_names(languages))), *_entries(found))
    heading = Heading(text=say("Agencies that say they offer it"))
    return (heading, *_entries(spoken if languages else found))


def _entries(offered: tuple[Offered, ...]) -> tuple[Part, ...]:
    by_agency: dict[str, list[Offered]] = {}
    for each in offered:
        by_agency.setdefault(each.organization, []).append(each)
    return tuple(
        Entry(
            title=every[0].organization_name,
            lines=tuple(f"{each.service_name} – {offer(each)}" for each in every),
            button=Button(label=say("Open"), command=f"partner {key}"),
        )
        for key, every in by_agency.items()
    )


def _some(offered: tuple[Offered, ...]) -> tuple[Part, ...]:
    return (Text(text=say(SOME) if offered else say(WHO)),)


def _speaks(offered: Offered, languages: tuple[Choice, ...]) -> bool:
    return any(each.name in offered.languages for each in languages)


def _names(languages: tuple[Choice, ...]) -> str:
    return " or ".join(each.name for each in languages)


def _reply(
    title: str, groups: tuple[ServiceGroup, ...], *, again: str, said: tuple[Part, ...]
) -> Reply:
    parts: list[Part] = []
    for group in groups:
        parts.append(Heading(text=group.name))
        parts.append(Bullets(items=tuple(service.name for service in group.services)))
    parts.extend(said)
    notes = dict.fromkeys(group.note for group in groups if group.note)
    return Reply(
        title=title,
        parts=tuple(parts),
        notes=(*cite(group.provenance for group in groups), *notes),
        buttons=(Button(label=say("Hotlines for services"), command="hotline services"),),
        again=again,
    )


COMMAND = Command(
    verb="services",
    usage="services [group | words] [language]",
    summary=phrase("The services a survivor may need, and which agencies say they offer them."),
    aliases=("service", "resources", "support", "supports", "servicios", "recursos", "apoyo"),
    examples=(
        "services",
        "services housing",
        "services legal",
        "services mental health",
        "services housing spanish",
    ),
    who=Standing.GUEST,
    public=True,
    menu=phrase("Services"),
    alike=True,
    handle=handle,
)
