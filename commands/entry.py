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
from commands.speech import phrase, say
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
    "description": phrase("About"),
    "website": phrase("Web"),
    "email": phrase("E-mail"),
    "number": phrase("Number"),
    "extension": phrase("Extension"),
    "type": phrase("Type"),
    "byday": phrase("Days"),
    "opens_at": phrase("Opens"),
    "closes_at": phrase("Closes"),
    "persons": phrase("For whom"),
    "languages": phrase("Languages"),
    "name": phrase("Name"),
    "kind": phrase("Kind"),
    "hours": phrase("Hours"),
    "url": phrase("Web"),
    "needs": phrase("Needs"),
    "card": phrase("Card"),
    "phones": phrase("Numbers"),
}
KINDS = {
    "organization": phrase("Website, e-mail, description"),
    "phone": phrase("A number"),
    "schedule": phrase("Hours"),
    "offering": phrase("A service"),
    "hotline": phrase("A line"),
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
    page = Button(label=say("Its page"), command=f"partner {named.key}")
    return Reply(
        title=say("Entry: {name}", name=named.name),
        parts=tuple(parts),
        notes=(say(PRIVATE), say(NOT_VERIFIED)) if keeps else (),
        buttons=(*_forms(named), page) if keeps else (page,),
        again=f"entry {named.key}",
        shareable=False,
    )


def _kept_by(may: Rights, named: Named) -> str:
    keepers = may.responsible.custodians.get(named.id, ())
    if not may.keeps(named.id):
        return whose(may, named.id)
    if not keepers:
        return say("This entry has no owner: the coordinators look after it.")
    return say("Looked after by ") + ", ".join(
        f"{each.name} ({each.part.value})" for each in keepers
    )


def _item(item: Item, *, keeps: bool, reported: int) -> list[Part]:
    titles = {"organization": say("The agency"), "phone": say("Number"), "hotline": item.name}
    said = Entry(title=titles[item.table], lines=(*item.lines, state(item, reported=reported)))
    return [said, Buttons(buttons=deciding(item))] if keeps else [said]


def _hours(named: Named, session: Session) -> list[Part]:
    found = opening_hours(session, named.key)
    return [Entry(title=say("Hours"), lines=(hours(found),))] if found else []


def _services(named: Named, session: Session, *, keeps: bool) -> list[Part]:
    offered = offerings(session, organization=named.key)
    if not offered:
        return []
    return [
        Heading(text=say("Services it says it offers")),
        *(
            Entry(
                title=each.service_name,
                lines=(offer(each),),
                button=Button(
                    label=say("Change"), command=f"entry service {named.key} {each.service}"
                )
                if keeps
                else None,
            )
            for each in offered
        ),
    ]


def _forms(named: Named) -> tuple[Button, ...]:
    return (
        Button(label=say("Website, e-mail, description"), command=f"entry details {named.key}"),
        Button(label=say("Add a number"), command=f"entry add {named.key}"),
        Button(label=say("Hours"), command=f"entry hours {named.key}"),
        Button(label=say("Services"), command=f"entry services {named.key}"),
        Button(label=say("History"), command=f"entry history {named.key}"),
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
            parts.append(Buttons(buttons=(Button(label=say("Undo {id}", id=each.id), command=f"entry undo {each.id}"),)))  # fmt: skip
    return Reply(
        title=say("Changes: {name}", name=named.name),
        parts=tuple(parts) or (Text(text=say("Nothing was changed yet.")),),
        buttons=(Button(label=say("The entry"), command=f"entry {named.key}"),),
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
    lines = [say("{state} by {called}, {on}", state=each.state, called=called(each.made_by), on=on)]
    if each.decided_by and each.decided_at:
        act = "approved" if each.state == MADE else each.state
        then = day(local_day(session, each.decided_at))
        lines = [
            say("proposed by {called}, {on}", called=called(each.made_by), on=on),
            say("{act} by {called}, {then}", act=act, called=called(each.decided_by), then=then),
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
        lines.append(
            f"{say(LABELS[field])}: {before or say('nothing')} → {after or say('nothing')}"
        )
    return Entry(title=f"{each.id}: {say(KINDS.get(each.table, each.table))}", lines=tuple(lines))


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
    return (
        say("{number} ext. {values}", number=number, values=values["extension"])
        if values["extension"]
        else number
    )


def undone(request: Request, session: Session) -> Reply:
    number = number_of(request.text, back=Button(label=say("The directory"), command="directory"))
    lock(session)
    found = find_edit(session, number)
    if found is None or found.state != MADE or found.by_import:
        raise UserError(say("There is no such change to undo. Type, for example, `/ht entry history cvs`."))  # fmt: skip
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
            say("This was undone before, or changed again since. Nothing was done."),
            buttons=back_to(named),
        ) from error
    return done(say("Undone"), say("Change {number} was taken back.", number=number), named)


COMMAND = Command(
    verb="entry",
    usage="entry [AGENCY | history AGENCY]",
    summary=phrase("An agency's entry as it is stored, for those who look after it to keep."),
    aliases=("entries", "my entry", "edit entry"),
    examples=("entry cvs",),
    who=Standing.APPROVED,
    handle=handle,
    actions=(
        Action(
            word="undo",
            usage="entry undo NUMBER",
            summary=phrase("Take a change of an entry back."),
            who=Standing.APPROVED,
            handle=undone,
        ),
    ),
    forms=(*ENTRY_FORMS, *LINE_FORMS),
)
