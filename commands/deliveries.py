"""
/ht deliveries: how the messages went that the bot sent by itself, and what to do
about those that nobody can tell of.
"""

from collections.abc import Mapping
from datetime import datetime

from commands.contract import (
    Action,
    Bullets,
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
from commands.ping import STATES, said
from storage.deliveries import (
    Delivery,
    DeliveryState,
    Priority,
    counts,
    counts_gathered,
    in_states,
    too_late,
)
from storage.digests import DIGEST, sizes
from storage.reports import REPORT, Decision, arrived, send_again
from storage.session import Session

MOST = 20  # of a kind of trouble; the counts say how many there are
WHAT_UNKNOWN = (
    "The bot stopped, or lost its connection, while these were on their way. It never sends "
    "them again by itself. Ask the reader, then press."
)
LIST = Button(label="All deliveries", command="deliveries")


def handle(request: Request, session: Session) -> Reply:
    parts: list[Part] = [Facts(rows=_counted(session))]
    unknown = in_states(session, {DeliveryState.UNKNOWN}, limit=MOST, gathered=False)
    failed = in_states(session, {DeliveryState.FAILED}, limit=MOST, gathered=False)
    held = sizes(session, {each.id for each in (*unknown, *failed) if each.kind == DIGEST})
    if unknown:
        parts += [Heading(text="Sent or not, nobody can tell"), Text(text=WHAT_UNKNOWN)]
        for each in unknown:
            parts += [_entry(each, held), Buttons(buttons=(_again(each), _arrived(each)))]
    if failed:
        parts.append(Heading(text="Not sent"))
        parts += [_entry(each, held, button=_again(each)) for each in failed]
    late = too_late(session, limit=MOST)
    if late:
        parts.append(Heading(text="Too late to be sent"))
        parts.append(Bullets(items=tuple(f"{_title(each)}, {_due(each)}" for each in late)))
    return Reply(
        title="Deliveries",
        parts=tuple(parts),
        buttons=(Button(label="Look again", command="deliveries"),),
        again="deliveries",
        shareable=False,
    )


def _counted(session: Session) -> tuple[tuple[str, str], ...]:
    every, gathered = counts(session), counts_gathered(session)
    rows = []
    for state in DeliveryState:
        inside = f" ({gathered[state]} of them inside digests)" if gathered[state] else ""
        rows.append((state.value.capitalize(), f"{every[state]}{inside}"))
    return tuple(rows)


def decide_again(request: Request, session: Session) -> Reply:
    number, by = _asked(request)
    decision = send_again(session, number, by=by, now=request.now)
    if decision.done:
        text = f"Delivery {number} is planned once more, as delivery {decision.again_id}."
        return _decided("It is sent again", text)
    if decision.again_id is not None:
        text = f"Delivery {number} was sent again already, as delivery {decision.again_id}."
        return _decided("It was sent again before", text)
    return _not_decided(number, decision)


def decide_arrived(request: Request, session: Session) -> Reply:
    number, by = _asked(request)
    decision = arrived(session, number, by=by, now=request.now)
    if decision.done:
        return _decided("Noted", f"Delivery {number} counts as sent.")
    return _not_decided(number, decision)


def _asked(request: Request) -> tuple[int, str]:
    _, _, typed = request.text.partition(" ")
    if not (typed.isascii() and typed.isdecimal() and len(typed) < 10):
        raise UserError("Which one? Type its number, or press a button of `/ht deliveries`.", buttons=(LIST,))  # fmt: skip
    if request.asker is None:
        raise UserError("This is decided in somebody's name. Type it in Slack.")
    return int(typed), request.asker.user_id


def _decided(title: str, text: str) -> Reply:
    return Reply(title=title, parts=(Text(text=text),), buttons=(LIST,), shareable=False)


def _not_decided(number: int, decision: Decision) -> Reply:
    if decision.state is None:
        raise UserError(f"There is no delivery {number}. See `/ht deliveries`.", buttons=(LIST,))
    if decision.digest_id is not None:
        text = f"Delivery {number} goes inside digest {decision.digest_id}, and shares its fate."
        return _decided("It is part of a digest", text)
    return _decided("Nothing to decide", f"Delivery {number}: {STATES[decision.state]}.")


def _title(delivery: Delivery) -> str:
    return f"{delivery.id}: {delivery.kind}, to {delivery.recipient}"


def _due(delivery: Delivery) -> str:
    return f"due {said(delivery.due_at)}"


def _entry(delivery: Delivery, held: Mapping[int, int], *, button: Button | None = None) -> Entry:
    inside = f"messages inside: {held[delivery.id]}" if delivery.id in held else ""
    lines = (_due(delivery), inside, delivery.reason or "")
    return Entry(title=_title(delivery), lines=tuple(filter(None, lines)), button=button)


def _again(delivery: Delivery) -> Button:
    return Button(label=f"Send {delivery.id} again", command=f"deliveries again {delivery.id}")


def _arrived(delivery: Delivery) -> Button:
    return Button(label=f"{delivery.id}: It arrived", command=f"deliveries arrived {delivery.id}")


def render(delivery: Delivery, session: Session, now: datetime) -> Notice | None:
    trouble = in_states(session, {DeliveryState.UNKNOWN, DeliveryState.FAILED}, limit=1)
    if not trouble and not too_late(session, limit=1):
        return None
    return Notice(
        text="Some messages of the bot may not have arrived. Open to see which.",
        opens="deliveries",
    )


COMMAND = Command(
    verb="deliveries",
    usage="deliveries",
    summary="How the bot's own messages went: counts, and those that need a decision.",
    aliases=("delivery", "outbox"),
    examples=("deliveries",),
    who=Standing.COORDINATOR,
    handle=handle,
    actions=(
        Action(
            word="again",
            usage="deliveries again NUMBER",
            summary="Send an unknown or failed one again, once.",
            who=Standing.COORDINATOR,
            handle=decide_again,
        ),
        Action(
            word="arrived",
            usage="deliveries arrived NUMBER",
            summary="Note that an unknown one arrived.",
            who=Standing.COORDINATOR,
            handle=decide_arrived,
        ),
    ),
    deliveries=(
        DeliveryKind(
            name=REPORT,
            title="Delivery reports",
            render=render,
            priority=Priority.REMINDER,
            digest=False,  # what went wrong is told at once
        ),
    ),
)
