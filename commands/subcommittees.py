"""
Adding, renaming and retiring subcommittees: the coordinators' part of /ht collaboratives.
"""

from commands.contract import Action, Button, Reply, Request, Standing, Text, UserError
from commands.forms import (
    ChoiceField,
    FieldError,
    Form,
    Option,
    Sheet,
    Submission,
    TextField,
    spoken,
)
from commands.register import asker_of
from commands.speech import phrase, say
from storage.collaboratives import (
    Collaborative,
    Subcommittee,
    add_subcommittee,
    change_subcommittee,
    collaboratives,
)
from storage.details import COORDINATORS, MEMBERS
from storage.errors import NameTakenError
from storage.session import Session

LIST = Button(label=phrase("All collaboratives"), command="collaboratives")
ROSTERS = (
    Option(label=phrase("Members of the task force"), value=MEMBERS),
    Option(label=phrase("Coordinators only"), value=COORDINATORS),
)
TAKEN = phrase("Another subcommittee is called so. Please choose another name.")
OPENS = phrase(
    "Who sits here was kept for coordinators: only an administrator opens that to members."
)
STALE = phrase("Somebody else changed it since you opened the form, so nothing was stored. Please open it again.")  # fmt: skip


def show_add(request: Request, session: Session) -> Sheet:
    chosen = next((each.key for each in collaboratives(session) if each.key in request.text.split()), None)  # fmt: skip
    return Sheet(
        title=say("Add a subcommittee"),
        fields=(
            ChoiceField(
                name="collaborative",
                label=say("Of which collaborative"),
                options=tuple(
                    Option(label=each.name, value=each.key) for each in collaboratives(session)
                ),
                value=chosen,
            ),
            *_fields(None),
        ),
        send=say("Add"),
    )


def take_add(request: Request, session: Session, submission: Submission) -> Reply:
    by = asker_of(request).user_id
    name, purpose, roster = _read(submission)
    collaborative = submission.one("collaborative")
    every = {each.key for each in collaboratives(session)}
    if collaborative not in every or collaborative is None:
        raise FieldError({"collaborative": say("Please choose one.")})
    try:
        add_subcommittee(
            session,
            collaborative=collaborative,
            name=name,
            purpose=purpose,
            roster=roster,
            by=by,
            now=request.now,
        )
    except NameTakenError:
        raise FieldError({"name": say(TAKEN)}) from None
    return _done(say("Added: {name}", name=name), collaborative)


def show_change(request: Request, session: Session) -> Sheet:
    _, found = _asked(request, session)
    proposed = say(" It is proposed; saving confirms it.") if found.proposed else ""
    return Sheet(
        title=say("Change a subcommittee"),
        says=(f"{found.name}.{proposed}",),
        fields=_fields(found),
        send=say("Save"),
        seen=_seen(found),
    )


def take_change(request: Request, session: Session, submission: Submission) -> Reply:
    collaborative, found = _asked(request, session)
    by = asker_of(request).user_id
    name, purpose, roster = _read(submission)
    if found.roster == COORDINATORS and roster == MEMBERS and request.standing < Standing.ADMIN:
        raise FieldError({"roster": say(OPENS)})
    if submission.seen != _seen(found):
        raise UserError(say(STALE), buttons=(Button(label=say("Open it again"), command=f"collaboratives change {found.key}"), LIST.spoken))  # fmt: skip
    try:
        change_subcommittee(
            session,
            found.key,
            by=by,
            now=request.now,
            name=name,
            purpose=purpose,
            roster=roster,
            proposed=False,
        )
    except NameTakenError:
        raise FieldError({"name": say(TAKEN)}) from None
    return Reply(
        title=say("Saved: {name}", name=name),
        buttons=(
            Button(
                label=say("Retire {name}", name=name), command=f"collaboratives retire {found.key}"
            ),
            Button(label=collaborative.name, command=f"collaboratives {collaborative.key}"),
        ),
        shareable=False,
    )


def retire(request: Request, session: Session) -> Reply:
    collaborative, found = _asked(request, session)
    if "yes" not in request.text.casefold().split():
        return Reply(
            title=say("Retire {name}?", name=found.name),
            parts=(
                Text(
                    text=say(
                        "It is no longer offered or shown. Who sat there is kept for the record."
                    )
                ),
            ),
            buttons=(
                Button(
                    label=say("Yes, retire it"), command=f"collaboratives retire {found.key} yes"
                ),
                LIST.spoken,
            ),
            shareable=False,
        )
    by = asker_of(request).user_id
    change_subcommittee(session, found.key, by=by, now=request.now, retired=True)
    return _done(say("Retired: {name}", name=found.name), collaborative.key)


def _fields(found: Subcommittee | None) -> tuple[TextField, TextField, ChoiceField]:
    return (
        TextField(
            name="name",
            label=say("Name"),
            value=found.name if found else None,
            free=True,
            longest=60,
        ),
        TextField(
            name="purpose",
            label=say("What it is for"),
            value=found.purpose if found else None,
            optional=True,
            free=True,
            lines=True,
        ),
        ChoiceField(
            name="roster",
            label=say("Who may know who sits there"),
            options=spoken(ROSTERS),
            value=found.roster if found else MEMBERS,
        ),
    )


def _read(submission: Submission) -> tuple[str, str | None, str]:
    name = " ".join(submission.text("name").split())
    if not name:
        raise FieldError({"name": say("Please type a name.")})
    roster = COORDINATORS if submission.one("roster") == COORDINATORS else MEMBERS
    return name, submission.one("purpose"), roster


def _asked(request: Request, session: Session) -> tuple[Collaborative, Subcommittee]:
    words = request.text.split()
    for each in collaboratives(session):
        for seat in each.subcommittees:
            if seat.key in words:
                return each, seat
    raise UserError(
        say("Which subcommittee? Open its collaborative and press Change."), buttons=(LIST.spoken,)
    )


def _done(title: str, collaborative: str) -> Reply:
    return Reply(
        title=title,
        buttons=(
            Button(label=say("See it"), command=f"collaboratives {collaborative}"),
            LIST.spoken,
        ),
        shareable=False,
    )


def _seen(found: Subcommittee) -> str:
    return f"{found.name[:80]}|{found.roster}|{found.proposed}|{len(found.purpose or '')}"


ACTIONS = (
    Action(
        word="retire",
        usage="collaboratives retire SUBCOMMITTEE",
        summary=phrase("Offer a subcommittee no longer."),
        who=Standing.COORDINATOR,
        handle=retire,
    ),
)
FORMS = (
    Form(
        word="add",
        usage="collaboratives add",
        summary=phrase("Add a subcommittee."),
        who=Standing.COORDINATOR,
        show=show_add,
        take=take_add,
    ),
    Form(
        word="change",
        usage="collaboratives change SUBCOMMITTEE",
        summary=phrase("Rename a subcommittee, confirm it, or say who may see its roster."),
        who=Standing.COORDINATOR,
        show=show_change,
        take=take_change,
    ),
)
