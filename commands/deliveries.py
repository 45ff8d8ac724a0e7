"""
/ht deliveries: how the messages went that the bot sent by itself, and what to do
about those that nobody can tell of.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from commands.contract import (
    Action,
    Button,
    Buttons,
    Command,
    DeliveryKind,
    Entry,
    Facts,
    Heading,
    Notice,
    Part,
    Reply,
    Request,
    Standing,
    Text,
    UserError,
)
from commands.ping import STATES, said, zone_of
from commands.speech import phrase, say
from storage.deliveries import (
    Delivery,
    DeliveryState,
    Priority,
    counts,
    counts_gathered,
    find_delivery,
    in_states,
    too_late,
)
from storage.digests import DIGEST, sizes
from storage.reports import REPORT, Decision, arrived, put_away, send_again
from storage.session import Session

MOST = 200  # of a kind of trouble, over as many pages as they need
NOBODY = phrase("What you answer for is shown to you alone. Type `/ht deliveries` in Slack.")
NOT_YOURS = phrase("This is for coordinators, and for whoever answers for the delivery. Type `/ht deliveries` to see yours.")  # fmt: skip
ADMINS_ONLY = phrase("Only administrators of this bot may send an emergency again: it asks nobody's quiet hours.")  # fmt: skip
WHAT_UNKNOWN = phrase(
    "The bot stopped, or lost its connection, while these were on their way. It never sends "
    "them again by itself. Ask the reader, then press."
)
# What `DeliveryState` calls them, for the catalogues.
NAMED = (
    phrase("planned"),
    phrase("claimed"),
    phrase("sending"),
    phrase("sent"),
    phrase("failed"),
    phrase("skipped"),
    phrase("unknown"),
)
LIST = Button(label=phrase("All deliveries"), command="deliveries")


def handle(request: Request, session: Session) -> Reply:
    """
    Show all of it to coordinators, and to others what they answer for themselves.
    """
    mine = None
    if request.standing < Standing.COORDINATOR:
        if request.asker is None:
            return Reply(title=say("Deliveries"), parts=(Text(text=say(NOBODY)),), shareable=False)
        mine = request.asker.user_id
    zone = zone_of(session)
    parts: list[Part] = [Facts(rows=_counted(session, responsible=mine))]

    def listed(title: str, found: tuple[Delivery, ...], *, other: Callable[[Delivery], Button]) -> None:  # fmt: skip
        parts.extend([Heading(text=title)] if found else [])
        if found and found[0].state is DeliveryState.UNKNOWN:
            parts.append(Text(text=say(WHAT_UNKNOWN)))
        for each in found:
            again = (_again(each),) if _may_send(each, request) else ()
            parts.extend([_entry(each, held, zone=zone), Buttons(buttons=(*again, other(each)))])
        if len(found) == MOST:
            parts.append(Text(text=say("These are the latest {most}.", most=MOST)))

    unknown = in_states(
        session, {DeliveryState.UNKNOWN}, limit=MOST, responsible=mine, gathered=False
    )
    failed = in_states(
        session, {DeliveryState.FAILED}, limit=MOST, responsible=mine, gathered=False
    )
    late = too_late(session, limit=MOST, responsible=mine)
    held = sizes(session, {each.id for each in (*unknown, *failed, *late) if each.kind == DIGEST})
    listed(say("Sent or not, nobody can tell"), unknown, other=_arrived)
    listed(say("Not sent"), failed, other=_away)
    listed(say("Too late to be sent"), late, other=_away)
    return Reply(
        title=say("Deliveries") if mine is None else say("Deliveries you answer for"),
        parts=tuple(parts),
        buttons=(Button(label=say("Look again"), command="deliveries"),),
        again="deliveries",
        shareable=False,
    )


def _counted(session: Session, *, responsible: str | None) -> tuple[tuple[str, str], ...]:
    every = counts(session, responsible=responsible)
    gathered = counts_gathered(session, responsible=responsible)
    rows = []
    for state in DeliveryState:
        inside = (
            say(" ({gathered} of them inside digests)", gathered=gathered[state])
            if gathered[state]
            else ""
        )
        rows.append((say(state.value).capitalize(), f"{every[state]}{inside}"))
    return tuple(rows)


def decide_again(request: Request, session: Session) -> Reply:
    number, by = _asked(request, session)
    found = find_delivery(session, number)
    if found is not None and not _may_send(found, request):
        raise UserError(say(ADMINS_ONLY), buttons=(LIST.spoken,))
    decision = send_again(session, number, by=by, now=request.now)
    if decision.done:
        text = say(
            "Delivery {number} is planned once more, as delivery {again_id}.",
            number=number,
            again_id=decision.again_id,
        )
        return _decided(say("It is sent again"), text)
    if decision.again_id is not None:
        text = say(
            "Delivery {number} was sent again already, as delivery {again_id}.",
            number=number,
            again_id=decision.again_id,
        )
        return _decided(say("It was sent again before"), text)
    return _not_decided(number, decision)


def decide_arrived(request: Request, session: Session) -> Reply:
    number, by = _asked(request, session)
    decision = arrived(session, number, by=by, now=request.now)
    if decision.done:
        return _decided(say("Noted"), say("Delivery {number} counts as sent.", number=number))
    return _not_decided(number, decision)


def decide_away(request: Request, session: Session) -> Reply:
    number, by = _asked(request, session)
    decision = put_away(session, number, by=by, now=request.now)
    if decision.done:
        return _decided(
            say("Put away"),
            say("Delivery {number} is not sent, and not listed any more.", number=number),
        )
    return _not_decided(number, decision)


def _may_send(delivery: Delivery, request: Request) -> bool:
    return delivery.priority is not Priority.EMERGENCY or request.standing >= Standing.ADMIN


def _asked(request: Request, session: Session) -> tuple[int, str]:
    _, _, typed = request.text.partition(" ")
    if not (typed.isascii() and typed.isdecimal() and len(typed) < 10):
        raise UserError(say("Which one? Type its number, or press a button of `/ht deliveries`."), buttons=(LIST.spoken,))  # fmt: skip
    if request.asker is None:
        raise UserError(say("This is decided in somebody's name. Type it in Slack."))
    number, by = int(typed), request.asker.user_id
    if request.standing < Standing.COORDINATOR:
        found = find_delivery(session, number)
        if found is None or found.responsible != by:
            raise UserError(say(NOT_YOURS), buttons=(LIST.spoken,))
    return number, by


def _decided(title: str, text: str) -> Reply:
    return Reply(title=title, parts=(Text(text=text),), buttons=(LIST.spoken,), shareable=False)


def _not_decided(number: int, decision: Decision) -> Reply:
    if decision.state is None:
        raise UserError(
            say("There is no delivery {number}. See `/ht deliveries`.", number=number),
            buttons=(LIST.spoken,),
        )
    if decision.digest_id is not None:
        text = say(
            "Delivery {number} goes inside digest {digest_id}, and shares its fate.",
            number=number,
            digest_id=decision.digest_id,
        )
        return _decided(say("It is part of a digest"), text)
    return _decided(
        say("Nothing to decide"),
        say("Delivery {number}: {states}.", number=number, states=say(STATES[decision.state])),
    )


def _title(delivery: Delivery) -> str:
    return say(
        "{id}: {kind}, to {recipient}",
        id=delivery.id,
        kind=delivery.kind,
        recipient=delivery.recipient,
    )


def _entry(delivery: Delivery, held: Mapping[int, int], *, zone: ZoneInfo) -> Entry:
    inside = say("messages inside: {held}", held=held[delivery.id]) if delivery.id in held else ""
    lines = (
        say("due {said}", said=said(delivery.due_at, zone)),
        inside,
        say(delivery.reason or ""),
    )
    return Entry(title=_title(delivery), lines=tuple(filter(None, lines)))


def _again(delivery: Delivery) -> Button:
    return Button(
        label=say("Send {id} again", id=delivery.id), command=f"deliveries again {delivery.id}"
    )


def _arrived(delivery: Delivery) -> Button:
    return Button(
        label=say("{id}: It arrived", id=delivery.id), command=f"deliveries arrived {delivery.id}"
    )


def _away(delivery: Delivery) -> Button:
    return Button(
        label=say("Put {id} away", id=delivery.id), command=f"deliveries away {delivery.id}"
    )


def render(delivery: Delivery, session: Session, now: datetime) -> Notice | None:
    trouble = in_states(session, {DeliveryState.UNKNOWN, DeliveryState.FAILED}, limit=1)
    if not trouble and not too_late(session, limit=1):
        return None
    return Notice(
        text=say("Some messages of the bot may not have arrived. Open to see which."),
        opens="deliveries",
    )


COMMAND = Command(
    verb="deliveries",
    usage="deliveries",
    summary=phrase("How the bot's own messages went: counts, and those that need a decision."),
    aliases=("delivery", "outbox"),
    examples=("deliveries",),
    who=Standing.MEMBER,
    handle=handle,
    actions=(
        Action(
            word="again",
            usage="deliveries again NUMBER",
            summary=phrase("Send an unknown, failed or late one again, once."),
            who=Standing.MEMBER,
            handle=decide_again,
        ),
        Action(
            word="arrived",
            usage="deliveries arrived NUMBER",
            summary=phrase("Note that an unknown one arrived."),
            who=Standing.MEMBER,
            handle=decide_arrived,
        ),
        Action(
            word="away",
            usage="deliveries away NUMBER",
            summary=phrase("Leave a failed or late one as it is, and list it no more."),
            who=Standing.MEMBER,
            handle=decide_away,
        ),
    ),
    deliveries=(
        DeliveryKind(
            name=REPORT,
            title=phrase("Delivery reports"),
            render=render,
            priority=Priority.REMINDER,
            digest=False,  # what went wrong is told at once
        ),
    ),
)
