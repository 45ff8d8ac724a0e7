"""
/ht registrations: who asks to be a member, and the coordinators' decision.
"""

from collections.abc import Callable, Iterator
from datetime import datetime

from commands.announcing import announce
from commands.contacts import coordinators_for, mention
from commands.contract import (
    Action,
    Button,
    Command,
    DeliveryKind,
    Entry,
    Facts,
    Notice,
    Part,
    Reply,
    Request,
    Standing,
    Text,
    UserError,
)
from commands.deciding import reason_field, reason_of
from commands.forms import FieldError, Form, Sheet, Submission, TextField
from commands.match import find
from commands.register import day, said
from commands.speech import phrase, say
from storage.deliveries import Delivery, Priority
from storage.errors import DecidedError, OwnRequestError, UnknownRequestError
from storage.members import find_member
from storage.organizations import organization_names
from storage.registrations import WAITS as ASKED
from storage.registrations import (
    Registration,
    RegistrationState,
    approve,
    decline,
    find_registration,
    question,
    waiting,
)
from storage.seats import groups
from storage.session import Session
from storage.task_forces import local_day

NOBODY = phrase("A decision is made in somebody's name. Type `/ht registrations` in Slack.")
NOT_YOURS = phrase(
    "This one is for the coordinators of its collaborative, and you are not one of them."
)
OWN = phrase("Nobody decides on their own request: another coordinator does.")
DECIDED = phrase("Somebody else was faster: this request was decided on or changed meanwhile, and your press changed nothing.")  # fmt: skip
MOST_ALIKE = 3  # agencies called much alike
WAITS = phrase("Request {number} waits for a coordinator.")
LIST = Button(label=phrase("All requests"), command="registrations")
STATES = {
    RegistrationState.ASKED: phrase("waits for a decision"),
    RegistrationState.APPROVED: phrase("approved"),
    RegistrationState.DECLINED: phrase("declined"),
    RegistrationState.WITHDRAWN: phrase("taken back"),
}


def handle(request: Request, session: Session) -> Reply:
    if request.text:
        return _page(_asked(request, session), request, session)
    found = waiting(session)
    names = {each.ref: each.name for each in groups(session)}
    parts = tuple(
        Entry(
            title=f"{each.number}: {each.details.name}, {each.agency}",
            lines=(
                ", ".join(names[ref] for ref in each.groups if ref in names)
                or say("no group named"),
                say("Asked {day}", day=day(local_day(session, each.asked_at))),
            ),
            button=Button(
                label=say("Open request {number}", number=each.number),
                command=f"registrations {each.number}",
            ),
        )
        for each in found
    )
    return Reply(
        title=say("Requests to be a member"),
        parts=parts or (Text(text=say("None waits.")),),
        buttons=(Button(label=say("Look again"), command="registrations"),),
        again="registrations",
        shareable=False,
    )


def approve_one(request: Request, session: Session) -> Reply:
    found = _deciding(request, session)
    by = _by(request)
    done = _decided(found, session, lambda: approve(session, found.number, by=by, version=_version(request), now=request.now))  # fmt: skip
    if isinstance(done, Reply):
        return done
    _told(session, done, now=request.now, by=by)
    owner = Button(label=say("Who looks after their entry"), command=f"entry {done.agency}")
    return Reply(
        title=say("Approved: {name}", name=done.details.name),
        parts=(
            *said(done, {each.ref: each for each in groups(session)}),
            Text(text=say("They are told, and are a member for a year.")),
        ),
        buttons=(owner, LIST.spoken),
        shareable=False,
    )


def show_decline(request: Request, session: Session) -> Sheet | Reply:
    found = _deciding(request, session)
    if found.state is not RegistrationState.ASKED:
        return _too_late(found, session)
    return Sheet(
        title=say("Decline the request"),
        says=(
            say(
                "Request {number}: {name}, {agency}.",
                number=found.number,
                name=found.details.name,
                agency=found.agency,
            ),
        ),
        fields=(reason_field(say("They read this. Say what they could do instead.")),),
        send=say("Decline and tell them"),
        seen=str(found.version),
    )


def take_decline(request: Request, session: Session, submission: Submission) -> Reply:
    found, by = _deciding(request, session), _by(request)
    reason = reason_of(submission, reader=say("they read it"))
    done = _decided(found, session, lambda: decline(session, found.number, by=by, version=int(submission.seen), reason=reason, now=request.now))  # fmt: skip
    if isinstance(done, Reply):
        return done
    _told(session, done, now=request.now, by=by)
    return Reply(
        title=say("Declined: {name}", name=done.details.name),
        parts=(Text(text=say("They are told, with your reason.")),),
        buttons=(LIST.spoken,),
        shareable=False,
    )


def show_question(request: Request, session: Session) -> Sheet | Reply:
    found = _deciding(request, session)
    if found.state is not RegistrationState.ASKED:
        return _too_late(found, session)
    return Sheet(
        title=say("Ask a question"),
        says=(
            say(
                "Request {number}: {name}, {agency}.",
                number=found.number,
                name=found.details.name,
                agency=found.agency,
            ),
        ),
        fields=(
            TextField(
                name="question",
                label=say("What you want to know"),
                hint=say(
                    "They read this and answer in their form. About them and their agency alone."
                ),
                value=found.question,
                free=True,
                lines=True,
                longest=500,
            ),
        ),
        send=say("Send the question"),
        seen=str(found.version),
    )


def take_question(request: Request, session: Session, submission: Submission) -> Reply:
    found, by = _deciding(request, session), _by(request)
    text = submission.text("question")
    if not text:
        raise FieldError({"question": say("Please type a question.")})
    done = _decided(found, session, lambda: question(session, found.number, by=by, version=int(submission.seen), text=text, now=request.now))  # fmt: skip
    if isinstance(done, Reply):
        return done
    _tell(session, done, about=f"asked {done.version}", now=request.now, by=by)
    return Reply(
        title=say("Asked"),
        parts=(
            Text(text=say("{name} is told, and can answer in the form.", name=done.details.name)),
        ),
        buttons=(LIST.spoken,),
        shareable=False,
    )


# What the bot sends by itself.


def plan_requests(session: Session, now: datetime) -> None:
    """
    Tell the right coordinators of every request, once each; and of an answer to a question.
    """
    every = {each.ref: each.collaborative for each in groups(session)}
    for each in waiting(session):
        concerned = {every[ref] for ref in each.groups if ref in every}
        answered = f" answered {each.version}" if each.question and each.answer else ""
        announce(
            session,
            REQUESTS,
            occasion=f"{each.number}:{answered}",
            recipients=coordinators_for(session, concerned, but=each.user_id),
            due_at=each.asked_at,
            now=now,
            standing=Standing.COORDINATOR,
            responsible=None,
            payload={"number": each.number},
        )


def render_request(delivery: Delivery, session: Session, now: datetime) -> Notice | None:
    found = _of(delivery, session)
    if found is None or found.state is not RegistrationState.ASKED:
        return None
    return _notice(found, say(WAITS, number=found.number))


def edit_request(delivery: Delivery, session: Session, now: datetime) -> Notice:
    """
    Say on everybody's message what became of the request, and by whom.
    """
    found = _of(delivery, session)
    if found is None:
        return Notice(text=say("This request is over."), opens="")
    if found.state is RegistrationState.ASKED:
        return _notice(found, say(WAITS, number=found.number))
    what = say("Request {number} was taken back.", number=found.number)
    if found.state in {RegistrationState.APPROVED, RegistrationState.DECLINED}:
        who = _name(session, found.team_id, found.decided_by or "")
        what = say("Request {number} was decided on by {who}.", number=found.number, who=who)
    return _notice(found, what)


def _notice(found: Registration, text: str) -> Notice:
    number = found.number
    return Notice(
        text=text,
        opens=f"registrations {number}",
        label=say("Open request {number}", number=number),
    )


def render_news(delivery: Delivery, session: Session, now: datetime) -> Notice | None:
    found = _of(delivery, session)
    if found is None:
        return None
    opens = "register" if delivery.payload.get("about", "").startswith("asked") else "me"
    return Notice(text=say("There is news of your registration."), opens=opens)


REQUESTS = DeliveryKind(
    name=ASKED,
    title=phrase("Requests to be a member"),
    render=render_request,
    priority=Priority.REMINDER,
    plan=plan_requests,
    edit=edit_request,
)
NEWS = DeliveryKind(
    name="registration",
    title=phrase("News of your registration"),
    render=render_news,
    priority=Priority.REMINDER,
)


def _told(session: Session, done: Registration, *, now: datetime, by: str) -> None:
    _tell(session, done, about=done.state.value, now=now, by=by)


def _tell(session: Session, done: Registration, *, about: str, now: datetime, by: str) -> None:
    announce(
        session,
        NEWS,
        occasion=f"{done.number}: {about}",
        recipients=[done.user_id],
        due_at=now,
        now=now,
        standing=Standing.COORDINATOR,
        responsible=by,
        payload={"number": done.number, "about": about},
    )


def _of(delivery: Delivery, session: Session) -> Registration | None:
    try:
        return find_registration(session, int(delivery.payload["number"]))
    except UnknownRequestError:
        return None  # the asker has left, and everything of theirs with them


# Which, and whose.


def _page(found: Registration, request: Request, session: Session) -> Reply:
    state = say(STATES[found.state])
    if found.decided_by and found.state is not RegistrationState.WITHDRAWN:
        state += say(" by {name}", name=_name(session, found.team_id, found.decided_by))
    parts: list[Part] = [
        Facts(
            rows=((say("State"), state), (say("Asked"), day(local_day(session, found.asked_at))))
        ),
        *said(found, {each.ref: each for each in groups(session)}),
    ]
    if found.state is RegistrationState.ASKED:
        parts.append(Facts(rows=tuple(_known(found, session))))
    if found.reason:
        parts.append(Facts(rows=((say("Reason"), found.reason),)))
    buttons: tuple[Button, ...] = (LIST.spoken,)
    if found.state is RegistrationState.ASKED and _may(found, request, session):
        number = found.number
        buttons = (
            Button(label=say("Approve"), command=f"registrations approve {number} {found.version}"),
            Button(label=say("Decline"), command=f"registrations decline {number}"),
            Button(label=say("Ask a question"), command=f"registrations ask {number}"),
            LIST.spoken,
        )
    elif found.state is RegistrationState.APPROVED:
        name = found.details.name or say("the member")
        look = Button(
            label=say("Open {name}", name=name), command=f"whois {mention(found.user_id)}"
        )
        buttons = (look, LIST.spoken)
    return Reply(
        title=say("Request {number}", number=found.number),
        parts=tuple(parts),
        buttons=buttons,
        again=f"registrations {found.number}",
        shareable=False,
    )


def _known(found: Registration, session: Session) -> Iterator[tuple[str, str]]:
    """
    Yield what is known already of who asks: what they are now, and agencies that are
    called much like theirs, where it is not one of the list.
    """
    member = find_member(session, team_id=found.team_id, user_id=found.user_id)
    if member and member.ended_at is None:
        yield say("Is a member now"), f"{member.details.title}, {member.agency}"
    if found.details.organization_id is None:
        listed = [(each.name, each.names) for each in organization_names(session)]
        match = find(found.agency, listed)
        names = (match.best,) if match.best else match.close[:MOST_ALIKE]
        if names:
            yield say("Much alike in the list"), ", ".join(names)


def _decided(
    found: Registration, session: Session, decide: Callable[[], Registration]
) -> Registration | Reply:
    """
    Do *decide*, and return what becomes of a request; or what to say to a press that is too
    late.

    Raises:
        UserError: if it is the asker's own.
    """
    try:
        return decide()
    except DecidedError:
        return _too_late(found, session)
    except OwnRequestError:
        raise UserError(say(OWN), buttons=(LIST.spoken,)) from None


def _too_late(found: Registration, session: Session) -> Reply:
    now = find_registration(session, found.number)
    by = ""
    if now.decided_by and now.state is not RegistrationState.WITHDRAWN:
        by = say(" by {name}", name=_name(session, now.team_id, now.decided_by))
    return Reply(
        title=say("Too late"),
        parts=(
            Text(text=say(DECIDED)),
            Facts(rows=((say("State"), f"{say(STATES[now.state])}{by}"),)),
        ),
        buttons=(
            Button(label=say("See the request"), command=f"registrations {now.number}"),
            LIST.spoken,
        ),
        shareable=False,
    )


def _asked(request: Request, session: Session) -> Registration:
    number = next((word for word in request.text.split() if word.isdecimal()), None)
    if number is None:
        raise UserError(say("Which request? Type its number, as in `/ht registrations 5`."), buttons=(LIST.spoken,))  # fmt: skip
    try:
        return find_registration(session, int(number[:9]))
    except UnknownRequestError:
        raise UserError(
            say("There is no request {number}.", number=number[:9]), buttons=(LIST.spoken,)
        ) from None


def _deciding(request: Request, session: Session) -> Registration:
    """
    Return the request that somebody decides on.

    Raises:
        UserError: if it is not theirs to decide.
    """
    found = _asked(request, session)
    if found.user_id == _by(request):
        raise UserError(say(OWN), buttons=(LIST.spoken,))
    if not _may(found, request, session):
        raise UserError(say(NOT_YOURS), buttons=(LIST.spoken,))
    return found


def _may(found: Registration, request: Request, session: Session) -> bool:
    if request.asker is None or request.asker.user_id == found.user_id:
        return False
    if request.standing >= Standing.ADMIN:
        return True
    every = {each.ref: each.collaborative for each in groups(session)}
    concerned = {every[ref] for ref in found.groups if ref in every}
    return request.asker.user_id in coordinators_for(session, concerned, but=found.user_id)


def _by(request: Request) -> str:
    if request.asker is None:
        raise UserError(say(NOBODY))
    return request.asker.user_id


def _version(request: Request) -> int | None:
    numbers = [word for word in request.text.split() if word.isdecimal()]
    return int(numbers[1][:9]) if len(numbers) > 1 else None


def _name(session: Session, team_id: str, user_id: str) -> str:
    member = find_member(session, team_id=team_id, user_id=user_id)
    return member.details.name if member else say("a coordinator")


COMMAND = Command(
    verb="registrations",
    usage="registrations [number]",
    summary=phrase("Who asks to be a member; coordinators approve, decline or ask."),
    aliases=("registration requests", "requests", "approvals"),
    examples=("registrations",),
    who=Standing.COORDINATOR,
    handle=handle,
    actions=(
        Action(
            word="approve",
            usage="registrations approve NUMBER",
            summary=phrase("Make the asker a member for a year."),
            who=Standing.COORDINATOR,
            handle=approve_one,
        ),
    ),
    deliveries=(REQUESTS, NEWS),
    forms=(
        Form(
            word="decline",
            usage="registrations decline NUMBER",
            summary=phrase("Say no, and why."),
            who=Standing.COORDINATOR,
            show=show_decline,
            take=take_decline,
        ),
        Form(
            word="ask",
            usage="registrations ask NUMBER",
            summary=phrase("Put a question to the asker."),
            who=Standing.COORDINATOR,
            show=show_question,
            take=take_question,
        ),
    ),
)
