"""
/ht stats: the published figures, what may be worked out of them, and their way out.
"""

import re
from collections.abc import Iterator, Sequence

from commands.contract import (
    Action,
    Bullets,
    Button,
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
from commands.exports import csv_file, xlsx_file
from commands.figures import beside, caption, grid, heading, notes, parts, sources, withheld
from commands.match import find, named
from commands.publishing import FIGURES, tell_members
from commands.reckoning import operation, reckon, scopes_of
from commands.speech import phrase, say, say_many
from commands.survey_notices import tell_decided
from commands.words import words
from storage.errors import (
    OvertakenError,
    OwnDraftError,
    ProposerLeftError,
    UnknownReleaseError,
)
from storage.people import RoleName, grants
from storage.session import Session
from storage.statistics.ledger import approve, decline
from storage.statistics.published import Published, decisions, drafts, published
from storage.topics import Topic, topics

YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
# What tells two periods of one year apart, in buttons: "2024-01-01..2024-06-30".
PERIOD = re.compile(r"(\d{4}-\d\d-\d\d)\.\.(\d{4}-\d\d-\d\d)")
JOINTS = {"with", "and", "vs", "versus", "to", "against", "y", "con"}
LATEST = {"latest", "newest", "recent", "current", "most", "figures", "numbers", "data"}
ALL_FIGURES = Button(label=phrase("All figures"), command="stats")
COORDINATORS_ONLY = phrase("This is for coordinators. Members see what is published: `/ht stats`.")


def handle(request: Request, session: Session) -> Reply:
    first, _, rest = request.text.partition(" ")
    word = first.casefold()
    if word in {"audit", "drafts", "draft"}:
        if request.standing < Standing.COORDINATOR:
            raise UserError(say(COORDINATORS_ONLY), buttons=(ALL_FIGURES.spoken,))
        return _audit(session) if word == "audit" else _drafts(rest, session)
    tables = published(session)
    charts = topics(session, "chart")
    if not tables:
        raise UserError(say("No figures are published yet."))
    if not request.text:
        return _menu(tables, charts, request)
    if word in {"compare", "comparison"}:
        return _compare(rest, tables)
    if word in {"export", "download", "csv", "xlsx", "excel"}:
        return _export(request.text, tables, request)
    if asked := operation(request.text):
        return reckon(asked, _without_period(request.text), _of_years(request.text, tables))
    return _view(request.text, tables, charts)


def _menu(tables: Sequence[Published], charts: Sequence[Topic], request: Request) -> Reply:
    entries = tuple(
        Entry(
            title=heading(table),
            lines=(say("{program}. Unit: {unit}.", program=table.program, unit=table.unit),),
            button=Button(label=say("Show"), command=f"stats {reference(table, tables)}"),
        )
        for table in tables
    )
    missing = ", ".join(chart.title for chart in charts)
    buttons = [
        Button(label=say("Agencies"), command="stats agencies"),
        Button(label=say("Download CSV"), command="stats export csv"),
        Button(label=say("Download Excel"), command="stats export xlsx"),
    ]
    if request.standing >= Standing.COORDINATOR:
        buttons += [
            Button(label=say("Audit"), command="stats audit"),
            Button(label=say("Drafts"), command="stats drafts"),
        ]
    return Reply(
        title=say("Statistics"),
        parts=(
            *entries,
            *(
                [
                    Text(
                        text=say(
                            "Charts whose data is not in our source: {missing}.", missing=missing
                        )
                    )
                ]
                if missing
                else []
            ),
            Text(
                text=say(
                    "Type an agency, a program or a year: /ht stats cvs, /ht stats csec, "
                    "/ht stats 2023. Two tables side by side: /ht stats compare served identified."
                )
            ),
        ),
        notes=(say("Small counts and what would give them away are withheld."), *sources(tables)),
        buttons=tuple(buttons),
        again="stats",
    )


def _view(text: str, tables: Sequence[Published], charts: Sequence[Topic]) -> Reply:
    of_years = _of_years(text, tables)
    asked = _without(_without_period(text), LATEST)
    if not asked:
        years = " ".join(YEAR.findall(text))
        return _shown(of_years if years else tables, charts, again=f"stats {years}".strip())
    if missing := named(asked, _chart_names(charts)):
        return _no_chart(missing)
    if found := _named(asked, of_years):
        whole = len(found) == 1 and not found[0][1]
        years = " ".join(YEAR.findall(text))
        key = reference(found[0][0], tables) if whole else f"{asked} {years}".strip()
        return _shown_rows(found, charts, again=f"stats {key}")
    known: list[tuple[object, tuple[str, ...]]] = [
        *((table, _table_names(table)) for table in of_years),
        *(((table, row), _row_names(table, row)) for table in of_years for row in _rows(table)),
        *_chart_names(charts),
    ]
    match = find(asked, known)
    if isinstance(match.best, Topic):
        return _no_chart([match.best])
    if match.best is not None:
        return _shown_rows([_pair(match.best)], charts, again=f"stats {_key(match.best)}")
    scopes = scopes_of(asked, of_years)
    if meant := [each for each in scopes if each.rows or each.columns] or scopes:
        key = " ".join([*meant[0].rows[:1], *meant[0].columns[:1]]) or meant[0].table.series
        found = [(each.table, each.rows) for each in meant]
        return _shown_rows(found, charts, again=f"stats {key}")
    close = [each for each in match.close if not isinstance(each, Topic)]
    raise UserError(
        say("Which figures? Press one, or type `/ht stats` for all there are.")
        if close
        else say("No published figures have that name. These are published."),
        buttons=tuple(
            Button(label=_label(each), command=f"stats {_key(each)}")
            for each in list(close or tables)[:8]
        ),
    )


def _shown(tables: Sequence[Published], charts: Sequence[Topic], *, again: str | None) -> Reply:
    return _shown_rows([(table, ()) for table in tables], charts, again=again)


def _shown_rows(
    found: Sequence[tuple[Published, tuple[str, ...]]],
    charts: Sequence[Topic],
    *,
    again: str | None,
) -> Reply:
    tables = [table for table, _ in found]
    shown: list[Part] = []
    for table, rows in found:
        shown.extend(parts(table, rows=rows))
    shown.extend(_lost_charts(tables, charts))
    if len({table.unit for table in tables}) > 1:
        shown.append(Text(text=say("These are different units: they are never added up.")))
    return Reply(
        title=tables[0].program if len(tables) == 1 else say("Statistics"),
        parts=tuple(shown),
        notes=notes(tables),
        buttons=(
            *_other_periods(tables),
            Button(
                label=say("Download CSV"), command=f"stats export csv {_common(tables)}".strip()
            ),
            ALL_FIGURES.spoken,
        ),
        again=again,
    )


def _other_periods(tables: Sequence[Published]) -> Iterator[Button]:
    if len({table.series for table in tables}) == 1 and len(tables) > 1:
        for table in tables[:4]:
            yield Button(label=table.period, command=f"stats {reference(table, tables)}")


def _common(tables: Sequence[Published]) -> str:
    return tables[0].series if len({table.series for table in tables}) == 1 else ""


def _lost_charts(tables: Sequence[Published], charts: Sequence[Topic]) -> Iterator[Part]:
    """
    Yield which charts of the slides these tables come from have no data here.
    """
    places = {table.provenance.place for table in tables}
    lost = [chart.title for chart in charts if chart.provenance.place in places]
    if lost:
        listed = ", ".join(lost)
        yield Text(
            text=say(
                "The slide also has charts whose data is not in our source: {listed}.",
                listed=listed,
            )
        )


def _no_chart(charts: Sequence[Topic]) -> Reply:
    return Reply(
        title=say(" and ").join(chart.title for chart in charts),
        parts=tuple(
            Text(text=" ".join(filter(None, [chart.text, chart.note]))) for chart in charts
        ),
        notes=tuple(dict.fromkeys(f"Slide “{chart.provenance.place}”." for chart in charts)),
        buttons=(ALL_FIGURES.spoken,),
        shareable=False,
    )


def _compare(text: str, tables: Sequence[Published]) -> Reply:
    """
    Return two published tables side by side, or after each other where their rows differ.

    Nothing is subtracted: what differs is for the reader to see.
    """
    known = {each for table in tables for each in (f"{table.starts:%Y}", f"{table.ends:%Y}")}
    if missing := [year for year in YEAR.findall(_without_exact(text)) if year not in known]:
        raise UserError(
            say(
                "Of {missing} nothing is published. There are figures of {list}.",
                missing=missing[0],
                list=", ".join(sorted(known)),
            ),
            buttons=(ALL_FIGURES.spoken,),
        )
    pair = _two(text, tables)
    if pair is None:
        raise UserError(
            say(
                "Which two tables? Tables are compared, not agencies. For example `/ht stats compare served identified`, or two years "
                "of one table: `/ht stats compare served 2023 2024`."
            ),
            buttons=tuple(
                Button(label=heading(table), command=f"stats {reference(table, tables)}")
                for table in tables[:8]
            ),
        )
    one, other = pair
    shown: list[Part] = []
    if joined := beside(one, other):
        shown.append(joined)
    for table in pair:
        if not joined:
            shown.append(grid(table))
        if sentence := withheld(table):
            shown.append(Text(text=f"{table.period}: {sentence}" if joined else sentence))
    if one.unit != other.unit:
        shown.append(
            Text(
                text=say(
                    "These count different things: they can be read beside each other, not added."
                )
            )
        )
    return Reply(
        title=say("Side by side"),
        parts=tuple(shown),
        notes=notes(pair),
        buttons=(ALL_FIGURES.spoken,),
        again=f"stats compare {reference(one, tables)} with {reference(other, tables)}",
    )


def _two(text: str, tables: Sequence[Published]) -> tuple[Published, Published] | None:
    typed = text.split()
    joints = [at for at, word in enumerate(typed) if word.casefold() in JOINTS]
    # Where a word joins them; else the longest first part, so that a period stays with its table.
    for at in [*(at for at in joints if 0 < at < len(typed) - 1), *range(len(typed) - 1, 0, -1)]:
        left = typed[:at]
        right = typed[at + 1 :] if typed[at].casefold() in JOINTS else typed[at:]
        one = _one(" ".join(left), tables)
        other = _one(" ".join(right), tables)
        if other is None and one and not _without_period(" ".join(right)):
            other = _one(f"{one.series} {' '.join(right)}", tables)
        if one and other and one.id != other.id:
            return one, other
    return None


def _one(text: str, tables: Sequence[Published]) -> Published | None:
    of_period = [table for table in tables if _in_period(table, text)]
    of_period.sort(key=lambda table: not _is_a_year(table))  # a year before its halves
    asked = _without_period(text)
    exact = [table for table in of_period if named(asked, [(table, _table_names(table))])]
    if exact:
        return exact[0]
    if rows := _named(asked, of_period):
        return rows[0][0]
    return find(asked, [(table, _table_names(table)) for table in _newest(of_period)]).best


def reference(table: Published, tables: Sequence[Published]) -> str:
    """
    Return what names *table* among *tables*: its series and year, or its very period where
    that is not enough.
    """
    year = f"{table.starts:%Y}"
    alike = [each for each in tables if each.series == table.series and _in_period(each, year)]
    if len(alike) < 2 and _is_a_year(table):
        return f"{table.series} {year}"
    return f"{table.series} {table.starts}..{table.ends}"


def _is_a_year(table: Published) -> bool:
    return (f"{table.starts:%m%d}", f"{table.ends:%m%d}") == ("0101", "1231") and (
        table.starts.year == table.ends.year
    )


def _without_exact(text: str) -> str:
    return PERIOD.sub(" ", text)


def _without_period(text: str) -> str:
    return " ".join(YEAR.sub(" ", PERIOD.sub(" ", text)).split())


def _newest(tables: Sequence[Published]) -> list[Published]:
    newest: dict[str, Published] = {}
    for table in tables:
        newest.setdefault(table.series, table)
    return list(newest.values())


def _export(text: str, tables: Sequence[Published], request: Request) -> Reply:
    typed = text.casefold().split()
    workbook = any(word in {"xlsx", "excel"} for word in typed)
    rest = " ".join(
        word for word in text.split()
        if word.casefold() not in {"export", "download", "csv", "xlsx", "excel", "as"}
    )  # fmt: skip
    chosen = list(_of_years(rest, tables))
    if asked := _without_period(rest).strip():
        chosen = [table for table, _ in _named(asked, chosen)]
        if not chosen and (one := _one(rest, tables)):
            chosen = [one]
        if not chosen:
            raise UserError(
                say("No published table has that name. `/ht stats export csv` takes all of them."),
                buttons=(
                    Button(label=say("Download all"), command="stats export csv"),
                    ALL_FIGURES.spoken,
                ),
            )
    name = "-".join(["statistics", *dict.fromkeys(table.series for table in chosen)])
    name = name if len(name) <= 60 else "statistics"
    file = (
        xlsx_file(chosen, name=name, now=request.now) if workbook else csv_file(chosen, name=name)
    )
    return Reply(
        title=say("Statistics as a file"),
        parts=(
            Text(
                text=say(
                    "{name} has these tables, marks included, as they are published.",
                    name=file.name,
                )
            ),
            Bullets(items=tuple(caption(table) for table in chosen)),
        ),
        notes=notes(chosen),
        buttons=(ALL_FIGURES.spoken,),
        shareable=False,
        files=(file,),
    )


def _audit(session: Session) -> Reply:
    """
    Return what the auditor says of everything that is out: verdicts, never values.
    """
    from storage.statistics.audits import verdicts  # with the solver, which few ask for

    found = verdicts(session)
    rows: list[Part] = [
        Text(text=found.sentence),
        *(Bullets(items=(f"{name}: {finding}.",)) for name, finding in found.leaks),
    ]
    rows += [
        Entry(
            title=f"{heading(table)} ({table.unit}): {table.state.value}",
            lines=(_signed(table), *(line.replace(f"{table.name}/", "") for line in table.report)),
        )
        for table in decisions(session)
    ]
    return Reply(
        title=say("Audit of what is published"),
        parts=tuple(rows),
        notes=(
            (
                say(
                    "Audited now: what a reader can work out from everything published. Audited when each "
                    "table was released: what an agency can that knows its own row. Not covered: "
                    "agencies that pool what they know."
                )
            ),
        ),
        buttons=(Button(label=say("Drafts"), command="stats drafts"), ALL_FIGURES.spoken),
        again="stats audit",
        shareable=False,
    )


def _signed(table: Published) -> str:
    when = table.decided_at or table.drafted_at
    return say(
        "{when:%b %d, %Y}, signed {who}.", when=when, who=_who(table.decided_by or table.drafted_by)
    )


def _who(name: str) -> str:
    return f"“{name}”"


def _drafts(text: str, session: Session) -> Reply:
    """
    Return the drafts that wait, or the one whose number is asked for: what is decided on is
    seen first.
    """
    waiting = drafts(session)
    number = re.search(r"\d+", text)
    chosen = [each for each in waiting if number and each.id == int(number[0])]
    if chosen or len(waiting) == 1:
        return _draft((chosen or list(waiting))[0])
    return Reply(
        title=say("Drafts that wait for a second coordinator") if waiting else say("No drafts"),
        parts=tuple(
            Entry(
                title=say("Draft {id}: {caption}", id=table.id, caption=caption(table)),
                lines=(
                    say(
                        "{program}. Drafted {drafted_at:%b %d, %Y}.",
                        program=table.program,
                        drafted_at=table.drafted_at,
                    ),
                ),
                button=Button(label=say("Look at it"), command=f"stats drafts {table.id}"),
            )
            for table in waiting
        )
        or (
            Text(
                text=say(
                    "Nothing waits. A table is drafted where the bot runs: "
                    "htbot stats draft FILE --help."
                )
            ),
        ),
        buttons=(ALL_FIGURES.spoken,),
        again="stats drafts",
        shareable=False,
    )


def _draft(table: Published) -> Reply:
    times = say_many("once", "{number} times", table.correction)
    again = (
        (
            say(
                "It takes the place of what is out of this period, which was published {times}.",
                times=times,
            ),
        )
        if table.correction
        else ()
    )
    return Reply(
        title=say("Draft {id}", id=table.id),
        parts=(
            Facts(
                rows=(
                    (say("Table"), f"{table.series}: {table.title}, {table.program}"),
                    (
                        say("Period"),
                        say(
                            "{period}, {starts} to {ends}",
                            period=table.period,
                            starts=table.starts,
                            ends=table.ends,
                        ),
                    ),
                    (say("Unit"), table.unit),
                    (say("Source"), f"{table.provenance.source}, {table.provenance.as_of}"),
                    (say("Coverage"), table.note or say("no note")),
                    (
                        say("Drafted"),
                        say(
                            "{drafted_at:%b %d, %Y} by {drafted_by}",
                            drafted_at=table.drafted_at,
                            drafted_by=table.drafted_by,
                        ),
                    ),
                    (
                        say("Never shown"),
                        say("counts from 1 to {threshold}", threshold=table.threshold - 1),
                    ),
                )
            ),
            grid(table),
            *(Text(text=line) for line in again),
            Bullets(items=tuple(line.replace(f"{table.name}/", "") for line in table.report)),
        ),
        notes=(
            say("This is what would be published; the counts behind it are sealed."),
            say("Nobody approves their own draft."),
        ),
        buttons=(
            Button(label=say("Approve {id}", id=table.id), command=f"stats approve {table.id}"),
            Button(label=say("Decline {id}", id=table.id), command=f"stats decline {table.id}"),
            Button(label=say("All drafts"), command="stats drafts"),
            ALL_FIGURES.spoken,
        ),
        again=f"stats drafts {table.id}",
        shareable=False,
    )


def _approve(request: Request, session: Session) -> Reply:
    number, asker = _number(request, "approve"), _signer(request)
    coordinators = {
        (each.team_id, each.user_id)
        for each in grants(session)
        if each.role is RoleName.COORDINATOR
    }
    if len(coordinators) < 2 and request.standing < Standing.ADMIN:
        raise UserError(
            say(
                "While there are fewer than two coordinators, an administrator approves drafts. Ask one."
            )
        )
    try:
        approve(session, number, by=asker, now=request.now)
    except OwnDraftError as error:
        raise UserError(say("Nobody approves their own draft. Ask another coordinator.")) from error
    except ProposerLeftError as error:
        raise UserError(say("Whoever drafted this has left, and two must agree. Decline it, and draft it again.")) from error  # fmt: skip
    except UnknownReleaseError as error:
        raise _gone(number) from error
    except OvertakenError as error:
        raise UserError(
            say(
                "More was published since the gate looked at draft {number}, so it has to look again. "
                "Where the bot runs: htbot stats check {number}. Then approve it, or decline it now.",
                number=number,
            ),
            buttons=(
                Button(
                    label=say("Approve {number}", number=number), command=f"stats approve {number}"
                ),
                Button(
                    label=say("Decline {number}", number=number), command=f"stats decline {number}"
                ),
            ),
        ) from error
    tell_decided(session, number, now=request.now)
    tell_members(session, number, by=asker, now=request.now)
    tables = published(session)
    table = next(each for each in tables if each.id == number)
    return Reply(
        title=say("Published"),
        parts=(
            Text(
                text=say(
                    "Draft {number}, {caption}, is published.",
                    number=number,
                    caption=caption(table),
                )
            ),
        ),
        buttons=(
            Button(label=say("Show it"), command=f"stats {reference(table, tables)}"),
            ALL_FIGURES.spoken,
        ),
        shareable=False,
    )


def _decline(request: Request, session: Session) -> Reply:
    number, asker = _number(request, "decline"), _signer(request)
    try:
        decline(session, number, by=asker, now=request.now)
    except UnknownReleaseError as error:
        raise _gone(number) from error
    tell_decided(session, number, now=request.now)
    return Reply(
        title=say("Declined"),
        parts=(
            Text(
                text=say(
                    "Draft {number} is put away, and the counts behind it are deleted.",
                    number=number,
                )
            ),
        ),
        buttons=(Button(label=say("Drafts"), command="stats drafts"), ALL_FIGURES.spoken),
        shareable=False,
    )


def _number(request: Request, word: str) -> int:
    found = re.fullmatch(r"\S+\s+#?(\d{1,9})", request.text.strip())
    if found is None:
        raise UserError(
            say(
                "Which draft? Type `/ht stats {word}` and its number, as `/ht stats drafts` shows it.",
                word=word,
            ),
            buttons=(Button(label=say("Drafts"), command="stats drafts"),),
        )
    return int(found[1])


def _signer(request: Request) -> str:
    if request.asker is None:
        raise UserError(say("A draft is decided in Slack, where it is known who does."))
    return request.asker.user_id


def _gone(number: int) -> UserError:
    return UserError(
        say(
            "No draft {number} waits: it was decided before, or never was. `/ht stats drafts` "
            "shows those that wait.",
            number=number,
        ),
        buttons=(Button(label=say("Drafts"), command="stats drafts"),),
    )


def _of_years(text: str, tables: Sequence[Published]) -> Sequence[Published]:
    """
    Return the tables of the period or the years that *text* names; without one, the newest
    of each series.

    Raises:
        UserError: if no table is of these.
    """
    if not PERIOD.search(text) and not YEAR.search(text):
        return _newest(tables)
    found = [table for table in tables if _in_period(table, text)]
    if not found:
        years = sorted({f"{table.starts:%Y}" for table in tables}, reverse=True)
        raise UserError(
            say(
                "No figures of that year are published. There are some of {list}.",
                list=", ".join(years),
            ),
            buttons=tuple(Button(label=year, command=f"stats {year}") for year in years[:8]),
        )
    return found


def _in_period(table: Published, text: str) -> bool:
    """
    Say whether *table* is of a period or a year that *text* names, or it names none.
    """
    if periods := PERIOD.findall(text):
        return (f"{table.starts}", f"{table.ends}") in periods
    years = YEAR.findall(text)
    return not years or any(table.starts.year <= int(year) <= table.ends.year for year in years)


def _named(asked: str, tables: Sequence[Published]) -> list[tuple[Published, tuple[str, ...]]]:
    """
    Return the tables that *asked* names word for word, or else the rows it names.
    """
    whole = [(table, ()) for table in tables if named(asked, [(table, _table_names(table))])]
    if whole:
        return list(whole)
    return [
        (table, rows)
        for table in tables
        if (rows := named(asked, [(row, _row_names(table, row)) for row in _rows(table)]))
    ]


def _table_names(table: Published) -> tuple[str, ...]:
    return (table.series, table.title, table.program, *table.aliases)


def _rows(table: Published) -> tuple[str, ...]:
    """
    The rows that have a name of their own; every table may have a total.
    """
    return tuple(
        label for label in table.structure.dimensions[0].labels if label not in table.totals[0]
    )


def _row_names(table: Published, row: str) -> tuple[str, ...]:
    return (row, *table.reporters.get(row, ()))


def _chart_names(charts: Sequence[Topic]) -> list[tuple[Topic, tuple[str, ...]]]:
    return [(chart, (chart.title, *chart.aliases)) for chart in charts]


def _pair(found: object) -> tuple[Published, tuple[str, ...]]:
    if isinstance(found, Published):
        return found, ()
    assert isinstance(found, tuple)  # noqa: S101 - for the type checker
    table, row = found
    return table, (row,)


def _key(found: object) -> str:
    table, rows = _pair(found)
    return rows[0] if rows else table.series


def _label(found: object) -> str:
    table, rows = _pair(found)
    return rows[0] if rows else heading(table)


def _without(text: str, dropped: set[str]) -> str:
    kept = [part for part in text.split() if not set(words(part)) <= dropped]
    return " ".join(kept)


COMMAND = Command(
    verb="stats",
    usage="stats [csec | tcvap | agencies | NAME | hmis | YEAR | compare A B | export]",
    summary=phrase("The published figures, small counts protected, with period, unit and source."),
    aliases=(
        "statistics", "stat", "statistic", "figures", "counts", "data",
        "estadisticas", "estadistica", "cifras", "datos",
    ),
    examples=(
        "stats", "stats csec", "stats agencies", "stats cvs", "stats 2023",
        "stats compare served identified", "stats share labor trafficking da",
        "stats export csv",
    ),
    who=Standing.MEMBER,
    menu=phrase("Statistics"),
    alike=True,
    handle=handle,
    actions=(
        Action(
            word="approve",
            usage="stats approve NUMBER",
            summary=phrase("Publish a draft that another coordinator made."),
            who=Standing.COORDINATOR,
            handle=_approve,
        ),
        Action(
            word="decline",
            usage="stats decline NUMBER",
            summary=phrase("Put a draft away and delete the counts behind it."),
            who=Standing.COORDINATOR,
            handle=_decline,
        ),
    ),
    deliveries=(FIGURES,),
)  # fmt: skip
