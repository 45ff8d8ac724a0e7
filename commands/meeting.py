"""
/ht meeting: coordinators add, move, skip and cancel meetings.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from commands.contract import (
    Action,
    Button,
    Buttons,
    Command,
    Entry,
    Facts,
    Part,
    Reply,
    Request,
    Standing,
    Text,
    UserError,
)
from commands.meeting_forms import FORMS, preview
from commands.meetings import handle as show_meetings
from commands.meetings import page
from commands.register import asker_of
from commands.schedules import (
    ALL,
    GONE,
    coordinator_of,
    day_said,
    following,
    key_in,
    named,
    remark,
    scope_of,
    series_in,
    visible,
    when,
    where,
)
from storage.errors import (
    FirstDateError,
    RuleError,
    SameDayError,
    StaleError,
    UnknownHolidaysError,
    UnknownOccurrenceError,
    UnknownSeriesError,
)
from storage.meeting_drafts import drop_draft, find_draft, save_draft
from storage.meeting_edits import cancel, cancel_series, move, skip
from storage.meetings import Occurrence, Series, plain_groups
from storage.session import Session

ADD = Button(label="Add a meeting", command="meeting add")
HOW = (
    "Add a meeting, or press one to change it. Each can be moved, skipped or cancelled by itself, "
    "or from a date on. Skipped, it goes out of people's calendars; cancelled, they go on showing "
    "it, as cancelled. Who was reminded already is told."
)
NO_DRAFT = "Nothing waits to be saved: it was saved or thrown away before, or filled in anew."
SAME_DAY = "It meets on that day already. Move, skip or cancel that one first."


def handle(request: Request, session: Session) -> Reply:
    """
    Show what may be changed: a series, or one meeting of it.
    """
    if request.standing < Standing.COORDINATOR:
        return show_meetings(request, session)
    if request.text:
        series = _asked(request.text, request, session)
        found = key_in(request.text, series, session)
        return one(found, request, session) if found else page(series, request, session)
    scope = scope_of(request, session)
    yours = [each for each in visible(request, session) if scope is None or each.collaborative in scope]  # fmt: skip
    parts: list[Part] = [Text(text=HOW)]
    for each in yours:
        next_one = next(iter(following(session, each, now=request.now, count=1)), None)
        line = when(next_one) if next_one else "no date to come" if each.plan.starts_on else "not set yet"  # fmt: skip
        parts.append(Entry(title=named(each), lines=(line,), button=Button(label="Open", command=f"meeting {each.id}")))  # fmt: skip
    if not yours:
        parts = [Text(text="You coordinate no group, so there is no meeting for you to change.")]
    return Reply(
        title="Add and change meetings",
        parts=tuple(parts),
        buttons=(*((ADD,) if yours else ()), ALL),
        again="meeting",
        shareable=False,
    )


def one(found: Occurrence, request: Request, session: Session) -> Reply:
    """
    Show one meeting, and what can be done with it.
    """
    series = found.series
    coordinator_of(request, session, series.collaborative, name=series.group_name)
    named_so = f"{series.id} {found.name}"
    version = series.version
    if found.takes_place:
        buttons = [
            Button(label="Move", command=f"meeting move {named_so}"),
            Button(label="Skip", command=f"meeting skip {named_so} {version}"),
            Button(label="Cancel", command=f"meeting cancel {named_so} {version}"),
        ]
    else:
        buttons = [
            Button(label="It takes place", command=f"meeting restore {named_so} {version}"),
            Button(label="On another day", command=f"meeting move {named_so}"),
        ]
    if series.plan.rule:
        buttons += [
            Button(label="Change this and all later", command=f"meeting change {named_so}"),
            Button(label="Cancel this and all later", command=f"meeting cancel {named_so} all"),
        ]
    rows = [("When", when(found))]
    rows += [("State", said)] if (said := remark(found)) else []
    rows += [("Where", "\n".join(where(found)))] if where(found) else []
    return Reply(
        title=named(series),
        parts=(Facts(rows=tuple(rows)), Buttons(buttons=tuple(buttons))),
        buttons=(_back(series), ALL),
        again=f"meeting {named_so}",
        shareable=False,
    )


def skip_one(request: Request, session: Session) -> Reply:
    return _drop(request, session, "skip")


def cancel_some(request: Request, session: Session) -> Reply:
    words = request.text.casefold().split()
    if "all" not in words:
        return _drop(request, session, "cancel")
    series = _asked(_rest(request), request, session)
    found = key_in(request.text, series, session)
    by = coordinator_of(request, session, series.collaborative, name=series.group_name)
    if found is None:
        return _which(series, request, session, word="cancel")
    if words[-1] != "yes":
        command = f"meeting cancel {series.id} {found.name} all {series.version} yes"
        later = "It goes on as another one after that, which stays." if series.successor_id else ""
        return Reply(
            title="Cancel this and all later?",
            parts=(
                Text(text=f"{named(series)}: from {day_said(found.key.date())} on there would be none any more. {later}".strip()),
                Text(text="That cannot be taken back: a new one would be added instead."),
            ),
            buttons=(Button(label="Yes, cancel them", command=command), _back(series)),
            shareable=False,
        )  # fmt: skip
    with _refusals(series):
        cancel_series(
            session,
            series.id,
            version=_version(words[:-1], series),
            since=found.key.date(),
            by=by,
            now=request.now,
        )
    return _done("Cancelled", f"{named(series)}: none any more from {day_said(found.key.date())} on.", ALL)  # fmt: skip


def restore(request: Request, session: Session) -> Reply:
    """
    Let one meeting take place at its usual time and place, a holiday or not.
    """
    series = _asked(_rest(request), request, session)
    found = key_in(request.text, series, session)
    by = coordinator_of(request, session, series.collaborative, name=series.group_name)
    if found is None:
        return _which(series, request, session, word="restore")
    if found.takes_place:
        return _done("It takes place already", when(found), _back(series))
    with _refusals(series):
        again = move(
            session,
            series.id,
            key=found.key,
            version=_version(request.text.split(), series),
            to=found.key,
            place=series.place,
            link=series.link,
            by=by,
            now=request.now,
        )
    return _done("It takes place", when(again), _back(series))


def save(request: Request, session: Session) -> Reply:
    """
    Save what was filled in and seen.
    """
    asker = asker_of(request)
    who = {"team_id": asker.team_id, "user_id": asker.user_id}
    found = find_draft(session, **who)
    if found is None or found[0] != _rest(request).strip():
        raise UserError(NO_DRAFT, buttons=(ALL,))
    _, draft = found
    preview(found[0], draft, request, session)  # who may, and whether its group is still there
    plain = draft.group in plain_groups(session)
    try:
        series = save_draft(session, draft, plain=plain, **who, now=request.now)
    except (StaleError, UnknownSeriesError, RuleError, FirstDateError, UnknownHolidaysError):
        raise UserError(GONE, buttons=(ALL,)) from None
    shown = page(series, request, session)
    return Reply(
        title=f"Saved: {shown.title}",
        parts=shown.parts,
        buttons=shown.buttons,
        again=shown.again,
        shareable=False,
    )


def throw_away(request: Request, session: Session) -> Reply:
    asker = asker_of(request)
    gone = drop_draft(session, team_id=asker.team_id, user_id=asker.user_id)
    return _done("Thrown away" if gone else "Nothing to throw away", "No meeting was changed.", ALL)


@contextmanager
def _refusals(series: Series) -> Iterator[None]:
    """
    Say what storage refuses in words that lead on.
    """
    try:
        yield
    except SameDayError:
        raise UserError(SAME_DAY, buttons=(_back(series),)) from None
    except (StaleError, UnknownSeriesError, UnknownOccurrenceError):
        raise UserError(GONE, buttons=(_back(series),)) from None


def _drop(request: Request, session: Session, word: str) -> Reply:
    series = _asked(_rest(request), request, session)
    found = key_in(request.text, series, session)
    by = coordinator_of(request, session, series.collaborative, name=series.group_name)
    if found is None:
        return _which(series, request, session, word=word)
    done = {"skip": "Skipped", "cancel": "Cancelled"}[word]
    if found.state == done.casefold() and found.sequence is not None:
        return _done(f"{done} already", when(found), _back(series))
    act = skip if word == "skip" else cancel
    with _refusals(series):
        gone = act(
            session,
            series.id,
            key=found.key,
            version=_version(request.text.split(), series),
            by=by,
            now=request.now,
        )
    command = f"meeting restore {series.id} {found.name} {gone.series.version}"
    return Reply(
        title=done,
        parts=(Text(text=f"{named(series)}: {when(found)}"),),
        buttons=(Button(label="It takes place after all", command=command), _back(series)),
        shareable=False,
    )


def _which(series: Series, request: Request, session: Session, *, word: str) -> Reply:
    found = following(session, series, now=request.now, count=8)
    if not found:
        raise UserError(f"{named(series)} has no date to come.", buttons=(_back(series),))
    return Reply(
        title=f"Which one? {named(series)}",
        parts=tuple(
            Entry(
                title=when(each),
                lines=tuple(filter(None, [remark(each)])),
                button=Button(label="This one", command=f"meeting {series.id} {each.name}"),
            )
            for each in found
        ),
        buttons=(_back(series),),
        again=f"meeting {word} {series.id}",
        shareable=False,
    )


def _asked(text: str, request: Request, session: Session) -> Series:
    words = [word for word in text.split() if word.casefold() not in {"all", "yes"}]
    found = series_in(" ".join(words), request, session, command="meeting")
    assert found is not None  # noqa: S101 - it raises if there is none; for the type checker
    return found


def _rest(request: Request) -> str:
    return request.text.partition(" ")[2]


def _version(words: list[str], series: Series) -> int:
    """
    Return the version that a button names; who typed it means the one of now.
    """
    return int(words[-1][:9]) if len(words) > 3 and words[-1].isdecimal() else series.version


def _back(series: Series) -> Button:
    return Button(label=f"Back to {named(series)}", command=f"meeting {series.id}")


def _done(title: str, text: str, back: Button) -> Reply:
    return Reply(title=title, parts=(Text(text=text),), buttons=(back,), shareable=False)


COMMAND = Command(
    verb="meeting",
    usage="meeting [add | move | skip | cancel]",
    summary="Add, move, skip and cancel meetings, for their coordinators.",
    aliases=("add meeting", "move meeting", "cancel meeting", "skip meeting"),
    examples=("meeting",),
    who=Standing.APPROVED,
    handle=handle,
    actions=(
        Action(
            word="skip",
            usage="meeting skip NAME DAY",
            summary="Let one meeting not take place.",
            who=Standing.COORDINATOR,
            handle=skip_one,
        ),
        Action(
            word="cancel",
            usage="meeting cancel NAME DAY [all]",
            summary="Cancel one meeting, or it and all later.",
            who=Standing.COORDINATOR,
            handle=cancel_some,
        ),
        Action(
            word="restore",
            usage="meeting restore NAME DAY",
            summary="Let a skipped or cancelled meeting take place.",
            who=Standing.COORDINATOR,
            handle=restore,
        ),
        Action(
            word="save",
            usage="meeting save KEY",
            summary="Save what was filled in and seen.",
            who=Standing.COORDINATOR,
            handle=save,
        ),
        Action(
            word="drop",
            usage="meeting drop",
            summary="Throw away what was filled in.",
            who=Standing.COORDINATOR,
            handle=throw_away,
        ),
    ),
    forms=FORMS,
)
