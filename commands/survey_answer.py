"""
The form in which an agency answers a survey. It never shows what was entered before, and
its errors repeat nothing.
"""

from collections.abc import Mapping, Sequence
from functools import partial

from commands.contract import Button, Reply, Request, Standing, UserError
from commands.forms import (
    AnyField,
    ChoiceField,
    ChoicesField,
    FieldError,
    Form,
    Option,
    Sheet,
    Submission,
    TextField,
)
from commands.register import asker_of
from commands.speech import phrase, say
from commands.survey_pages import (
    LIST,
    TAKEN,
    asked_for,
    day,
    label,
    numbers,
    own_page,
    own_status,
    pages,
)
from storage.errors import NoKeyError, OftenCheckedError, SurveyMovedOnError
from storage.session import Session
from storage.surveys.answers import Status, Trouble, keep, status
from storage.surveys.cycles import Cycle, find_cycle
from storage.surveys.shapes import wrong_totals
from storage.surveys.values import HOW, Labels, Value, read_value
from storage.task_forces import local_day

LONGEST = 20  # characters of a value
SEEN = phrase("Slack sees and keeps what you type here. To keep it out of Slack, ask whoever runs this bot for `htbot survey import`.")  # fmt: skip
RULES = phrase("Whole numbers only. N/A: there is nothing to count. not collected: nobody counted it. Neither is a zero.")  # fmt: skip
SUMS = phrase("Totals must add up: N/A adds nothing, and only where a kind was not collected may a total be more than its parts.")  # fmt: skip
BEFORE = phrase("What was entered before is not shown. A field left empty keeps it.")
DRAFT, SEND = "draft", "send"
MISSING = phrase("Please fill this in: a whole number, N/A, or not collected.")
NOTHING = phrase("A part that is N/A adds nothing. If nobody counted a kind, type not collected there: then the total may be more.")  # fmt: skip
WRONG = f"The parts do not add up to this total. {NOTHING}"
BOTH = phrase("Either type what it is, or take it out below.")
MEANWHILE = phrase("Somebody of your agency changed this since you opened the form, so nothing of it was stored. Look at it, and open the form again.")  # fmt: skip
OFTEN = phrase("Totals are compared three times a day at most for one person with what is there already, and were today. Type all of it at once, ask a colleague who knows the figures to send it in, or ask your coordinator.")  # fmt: skip
NOT_SENT = phrase("Not sent in.")
ONLY_SAVED = phrase("Saved as a draft, and not sent in.")
NO_KEY = phrase(
    "Answers cannot be sealed here just now, so nothing was stored. Tell an administrator."
)


def show(request: Request, session: Session) -> Sheet | Reply:
    cycle = asked_for(request, session)
    found = own_status(cycle, request, session)
    if not cycle.takes(local_day(session, request.now)):
        return own_page(cycle, found, request, session)
    every = pages(cycle)
    page = _page(request, len(every))
    shown = every[page - 1]
    entered = [cell for cell in shown if cell in found.entered]
    about = f"{found.name}: {cycle.name}."
    if cycle.table:
        about += f" {cycle.table.title}, {cycle.table.period}, {cycle.table.unit}."
    if len(every) > 1:
        about += say(" Page {page} of {number}.", page=page, number=len(every))
    fields: list[AnyField] = [_field(cycle, cell, found) for cell in shown]
    if entered:
        fields.append(
            ChoicesField(
                name="clear",
                label=say("Take out what was entered in"),
                options=tuple(Option(label=label(cell), value=_name(cycle, cell)) for cell in entered),
                optional=True,
            )
        )  # fmt: skip
    fields.append(
        ChoiceField(
            name="then",
            label=say("And then"),
            options=(
                Option(label=say("Save it as a draft"), value=DRAFT),
                Option(label=say("Send it in, all of it"), value=SEND),
            ),
            value=SEND if page == len(every) else DRAFT,
            hint=say(
                "Only what is sent in counts. You can change it until {day}.",
                day=day(cycle.dates.grace_on),
            ),
        )
    )
    return Sheet(
        title=say("Survey {number}", number=cycle.number),
        says=(
            about,
            say(SEEN),
            *((say(RULES), say(SUMS)) if cycle.table else (say(RULES),)),
            say(BEFORE),
        ),
        fields=tuple(fields),
        send=say("Save"),
        seen=f"{cycle.version}.{found.version}",
    )


def take(request: Request, session: Session, submission: Submission) -> Reply:
    cycle = asked_for(request, session)
    found = own_status(cycle, request, session)
    asker = asker_of(request)
    every = pages(cycle)
    shown = every[_page(request, len(every)) - 1]
    names = {_name(cycle, cell): cell for cell in shown}
    said, wrong = _read(cycle, names, submission)
    emptied = [names[each] for each in submission.many("clear") if each in names]
    wrong |= {_name(cycle, cell): say(BOTH) for cell in emptied if cell in said}
    if submission.one("then") not in {DRAFT, SEND}:
        wrong["then"] = say("Please choose whether to save it or to send it in.")
    if cycle.table and not wrong:
        totals = wrong_totals(cycle.table.dims, said)
        wrong = {_name(cycle, cell): WRONG for cell in totals if cell in shown}
    if wrong:
        raise FieldError(wrong)
    sending = submission.one("then") == SEND
    version = _seen(cycle, submission)

    save = partial(
        keep,
        session,
        cycle.number,
        found.organization_id,
        said=said,
        emptied=emptied,
        seen=version,
        by=asker.user_id,
        now=request.now,
    )

    def only_saved(why: str) -> Reply:
        # Whoever tries which total fits what a colleague entered does so in their own name.
        save()
        now = status(session, cycle, found.organization_id)
        first = say(ONLY_SAVED) if said or emptied else say(NOT_SENT)
        return own_page(cycle, now, request, session, first=f"{first} {why}")

    try:
        trouble = save(sending=sending)
    except SurveyMovedOnError:
        raise moved_on(cycle.number, request, session) from None
    except OftenCheckedError:
        return only_saved(say(OFTEN))
    except NoKeyError:
        raise UserError(say(NO_KEY), buttons=(LIST.spoken,)) from None
    if trouble.wrong:  # no error on a field: that it was compared is to be kept
        return only_saved(in_words(trouble))
    if trouble:
        raise FieldError(_told(cycle, trouble, shown, every))
    return done(cycle.number, found.organization_id, request, session, sent=sending)


def done(
    number: int, organization_id: int, request: Request, session: Session, *, sent: bool
) -> Reply:
    """
    Return what somebody reads who saved an answer or sent it in.
    """
    cycle = find_cycle(session, number)
    last = day(cycle.dates.grace_on)
    first = (
        say("Sent in. It can be changed until {last}.", last=last)
        if sent
        else say("Saved. It does not count yet.")
    )
    found = status(session, cycle, organization_id)
    return own_page(cycle, found, request, session, first=first)


def moved_on(number: int, request: Request, session: Session) -> UserError:
    """
    Return what somebody is told whose press came too late.
    """
    cycle = find_cycle(session, number)
    takes = cycle.takes(local_day(session, request.now))
    again = Button(label=say("Look at it"), command=f"survey mine {number}")
    return UserError(say(MEANWHILE) if takes else say(TAKEN), buttons=(again, LIST.spoken))


def in_words(trouble: Trouble) -> str:
    """
    Return what keeps an answer from being sent in: names of cells alone.
    """
    said = []
    if trouble.missing:
        said.append(say("Nothing is entered yet for: {listed}.", listed=_listed(trouble.missing)))
    if trouble.wrong:
        said.append(
            say(
                "The parts do not add up to: {listed}. {nothing}",
                listed=_listed(trouble.wrong),
                nothing=say(NOTHING),
            )
        )
    return " ".join(said)


def _told(
    cycle: Cycle, trouble: Trouble, shown: Sequence[Labels], every: Sequence[Sequence[Labels]]
) -> dict[str, str]:
    errors = {_name(cycle, cell): say(MISSING) for cell in trouble.missing if cell in shown}
    errors |= {_name(cycle, cell): WRONG for cell in trouble.wrong if cell in shown}
    elsewhere = Trouble(
        missing=tuple(cell for cell in trouble.missing if cell not in shown),
        wrong=tuple(cell for cell in trouble.wrong if cell not in shown),
    )
    if elsewhere:
        on = [
            str(page)
            for page, cells in enumerate(every, start=1)
            if {*elsewhere.missing, *elsewhere.wrong} & set(cells)
        ]
        errors["then"] = say("{in_words} Save this as a draft first; then see page {list}.", in_words=in_words(elsewhere), list=', '.join(on))  # fmt: skip
    return errors


def _listed(cells: Sequence[Labels], most: int = 8) -> str:
    names = [label(cell) for cell in cells[:most]]
    if len(cells) > most:
        names.append(say("and {number} more", number=len(cells) - most))
    return "; ".join(names)


def _read(
    cycle: Cycle, names: Mapping[str, Labels], submission: Submission
) -> tuple[dict[Labels, Value], dict[str, str]]:
    said: dict[Labels, Value] = {}
    wrong: dict[str, str] = {}
    for name, cell in names.items():
        typed = submission.one(name)
        if typed is None:
            continue
        options = _options(cycle, cell)
        if options:
            if typed.isdecimal() and int(typed) < len(options):
                said[cell] = options[int(typed)]
            continue
        try:
            said[cell] = read_value(typed)
        except ValueError:
            wrong[name] = HOW
    return said, wrong


def _field(cycle: Cycle, cell: Labels, found: Status) -> AnyField:
    state = "entered" if cell in found.entered else say("not entered")
    name, called = _name(cycle, cell), f"{label(cell)} ({state})"
    if options := _options(cycle, cell):
        return ChoiceField(
            name=name,
            label=called,
            optional=True,
            options=tuple(
                Option(label=option, value=str(number)) for number, option in enumerate(options)
            ),
        )
    return TextField(name=name, label=called, optional=True, longest=LONGEST)


def _options(cycle: Cycle, cell: Labels) -> tuple[str, ...]:
    return next((each.options for each in cycle.questions if (each.text,) == cell), ())


def _name(cycle: Cycle, cell: Labels) -> str:
    return f"c{cycle.cells.index(cell)}"


def _page(request: Request, most: int) -> int:
    asked = numbers(request.text)[1:2]
    return asked[0] if asked and 1 <= asked[0] <= most else 1


def _seen(cycle: Cycle, submission: Submission) -> int:
    """
    Return the version of the answer that was seen; of another survey's version none.
    """
    survey, _, answer = submission.seen.partition(".")
    if survey != str(cycle.version) or not answer.isdecimal():
        return -1  # it asks something else, or until another day, since
    return int(answer)


FORM = Form(
    word="answer",
    usage="survey answer NUMBER",
    summary=phrase("Answer a survey for your agency."),
    who=Standing.APPROVED,
    show=show,
    take=take,
)
