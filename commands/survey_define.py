"""
The forms in which coordinators define a survey, and say until when it goes.
"""

import re
from collections.abc import Sequence
from datetime import date

from commands.contacts import is_said, one_line
from commands.contract import Button, Reply, Request, Standing, UserError
from commands.forms import (
    AnyField,
    ChoiceField,
    ChoicesField,
    DateField,
    FieldError,
    Form,
    Option,
    SearchesField,
    Sheet,
    Submission,
    TextField,
)
from commands.match import find, key_words
from commands.register import asker_of
from commands.survey_pages import LIST, asked_for, board, day, numbers
from storage.errors import SamePeriodError, SurveyMovedOnError
from storage.organizations import organization_names
from storage.session import Session
from storage.statistics.ledger import known_series
from storage.statistics.published import Published, published
from storage.statistics.sheets import Dimension
from storage.surveys.cycles import (
    Cycle,
    CycleState,
    Dates,
    Definition,
    Table,
    asked,
    cycles,
    define,
    extend,
)
from storage.surveys.shapes import NOT_BROKEN_DOWN, Question, cells, narrowed
from storage.task_forces import local_day

NEW = "new"
PROGRAM = "Surveys of member agencies"
MOST_CELLS, MOST_QUESTIONS, MOST_OPTIONS, MOST_FOUND = 100, 20, 10, 50
LONGEST_LABEL = 60  # characters
DATES = (("opens", "Opens on"), ("due", "Due on"), ("grace", "Late answers are taken until"), ("closes", "Closes after"))  # fmt: skip
MOVED = "It was opened, closed or changed since you opened this form. Nothing was stored: look at how it stands."  # fmt: skip
FIXED = "Its dates cannot be changed any more."
SHOWN = "What came of it was shown, so it is not opened again: with one agency more, the difference would be what that one said. Define another."  # fmt: skip
YEAR = re.compile(r"(?:19|20)\d\d")
THRESHOLDS = (Option(label="10, as in the county's deck", value="10"), Option(label="11, for a new table from CWS/CMS", value="11"))  # fmt: skip


def show_table(request: Request, session: Session) -> Sheet | Reply:
    cycle = _planned(request, session)
    if isinstance(cycle, Reply):
        return cycle
    table = cycle.table if cycle else None
    continued = _continued(session)
    known = {each.series for each in continued}
    is_new = table is not None and table.series not in known
    options = (
        *(
            Option(label=f"{each.title} ({each.unit})", value=each.series)
            for each in continued
        ),
        Option(label="A new table, described below", value=NEW),
    )  # fmt: skip
    return Sheet(
        title="Survey",
        says=(
            "Agencies answer in whole numbers; coordinators see who has answered, and never what.",
            "When it closes its table goes through the disclosure gate, and a second coordinator publishes it.",
        ),
        fields=(
            _name_field(cycle),
            ChoiceField(
                name="table",
                label="What it becomes",
                options=options,
                value=(NEW if is_new else table.series) if table else None,
                hint="The table of another year is continued: it has the same columns.",
            ),
            DateField(name="starts", label="First day that it counts", value=_iso(table.starts if table else None)),
            DateField(name="ends", label="Last day that it counts", value=_iso(table.ends if table else None)),
            _reporters_field(cycle, session),
            *_dates_fields(cycle),
            TextField(
                name="title", label="A new table: its name", optional=True, free=True, longest=100,
                value=table.title if table and is_new else None, hint="Without a year: it has one a year.",
            ),
            TextField(
                name="unit", label="A new table: what it counts", optional=True, free=True, longest=60,
                value=table.unit if table and is_new else None, hint="For example: people served.",
            ),
            TextField(
                name="kinds", label="A new table: its columns", optional=True, free=True, lines=True, longest=1000,
                value=_lines(table.dims[-1]) if table and is_new else None,
                hint="One a line, the total first: Total, Sex Trafficking, Labor Trafficking. One line alone is one number.",
            ),
            TextField(
                name="groups", label="A new table: also broken down by", optional=True, free=True, lines=True, longest=1000,
                value=_lines(table.dims[0]) if table and is_new and len(table.dims) > 1 else None,
                hint="One a line, the total first: All ages, Adults, Minors.",
            ),
            ChoiceField(
                name="threshold", label="A new table: the least count that may be shown", options=THRESHOLDS,
                value=str(table.threshold) if table and is_new else "10", optional=True,
            ),
            ChoicesField(
                name="apart", label="And", optional=True, values=("apart",) if table and table.apart else (),
                options=(Option(label="It counts others than the tables it resembles", value="apart"),),
            ),
        ),
        send="Save",
        seen=f"{cycle.version}" if cycle else "",
    )  # fmt: skip


def take_table(request: Request, session: Session, submission: Submission) -> Reply:
    wrong: dict[str, str] = {}
    name, organizations, dates = _common(submission, session, wrong)
    starts, ends = _dates_of(submission, ("starts", "ends"), wrong)
    if starts and ends and ends < starts:
        wrong["ends"] = "This is before the first day. Please pick a later one."
    chosen = submission.one("table")
    continued = {each.series: each for each in _continued(session)}
    series = program = title = unit = ""
    dims: tuple[Dimension, ...] = ()
    threshold = 10
    if chosen in continued:
        last = continued[chosen]
        series, program, title, unit, threshold = last.series, last.program, last.title, last.unit, last.threshold  # fmt: skip
        dims = narrowed(last.structure.dimensions[1:])
    elif chosen == NEW:
        title, unit = (one_line(submission.text(each)) for each in ("title", "unit"))
        series, program = _key(title), PROGRAM
        dims = _dims(submission, wrong)
        threshold = 11 if submission.one("threshold") == "11" else 10
        number = next(iter(numbers(request.text)), None)
        if not series or YEAR.search(series):
            wrong["title"] = "Please type a name without a year in it."
        elif known_series(session, series) or _is_taken(session, series, but=number):
            wrong["title"] = "There is a table of this name: choose it above, or type another name."
        if not is_said(unit):
            wrong["unit"] = "Please type what it counts, such as people served."
    else:
        wrong["table"] = "Please choose what it becomes."
    if wrong or dates is None or starts is None or ends is None:
        raise FieldError(wrong)
    table = Table(
        series=series,
        program=program,
        title=title,
        unit=unit,
        threshold=threshold,
        period=_period(starts, ends),
        starts=starts,
        ends=ends,
        dims=dims,
        apart="apart" in submission.many("apart"),
    )
    wanted = Definition(name=name, dates=dates, organizations=organizations, table=table)
    return _stored(request, session, submission, wanted)


def show_questions(request: Request, session: Session) -> Sheet | Reply:
    cycle = _planned(request, session)
    if isinstance(cycle, Reply):
        return cycle
    value = "\n".join(" | ".join([each.text, *each.options]) for each in cycle.questions) if cycle else None  # fmt: skip
    return Sheet(
        title="Simple questions",
        says=(
            "For what is no statistic. Agencies answer in whole numbers or pick one of your options; there is no free text.",
            "You see who has answered, and in the end sums and choices of many agencies together.",
        ),
        fields=(
            _name_field(cycle),
            TextField(
                name="questions", label="Questions", free=True, lines=True, longest=2000, value=value,
                hint="One a line. With options it is: Do you shelter at night? | yes | no | planned. Without, a whole number is asked.",
            ),
            _reporters_field(cycle, session),
            *_dates_fields(cycle),
        ),
        send="Save",
        seen=f"{cycle.version}" if cycle else "",
    )  # fmt: skip


def take_questions(request: Request, session: Session, submission: Submission) -> Reply:
    wrong: dict[str, str] = {}
    name, organizations, dates = _common(submission, session, wrong)
    questions = _questions(submission, wrong)
    if wrong or dates is None:
        raise FieldError(wrong)
    wanted = Definition(name=name, dates=dates, organizations=organizations, questions=questions)
    return _stored(request, session, submission, wanted)


def show_extend(request: Request, session: Session) -> Sheet | Reply:
    cycle = asked_for(request, session)
    again = cycle.reopens
    if cycle.state is not CycleState.OPEN and not again:
        return board(cycle, request, session, first=SHOWN if cycle.results else FIXED)
    says = "It is open again until then. What it became and nobody has published is put away; what was published is corrected by the next."  # fmt: skip
    return Sheet(
        title="Open it again" if again else "Extend it",
        says=(says,) if again else (f"It is due {day(cycle.dates.due_on)} now.",),
        fields=_dates_fields(cycle)[1:],
        send="Save",
        seen=f"{cycle.version}",
    )


def take_extend(request: Request, session: Session, submission: Submission) -> Reply:
    cycle = asked_for(request, session)
    wrong: dict[str, str] = {}
    dates = _ordered(submission, wrong, opens=cycle.dates.opens_on)
    today = local_day(session, request.now)
    if dates and dates.grace_on < today:
        wrong["grace"] = "This is past. Please pick a later day."
    if wrong or dates is None:
        raise FieldError(wrong)
    try:
        changed = extend(
            session, cycle.number, dates, by=asker_of(request).user_id, now=request.now,
            seen=_version(submission),
        )  # fmt: skip
    except SurveyMovedOnError:
        raise UserError(MOVED, buttons=(_to_board(cycle.number), LIST)) from None
    return board(changed, request, session, first="Its dates were changed.")


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


def _stored(
    request: Request, session: Session, submission: Submission, wanted: Definition
) -> Reply:
    number = next(iter(numbers(request.text)), None)
    try:
        made = define(
            session, wanted, by=asker_of(request).user_id, now=request.now, number=number,
            seen=_version(submission) if number else None,
        )  # fmt: skip
    except SamePeriodError as error:
        raise FieldError({"starts": f"Survey {error.number} is about this table and these days: use that one."}) from None  # fmt: skip
    except SurveyMovedOnError:
        raise UserError(MOVED, buttons=(LIST,)) from None
    return board(made, request, session, first=f"Saved. It opens by itself on {day(made.dates.opens_on)}.")  # fmt: skip


def _planned(request: Request, session: Session) -> Cycle | Reply | None:
    """
    Return the survey that is to be changed; None: a new one; a reply: it is too late.
    """
    if not numbers(request.text):
        return None
    cycle = asked_for(request, session)
    if cycle.state is CycleState.PLANNED:
        return cycle
    return board(cycle, request, session, first="What is open is not changed any more, but for its dates.")  # fmt: skip


def _continued(session: Session) -> tuple[Published, ...]:
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


def _name_field(cycle: Cycle | None) -> TextField:
    return TextField(
        name="name",
        label="What it is called",
        value=cycle.name if cycle else None,
        free=True,
        longest=100,
        hint="For example: Data survey of May 2027. It is cited as the source.",
    )


def _reporters_field(cycle: Cycle | None, session: Session) -> SearchesField:
    every = {each.id: each for each in organization_names(session, retired=True)}
    if cycle is not None:
        chosen = [each for each in asked(session, cycle.number) if each in every]
    else:
        before = next(iter(cycles(session)), None)
        keys = {who for table in _continued(session) for who in table.structure.knows}
        chosen = (
            list(asked(session, before.number))
            if before
            else [each.id for each in every.values() if each.key in keys]
        )
    return SearchesField(
        name="agencies",
        label="Who reports",
        values=tuple(
            Option(label=every[each].name, value=str(each)) for each in chosen if each in every
        ),
    )


def _dates_fields(cycle: Cycle | None) -> tuple[AnyField, ...]:
    dates = cycle.dates if cycle else None
    values = dict(zip(("opens", "due", "grace", "closes"), (dates.opens_on, dates.due_on, dates.grace_on, dates.closes_on), strict=True)) if dates else {}  # fmt: skip
    hints = {"grace": "Empty: until it closes.", "closes": "At the end of this day, if nobody does before."}  # fmt: skip
    return tuple(
        DateField(
            name=name,
            label=label,
            value=_iso(values.get(name)),
            optional=name == "grace",
            hint=hints.get(name),
        )
        for name, label in DATES
    )


def _common(
    submission: Submission, session: Session, wrong: dict[str, str]
) -> tuple[str, tuple[int, ...], Dates | None]:
    name = one_line(submission.text("name"))
    if not is_said(name):
        wrong["name"] = "Please type what it is called."
    known = {str(each.id): each.id for each in organization_names(session, retired=True)}
    organizations = tuple(known[each] for each in submission.many("agencies") if each in known)
    if not organizations:
        wrong["agencies"] = "Please choose who reports."
    return name, organizations, _ordered(submission, wrong)


def _ordered(
    submission: Submission, wrong: dict[str, str], *, opens: date | None = None
) -> Dates | None:
    names = ("due", "closes") if opens else ("opens", "due", "closes")
    *_, due, closes = found = _dates_of(submission, names, wrong)
    first = opens or found[0]
    if not (first and due and closes):
        return None
    grace = closes
    if typed := submission.one("grace"):
        grace = date.fromisoformat(typed)
    dates = Dates(opens_on=first, due_on=due, grace_on=grace, closes_on=closes)
    if not dates.in_order:
        wrong["due" if due < first else "grace" if grace < due else "closes"] = (
            "It opens, is due, takes late answers and closes in this order. Please pick a later day."
        )
    return dates


def _dates_of(
    submission: Submission, names: Sequence[str], wrong: dict[str, str]
) -> list[date | None]:
    found: list[date | None] = []
    for name in names:
        typed = submission.one(name)
        if not typed:
            wrong[name] = "Please pick a day."
        found.append(date.fromisoformat(typed) if typed else None)
    return found


def _dims(submission: Submission, wrong: dict[str, str]) -> tuple[Dimension, ...]:
    found = []
    for name, called in (("groups", "Group"), ("kinds", "Kind")):
        lines = [one_line(line) for line in submission.text(name).splitlines() if is_said(line)]
        if name == "groups" and not lines:
            continue
        if not lines:
            wrong[name] = "Please type at least one column."
        elif len({line.casefold() for line in lines}) < len(lines):
            wrong[name] = "One line is there twice. Please take one out."
        elif any("/" in line or len(line) > LONGEST_LABEL for line in lines):
            wrong[name] = f"Please use at most {LONGEST_LABEL} characters a line, and no slash."
        elif name == "kinds" and any(line.startswith(NOT_BROKEN_DOWN) for line in lines):
            wrong[name] = f"“{NOT_BROKEN_DOWN}” is a column that the bot adds. Please take it out."
        else:
            tree = {lines[0]: tuple(lines[1:])} if len(lines) > 1 else {}
            found.append(Dimension(name=called, labels=tuple(lines), tree=tree))
    if found and len(cells(found)) > MOST_CELLS:
        wrong["kinds"] = f"That is more than {MOST_CELLS} numbers of each agency. Please ask for less."  # fmt: skip
    return tuple(found)


def _questions(submission: Submission, wrong: dict[str, str]) -> tuple[Question, ...]:
    found = []
    for line in submission.text("questions").splitlines():
        text, *options = (one_line(each) for each in line.split("|"))
        given = tuple(each for each in options if is_said(each))
        if is_said(text):
            found.append(Question(text=text, options=given))
    if not found:
        wrong["questions"] = "Please type at least one question."
    elif len(found) > MOST_QUESTIONS:
        wrong["questions"] = f"Please ask at most {MOST_QUESTIONS} questions."
    elif len({each.text.casefold() for each in found}) < len(found):
        wrong["questions"] = "One question is there twice. Please take one out."
    elif any(len(each.options) == 1 or len(each.options) > MOST_OPTIONS or len({one.casefold() for one in each.options}) < len(each.options) for each in found):  # fmt: skip
        wrong["questions"] = (
            f"A question has no options, or from 2 to {MOST_OPTIONS}, no two alike."
        )
    elif any(len(each.text) > 150 or any(len(one) > LONGEST_LABEL for one in each.options) for each in found):  # fmt: skip
        wrong["questions"] = f"Please use at most 150 characters a question, and {LONGEST_LABEL} an option."  # fmt: skip
    return tuple(found)


def _is_taken(session: Session, series: str, *, but: int | None) -> bool:
    """
    Say whether another survey, from which nothing was published yet, has this table.
    """
    return any(
        each.table is not None
        and each.table.series == series
        and each.number != but
        and each.state is not CycleState.CANCELLED
        for each in cycles(session)
    )


def _key(title: str) -> str:
    return "-".join(re.findall(r"[a-z0-9]+", title.casefold()))[:60].strip("-")


def _lines(dim: Dimension) -> str:
    return "\n".join(dim.labels)


def _period(starts: date, ends: date) -> str:
    if (starts.month, starts.day, ends.month, ends.day) == (1, 1, 12, 31) and starts.year == ends.year:  # fmt: skip
        return f"Calendar Year {starts.year}"
    return f"{day(starts)} – {day(ends)}"


def _iso(when: date | None) -> str | None:
    return when.isoformat() if when else None


def _version(submission: Submission) -> int:
    return int(submission.seen) if submission.seen.isdecimal() else -1


def _to_board(number: int) -> Button:
    return Button(label="Look at it", command=f"survey board {number}")


FORMS = (
    Form(
        word="define",
        usage="survey define",
        summary="Define a survey that becomes a table of the statistics.",
        who=Standing.COORDINATOR,
        show=show_table,
        take=take_table,
        search={"agencies": search},
    ),
    Form(
        word="ask",
        usage="survey ask",
        summary="Ask agencies simple questions.",
        who=Standing.COORDINATOR,
        show=show_questions,
        take=take_questions,
        search={"agencies": search},
    ),
    Form(
        word="extend",
        usage="survey extend NUMBER",
        summary="Give a survey later dates, or open it again.",
        who=Standing.COORDINATOR,
        show=show_extend,
        take=take_extend,
    ),
)
