"""
/ht funding: what was paid to whom in which fiscal year, as printed.
"""

import re

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
    Table,
    Text,
    UserError,
)
from commands.match import FILLER, find
from commands.money import dollars, funded, noted
from commands.speech import phrase, say
from commands.words import words
from storage.funding import FundingLine, funding_lines
from storage.organizations import partners
from storage.session import Session

AS_PRINTED = phrase("Amounts and N/A as printed.")
NO_AGENCY = FILLER | {"fy", "year", "years", "fiscal", "total", "totals"}
YEAR = re.compile(r"(?:\b|fy)(?:19|20)?(\d\d)(?:\s*[-–/]\s*(?:19|20)?(\d\d))?\b", re.IGNORECASE)


def handle(request: Request, session: Session) -> Reply:
    lines = funding_lines(session)
    years = tuple(sorted({line.fiscal_year for line in lines if line.fiscal_year}))
    asked_years = _years(request.text, years)
    agency = YEAR.sub(" ", request.text).strip()
    if YEAR.search(request.text) and not asked_years:
        raise UserError(
            say(
                "Our sources have no funding of that year. They have {joined}.",
                joined=_joined(years),
            ),
            buttons=tuple(
                Button(label=say("FY {year}", year=year), command=f"funding {year}")
                for year in years
            ),
        )
    if any(word not in NO_AGENCY for word in words(agency)):
        return _of_agency(agency, lines, session, years=asked_years or years)
    return _of_years(lines, years=asked_years or years, again=asked_years)


def _of_agency(
    agency: str, lines: tuple[FundingLine, ...], session: Session, *, years: tuple[str, ...]
) -> Reply:
    paid = {line.organization_key for line in lines}
    every = [each for each in partners(session) if each.key in paid]
    named = [
        (each, (each.name, each.key, each.alternate_name or "", *each.aliases)) for each in every
    ]
    match = find(agency, named)
    partner = match.best
    if partner is None:
        raise UserError(
            say("Which agency? These are the ones our sources show funding for.")
            if match.close
            else say("Our sources show no funding for an agency of that name. These have some."),
            buttons=tuple(
                Button(label=each.name, command=f"funding {each.key}")
                for each in match.close or every
            ),
        )
    own = [
        line
        for line in lines
        if line.organization_key == partner.key
        and (line.fiscal_year in years or not line.fiscal_year)
    ]
    return Reply(
        title=say("Funding: {name}", name=partner.name),
        parts=(Bullets(items=tuple(funded(line) for line in own)),),
        notes=(*cite(line.provenance for line in own), say(AS_PRINTED)),
        buttons=(
            Button(
                label=say(
                    "Open {alternate_name}", alternate_name=partner.alternate_name or partner.name
                ),
                command=f"partner {partner.key}",
            ),
            Button(label=say("All funding"), command="funding"),
        ),
        again=" ".join(["funding", partner.key, *(years if len(years) == 1 else ())]),
    )


def _of_years(
    lines: tuple[FundingLine, ...], *, years: tuple[str, ...], again: tuple[str, ...]
) -> Reply:
    shown = [line for line in lines if line.fiscal_year in years or not (line.fiscal_year or again)]
    parts: list[Part] = []
    by_purpose: dict[tuple[str | None, str | None], list[FundingLine]] = {}
    for line in shown:
        if line.kind == "partner":
            by_purpose.setdefault((line.team, line.purpose), []).append(line)
    for (team, purpose), group in by_purpose.items():
        parts.append(Heading(text=": ".join(filter(None, [team, purpose]))))
        parts.append(_amounts(group, years=years))
    if totals := [line for line in shown if line.kind == "partner-total"]:
        parts.append(Heading(text=say("Total, as printed")))
        parts.append(
            Facts(
                rows=tuple(
                    (
                        say("FY {fiscal_year}", fiscal_year=line.fiscal_year),
                        noted(dollars(line.amount_cents), line),
                    )
                    for line in totals
                )
            )
        )
    staff = [line for line in shown if line.kind in {"staff", "staff-total"}]
    if staff:
        parts.append(Heading(text=say("EHSD staff")))
        parts.append(Text(text=say("The slide prints no fiscal year for these.")))
        parts.append(Facts(rows=tuple(_staff(line) for line in staff)))
    footnotes = [
        say(
            "{organization}, FY {fiscal_year}: {note}",
            organization=line.organization,
            fiscal_year=line.fiscal_year,
            note=line.note,
        )
        for line in shown
        if line.kind == "partner" and line.note
    ]
    parts.extend(Text(text=say("Note. {note}", note=note)) for note in footnotes)
    return Reply(
        title=say(
            "Funding, {joined}",
            joined=_joined(tuple(say("FY {year}", year=year) for year in years)),
        ),
        parts=tuple(parts),
        notes=(*cite(line.provenance for line in shown), say(AS_PRINTED)),
        buttons=()
        if again
        else tuple(
            Button(label=say("FY {year}", year=year), command=f"funding {year}") for year in years
        ),
        again=" ".join(["funding", *again]),
    )


def _amounts(group: list[FundingLine], *, years: tuple[str, ...]) -> Table | Facts:
    if len(years) == 1:
        return Facts(
            rows=tuple((line.organization or "", dollars(line.amount_cents)) for line in group)
        )
    organizations = dict.fromkeys(line.organization or "" for line in group)
    amounts = {(line.organization, line.fiscal_year): dollars(line.amount_cents) for line in group}
    return Table(
        columns=(say("Partner"), *(say("FY {year}", year=year) for year in years)),
        rows=tuple(
            (name, *(amounts.get((name, year), "not printed") for year in years))
            for name in organizations
        ),
    )


def _staff(line: FundingLine) -> tuple[str, str]:
    who = line.purpose if line.kind == "staff-total" else line.organization
    about = line.purpose if line.kind == "staff" else None
    said = " for ".join(
        filter(None, [dollars(line.amount_cents), line.fte and say("{fte} FTE", fte=line.fte)])
    )
    return (who or "EHSD", noted(", ".join(filter(None, [said, about])), line))


def _years(text: str, years: tuple[str, ...]) -> tuple[str, ...]:
    """
    Return the fiscal years that *text* names: "2023-24", "FY24", "2024" (either
    year that touches it).
    """
    found = []
    for first, second in YEAR.findall(text):
        for year in years:
            starts, ends = year[2:4], year[5:7]
            if (starts, ends) == (first, second) or (not second and first in {starts, ends}):
                found.append(year)
    return tuple(dict.fromkeys(found))


def _joined(years: tuple[str, ...]) -> str:
    return say(" and ").join(years)


COMMAND = Command(
    verb="funding",
    usage="funding [agency | year]",
    summary=phrase("What was paid to whom, by agency or fiscal year."),
    aliases=(
        "fund", "funds", "funded", "money", "budget", "budgets", "grants", "grant", "contracts", "contract",
        "cost", "costs", "dollars", "spending", "amounts", "fondos", "dinero", "presupuesto", "financiacion",),
    examples=("funding", "funding 2024-25", "funding cvs", "funding cvs 2023-24"),
    who=Standing.MEMBER,
    public=True,
    menu=phrase("Funding"),
    alike=True,
    handle=handle,
)  # fmt: skip
