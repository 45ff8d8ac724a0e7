"""
/ht access: who coordinates and who administers; administrators give and take roles.
"""

from commands.contacts import mention, mentioned
from commands.contract import (
    Account,
    Action,
    Button,
    Buttons,
    Command,
    Entry,
    Part,
    Reply,
    Request,
    Standing,
    Text,
    UserError,
)
from commands.forms import ChoiceField, FieldError, Form, Option, PersonField, Sheet, Submission
from commands.register import asker_of, day
from commands.speech import phrase, say
from storage.audit import record
from storage.collaboratives import collaboratives
from storage.members import find_member
from storage.people import Grant, RoleName, grant, grants, revoke
from storage.session import Session
from storage.task_forces import local_day, own_row

LIST = Button(label=phrase("All roles"), command="access")
OWN = phrase(
    "Nobody gives themself a role: another administrator does, or `htbot grant` on the machine."
)
LAST = phrase("This is the last administrator, so nobody could give roles after that. Make somebody else one first.")  # fmt: skip
EVERYWHERE = "everywhere"
KINDS = {"coordinator": RoleName.COORDINATOR, "admin": RoleName.ADMIN}


def handle(request: Request, session: Session) -> Reply:
    names = {each.key: each.alternate_name or each.name for each in collaboratives(session)}
    may = request.standing >= Standing.ADMIN
    found = [each for each in grants(session, but_members=True) if each.role is not RoleName.MEMBER]
    parts: list[Part] = []
    for each in found:
        since = day(local_day(session, each.granted_at))
        title = f"{_name(session, each)}: {_called(each, names)}"
        parts.append(Entry(title=title, lines=(say("Since {since}", since=since),)))
        parts.append(Account(label=say("Slack account"), user_id=each.user_id))
        if may:
            parts.append(Buttons(buttons=(_taking(session, each),)))
    return Reply(
        title=say("Coordinators and administrators"),
        parts=tuple(parts) or (Text(text=say("Nobody has a role yet.")),),
        notes=(say("Administrators by the settings of this installation are not listed here."),),
        buttons=(Button(label=say("Give a role"), command="access grant"),) if may else (),
        again="access",
        shareable=False,
    )


def show_give(request: Request, session: Session) -> Sheet:
    options = (
        Option(label=say("All collaboratives"), value=EVERYWHERE),
        *(Option(label=each.name, value=each.key) for each in collaboratives(session)),
    )
    return Sheet(
        title=say("Give a role"),
        fields=(
            PersonField(name="person", label=say("To whom"), value=mentioned(request.text)),
            ChoiceField(
                name="role",
                label=say("Which role"),
                options=(
                    Option(label=say("Coordinator"), value="coordinator"),
                    Option(label=say("Administrator"), value="admin"),
                ),
            ),
            ChoiceField(
                name="scope",
                label=say("Of which collaborative"),
                hint=say("A coordinator decides on what concerns it. Administrators are for all."),
                options=options,
                value=EVERYWHERE,
            ),
        ),
        send=say("Give the role"),
    )


def take_give(request: Request, session: Session, submission: Submission) -> Reply:
    asker = asker_of(request)
    user_id, role = submission.one("person"), KINDS.get(submission.text("role"))
    if user_id is None or role is None:
        raise FieldError({"person": say("Please choose a person and a role.")})
    if user_id == asker.user_id:
        raise FieldError({"person": say(OWN)})
    scope = submission.one("scope") if role is RoleName.COORDINATOR else None
    known = {each.key for each in collaboratives(session)}
    if scope is not None and scope not in {*known, EVERYWHERE}:
        raise FieldError(
            {"scope": say("There is no such collaborative any more. Please choose again.")}
        )
    given = scope if scope in known and scope is not None else ""
    new = grant(
        session,
        team_id=asker.team_id,
        user_id=user_id,
        role=role,
        granted_by=asker.user_id,
        now=request.now,
        scope=given,
    )
    if new:
        record(session, "role.granted", actor=asker.user_id, now=request.now, subject=user_id, role=role.value, scope=given)  # fmt: skip
    return Reply(
        title=say("Given") if new else say("They have it already"),
        parts=(Text(text=say("It counts from their next question on. It is in the audit.")),),
        buttons=(LIST.spoken,),
        shareable=False,
    )


def take_away(request: Request, session: Session) -> Reply:
    asker = asker_of(request)
    words = request.text.split()
    user_id = mentioned(request.text)
    role = next((KINDS[word] for word in words if word in KINDS), None)
    if user_id is None or role is None:
        raise UserError(say("Whose, and which? Type `/ht access revoke @person coordinator`, or press one."), buttons=(LIST.spoken,))  # fmt: skip
    own_row(session, lock=True)  # two who take each other's leave one administrator
    given = grants(session, but_members=True)
    mine = [each for each in given if each.user_id == user_id and each.role is role]
    if role is RoleName.ADMIN and {each.user_id for each in given if each.role is role} == {
        user_id
    }:
        raise UserError(say(LAST), buttons=(LIST.spoken,))
    scope = words[-1] if words[-1] in {each.scope for each in mine if each.scope} else None
    if not mine:
        return Reply(title=say("They do not have it"), buttons=(LIST.spoken,), shareable=False)
    if scope is None and words[-1] == role.value and any(not each.scope for each in mine):
        scope = ""  # the role of all collaboratives, as its button says
    revoke(session, team_id=mine[0].team_id, user_id=user_id, role=role, scope=scope)
    record(session, "role.revoked", actor=asker.user_id, now=request.now, subject=user_id, role=role.value)  # fmt: skip
    return Reply(
        title=say("Taken"),
        parts=(Text(text=say("It counts from their next question on. It is in the audit.")),),
        buttons=(LIST.spoken,),
        shareable=False,
    )


def _taking(session: Session, given: Grant) -> Button:
    command = f"access revoke {mention(given.user_id)} {given.role.value} {given.scope}".strip()
    role = f"{given.role.value} {given.scope}".strip()
    return Button(
        label=say("Take {role} from {name}", role=role, name=_name(session, given)), command=command
    )


def _name(session: Session, given: Grant) -> str:
    member = find_member(session, team_id=given.team_id, user_id=given.user_id)
    return member.details.name if member else given.user_id


def _called(given: Grant, names: dict[str, str]) -> str:
    if given.role is RoleName.ADMIN:
        return say("administrator")
    return say("coordinator, {what}", what=names.get(given.scope, given.scope) if given.scope else say('all collaboratives'))  # fmt: skip


COMMAND = Command(
    verb="access",
    usage="access",
    summary=phrase("Who coordinates and administers; administrators give and take roles."),
    aliases=("permissions", "admins", "coordinators"),
    examples=("access",),
    who=Standing.COORDINATOR,
    handle=handle,
    actions=(
        Action(
            word="revoke",
            usage="access revoke @person ROLE",
            summary=phrase("Take a role from somebody."),
            who=Standing.ADMIN,
            handle=take_away,
        ),
    ),
    forms=(
        Form(
            word="grant",
            usage="access grant",
            summary=phrase("Make somebody a coordinator or an administrator."),
            who=Standing.ADMIN,
            show=show_give,
            take=take_give,
        ),
    ),
)
