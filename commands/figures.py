"""
A published table as parts of an answer: every figure with its period, unit, source,
coverage and date. Marks are said as marks; no number is made here.
"""

from collections.abc import Iterator, Sequence
from itertools import product

from commands.citing import cite
from commands.contract import Chart, ChartKind, Part, Table, Text
from commands.speech import phrase, say, say_many
from storage.disclosure.states import Mark, State
from storage.statistics.ledger import PACK
from storage.statistics.published import Published
from storage.statistics.sheets import Labels

# What is said where a reader may ask for more than is printed.
WITHHELD = "withheld"
LEGEND = {
    State.BELOW: phrase("“<{threshold}” is a count from 1 to {most}"),
    State.WITHHELD: phrase("“withheld” is a number that is kept back"),
    State.NOT_COLLECTED: phrase("“N/A” was not collected"),
    State.NOT_REPORTED: phrase("“not reported” was expected and did not come"),
}
NO_ROW = phrase("no row")
DOLLARS = phrase("US dollars")
CHART_CATEGORIES = 20
CHART_LABEL = 20  # characters


def shown(mark: Mark, unit: str = "") -> str:
    """
    Return what *mark* reads as: no two states read the same, and none is blank.
    """
    if mark.state is State.WITHHELD:
        return WITHHELD
    if mark.state is State.NUMBER and mark.value is not None:
        return f"${mark.value:,}" if unit == DOLLARS else f"{mark.value:,}"
    return str(mark)


def heading(table: Published) -> str:
    return f"{table.title}, {table.period}"


def grid(table: Published, *, rows: Sequence[str] = ()) -> Table:
    """
    Return *table*, or those of its rows whose first label is in *rows*.
    """
    *before, last = table.structure.dimensions
    if not before:
        return Table(
            columns=(table.program, unit(table)),
            rows=tuple(
                (label, shown(table.cells[label,], table.unit))
                for label in last.labels
                if not rows or label in rows
            ),
            caption=caption(table),
        )
    return Table(
        columns=(say(" and ").join(_dimension(each.name) for each in before), *last.labels),
        rows=tuple(
            (
                " · ".join(labels),
                *(shown(table.cells[(*labels, label)], table.unit) for label in last.labels),
            )
            for labels in product(*(each.labels for each in before))
            if not rows or labels[0] in rows
        ),
        caption=caption(table),
    )


def beside(one: Published, other: Published) -> Table | None:
    """
    Return two tables as one, period by period within each column; None where their units
    or columns differ.
    """
    first, second = grid(one), grid(other)
    if one.unit != other.unit or first.columns[1:] != second.columns[1:]:
        return None
    rows = [{row[0]: row[1:] for row in each.rows} for each in (first, second)]
    labels = dict.fromkeys([*rows[0], *rows[1]])
    none = (say(NO_ROW),) * (len(first.columns) - 1)
    return Table(
        columns=(
            first.columns[0],
            *(
                f"{column}, {_when(table, beside=other if table is one else one)}"
                for column in first.columns[1:]
                for table in (one, other)
            ),
        ),
        rows=tuple(
            (
                label,
                *(
                    cell
                    for pair in zip(*(each.get(label, none) for each in rows), strict=True)
                    for cell in pair
                ),
            )
            for label in labels
        ),
        caption=say("{caption} and {period}", caption=caption(one), period=other.period),
    )


def _when(table: Published, *, beside: Published) -> str:
    """
    Return a period as it heads a column: the year, where both are years of their own.
    """
    days = {(f"{each.starts:%m%d}", f"{each.ends:%m%d}") for each in (table, beside)}
    years = {(each.starts.year, each.ends.year) for each in (table, beside)}
    if days == {("0101", "1231")} and len(years) == 2:
        return f"{table.starts:%Y}"
    return table.period


def unit(table: Published) -> str:
    return table.unit[:1].upper() + table.unit[1:]


def caption(table: Published) -> str:
    return f"{heading(table)} ({table.unit})"


def parts(table: Published, *, rows: Sequence[str] = ()) -> Iterator[Part]:
    """
    Yield *table*, what is withheld of it and why, and a chart where one can be drawn.
    """
    yield grid(table, rows=rows)
    if sentence := withheld(table, rows=rows):
        yield Text(text=sentence)
    if not rows and (drawn := chart(table)):
        yield drawn


def withheld(table: Published, *, rows: Sequence[str] = ()) -> str | None:
    """
    Return in one sentence which splits are withheld and why, or None.
    """
    kept = [labels for labels in table.withheld if not rows or labels[0] in rows]
    if not kept:
        return None
    return say_many(
        "{named} is withheld, because with it a count below {threshold} could be worked out or "
        "narrowed down from the totals.",
        "{named} are withheld, because with them a count below {threshold} could be worked out "
        "or narrowed down from the totals.",
        len(kept),
        named=_named(kept),
        threshold=table.threshold,
    )


def legend(tables: Sequence[Published]) -> tuple[str, ...]:
    """
    Return what the marks that stand in *tables* mean; nothing where there are none.
    """
    said = {
        say(LEGEND[mark.state], threshold=mark.value, most=(mark.value or 1) - 1)
        for table in tables
        for mark in table.cells.values()
        if mark.state in LEGEND
    }
    return (say("{list}; 0 is zero.", list="; ".join(sorted(said))),) if said else ()


def notes(tables: Sequence[Published]) -> tuple[str, ...]:
    """
    Return coverage, legend, source, date and who signed, each said once.
    """
    coverage = dict.fromkeys(table.note for table in tables if table.note)
    return (*coverage, *legend(tables), *sources(tables))


def sources(tables: Sequence[Published]) -> tuple[str, ...]:
    """
    Return where *tables* come from, how old they are and when they were released.
    """
    return (
        *cite(table.provenance for table in tables),
        *dict.fromkeys(_released(table) for table in tables),
    )


def chart(table: Published) -> Chart | None:
    """
    Return a chart of *table* where some series of it is complete: a chart cannot show a mark.
    """
    for labels, cells in _series(table):
        marks = [table.cells[cell] for cell in cells]
        numbers = [
            mark.value for mark in marks if mark.value is not None and mark.state is State.NUMBER
        ]
        names = _short(labels)
        if len(numbers) == len(marks) and 2 <= len(numbers) <= CHART_CATEGORIES and names:
            return Chart(
                title=table.title,
                kind=ChartKind.BAR,
                unit=table.unit,
                categories=names,
                series=((table.period, tuple(numbers)),),
            )
    return None


def _series(table: Published) -> Iterator[tuple[list[str], list[Labels]]]:
    """
    Yield what may be drawn, the likeliest first: a table of one dimension without its
    totals; of two, its total column by row, or its only row by column.
    """
    dimensions, totals = table.structure.dimensions, table.totals
    inner = [
        [label for label in each.labels if label not in own]
        for each, own in zip(dimensions, totals, strict=True)
    ]
    if len(dimensions) == 1:
        yield inner[0], [(label,) for label in inner[0]]
    elif len(dimensions) == 2:
        for total in sorted(totals[1]):
            yield inner[0], [(label, total) for label in inner[0]]
        if len(inner[0]) == 1:
            yield inner[1], [(inner[0][0], label) for label in inner[1]]


def _short(labels: Sequence[str]) -> tuple[str, ...] | None:
    """
    Return *labels* without the last word that all of them end with, or None where one is
    still too long for a chart: a cut label could be taken for another.
    """
    split = [label.split() for label in labels]
    if len(labels) > 1 and len({words[-1] for words in split}) == 1 and min(map(len, split)) > 1:
        split = [words[:-1] for words in split]
    names = tuple(" ".join(words) for words in split)
    return names if all(len(name) <= CHART_LABEL for name in names) else None


def _named(cells: Sequence[Labels]) -> str:
    return "; ".join(" of ".join(reversed(labels)) for labels in cells)


def _dimension(name: str) -> str:
    return say("Agency") if name == "label" else name


def _released(table: Published) -> str:
    when = table.decided_at or table.drafted_at
    how = (
        say("from the deck")
        if table.decided_by == PACK
        else say("approved by a second coordinator")
    )
    again = say(", corrected {times}", times=_times(table.correction)) if table.correction else ""
    return say(
        "Protected and released {when:%b %d, %Y}, {how}{again}.", when=when, how=how, again=again
    )


def _times(number: int) -> str:
    return say_many("once", "{number} times", number)
