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
from commands.speech import phrase, say
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

ADD = Button(label=phrase("Add a meeting"), command="meeting add")
HOW = phrase(
    "Add a meeting, or press one to change it. Each can be moved, skipped or cancelled by itself, "
    "or from a date on. Skipped, it goes out of people's calendars; cancelled, they go on showing "
    "it, as cancelled. Who was reminded already is told."
)
NO_DRAFT = phrase(
    "Nothing waits to be saved: it was saved or thrown away before, or filled in anew."
)
SAME_DAY = phrase("It meets on that day already. Move, skip or cancel that one first.")


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
    parts: list[Part] = [Text(text=say(HOW))]
    for each in yours:
        next_one = next(iter(following(session, each, now=request.now, count=1)), None)
        line = when(next_one) if next_one else say("no date to come") if each.plan.starts_on else say("not set yet")  # fmt: skip
        parts.append(Entry(title=named(each), lines=(line,), button=Button(label=say("Open"), command=f"meeting {each.id}")))  # fmt: skip
    if not yours:
        parts = [
            Text(text=say("You coordinate no group, so there is no meeting for you to change."))
        ]
    return Reply(
        title=say("Add and change meetings"),
        parts=tuple(parts),
        buttons=(*((ADD.spoken,) if yours else ()), ALL.spoken),
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
            Button(label=say("Move"), command=f"meeting move {named_so}"),
            Button(label=say("Skip"), command=f"meeting skip {named_so} {version}"),
            Button(label=say("Cancel"), command=f"meeting cancel {named_so} {version}"),
        ]
    else:
        buttons = [
            Button(label=say("It takes place"), command=f"meeting restore {named_so} {version}"),
            Button(label=say("On another day"), command=f"meeting move {named_so}"),
        ]
    if series.plan.rule:
        buttons += [
            Button(label=say("Change this and all later"), command=f"meeting change {named_so}"),
            Button(
                label=say("Cancel this and all later"), command=f"meeting cancel {named_so} all"
            ),
        ]
    rows = [(say("When"), when(found))]
    rows += [(say("State"), said)] if (said := remark(found)) else []
    rows += [(say("Where"), "\n".join(where(found)))] if where(found) else []
    return Reply(
        title=named(series),
        parts=(Facts(rows=tuple(rows)), Buttons(buttons=tuple(buttons))),
        buttons=(_back(series), ALL.spoken),
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
        later = (
            say("It goes on as another one after that, which stays.") if series.successor_id else ""
        )
        return Reply(
            title=say("Cancel this and all later?"),
            parts=(
                Text(text=f"{named(series)}: from {day_said(found.key.date())} on there would be none any more. {later}".strip()),
                Text(text=say("That cannot be taken back: a new one would be added instead.")),
            ),
            buttons=(Button(label=say("Yes, cancel them"), command=command), _back(series)),
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
    return _done(say("Cancelled"), say("{named}: none any more from {day_said} on.", named=named(series), day_said=day_said(found.key.date())), ALL.spoken)  # fmt: skip


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
        return _done(say("It takes place already"), when(found), _back(series))
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
    return _done(say("It takes place"), when(again), _back(series))


def save(request: Request, session: Session) -> Reply:
    """
    Save what was filled in and seen.
    """
    asker = asker_of(request)
    who = {"team_id": asker.team_id, "user_id": asker.user_id}
    found = find_draft(session, **who)
    if found is None or found[0] != _rest(request).strip():
        raise UserError(say(NO_DRAFT), buttons=(ALL.spoken,))
    _, draft = found
    preview(found[0], draft, request, session)  # who may, and whether its group is still there
    plain = draft.group in plain_groups(session)
    try:
        series = save_draft(session, draft, plain=plain, **who, now=request.now)
    except (StaleError, UnknownSeriesError, RuleError, FirstDateError, UnknownHolidaysError):
        raise UserError(say(GONE), buttons=(ALL.spoken,)) from None
    shown = page(series, request, session)
    return Reply(
        title=say("Saved: {title}", title=shown.title),
        parts=shown.parts,
        buttons=shown.buttons,
        again=shown.again,
        shareable=False,
    )


def throw_away(request: Request, session: Session) -> Reply:
    asker = asker_of(request)
    gone = drop_draft(session, team_id=asker.team_id, user_id=asker.user_id)
    return _done(
        say("Thrown away") if gone else say("Nothing to throw away"),
        say("No meeting was changed."),
        ALL.spoken,
    )


@contextmanager
def _refusals(series: Series) -> Iterator[None]:
    """
    Say what storage refuses in words that lead on.
    """
    try:
        yield
    except SameDayError:
        raise UserError(say(SAME_DAY), buttons=(_back(series),)) from None
    except (StaleError, UnknownSeriesError, UnknownOccurrenceError):
        raise UserError(say(GONE), buttons=(_back(series),)) from None


def _drop(request: Request, session: Session, word: str) -> Reply:
    series = _asked(_rest(request), request, session)
    found = key_in(request.text, series, session)
    by = coordinator_of(request, session, series.collaborative, name=series.group_name)
    if found is None:
        return _which(series, request, session, word=word)
    done = {"skip": say("Skipped"), "cancel": say("Cancelled")}[word]
    if found.state == done.casefold() and found.sequence is not None:
        return _done(say("{done} already", done=done), when(found), _back(series))
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
        buttons=(Button(label=say("It takes place after all"), command=command), _back(series)),
        shareable=False,
    )


def _which(series: Series, request: Request, session: Session, *, word: str) -> Reply:
    found = following(session, series, now=request.now, count=8)
    if not found:
        raise UserError(
            say("{named} has no date to come.", named=named(series)), buttons=(_back(series),)
        )
    return Reply(
        title=say("Which one? {named}", named=named(series)),
        parts=tuple(
            Entry(
                title=when(each),
                lines=tuple(filter(None, [remark(each)])),
                button=Button(label=say("This one"), command=f"meeting {series.id} {each.name}"),
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
    return Button(label=say("Back to {named}", named=named(series)), command=f"meeting {series.id}")


def _done(title: str, text: str, back: Button) -> Reply:
    return Reply(title=title, parts=(Text(text=text),), buttons=(back,), shareable=False)


COMMAND = Command(
    verb="meeting",
    usage="meeting [add | move | skip | cancel]",
    summary=phrase("Add, move, skip and cancel meetings, for their coordinators."),
    aliases=("add meeting", "move meeting", "cancel meeting", "skip meeting"),
    examples=("meeting",),
    who=Standing.APPROVED,
    handle=handle,
    actions=(
        Action(
            word="skip",
            usage="meeting skip NAME DAY",
            summary=phrase("Let one meeting not take place."),
            who=Standing.COORDINATOR,
            handle=skip_one,
        ),
        Action(
            word="cancel",
            usage="meeting cancel NAME DAY [all]",
            summary=phrase("Cancel one meeting, or it and all later."),
            who=Standing.COORDINATOR,
            handle=cancel_some,
        ),
        Action(
            word="restore",
            usage="meeting restore NAME DAY",
            summary=phrase("Let a skipped or cancelled meeting take place."),
            who=Standing.COORDINATOR,
            handle=restore,
        ),
        Action(
            word="save",
            usage="meeting save KEY",
            summary=phrase("Save what was filled in and seen."),
            who=Standing.COORDINATOR,
            handle=save,
        ),
        Action(
            word="drop",
            usage="meeting drop",
            summary=phrase("Throw away what was filled in."),
            who=Standing.COORDINATOR,
            handle=throw_away,
        ),
    ),
    forms=FORMS,
)
