"""
The form in which coordinators define a survey that becomes a table of the statistics.
"""

import re
from datetime import date

from commands.contacts import is_said, one_line
from commands.contract import Reply, Request, Standing
from commands.forms import (
    ChoiceField,
    ChoicesField,
    DateField,
    FieldError,
    Form,
    Option,
    Sheet,
    Submission,
    TextField,
    spoken,
)
from commands.speech import phrase, say
from commands.survey_fields import (
    common,
    continued,
    dates_fields,
    dates_of,
    iso,
    name_field,
    planned,
    reporters_field,
    search,
    stored,
)
from commands.survey_pages import day, numbers
from storage.session import Session
from storage.statistics.ledger import known_series
from storage.statistics.sheets import Dimension
from storage.surveys.cycles import (
    CycleState,
    Definition,
    Table,
    cycles,
)
from storage.surveys.shapes import NOT_BROKEN_DOWN, cells, narrowed

NEW = "new"
PROGRAM = "Surveys of member agencies"  # stored, as the names of columns are: in English
MOST_CELLS = 100
LONGEST_LABEL = 60  # characters
YEAR = re.compile(r"(?:19|20)\d\d")
THRESHOLDS = (Option(label=phrase("10, as in the county's deck"), value="10"), Option(label=phrase("11, for a new table from CWS/CMS"), value="11"))  # fmt: skip


def show_table(request: Request, session: Session) -> Sheet | Reply:
    cycle = planned(request, session)
    if isinstance(cycle, Reply):
        return cycle
    table = cycle.table if cycle else None
    others = continued(session)
    known = {each.series for each in others}
    is_new = table is not None and table.series not in known
    options = (
        *(
            Option(label=f"{each.title} ({each.unit})", value=each.series)
            for each in others
        ),
        Option(label=say("A new table, described below"), value=NEW),
    )  # fmt: skip
    return Sheet(
        title=say("Survey"),
        says=(
            say("Agencies answer in whole numbers; coordinators see who has answered, and never what."),
            say("When it closes its table goes through the disclosure gate, and a second coordinator publishes it."),
        ),
        fields=(
            name_field(cycle),
            ChoiceField(
                name="table",
                label=say("What it becomes"),
                options=options,
                value=(NEW if is_new else table.series) if table else None,
                hint=say("The table of another year is continued: it has the same columns."),
            ),
            DateField(name="starts", label=say("First day that it counts"), value=iso(table.starts if table else None)),
            DateField(name="ends", label=say("Last day that it counts"), value=iso(table.ends if table else None)),
            reporters_field(cycle, session),
            *dates_fields(cycle),
            TextField(
                name="title", label=say("A new table: its name"), optional=True, free=True, longest=100,
                value=table.title if table and is_new else None, hint=say("Without a year: it has one a year."),
            ),
            TextField(
                name="unit", label=say("A new table: what it counts"), optional=True, free=True, longest=60,
                value=table.unit if table and is_new else None, hint=say("For example: people served."),
            ),
            TextField(
                name="kinds", label=say("A new table: its columns"), optional=True, free=True, lines=True, longest=1000,
                value=_lines(table.dims[-1]) if table and is_new else None,
                hint=say("One a line, the total first: Total, Sex Trafficking, Labor Trafficking. One line alone is one number."),
            ),
            TextField(
                name="groups", label=say("A new table: also broken down by"), optional=True, free=True, lines=True, longest=1000,
                value=_lines(table.dims[0]) if table and is_new and len(table.dims) > 1 else None,
                hint=say("One a line, the total first: All ages, Adults, Minors."),
            ),
            ChoiceField(
                name="threshold", label=say("A new table: the least count that may be shown"), options=spoken(THRESHOLDS),
                value=str(table.threshold) if table and is_new else "10", optional=True,
            ),
            ChoicesField(
                name="apart", label=say("And"), optional=True, values=("apart",) if table and table.apart else (),
                options=(Option(label=say("It counts others than the tables it resembles"), value="apart"),),
            ),
        ),
        send=say("Save"),
        seen=f"{cycle.version}" if cycle else "",
    )  # fmt: skip


def take_table(request: Request, session: Session, submission: Submission) -> Reply:
    wrong: dict[str, str] = {}
    name, organizations, dates = common(submission, session, wrong)
    starts, ends = dates_of(submission, ("starts", "ends"), wrong)
    if starts and ends and ends < starts:
        wrong["ends"] = say("This is before the first day. Please pick a later one.")
    chosen = submission.one("table")
    others = {each.series: each for each in continued(session)}
    series = program = title = unit = ""
    dims: tuple[Dimension, ...] = ()
    threshold = 10
    if chosen in others:
        last = others[chosen]
        series, program, title, unit, threshold = last.series, last.program, last.title, last.unit, last.threshold  # fmt: skip
        dims = narrowed(last.structure.dimensions[1:])
    elif chosen == NEW:
        title, unit = (one_line(submission.text(each)) for each in ("title", "unit"))
        series, program = _key(title), PROGRAM
        dims = _dims(submission, wrong)
        threshold = 11 if submission.one("threshold") == "11" else 10
        number = next(iter(numbers(request.text)), None)
        if not series or YEAR.search(series):
            wrong["title"] = say("Please type a name without a year in it.")
        elif known_series(session, series) or _is_taken(session, series, but=number):
            wrong["title"] = say(
                "There is a table of this name: choose it above, or type another name."
            )
        if not is_said(unit):
            wrong["unit"] = say("Please type what it counts, such as people served.")
    else:
        wrong["table"] = say("Please choose what it becomes.")
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
    return stored(request, session, submission, wanted)


def _dims(submission: Submission, wrong: dict[str, str]) -> tuple[Dimension, ...]:
    found = []
    for name, called in (("groups", "Group"), ("kinds", "Kind")):
        lines = [one_line(line) for line in submission.text(name).splitlines() if is_said(line)]
        if name == "groups" and not lines:
            continue
        if not lines:
            wrong[name] = say("Please type at least one column.")
        elif len({line.casefold() for line in lines}) < len(lines):
            wrong[name] = say("One line is there twice. Please take one out.")
        elif any("/" in line or len(line) > LONGEST_LABEL for line in lines):
            wrong[name] = say(
                "Please use at most {longest_label} characters a line, and no slash.",
                longest_label=LONGEST_LABEL,
            )
        elif name == "kinds" and any(line.startswith(NOT_BROKEN_DOWN) for line in lines):
            wrong[name] = say(
                "“{not_broken_down}” is a column that the bot adds. Please take it out.",
                not_broken_down=NOT_BROKEN_DOWN,
            )
        else:
            tree = {lines[0]: tuple(lines[1:])} if len(lines) > 1 else {}
            found.append(Dimension(name=called, labels=tuple(lines), tree=tree))
    if found and len(cells(found)) > MOST_CELLS:
        wrong["kinds"] = say("That is more than {most_cells} numbers of each agency. Please ask for less.", most_cells=MOST_CELLS)  # fmt: skip
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


TABLE = Form(
    word="define",
    usage="survey define",
    summary=phrase("Define a survey that becomes a table of the statistics."),
    who=Standing.COORDINATOR,
    show=show_table,
    take=take_table,
    search={"agencies": search},
)
