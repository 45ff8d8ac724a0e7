"""
/ht partners: the agencies that the county's sources name.
"""

from commands.citing import cite
from commands.contract import Button, Command, Entry, Reply, Request, Standing, UserError
from commands.match import holds, key_words
from storage.organizations import Partner, partners
from storage.session import Session


def handle(request: Request, session: Session) -> Reply:
    every = partners(session)
    asked = key_words(request.text)
    found = tuple(each for each in every if not asked or holds(asked, _searched(each)))
    if not found:
        raise UserError(
            "No partner in our sources has all of these words. Try fewer words, or `/ht partners` for all.",
            buttons=(
                Button(label="All partners", command="partners"),
                Button(label="Services", command="services"),
            ),
        )
    return Reply(
        title="Partners" if not asked else f"Partners that match: {len(found)}",
        parts=tuple(entry(each) for each in found),
        notes=(
            *cite(each.provenance for each in found),
            "The agencies that our sources name; the task force has more than 40.",
        ),
        again=" ".join(["partners", *asked]),
    )


def entry(partner: Partner) -> Entry:
    """
    Return *partner* in a list: its name, what it is, and the way to its page.
    """
    about = partner.description or next(
        (task.text for task in partner.tasks if task.kind != "subcontract"), None
    )
    lines = [f"Part of {partner.parent}" if partner.parent else None, about]
    return Entry(
        title=called(partner),
        lines=tuple(filter(None, lines)),
        button=Button(
            label=f"Open {partner.alternate_name or partner.name}", command=f"partner {partner.key}"
        ),
    )


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
    summary="The agencies our sources name, all or by words.",
    aliases=(
        "agencies", "agency", "organizations", "organisations", "orgs", "members list", "directory",
        "who are the partners", "list partners", "socios", "agencias", "organizaciones",
    ),
    examples=("partners", "partners legal", "partners crisis line"),
    who=Standing.GUEST,
    public=True,
    menu="Partners",
    handle=handle,
)  # fmt: skip
