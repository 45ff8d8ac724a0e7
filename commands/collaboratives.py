"""
/ht collaboratives: the bodies in which agencies work together.
"""

from commands.citing import cite
from commands.contract import (
    Bullets,
    Button,
    Command,
    Entry,
    Facts,
    Heading,
    Part,
    Reply,
    Request,
    Standing,
    Text,
    UserError,
)
from commands.match import find
from commands.speech import phrase, say
from commands.subcommittees import ACTIONS, FORMS
from storage.collaboratives import Collaborative, collaboratives
from storage.session import Session

ALL = Button(label=phrase("All collaboratives"), command="collaboratives")


def handle(request: Request, session: Session) -> Reply:
    every = collaboratives(session)
    if not request.text:
        return Reply(
            title=say("Collaboratives"),
            parts=tuple(_entry(each) for each in every),
            notes=cite(each.provenance for each in every),
            again="collaboratives",
        )
    match = find(request.text, [(each, names(each)) for each in every])
    if match.best is None:
        raise UserError(
            say("Which collaborative? Press one, or type `/ht collaboratives` for all."),
            buttons=tuple(_button(each) for each in match.close or every),
        )
    return _page(match.best, request)


def names(collaborative: Collaborative) -> tuple[str, ...]:
    others = (collaborative.alternate_name,) if collaborative.alternate_name else ()
    seats = tuple(seat.name for seat in collaborative.subcommittees)
    return (collaborative.name, collaborative.key, *others, *collaborative.aliases, *seats)


def _page(collaborative: Collaborative, request: Request) -> Reply:
    confirmed = [seat for seat in collaborative.subcommittees if not seat.proposed]
    proposed = [seat for seat in collaborative.subcommittees if seat.proposed]
    parts: list[Part] = [Text(text=collaborative.purpose), Facts(rows=_rows(collaborative))]
    if collaborative.note:
        parts.append(Text(text=say("Note: {note}", note=collaborative.note)))
    for heading, seats in (
        (say("Subcommittees"), confirmed),
        (say("Subcommittees, proposed: not yet confirmed by coordinators"), proposed),
    ):
        if seats:
            items = (
                f"{seat.name}: {seat.purpose}" if seat.purpose else seat.name for seat in seats
            )
            parts.extend((Heading(text=heading), Bullets(items=tuple(items))))
    return Reply(
        title=_called(collaborative),
        parts=tuple(parts),
        notes=cite(
            [collaborative.provenance, *(seat.provenance for seat in collaborative.subcommittees)]
        ),
        buttons=(*_upkeep(collaborative, request), ALL.spoken),
        again=f"collaboratives {collaborative.key}",
    )


def _upkeep(collaborative: Collaborative, request: Request) -> tuple[Button, ...]:
    if request.standing < Standing.COORDINATOR:
        return ()
    change = (
        Button(
            label=say("Change {name}", name=seat.name), command=f"collaboratives change {seat.key}"
        )
        for seat in collaborative.subcommittees
    )
    return (Button(label=say("Add a subcommittee"), command=f"collaboratives add {collaborative.key}"), *change)  # fmt: skip


def _rows(collaborative: Collaborative) -> tuple[tuple[str, str], ...]:
    leads = ", ".join(collaborative.leads) or say("not in our source")
    size = [(say("Size"), collaborative.size)] if collaborative.size else []
    return (*size, (collaborative.leadership, leads))


def _entry(collaborative: Collaborative) -> Entry:
    rows = _rows(collaborative)
    return Entry(
        title=_called(collaborative),
        lines=(collaborative.purpose, " · ".join(f"{label}: {value}" for label, value in rows)),
        button=_button(collaborative),
    )


def _button(collaborative: Collaborative) -> Button:
    return Button(
        label=say(
            "Open {alternate_name}",
            alternate_name=collaborative.alternate_name or collaborative.name,
        ),
        command=f"collaboratives {collaborative.key}",
    )


def _called(collaborative: Collaborative) -> str:
    if collaborative.alternate_name:
        return f"{collaborative.name} ({collaborative.alternate_name})"
    return collaborative.name


COMMAND = Command(
    verb="collaboratives",
    usage="collaboratives [name]",
    summary=phrase("The four collaboratives: purpose, size, leads, subcommittees."),
    aliases=(
        "collaborative", "collab", "collabs", "subcommittee", "subcommittees", "committee", "committees",
        "colaborativos", "comites", "grupos", "colaboraciones", "subcomites",),
    subjects=("coalition", "task force", "taskforce", "mdt", "steering committee"),
    examples=("collaboratives", "collaboratives mdt", "collaboratives coalition"),
    who=Standing.MEMBER,
    public=True,
    menu=phrase("Collaboratives"),
    alike=True,
    handle=handle,
    actions=ACTIONS,
    forms=FORMS,
)  # fmt: skip
