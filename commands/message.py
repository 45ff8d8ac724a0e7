"""
/ht message: a broadcast as its readers see it, and their word that they read it.
"""

from commands.announcing import in_words
from commands.contract import Action, Button, Command, Entry, Part, Reply, Request, Standing, Text
from commands.contract import Facts as Rows
from commands.ping import said, zone_of
from commands.register import asker_of
from commands.speech import phrase, say
from storage.audiences import labels
from storage.broadcast_progress import Reader, acknowledge, in_channel, reader_of
from storage.broadcasts import EMERGENCY, Broadcast, broadcasts, find_broadcast
from storage.errors import UnknownBroadcastError
from storage.members import find_member
from storage.session import Session

NOBODY = phrase("Messages are shown to whom they are for. Type `/ht message` in Slack.")
NOT_YOURS = phrase("There is no such message for you, or it is no longer there.")
IN_CHANNEL = phrase("What was posted in a channel is opened there: press its button, or type `/ht message {number}` in that channel.")  # fmt: skip
LIST = Button(label=phrase("My messages"), command="message")


def handle(request: Request, session: Session) -> Reply:
    if request.asker is None:
        return Reply(title=say("Messages"), parts=(Text(text=say(NOBODY)),), shareable=False)
    number = _number(request.text)
    if number is None:
        return _mine(request, session)
    found = _readable(request, session, number)
    if found is None:
        return _none(number)
    return _page(found, request, session)


def read_it(request: Request, session: Session) -> Reply:
    """
    Note that the asker read a message; saying so twice is once.
    """
    asker = asker_of(request)
    number = _number(request.text)
    found = _readable(request, session, number or 0)
    if found is None or number is None:
        return _none(number)
    acknowledge(session, number, user_id=asker.user_id, now=request.now)
    return _page(found, request, session)


def _page(found: Broadcast, request: Request, session: Session) -> Reply:
    asker = asker_of(request)
    reader = reader_of(session, found.number, asker.user_id)
    zone = zone_of(session)
    parts: list[Part] = [
        Text(text=found.draft.text),
        *(
            Entry(
                title=say("Corrected"), lines=(say("It said before: {each}", each=each["before"]),)
            )
            for each in found.corrections
        ),
    ]
    why = _why(reader, found, request, session)
    rows = [(say("From"), sender(found, session)), (say("You got it because"), why)]
    if found.started_at:
        rows.append((say("Sent"), said(found.started_at, zone)))
    if reader and reader.acknowledged_at:
        rows.append((say("You said that you read it"), said(reader.acknowledged_at, zone)))
    parts.append(Rows(rows=tuple(rows)))
    asks = found.draft.wants_ack and reader is not None and reader.acknowledged_at is None
    mute = () if found.draft.kind == EMERGENCY else (Button(label=say("Mute messages from coordinators"), command="notices mute broadcast"),)  # fmt: skip
    return Reply(
        title=say("Urgent message") if found.draft.kind == EMERGENCY else say("Message"),
        parts=tuple(parts),
        notes=(say("For members of the task force. Please do not pass it on outside."),),
        buttons=(
            *(
                (Button(label=say("I have read it"), command=f"message read {found.number}"),)
                if asks
                else ()
            ),
            *mute,
            LIST.spoken,
        ),
        again=f"message {found.number}",
        shareable=False,
    )


def sender(found: Broadcast, session: Session) -> str:
    """
    Return who signs a broadcast: the name they gave, if they are a member.
    """
    member = find_member(session, team_id=found.team_id, user_id=found.sender)
    urgent = found.draft.kind == EMERGENCY
    if member is None:
        return say("an administrator") if urgent else say("a coordinator")
    role = say("administrator") if urgent else say("coordinator")
    return f"{member.details.name}, {role}, {member.agency}"


def _mine(request: Request, session: Session) -> Reply:
    asker = asker_of(request)
    approved = request.standing >= Standing.APPROVED
    started = [each for each in broadcasts(session, limit=100) if each.started_at and approved]
    mine = [each for each in started if reader_of(session, each.number, asker.user_id)][:20]
    zone = zone_of(session)
    parts = tuple(
        Entry(
            title=say("Message {number}", number=each.number),
            lines=(
                say("From {sender}", sender=sender(each, session)),
                said(each.started_at, zone) if each.started_at else "",
            ),
            button=Button(
                label=say("Read message {number}", number=each.number),
                command=f"message {each.number}",
            ),
        )
        for each in mine
    )
    return Reply(
        title=say("Messages to you"),
        parts=parts or (Text(text=say("None.")),),
        again="message",
        shareable=False,
    )


def _none(number: int | None) -> Reply:
    # The same whatever there is: nobody learns from it what stands in a channel of others.
    where = say(IN_CHANNEL, number=number or "5")
    return Reply(
        title=say("Message"),
        parts=(Text(text=say(NOT_YOURS)), Text(text=where)),
        buttons=(LIST.spoken,),
        shareable=False,
    )


def _readable(request: Request, session: Session, number: int) -> Broadcast | None:
    """
    Return the broadcast, if the asker is its sender, a coordinator, a member whom it is for,
    or one who asks in a channel that it stands in: so they are there.
    """
    asker = asker_of(request)
    try:
        found = find_broadcast(session, number)
    except UnknownBroadcastError:
        return None
    if found.sender == asker.user_id:
        return found
    if found.started_at is None or request.standing < Standing.APPROVED:
        return None  # also for whoever it was for, and has left since
    if request.standing >= Standing.COORDINATOR or reader_of(session, number, asker.user_id):
        return found
    here = request.channel is not None and in_channel(session, number, request.channel)
    return found if here else None


def _why(reader: Reader | None, found: Broadcast, request: Request, session: Session) -> str:
    if reader is not None:
        return say("you are in: ") + in_words(labels(session, reader.why, for_all=True))
    if asker_of(request).user_id == found.sender:
        return say("you sent it")
    if request.channel and in_channel(session, found.number, request.channel):
        return say("it was posted in this channel")
    return say("it was not sent to you: coordinators may read what was sent")


def _number(text: str) -> int | None:
    return next((int(word[:9]) for word in text.split() if word.isdecimal()), None)


COMMAND = Command(
    verb="message",
    usage="message [number]",
    summary=phrase("Messages from coordinators to you; say that you read them."),
    aliases=(
        "messages",
        "my messages",
        "mensajes",
    ),
    examples=("message",),
    who=Standing.MEMBER,
    handle=handle,
    actions=(
        Action(
            word="read",
            usage="message read NUMBER",
            summary=phrase("Say that you read a message."),
            who=Standing.MEMBER,
            handle=read_it,
        ),
    ),
)
