"""
/ht roles: which office does what.
"""

from commands.citing import cite
from commands.contract import (
    Button,
    Command,
    Entry,
    Facts,
    Part,
    Reply,
    Request,
    Standing,
    Text,
    UserError,
)
from commands.match import find
from commands.money import dollars
from commands.partner import tasks
from commands.partners import about, called, entry, names
from commands.speech import phrase, say
from storage.funding import FundingLine, funding_lines
from storage.organizations import Partner, partners
from storage.session import Session

OFFICE_KINDS = frozenset({"duty", "mission", "project", "education"})


def handle(request: Request, session: Session) -> Reply:
    every = partners(session)
    offices = tuple(each for each in every if _is_office(each, every))
    staff = [line for line in funding_lines(session) if line.kind in {"staff", "staff-total"}]
    if not request.text:
        return Reply(
            title=say("Roles"),
            parts=tuple(_entry(each) for each in offices),
            notes=cite(
                [
                    *(each.provenance for each in offices),
                    *(
                        task.provenance
                        for each in offices
                        for task in each.tasks
                        if task.kind in OFFICE_KINDS
                    ),
                ]
            ),
            again="roles",
        )
    match = find(request.text, [(each, names(each)) for each in offices])
    if match.best is None:
        raise UserError(
            say("Which office? Press one, or type `/ht roles` for all."),
            buttons=tuple(_button(each) for each in match.close or offices),
        )
    office = match.best
    bureaus = tuple(each for each in every if each.parent_key == office.key)
    lines = [line for line in staff if line.organization_key == office.key]
    parts: list[Part] = [Text(text=office.description)] if office.description else []
    if lines:
        parts.append(Facts(rows=tuple(_cost(line) for line in lines)))
    parts.extend(tasks(office))
    parts.extend(_entry(each) if each in offices else entry(each) for each in bureaus)
    if office.note:
        parts.append(Text(text=say("Note: {note}", note=office.note)))
    return Reply(
        title=called(office),
        parts=tuple(parts),
        notes=cite(
            [
                office.provenance,
                *(task.provenance for each in (office, *bureaus) for task in each.tasks),
                *(line.provenance for line in lines),
            ]
        ),
        buttons=(
            Button(
                label=say(
                    "Contact: {alternate_name}", alternate_name=office.alternate_name or office.name
                ),
                command=f"partner {office.key}",
            ),
            Button(label=say("All roles"), command="roles"),
        ),
        again=f"roles {office.key}",
    )


def _is_office(partner: Partner, every: tuple[Partner, ...]) -> bool:
    """
    Say whether our sources describe what *partner* does, itself or by its bureaus.
    """
    own = any(task.kind in OFFICE_KINDS for task in partner.tasks)
    return own or any(each.parent_key == partner.key for each in every)


def _cost(line: FundingLine) -> tuple[str, str]:
    label = say("{fte} FTE", fte=line.fte) if line.fte else say("Total cost")
    amount = dollars(line.amount_cents)
    return (label, f"{amount}. {line.note}" if line.note else amount)


def _entry(office: Partner) -> Entry:
    return Entry(
        title=called(office),
        lines=tuple(filter(None, [about(office)])),
        button=_button(office),
    )


def _button(office: Partner) -> Button:
    return Button(
        label=say("Open {alternate_name}", alternate_name=office.alternate_name or office.name),
        command=f"roles {office.key}",
    )


COMMAND = Command(
    verb="roles",
    usage="roles [office]",
    summary=phrase("Which office does what: EHSD and its bureaus, the DA, the task force, CVS."),
    aliases=(
        "role", "office", "offices", "bureau", "bureaus", "duties", "responsibilities", "who does what",
        "funciones", "oficinas",
    ),
    examples=("roles", "roles district attorney", "roles ehsd", "roles cvs"),
    who=Standing.MEMBER,
    public=True,
    menu=phrase("Roles"),
    alike=True,
    handle=handle,
)  # fmt: skip
