"""
/ht partner NAME: one agency, with its roles, its funding and the way to reach it.
"""

from collections.abc import Mapping, Sequence

from commands import wrong
from commands.citing import cite
from commands.contract import (
    Bullets,
    Button,
    Command,
    Entry,
    Facts,
    Heading,
    Part,
    Reply,
    Request,
    Standing,
    Text,
    UserError,
)
from commands.hotline import origin, reach
from commands.money import funded
from commands.names import Names
from commands.offers import hours, offer
from commands.partners import called, entry, names
from commands.speech import phrase, say
from storage.funding import FundingLine, funding_lines
from storage.kept import kept
from storage.offerings import offerings, opening_hours
from storage.organizations import Line, Partner, partners
from storage.session import Session

NO_CONTACT = phrase("No contact on file. Ask a coordinator.")
KINDS = {
    "duty": phrase("What it does"),
    "mission": phrase("Mission"),
    "project": phrase("Key projects and initiatives"),
    "education": phrase("Education, training and outreach"),
    "subcontract": phrase("Subcontracts with"),
    "part": phrase("Its part in the task force's work"),
}


def handle(request: Request, session: Session) -> Reply:
    if not request.text:
        raise UserError(
            say(
                "Which agency? Type its name after the verb, for example `/ht partner Justice At Last`."
            ),
            buttons=(Button(label=say("All partners"), command="partners"),),
        )
    match = _named_partners(session).find(request.text)
    if match.best is None:
        if not match.close:
            raise UserError(
                say("No agency of that name in our sources. `/ht partners` lists them all."),
                buttons=(Button(label=say("All partners"), command="partners"),),
            )
        return Reply(
            title=say("Which agency do you mean?"),
            parts=tuple(entry(each) for each in match.close[:8]),
            notes=cite(each.provenance for each in match.close[:8]),
            shareable=False,
        )
    partner = match.best
    funding = _funding_of(session).get(partner.key, ())
    bureaus = _bureaus_of(session).get(partner.key, ())
    return Reply(
        title=called(partner),
        parts=tuple(_page(partner, request, session, funding=funding)),
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
            Button(label=say("All partners"), command="partners"),
            *_upkeep(partner, request),
        ),
        again=f"partner {partner.key}",
    )


@kept
def _named_partners(session: Session) -> Names[Partner]:
    return Names((each, names(each)) for each in partners(session))


@kept
def _bureaus_of(session: Session) -> Mapping[str, tuple[Partner, ...]]:
    by_parent: dict[str, tuple[Partner, ...]] = {}
    for each in partners(session):
        if each.parent_key is not None:
            by_parent[each.parent_key] = (*by_parent.get(each.parent_key, ()), each)
    return by_parent


@kept
def _funding_of(session: Session) -> Mapping[str, tuple[FundingLine, ...]]:
    by_agency: dict[str, tuple[FundingLine, ...]] = {}
    for line in funding_lines(session):
        if line.organization_key is not None:
            known = by_agency.get(line.organization_key, ())
            by_agency[line.organization_key] = (*known, line)
    return by_agency


def _upkeep(partner: Partner, request: Request) -> tuple[Button, ...]:
    if request.standing < Standing.MEMBER:
        return ()
    report = wrong.button("organization", partner.key)
    if request.standing < Standing.APPROVED:
        return (report,)
    return (report, Button(label=say("Its entry"), command=f"entry {partner.key}"))


def _page(
    partner: Partner, request: Request, session: Session, *, funding: Sequence[FundingLine]
) -> list[Part]:
    parts: list[Part] = []
    about = [
        (say("Part of"), partner.parent),
        (say("About"), partner.description),
        (say("Leads or co-leads"), ", ".join(partner.leads)),
        (say("Services"), ", ".join(partner.services)),
    ]
    if rows := tuple((label, value) for label, value in about if value):
        parts.append(Facts(rows=rows))
    parts.append(Heading(text=say("Contact")))
    found = opening_hours(session, partner.key)
    parts.extend(_contact(partner, request, open_at=hours(found) if found else None))
    if offered := offerings(session, organization=partner.key):
        parts.append(Heading(text=say("Services it says it offers")))
        parts.append(
            Bullets(items=tuple(f"{each.service_name} – {offer(each)}" for each in offered))
        )
    parts.extend(tasks(partner))
    if funding:
        parts.append(Heading(text=say("Funding")))
        parts.append(Bullets(items=tuple(funded(line) for line in funding)))
    if partner.note:
        parts.append(Text(text=say("Note: {note}", note=partner.note)))
    return parts


def tasks(partner: Partner) -> list[Part]:
    """
    Return what *partner* does, a heading a kind.
    """
    parts: list[Part] = []
    for kind, heading in KINDS.items():
        if items := tuple(task.text for task in partner.tasks if task.kind == kind):
            parts.extend((Heading(text=say(heading)), Bullets(items=items)))
    return parts


def _contact(partner: Partner, request: Request, *, open_at: str | None) -> list[Part]:
    rows = [
        *((say("Phone"), said) for said in reach(partner.phones)),
        *(("E-mail", email) for email in [partner.email] if email),
        *((say("Web"), website) for website in [partner.website] if website),
        *((say("Hours"), said) for said in [open_at] if said),
    ]
    parts: list[Part] = [Facts(rows=tuple(rows))] if rows else []
    full = request.standing >= Standing.MEMBER
    parts.extend(_line(line, report=full) for line in partner.hotlines)
    return parts or [Text(text=say(NO_CONTACT))]


def _line(line: Line, *, report: bool) -> Entry:
    email = (
        say("{email} (as printed, unconfirmed)", email=line.email)
        if line.email_unconfirmed
        else line.email
    )
    about = " · ".join(filter(None, [line.kind, line.hours]))
    lines = [*reach(line.phones), email, about, line.caution, origin(line.provenance)]
    button = wrong.button("hotline", line.key) if report else None
    return Entry(title=line.name, lines=tuple(filter(None, lines)), button=button)


COMMAND = Command(
    verb="partner",
    usage="partner NAME",
    summary=phrase("One agency: its roles, funding and contact."),
    aliases=(
        "who is", "agency called", "org", "organization", "organisation", "contact", "contacts", "reach",
        "quien es", "contacto", "socio", "agencia",
    ),
    examples=("partner cvs", "partner justice at last", "partner district attorney"),
    who=Standing.GUEST,
    public=True,
    handle=handle,
)  # fmt: skip
