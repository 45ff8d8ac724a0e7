"""
/ht wrong: telling whoever looks after an entry that it is wrong, and what came of it.
"""

from datetime import datetime

from commands.contract import (
    Button,
    Command,
    DeliveryKind,
    Notice,
    Reply,
    Request,
    Standing,
    Text,
    UserError,
)
from commands.forms import AnyField, ChoiceField, Form, Option, Sheet, Submission, TextField
from commands.keeping import ALL, item_of
from commands.speech import phrase, say
from storage.corrections import REPORTED, SETTLED, Outcome, find_correction, report
from storage.custodians import Responsible
from storage.deliveries import Delivery, Priority
from storage.directory import lock
from storage.items import Item, items
from storage.session import Session
from storage.task_forces import local_day

OUTCOMES = {
    Outcome.CHANGED: phrase("It was changed."),
    Outcome.STILL_CORRECT: phrase("It was checked, and is still correct."),
    Outcome.RETIRED: phrase("It is shown no more."),
}
HOW = phrase(
    "Press Wrong number? on an agency's page, or under a line that you asked for by its name."
)
THANKS = phrase("Whoever looks after this entry gets a message. You are told once what came of it.")
WHOLE = phrase("the entry itself")


def button(table: str, key: str, *, label: str = phrase("Wrong number?")) -> Button:
    """
    Return the button that opens the form about an entry.
    """
    return Button(label=say(label), command=f"wrong number {table} {key}")


def handle(request: Request, session: Session) -> Reply:
    word, _, rest = request.text.partition(" ")
    if word.casefold() != "outcome":
        return Reply(
            title=say("Something is wrong?"),
            parts=(Text(text=say(HOW)),),
            buttons=(ALL.spoken,),
            shareable=False,
        )
    typed = rest.strip()
    found = None
    if typed.isascii() and typed.isdecimal() and len(typed) < 10:
        found = find_correction(session, int(typed))
    if found is None:
        raise UserError(say("There is no such report. ") + say(HOW), buttons=(ALL.spoken,))
    said = say(OUTCOMES[found.outcome]) if found.outcome else say("Nobody has looked at it yet.")
    page = "hotline" if found.table == "hotline" else "partner"
    shown = Button(label=say("See it"), command=f"{page} {found.key}")
    return Reply(
        title=say("What was reported"),
        parts=(Text(text=said),),
        buttons=(ALL.spoken,) if found.table == "phone" else (shown,),
        again=f"wrong outcome {found.id}",
        shareable=False,
    )


def show(request: Request, session: Session) -> Sheet | Reply:
    if len(request.text.split()) < 3:
        return handle(request, session)
    item = _item(request, session)
    which = _which(item, session)
    fields: list[AnyField] = []
    if len(which) > 1:
        fields.append(
            ChoiceField(name="which", label=say("Which one?"), options=which, value=which[0].value)
        )
    fields.append(
        TextField(
            name="said",
            label=say("What is wrong?"),
            hint=say("Such as: nobody answers; it is another office's now."),
            free=True,
            lines=True,
            longest=600,
            optional=True,
        )
    )
    return Sheet(
        title=say("Wrong number?"),
        says=(item.name, say(THANKS)),
        fields=tuple(fields),
    )


def take(request: Request, session: Session, sent: Submission) -> Reply:
    if request.asker is None:
        raise UserError(say("This is told in somebody's name. Type it in Slack."))
    lock(session)
    item = _item(request, session)
    if chosen := sent.one("which"):
        options = {option.value for option in _which(item, session)}
        if chosen not in options:
            raise UserError(say("This is not in the directory any more. Nothing was done."))
        item = item_of(chosen.split(), session)
    responsible = Responsible(
        session, today=local_day(session, request.now), organization_id=item.organization_id
    )
    new = report(
        session,
        item.table,
        item.key,
        said=sent.one("said"),
        by=request.asker.user_id,
        organization_id=item.organization_id,
        responsible=responsible,
        now=request.now,
    )
    text = say(THANKS) if new else say("Yours was open already: it says now what you say now.")
    return Reply(title=say("Thank you"), parts=(Text(text=text),), shareable=False)


def _item(request: Request, session: Session) -> Item:
    _, *words = request.text.split()
    return item_of(words, session)


def _which(item: Item, session: Session) -> tuple[Option, ...]:
    """
    Return what of an agency's page may be wrong; of another entry there is only itself.
    """
    if item.table != "organization":
        return ()
    return tuple(
        Option(
            label=say(WHOLE).capitalize() if each.table == "organization" else _label(each),
            value=f"{each.table} {each.id}",
        )
        for each in items(session, organization_ids=[item.id])
    )[:100]


def _label(item: Item) -> str:
    return item.lines[0] if item.table == "phone" else item.name


def render_reported(delivery: Delivery, session: Session, now: datetime) -> Notice | None:
    found = find_correction(session, delivery.payload["correction"])
    if found is None or found.settled_at is not None:
        return None
    return Notice(text=say("Somebody reported a mistake. Open to see it."), opens="directory mine")


def render_settled(delivery: Delivery, session: Session, now: datetime) -> Notice:
    number = delivery.payload["correction"]
    return Notice(
        text=say("A mistake you reported was looked at. Open to see what came of it."),
        opens=f"wrong outcome {number}",
    )


COMMAND = Command(
    verb="wrong",
    usage="wrong",
    summary=phrase("Tell whoever looks after an entry that something in it is wrong."),
    aliases=(
        "mistake",
        "correction",
        "numero incorrecto",
    ),
    examples=("wrong",),
    who=Standing.MEMBER,
    handle=handle,
    forms=(
        Form(
            word="number",
            usage="wrong number ENTRY",
            summary=phrase("Report that an entry is wrong."),
            who=Standing.MEMBER,
            show=show,
            take=take,
        ),
    ),
    deliveries=(
        DeliveryKind(
            name=REPORTED,
            title=phrase("The directory: mistakes others see"),
            render=render_reported,
            priority=Priority.REMINDER,
        ),
        DeliveryKind(
            name=SETTLED,
            title=phrase("The directory: mistakes you told of"),
            render=render_settled,
        ),
    ),
)
