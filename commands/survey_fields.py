"""
What the forms of coordinators share: names, days, and who reports.
"""

from collections.abc import Sequence
from datetime import date

from commands.contacts import is_said, one_line
from commands.contract import Reply, Request, UserError
from commands.forms import (
    AnyField,
    DateField,
    FieldError,
    Option,
    SearchesField,
    Submission,
    TextField,
)
from commands.match import find, key_words
from commands.register import asker_of
from commands.speech import phrase, say
from commands.survey_board import board
from commands.survey_pages import LIST, asked_for, day, numbers
from storage.errors import AskedAlreadyError, SamePeriodError, SurveyMovedOnError
from storage.organizations import organization_names
from storage.session import Session
from storage.statistics.published import Published, published
from storage.surveys.cycles import (
    Cycle,
    CycleState,
    Dates,
    Definition,
    asked,
    cycles,
    define,
)

MOST_FOUND = 50


DATES = (("opens", phrase("Opens on")), ("due", phrase("Due on")), ("grace", phrase("Late answers are taken until")), ("closes", phrase("Closes after")))  # fmt: skip


ASKED = phrase("Question {place}: survey {number} asks some of these agencies the same within a year, and the difference of two sums can be what one agency said. Ask it again from {day} on, ask only other agencies, or make it a table of its own period with `/ht survey define`.")  # fmt: skip
MOVED = phrase("It was opened, closed or changed since you opened this form. Nothing was stored: look at how it stands.")  # fmt: skip


def search(request: Request, session: Session) -> tuple[Option, ...]:
    every = organization_names(session)
    found = list(every)
    if key_words(request.text):
        typed = request.text.casefold()
        found = [each for each in every if any(typed in name.casefold() for name in each.names)]
        if not found:
            match = find(request.text, [(each, each.names) for each in every])
            found = [match.best] if match.best else list(match.close)
    return tuple(Option(label=each.name, value=str(each.id)) for each in found[:MOST_FOUND])


def stored(request: Request, session: Session, submission: Submission, wanted: Definition) -> Reply:
    number = next(iter(numbers(request.text)), None)
    try:
        made = define(
            session, wanted, by=asker_of(request).user_id, now=request.now, number=number,
            seen=version(submission) if number else None,
        )  # fmt: skip
    except SamePeriodError as error:
        raise FieldError({"starts": say("Survey {number} is about this table and these days: use that one.", number=error.number)}) from None  # fmt: skip
    except AskedAlreadyError as error:
        raise FieldError({"questions": say(ASKED, place=error.place, number=error.number, day=day(error.again_on))}) from None  # fmt: skip
    except SurveyMovedOnError:
        raise UserError(say(MOVED), buttons=(LIST.spoken,)) from None
    return board(made, request, session, first=say("Saved. It opens by itself on {day}.", day=day(made.dates.opens_on)))  # fmt: skip


def planned(request: Request, session: Session) -> Cycle | Reply | None:
    """
    Return the survey that is to be changed; None: a new one; a reply: it is too late.
    """
    if not numbers(request.text):
        return None
    cycle = asked_for(request, session)
    if cycle.state is CycleState.PLANNED:
        return cycle
    return board(cycle, request, session, first=say("What is open is not changed any more, but for its dates."))  # fmt: skip


def continued(session: Session) -> tuple[Published, ...]:
    """
    Return the newest of each published table whose rows are the agencies that reported them.
    """
    newest: dict[str, Published] = {}
    for table in published(session):
        rows = table.structure.dimensions[0]
        inner = [label for label in rows.labels if label not in rows.tree]
        if len(table.structure.dimensions) > 1 and any(label in table.reporters for label in inner):
            newest.setdefault(table.series, table)
    return tuple(newest.values())


def name_field(cycle: Cycle | None) -> TextField:
    return TextField(
        name="name",
        label=say("What it is called"),
        value=cycle.name if cycle else None,
        free=True,
        longest=100,
        hint=say("For example: Data survey of May 2027. It is cited as the source."),
    )


def reporters_field(cycle: Cycle | None, session: Session) -> SearchesField:
    every = {each.id: each for each in organization_names(session)}
    if cycle is not None:
        chosen = [each for each in asked(session, cycle.number) if each in every]
    else:
        before = next(iter(cycles(session)), None)
        keys = {who for table in continued(session) for who in table.structure.knows}
        chosen = (
            list(asked(session, before.number))
            if before
            else [each.id for each in every.values() if each.key in keys]
        )
    return SearchesField(
        name="agencies",
        label=say("Who reports"),
        values=tuple(
            Option(label=every[each].name, value=str(each)) for each in chosen if each in every
        ),
    )


def dates_fields(cycle: Cycle | None) -> tuple[AnyField, ...]:
    dates = cycle.dates if cycle else None
    values = dict(zip(("opens", "due", "grace", "closes"), (dates.opens_on, dates.due_on, dates.grace_on, dates.closes_on), strict=True)) if dates else {}  # fmt: skip
    hints = {"grace": say("Empty: until it closes."), "closes": say("At the end of this day, if nobody does before.")}  # fmt: skip
    return tuple(
        DateField(
            name=name,
            label=label,
            value=iso(values.get(name)),
            optional=name == "grace",
            hint=hints.get(name),
        )
        for name, label in DATES
    )


def common(
    submission: Submission, session: Session, wrong: dict[str, str]
) -> tuple[str, tuple[int, ...], Dates | None]:
    name = one_line(submission.text("name"))
    if not is_said(name):
        wrong["name"] = say("Please type what it is called.")
    known = {str(each.id): each.id for each in organization_names(session)}
    organizations = tuple(known[each] for each in submission.many("agencies") if each in known)
    if not organizations:
        wrong["agencies"] = say("Please choose who reports.")
    return name, organizations, ordered(submission, wrong)


def ordered(
    submission: Submission, wrong: dict[str, str], *, opens: date | None = None
) -> Dates | None:
    names = ("due", "closes") if opens else ("opens", "due", "closes")
    *_, due, closes = found = dates_of(submission, names, wrong)
    first = opens or found[0]
    if not (first and due and closes):
        return None
    grace = closes
    if typed := submission.one("grace"):
        grace = date.fromisoformat(typed)
    dates = Dates(opens_on=first, due_on=due, grace_on=grace, closes_on=closes)
    if not dates.in_order:
        wrong["due" if due < first else "grace" if grace < due else "closes"] = say(
            "It opens, is due, takes late answers and closes in this order. Please pick a later day."
        )
    return dates


def dates_of(
    submission: Submission, names: Sequence[str], wrong: dict[str, str]
) -> list[date | None]:
    found: list[date | None] = []
    for name in names:
        typed = submission.one(name)
        if not typed:
            wrong[name] = say("Please pick a day.")
        found.append(date.fromisoformat(typed) if typed else None)
    return found


def iso(when: date | None) -> str | None:
    return when.isoformat() if when else None


def version(submission: Submission) -> int:
    return int(submission.seen) if submission.seen.isdecimal() else -1
