"""
/ht partners: the agencies that the county's sources name.
"""

from commands.citing import cite
from commands.contract import Button, Command, Entry, Reply, Request, Standing, UserError
from commands.match import corrected, holds, key_words
from commands.speech import phrase, say
from storage.organizations import Partner, partners
from storage.session import Session


def handle(request: Request, session: Session) -> Reply:
    every = partners(session)
    wanted = key_words(request.text)
    asked = corrected(wanted, [text for each in every for text in _searched(each)])
    found = tuple(each for each in every if asked is not None and holds(asked, _searched(each)))
    if not found:
        raise UserError(
            say(
                "No partner in our sources has all of these words. Try fewer words, or `/ht partners` for all."
            ),
            buttons=(
                Button(label=say("All partners"), command="partners"),
                Button(label=say("Services"), command="services"),
            ),
        )
    return Reply(
        title=say("Partners")
        if not asked
        else say("Partners that match: {number}", number=len(found)),
        parts=tuple(
            entry(each)
            for each in sorted(found, key=lambda each: not holds(asked or (), names(each)))
        ),
        notes=(
            *cite(each.provenance for each in found),
            say("The agencies that our sources name; the task force has more than 40."),
        ),
        again=" ".join(["partners", *(asked or ())]),
    )


def entry(partner: Partner) -> Entry:
    """
    Return *partner* in a list: its name, what it is, and the way to its page.
    """
    lines = [
        say("Part of {parent}", parent=partner.parent) if partner.parent else None,
        about(partner),
    ]
    return Entry(
        title=called(partner),
        lines=tuple(filter(None, lines)),
        button=Button(
            label=say(
                "Open {alternate_name}", alternate_name=partner.alternate_name or partner.name
            ),
            command=f"partner {partner.key}",
        ),
    )


def about(partner: Partner) -> str | None:
    """
    Return in a line what *partner* is: its description, its mission, or the first
    thing it does.
    """
    mission = "; ".join(task.text for task in partner.tasks if task.kind == "mission")
    first = next((task.text for task in partner.tasks if task.kind in {"duty", "part"}), None)
    return partner.description or (say("Mission: {mission}", mission=mission) if mission else first)


def names(partner: Partner) -> tuple[str, ...]:
    others = (partner.alternate_name,) if partner.alternate_name else ()
    return (partner.name, partner.key, *others, *partner.aliases)


def called(partner: Partner) -> str:
    if partner.alternate_name:
        return f"{partner.name} ({partner.alternate_name})"
    return partner.name


def _searched(partner: Partner) -> tuple[str, ...]:
    return tuple(
        filter(
            None,
            (
                partner.name,
                partner.alternate_name,
                partner.parent,
                partner.description,
                *partner.aliases,
                *partner.services,
                *partner.leads,
                *(task.text for task in partner.tasks),
                *(line.name for line in partner.hotlines),
            ),
        )
    )


COMMAND = Command(
    verb="partners",
    usage="partners [words]",
    summary=phrase("The agencies our sources name, all or by words."),
    aliases=(
        "agencies", "agency", "organizations", "organisations", "orgs", "members list",
        "who are the partners", "list partners", "socios", "agencias", "organizaciones",
    ),
    examples=("partners", "partners legal", "partners crisis line"),
    who=Standing.GUEST,
    public=True,
    menu=phrase("Partners"),
    alike=True,
    handle=handle,
)  # fmt: skip
