"""
/ht entry: an agency's entry as it is stored, and what was changed of it.
"""

import re
from collections import Counter
from collections.abc import Mapping

from commands.contract import (
    Action,
    Button,
    Buttons,
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
from commands.entry_forms import FORMS as ENTRY_FORMS
from commands.keeping import (
    NOT_VERIFIED,
    PRIVATE,
    Rights,
    agency,
    asked_agency,
    back_to,
    deciding,
    done,
    keeper,
    number_of,
    rights,
    state,
    whose,
)
from commands.lines import FORMS as LINE_FORMS
from commands.lines import propose_line
from commands.offers import hours, offer
from commands.register import day
from storage.corrections import open_corrections
from storage.custodians import names_of
from storage.directory import MADE, Edit, find_edit, history, lock, owner_of, undo
from storage.entries import Values, current
from storage.errors import StaleError, UnknownFactError
from storage.items import Item, items
from storage.offerings import offerings, opening_hours
from storage.organizations import Named
from storage.session import Session
from storage.task_forces import local_day

MOST_CHANGES = 50
USER_ID = re.compile(r"[UW][A-Z0-9]+")
LABELS = {
    "description": "About",
    "website": "Web",
    "email": "E-mail",
    "number": "Number",
    "extension": "Extension",
    "type": "Type",
    "byday": "Days",
    "opens_at": "Opens",
    "closes_at": "Closes",
    "persons": "For whom",
    "languages": "Languages",
    "name": "Name",
    "kind": "Kind",
    "hours": "Hours",
    "url": "Web",
    "needs": "Needs",
    "card": "Card",
    "phones": "Numbers",
}
KINDS = {
    "organization": "Website, e-mail, description",
    "phone": "A number",
    "schedule": "Hours",
    "offering": "A service",
    "hotline": "A line",
}


def handle(request: Request, session: Session) -> Reply:
    word, _, rest = request.text.partition(" ")
    if word.casefold() == "history":
        return _history(rest.strip(), request, session)
    return _entry(asked_agency(request.text, request, session), request, session)


def _entry(named: Named, request: Request, session: Session) -> Reply:
    may = rights(request, session, of=named.id)
    keeps = may.keeps(named.id)
    reported = Counter((each.table, each.key) for each in open_corrections(session))
    parts: list[Part] = [Text(text=_kept_by(may, named))]
    for item in items(session, organization_ids=[named.id]):
        parts.extend(_item(item, keeps=keeps, reported=reported[item.table, item.key]))
    parts.extend(_hours(named, session))
    parts.extend(_services(named, session, keeps=keeps))
    page = Button(label="Its page", command=f"partner {named.key}")
    return Reply(
        title=f"Entry: {named.name}",
        parts=tuple(parts),
        notes=(PRIVATE, NOT_VERIFIED) if keeps else (),
        buttons=(*_forms(named), page) if keeps else (page,),
        again=f"entry {named.key}",
        shareable=False,
    )


def _kept_by(may: Rights, named: Named) -> str:
    keepers = may.responsible.custodians.get(named.id, ())
    if not may.keeps(named.id):
        return whose(may, named.id)
    if not keepers:
        return "This entry has no owner: the coordinators look after it."
    return "Looked after by " + ", ".join(f"{each.name} ({each.part.value})" for each in keepers)


def _item(item: Item, *, keeps: bool, reported: int) -> list[Part]:
    titles = {"organization": "The agency", "phone": "Number", "hotline": item.name}
    said = Entry(title=titles[item.table], lines=(*item.lines, state(item, reported=reported)))
    return [said, Buttons(buttons=deciding(item))] if keeps else [said]


def _hours(named: Named, session: Session) -> list[Part]:
    found = opening_hours(session, named.key)
    return [Entry(title="Hours", lines=(hours(found),))] if found else []


def _services(named: Named, session: Session, *, keeps: bool) -> list[Part]:
    offered = offerings(session, organization=named.key)
    if not offered:
        return []
    return [
        Heading(text="Services it says it offers"),
        *(
            Entry(
                title=each.service_name,
                lines=(offer(each),),
                button=Button(label="Change", command=f"entry service {named.key} {each.service}")
                if keeps
                else None,
            )
            for each in offered
        ),
    ]


def _forms(named: Named) -> tuple[Button, ...]:
    return (
        Button(label="Website, e-mail, description", command=f"entry details {named.key}"),
        Button(label="Add a number", command=f"entry add {named.key}"),
        Button(label="Hours", command=f"entry hours {named.key}"),
        Button(label="Services", command=f"entry services {named.key}"),
        Button(label="History", command=f"entry history {named.key}"),
    )


def _history(text: str, request: Request, session: Session) -> Reply:
    named = (
        agency(text, session, example="entry history NAME", retired=True)
        if text
        else asked_agency(text, request, session)
    )
    keeper(request, session, named.id)
    edits = history(session, named.key, limit=MOST_CHANGES)
    parts: list[Part] = []
    # Whoever is not in the lists that members see is named to coordinators alone.
    may = request.standing >= Standing.COORDINATOR
    people = {by for each in edits for by in (each.made_by, each.decided_by) if by}
    names = names_of(session, people, listed=not may)
    if request.asker is not None:
        names = {**names, request.asker.user_id: "you"} if not may else names
    for each in edits:
        parts.append(told(each, names=names, session=session, ids=may))
        if each.state == MADE and not each.by_import:
            parts.append(Buttons(buttons=(Button(label=f"Undo {each.id}", command=f"entry undo {each.id}"),)))  # fmt: skip
    return Reply(
        title=f"Changes: {named.name}",
        parts=tuple(parts) or (Text(text="Nothing was changed yet."),),
        buttons=(Button(label="The entry", command=f"entry {named.key}"),),
        again=f"entry history {named.key}",
        shareable=False,
    )


def told(each: Edit, *, names: Mapping[str, str], session: Session, ids: bool = True) -> Entry:
    """
    Return a change as it is read: who, when, from what, to what.

    Args:
        ids: whether Slack's id stands for whom *names* does not name.
    """

    def called(user_id: str) -> str:
        name = names.get(user_id, user_id)
        return "somebody" if not ids and USER_ID.fullmatch(name) else name

    on = day(local_day(session, each.made_at))
    lines = [f"{each.state} by {called(each.made_by)}, {on}"]
    if each.decided_by and each.decided_at:
        act = "approved" if each.state == MADE else each.state
        then = day(local_day(session, each.decided_at))
        lines = [
            f"proposed by {called(each.made_by)}, {on}",
            f"{act} by {called(each.decided_by)}, {then}",
        ]
    if each.before is None:
        lines.append("added")
    elif each.after is None:
        lines.append("retired")
    fields = dict.fromkeys([*(each.before or {}), *(each.after or {})])
    for field in fields:
        if field not in LABELS:
            continue
        before, after = (_said(values, field) for values in (each.before, each.after))
        if before == after:
            continue
        lines.append(f"{LABELS[field]}: {before or 'nothing'} → {after or 'nothing'}")
    return Entry(title=f"{each.id}: {KINDS.get(each.table, each.table)}", lines=tuple(lines))


def _said(values: Values | None, field: str) -> str | None:
    value = (values or {}).get(field)
    if field == "phones" and value:
        return ", ".join(_number(each) for each in value)
    if isinstance(value, list):
        return ", ".join(map(str, value)) or None
    if isinstance(value, dict):
        return "; ".join(f"{key}: {said}" for key, said in value.items()) or None
    return None if value is None else str(value)


def _number(values: Mapping[str, str | None]) -> str:
    number = values["number"] or ""
    return f"{number} ext. {values['extension']}" if values["extension"] else number


def undone(request: Request, session: Session) -> Reply:
    number = number_of(request.text, back=Button(label="The directory", command="directory"))
    lock(session)
    found = find_edit(session, number)
    if found is None or found.state != MADE or found.by_import:
        raise UserError("There is no such change to undo. Type, for example, `/ht entry history cvs`.")  # fmt: skip
    owner = owner_of(session, found.table, found.key)
    named = agency(owner, session, example="entry history NAME", retired=True) if owner else None
    by = keeper(request, session, named.id if named else None)
    try:
        if found.table == "hotline":
            now_is = current(session, "hotline", found.key)
            before = None if found.before is None else {**(now_is or {}), **found.before}
            return propose_line(session, found.key, before, by=by, now=request.now)
        undo(session, number, by=by, now=request.now)
    except (StaleError, UnknownFactError) as error:
        raise UserError(
            "This was undone before, or changed again since. Nothing was done.",
            buttons=back_to(named),
        ) from error
    return done("Undone", f"Change {number} was taken back.", named)


COMMAND = Command(
    verb="entry",
    usage="entry [AGENCY | history AGENCY]",
    summary="An agency's entry as it is stored, for those who look after it to keep.",
    aliases=("entries", "my entry", "edit entry"),
    examples=("entry cvs",),
    who=Standing.APPROVED,
    handle=handle,
    actions=(
        Action(
            word="undo",
            usage="entry undo NUMBER",
            summary="Take a change of an entry back.",
            who=Standing.APPROVED,
            handle=undone,
        ),
    ),
    forms=(*ENTRY_FORMS, *LINE_FORMS),
)
