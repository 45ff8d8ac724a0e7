"""
/ht partner NAME: one agency, with its roles, its funding and the way to reach it.
"""

from commands.citing import cite
from commands.contract import (
    Bullets,
    Button,
    Command,
    Facts,
    Heading,
    Part,
    Reply,
    Request,
    Standing,
    Text,
    UserError,
)
from commands.hotline import reach
from commands.match import find
from commands.money import dollars
from commands.partners import called, entry
from storage.funding import FundingLine, funding_lines
from storage.organizations import Line, Partner, partners
from storage.session import Session

NO_CONTACT = "No contact on file. Ask a coordinator."
KINDS = {
    "duty": "What it does",
    "mission": "Mission",
    "project": "Key projects and initiatives",
    "education": "Education, training and outreach",
    "subcontract": "Subcontracts with",
    "part": "Its part in the task force's work",
}


def handle(request: Request, session: Session) -> Reply:
    every = partners(session)
    if not request.text:
        raise UserError(
            "Which agency? Type its name after the verb, for example `/ht partner Justice At Last`.",
            buttons=(Button(label="All partners", command="partners"),),
        )
    match = find(request.text, [(each, names(each)) for each in every])
    if match.best is None:
        if not match.close:
            raise UserError(
                "No agency of that name in our sources. `/ht partners` lists them all.",
                buttons=(Button(label="All partners", command="partners"),),
            )
        return Reply(
            title="Which agency do you mean?",
            parts=tuple(entry(each) for each in match.close[:8]),
            notes=cite(each.provenance for each in match.close[:8]),
            shareable=False,
        )
    partner = match.best
    funding = [line for line in funding_lines(session) if line.organization_key == partner.key]
    bureaus = [each for each in every if each.parent_key == partner.key]
    return Reply(
        title=called(partner),
        parts=tuple(_page(partner, funding=funding)),
        notes=cite(
            [
                partner.provenance,
                *(task.provenance for task in partner.tasks),
                *(line.provenance for line in partner.hotlines),
                *(line.provenance for line in funding),
            ]
        ),
        buttons=(
            *(Button(label=each.name, command=f"partner {each.key}") for each in bureaus),
            Button(label="All partners", command="partners"),
        ),
        again=f"partner {partner.key}",
    )


def names(partner: Partner) -> tuple[str, ...]:
    others = (partner.alternate_name,) if partner.alternate_name else ()
    return (partner.name, partner.key, *others, *partner.aliases)


def _page(partner: Partner, *, funding: list[FundingLine]) -> list[Part]:
    parts: list[Part] = []
    about = [
        ("Part of", partner.parent),
        ("About", partner.description),
        ("Leads", ", ".join(partner.leads)),
        ("Services", ", ".join(partner.services)),
    ]
    if rows := tuple((label, value) for label, value in about if value):
        parts.append(Facts(rows=rows))
    parts.extend(tasks(partner))
    if funding:
        parts.append(Heading(text="Funding"))
        parts.append(Bullets(items=tuple(_funded(line) for line in funding)))
    parts.append(Heading(text="Contact"))
    parts.extend(_contact(partner))
    if partner.note:
        parts.append(Text(text=f"Note: {partner.note}"))
    return parts


def tasks(partner: Partner) -> list[Part]:
    """
    Return what *partner* does, a heading a kind.
    """
    parts: list[Part] = []
    for kind, heading in KINDS.items():
        if items := tuple(task.text for task in partner.tasks if task.kind == kind):
            parts.extend((Heading(text=heading), Bullets(items=items)))
    return parts


def _contact(partner: Partner) -> list[Part]:
    rows = [
        *(("Phone", reach(phone)) for phone in partner.phones),
        *(("E-mail", email) for email in [partner.email] if email),
        *(("Web", website) for website in [partner.website] if website),
        *((line.name, _line(line)) for line in partner.hotlines),
    ]
    return [Facts(rows=tuple(rows))] if rows else [Text(text=NO_CONTACT)]


def _line(line: Line) -> str:
    parts = [*(reach(phone) for phone in line.phones), line.kind, line.hours, line.caution]
    return " · ".join(filter(None, parts))


def _funded(line: FundingLine) -> str:
    year = f"FY {line.fiscal_year}" if line.fiscal_year else "Year not printed"
    staff = f"{line.fte} FTE" if line.fte else None
    team = line.team if line.kind == "partner" else None
    said = f"{year}: {', '.join(filter(None, [dollars(line.amount_cents), staff, line.purpose]))}"
    said += f" (from {team})" if team else ""
    return f"{said}. {line.note}" if line.note else said


COMMAND = Command(
    verb="partner",
    usage="partner NAME",
    summary="One agency: its roles, funding and contact.",
    aliases=("who is", "agency called", "org", "organization", "organisation", "socio", "agencia"),
    examples=("partner cvs", "partner justice at last", "partner district attorney"),
    who=Standing.GUEST,
    public=True,
    handle=handle,
)
