"""
/ht directory: who looks after which entry, what is due, and what waits for a second
coordinator.
"""

import re
from datetime import datetime

from commands.contract import (
    Action,
    Button,
    Buttons,
    Command,
    DeliveryKind,
    Entry,
    Notice,
    Part,
    Reply,
    Request,
    Standing,
    Text,
    UserError,
)
from commands.entry import told
from commands.keeping import (
    ALL,
    CHANGED_MEANWHILE,
    MINE,
    NOBODY,
    OPERATOR,
    Rights,
    agency,
    changing,
    deciding,
    item_of,
    keeper,
    number_of,
    rights,
    since,
    state,
)
from commands.lines import propose_line
from commands.proposing import OUTCOMES, PROPOSALS, tell_outcome
from commands.speech import phrase, say
from storage.custodians import Part as Role
from storage.custodians import appoint, names_of, release
from storage.deliveries import Delivery
from storage.directory import lock, save
from storage.errors import (
    NotTheirMemberError,
    OwnProposalError,
    ProposerLeftError,
    StaleError,
    StillHasLinesError,
    UnknownChangeError,
)
from storage.items import Item
from storage.proposals import approve, decline, proposals
from storage.session import Session
from storage.task_forces import local_day
from storage.upkeep import UPKEEP, USEFUL, Duty, answers, confirm, duties, plan_upkeep, waits_for

MOST = 100  # entries of a list
FOR_MEMBERS = phrase("This is for members of the task force. Type `/ht register` to ask to be one.")
FOR_COORDINATORS = phrase("This is for coordinators.")
NOTHING = phrase("Nothing is due. You get a message when something is.")
DUE = Button(label=phrase("All that is due"), command="directory due")
CHANGES = Button(label=phrase("Proposed changes"), command="directory changes")
NEW_LINE = Button(label=phrase("Propose a new line"), command="entry newline")
_MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")


def handle(request: Request, session: Session) -> Reply:
    word, *rest = request.text.casefold().split() or [""]
    match word:
        case "":
            return _overview(request)
        case "mine":
            return _mine(request, session)
        case "due":
            return _due(request, session)
        case "changes":
            return _changes(request, session)
        case "retire":
            return _ask_to_retire(rest, request, session)
    raise UserError(
        say(
            "Type `/ht directory mine`, or `/ht entry` and an agency's name. `/ht partners` lists the agencies."
        ),
        buttons=(MINE.spoken, ALL.spoken),
    )


def _overview(request: Request) -> Reply:
    buttons = [ALL.spoken]
    if request.standing >= Standing.APPROVED:
        buttons = [MINE.spoken, Button(label=say("My agency's entry"), command="entry"), ALL.spoken]
    if request.standing >= Standing.COORDINATOR:
        buttons += [DUE.spoken, CHANGES.spoken, NEW_LINE.spoken]
    return Reply(
        title=say("The directory"),
        parts=(
            Text(
                text=say(
                    "Each agency keeps its own entry; the coordinators keep the lines of no "
                    "agency, and what nobody else keeps. Every 90 days each entry is asked about."
                )
            ),
            Text(text=say("A mistake? Press Wrong number? on an agency's page.")),
        ),
        buttons=tuple(buttons),
        shareable=False,
    )


def _mine(request: Request, session: Session) -> Reply:
    _need(request, Standing.APPROVED, say(FOR_MEMBERS))
    if request.asker is None:
        raise UserError(say(NOBODY))
    may = rights(request, session)
    user_id = request.asker.user_id
    kept = {key for key in may.responsible.custodians if may.responsible.keeps(key, user_id)}
    ids = None if request.standing >= Standing.COORDINATOR else kept
    every = duties(session, day=may.day, responsible=may.responsible, organization_ids=ids)
    found = [each for each in every if _answers(each, may, user_id)]
    parts: list[Part] = []
    for each in found[:MOST]:
        others = user_id not in each.responsible
        parts.extend([_entry(each, may, who=others), Buttons(buttons=deciding(each.item))])
    if len(found) > MOST:
        parts.append(
            Text(text=say("These are the first {most} of {number}.", most=MOST, number=len(found)))
        )
    lines = any(each.item.table == "hotline" for each in found)
    return Reply(
        title=say("What waits for you in the directory"),
        parts=tuple(parts) or (Text(text=say(NOTHING)),),
        notes=(say(OPERATOR),) if lines else (),
        buttons=(Button(label=say("Look again"), command="directory mine"),),
        again="directory mine",
        shareable=False,
    )


def _answers(duty: Duty, may: Rights, user_id: str) -> bool:
    """
    Say whether it is somebody's to answer. An administrator by settings is no coordinator
    in the database, and answers for what has no custodian.
    """
    admin = may.standing >= Standing.ADMIN and not duty.keepers
    theirs = answers(duty, user_id, responsible=may.responsible)
    return may.keeps(duty.item.organization_id) and (theirs or admin)


def _due(request: Request, session: Session) -> Reply:
    _need(request, Standing.COORDINATOR, say(FOR_COORDINATORS))
    may = rights(request, session)
    found = duties(session, day=may.day, responsible=may.responsible)
    parts: list[Part] = []
    for each in found[:MOST]:
        shown = _entry(each, may, who=True)
        parts.extend([shown, Buttons(buttons=deciding(each.item))])
    if len(found) > MOST:
        parts.append(
            Text(text=say("These are the oldest {most} of {number}.", most=MOST, number=len(found)))
        )
    overdue = sum(each.overdue for each in found)
    summary = say(
        "{number} entries wait; {overdue} of them for more than 30 days.",
        number=len(found),
        overdue=overdue,
    )
    return Reply(
        title=say("Due in the directory"),
        parts=(Text(text=summary), *parts) if found else (Text(text=say("Nothing is due.")),),
        notes=(say(OPERATOR),),
        buttons=(CHANGES.spoken, NEW_LINE.spoken),
        again="directory due",
        shareable=False,
    )


def _entry(duty: Duty, may: Rights, *, who: bool = False) -> Entry:
    item = duty.item
    lines = [*item.lines, state(item, reported=len(duty.corrections))]
    lines += [
        say("Reported to be wrong: {said}", said=each.said)
        for each in duty.corrections
        if each.said
    ]
    if duty.due:
        late = say("OVERDUE, ") if duty.overdue else ""
        lines.append(f"{late}{since(item.due_on, day=may.day)}")
    if who:
        keepers = ", ".join(duty.keepers) or say("no owner: the coordinators")
        lines.append(say("Responsible: {keepers}", keepers=keepers))
    kinds = {"organization": say("Agency"), "phone": say("Number of"), "hotline": say("Line")}
    return Entry(title=f"{kinds[item.table]}: {item.name}", lines=tuple(lines))


def _changes(request: Request, session: Session) -> Reply:
    _need(request, Standing.COORDINATOR, say(FOR_COORDINATORS))
    own = request.asker.user_id if request.asker else None
    waiting = proposals(session)
    names = names_of(session, {each.made_by for each in waiting})
    parts: list[Part] = []
    for each in waiting:
        shown = told(each, names=names, session=session)
        parts.append(Entry(title=f"{shown.title}: {each.key}", lines=shown.lines))
        yes = Button(label=say("Approve {id}", id=each.id), command=f"directory approve {each.id}")
        no = Button(label=say("Decline {id}", id=each.id), command=f"directory decline {each.id}")
        parts.append(Buttons(buttons=(no,) if each.made_by == own else (yes, no)))
    return Reply(
        title=say("Proposed changes of lines"),
        parts=tuple(parts) or (Text(text=say("None waits.")),),
        notes=(say("{operator} Nobody approves their own.", operator=say(OPERATOR)),),
        buttons=(NEW_LINE.spoken, DUE.spoken),
        again="directory changes",
        shareable=False,
    )


def approved(request: Request, session: Session) -> Reply:
    number = number_of(request.text, back=CHANGES.spoken)
    try:
        done = approve(session, number, by=_by(request), now=request.now)
    except OwnProposalError as error:
        raise UserError(say("You proposed this one: a second coordinator approves it."), buttons=(CHANGES.spoken,)) from error  # fmt: skip
    except ProposerLeftError as error:
        raise UserError(say("Whoever proposed this has left, and two must agree. Decline it, and propose it again."), buttons=(CHANGES.spoken,)) from error  # fmt: skip
    except StaleError as error:
        raise UserError(
            say(
                "The line changed since this was proposed. Nothing was done: decline it, and propose it again."
            ),
            buttons=(CHANGES.spoken,),
        ) from error
    except UnknownChangeError as error:
        raise UserError(
            say("No change {number} waits for a decision.", number=number),
            buttons=(CHANGES.spoken,),
        ) from error
    if not done:
        return _said(
            say("Approved before"),
            say("Change {number} was approved before.", number=number),
            CHANGES.spoken,
        )
    tell_outcome(session, number, by=_by(request), now=request.now)
    return _said(
        say("Approved"),
        say("Change {number} is made: the line is shown so from now on.", number=number),
        CHANGES.spoken,
    )


def declined(request: Request, session: Session) -> Reply:
    number = number_of(request.text, back=CHANGES.spoken)
    try:
        done = decline(session, number, by=_by(request), now=request.now)
    except UnknownChangeError as error:
        raise UserError(
            say("No change {number} waits for a decision.", number=number),
            buttons=(CHANGES.spoken,),
        ) from error
    if not done:
        return _said(
            say("Declined before"),
            say("Change {number} was declined before.", number=number),
            CHANGES.spoken,
        )
    tell_outcome(session, number, by=_by(request), now=request.now)
    return _said(
        say("Declined"),
        say("Change {number} is put away: the line stays as it is.", number=number),
        CHANGES.spoken,
    )


def still(request: Request, session: Session) -> Reply:
    lock(session)
    item, seen = _pressed(request, session)
    by = keeper(request, session, item.organization_id)
    may = rights(request, session, of=item.organization_id)
    theirs = may.responsible.keeps(item.organization_id, by)
    try:
        done = confirm(session, item, seen=seen, by=by, keeper=theirs, now=request.now)
    except StaleError as error:
        raise UserError(say(CHANGED_MEANWHILE), buttons=(MINE.spoken,)) from error
    if not done:
        return _said(
            say("Noted before"), say("This was noted as still correct today."), MINE.spoken
        )
    return _said(
        say("Noted"),
        say("{name}: verified today. You are asked again in 90 days.", name=item.name),
        MINE.spoken,
    )


def _ask_to_retire(words: list[str], request: Request, session: Session) -> Reply:
    _need(request, Standing.APPROVED, say(FOR_MEMBERS))
    item = item_of(words, session)
    _may_retire(item, request, session)
    sure = Button(
        label=say("Yes, retire it"), command=f"directory gone {item.table} {item.id} {item.version}"
    )
    then = say("It is shown no more. It is kept for the record, and can be brought back from the history.")  # fmt: skip
    if item.table == "hotline":
        then = say("A second coordinator approves; until then the line is shown.")
    return Reply(
        title=say("Retire: {name}?", name=item.name),
        parts=(Entry(title=item.name, lines=item.lines), Text(text=then)),
        notes=(say(OPERATOR),) if item.table == "hotline" else (),
        buttons=(sure, changing(item), MINE.spoken),
        shareable=False,
    )


def gone(request: Request, session: Session) -> Reply:
    lock(session)
    item, seen = _pressed(request, session)
    by = _may_retire(item, request, session)
    if item.version != seen:
        raise UserError(say(CHANGED_MEANWHILE), buttons=(MINE.spoken,))
    if item.table == "hotline":
        return propose_line(session, item.key, None, by=by, now=request.now)
    try:
        save(session, item.table, item.key, None, by=by, now=request.now)
    except StillHasLinesError as error:
        raise UserError(
            say("This agency answers lines that are shown. Retire these first."),
            buttons=(MINE.spoken,),
        ) from error
    return _said(say("Retired"), say("{name}: it is shown no more.", name=item.name), MINE.spoken)


def _may_retire(item: Item, request: Request, session: Session) -> str:
    by = keeper(request, session, item.organization_id)
    if item.table == "organization" and request.standing < Standing.COORDINATOR:
        raise UserError(say("Only coordinators retire a whole agency. Tell one of them."))
    return by


def make_owner(request: Request, session: Session) -> Reply:
    return _appoint(request, session, part=Role.OWNER)


def make_delegate(request: Request, session: Session) -> Reply:
    return _appoint(request, session, part=Role.DELEGATE)


def _appoint(request: Request, session: Session, *, part: Role) -> Reply:
    by = _by(request)
    typed, user_id = _whom(request)
    named = agency(typed, session, example=f"directory {part.value} NAME <@{user_id}>")
    try:
        done = appoint(
            session,
            named.key,
            team_id=request.asker.team_id if request.asker else "",
            user_id=user_id,
            part=part,
            by=by,
            today=local_day(session, request.now),
            now=request.now,
        )
    except NotTheirMemberError as error:
        raise UserError(
            say(
                "They are no approved member of {name}. They register with `/ht register` first.",
                name=named.name,
            )
        ) from error
    entry = Button(label=say("The entry"), command=f"entry {named.key}")
    if not done:
        return _said(
            say("Nothing to change"),
            say("They are {value} of {name} already.", value=part.value, name=named.name),
            entry,
        )
    return _said(
        say("Done"),
        say("They are now {value} of the entry of {name}.", value=part.value, name=named.name),
        entry,
    )


def let_go(request: Request, session: Session) -> Reply:
    by = _by(request)
    typed, user_id = _whom(request)
    named = agency(typed, session, example=f"directory release NAME <@{user_id}>")
    done = release(
        session,
        named.key,
        team_id=request.asker.team_id if request.asker else "",
        user_id=user_id,
        by=by,
        now=request.now,
    )
    entry = Button(label=say("The entry"), command=f"entry {named.key}")
    if not done:
        return _said(
            say("Nothing to change"), say("They do not look after {name}.", name=named.name), entry
        )
    return _said(
        say("Done"), say("They look after the entry of {name} no longer.", name=named.name), entry
    )


def _whom(request: Request) -> tuple[str, str]:
    """
    Return the agency as typed, and the Slack id of who is mentioned.
    """
    word, _, typed = request.text.partition(" ")
    found = _MENTION.search(typed)
    if found is None:
        raise UserError(
            say("Whom? Type, for example, `/ht directory {word} cvs @name`.", word=word.casefold())
        )
    name = (typed[: found.start()] + typed[found.end() :]).strip()
    if not name:
        raise UserError(say("Which agency? Type, for example, `/ht directory {word} cvs @name`.", word=word.casefold()))  # fmt: skip
    return name, found[1]


def _pressed(request: Request, session: Session) -> tuple[Item, str]:
    _, *words = request.text.split()
    item = item_of(words, session)
    return item, words[2] if len(words) > 2 else ""


def _by(request: Request) -> str:
    if request.asker is None:
        raise UserError(say(NOBODY))
    return request.asker.user_id


def _need(request: Request, standing: Standing, sentence: str) -> None:
    if request.standing < standing:
        raise UserError(sentence)


def _said(title: str, text: str, button: Button) -> Reply:
    return Reply(title=title, parts=(Text(text=text),), buttons=(button,), shareable=False)


def render(delivery: Delivery, session: Session, now: datetime) -> Notice | None:
    if not waits_for(session, delivery.recipient, now=now):
        return None
    return Notice(
        text=say("Something in the directory waits for a look of yours. Open to see it."),
        opens="directory mine",
    )


def _plan(session: Session, now: datetime) -> int:
    return plan_upkeep(session, now)


COMMAND = Command(
    verb="directory",
    usage="directory [mine | due | changes]",
    summary=phrase("What is due in the directory, who looks after it, and which changes wait."),
    aliases=(
        "upkeep",
        "custodians",
        "directorio",
    ),
    examples=("directory",),
    who=Standing.MEMBER,
    handle=handle,
    actions=(
        Action(
            word="still",
            usage="directory still ENTRY",
            summary=phrase("Note that an entry was checked and is still correct."),
            who=Standing.APPROVED,
            handle=still,
        ),
        Action(
            word="gone",
            usage="directory gone ENTRY",
            summary=phrase("Retire an entry; a line once a second coordinator approves."),
            who=Standing.APPROVED,
            handle=gone,
        ),
        Action(
            word="owner",
            usage="directory owner AGENCY @person",
            summary=phrase("Give an agency's entry an owner."),
            who=Standing.COORDINATOR,
            handle=make_owner,
        ),
        Action(
            word="delegate",
            usage="directory delegate AGENCY @person",
            summary=phrase("Let somebody look after an agency's entry beside its owner."),
            who=Standing.COORDINATOR,
            handle=make_delegate,
        ),
        Action(
            word="release",
            usage="directory release AGENCY @person",
            summary=phrase("Let somebody look after an agency's entry no longer."),
            who=Standing.COORDINATOR,
            handle=let_go,
        ),
        Action(
            word="approve",
            usage="directory approve NUMBER",
            summary=phrase("Approve a change of a line that somebody else proposed."),
            who=Standing.COORDINATOR,
            handle=approved,
        ),
        Action(
            word="decline",
            usage="directory decline NUMBER",
            summary=phrase("Decline a proposed change of a line."),
            who=Standing.COORDINATOR,
            handle=declined,
        ),
    ),
    deliveries=(
        DeliveryKind(
            name=UPKEEP,
            title=phrase("The directory: what is due"),
            render=render,
            useful=USEFUL,
            plan=_plan,
        ),
        PROPOSALS,
        OUTCOMES,
    ),
)
