"""
What may be worked out in chat: from published numbers only.

Whatever touches a mark is refused, always in the same words: a refusal that depended on
the hidden value would give it away.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from commands.contract import Bullets, Button, Reply, Text, UserError
from commands.figures import heading, notes, unit
from commands.match import FILLER, find, holds, mentioned
from commands.speech import phrase, say
from commands.words import singular, words
from storage.disclosure.states import Mark, State
from storage.statistics.published import Published
from storage.statistics.sheets import Labels

NEVER_ADDED = phrase(
    "Agencies are never added up or averaged: served, contacts and identified are different "
    "units, and a person may be counted more than once."
)


WHICH = phrase(
    "Which figures? Shares, sums and differences are worked out within one agency or one program, "
    "rankings of one column, and every word has to say which. Try `/ht stats share labor "
    "trafficking da`."
)
# What may stand in a question and says nothing of which figures.
_PLAIN = frozenset(
    [
        "agencies",
        "agency",
        "amount",
        "case",
        "cases",
        "client",
        "clients",
        "compared",
        "count",
        "counts",
        "figure",
        "figures",
        "number",
        "numbers",
        "out",
        "partner",
        "partners",
        "people",
        "percent",
        "per",
        "person",
        "persons",
        "served",
        "stats",
        "survivor",
        "survivors",
        "than",
        "total",
        "totals",
        "trafficking",
        "victim",
        "victims",
        "were",
        "year",
        "years",
    ]
)


class Operation(Enum):
    SHARE = "share"
    SUM = "sum"
    DIFFERENCE = "difference"
    RANKING = "ranking"
    GUESS = "guess"  # what nobody may ask of a mark: bounds, parity, likelihood


# The word that decides; in the order in which they are looked for.
_WORDS = {
    Operation.GUESS: (
        """
        actual actually approximate approximately average averages between bigger chance closest
        decode deduce derive estimate estimated estimates even exact exactly exceed exceeds
        figure-out guess hidden infer likely maximum mean median minimum odd possible probably
        probability range real reveal secret smaller solve true unmask value
    """
    ),
    Operation.SHARE: (
        "fraction percent percentage percentages portion proportion rate rates ratio share"
    ),
    Operation.DIFFERENCE: (
        """
        besides change decrease deduct difference differences drop except excluding fewer gap
        growth increase left less minus more other others remainder remaining rest subtract
        subtracted trend without
    """
    ),
    Operation.RANKING: (
        """
        bottom fewest greatest highest largest least lowest most order ordered rank ranked ranking
        smallest sort sorted top
    """
    ),
    Operation.SUM: ("add added altogether combine combined everyone plus sum sums together"),
}
_OPERATIONS = [(operation, frozenset(text.split())) for operation, text in _WORDS.items()]
_EVERY_WORD = frozenset[str]().union(*(known for _, known in _OPERATIONS))
_PERCENT = re.compile(r"%")
_ARITHMETIC = re.compile(r"[+=*÷×<>≤≥−]|(?<=\s)[-/](?=\s)")


@dataclass(frozen=True, kw_only=True)
class Scope:
    """
    The rows and columns that a question names, in one of the tables it may be about.

    Attributes:
        unread: words that say something, and nothing that is known here.
    """

    table: Published
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    unread: tuple[str, ...] = ()


def operation(text: str) -> Operation | None:
    """
    Return what *text* wants to have worked out, or None if it only wants to see figures.
    """
    said = set(words(text))
    if "most" in said and "recent" in said:
        said -= {"most"}
    for each, known in _OPERATIONS:
        if said & known:
            return each
    if _PERCENT.search(text):
        return Operation.SHARE
    return Operation.GUESS if _ARITHMETIC.search(text) else None


def reckon(asked: Operation, text: str, tables: Sequence[Published]) -> Reply:
    """
    Return what *text* asks to be worked out, or the one refusal.

    Raises:
        UserError: if what is asked of which figures is not clear; that does not depend on
            any figure.
    """
    scopes = scopes_of(text, tables)
    if not scopes:
        raise UserError(say(WHICH), buttons=(Button(label=say("All figures"), command="stats"),))
    if asked is Operation.GUESS:
        return refusal()
    unread = set(scopes[0].unread).intersection(*(each.unread for each in scopes))
    if any(word.isdigit() for word in unread):
        return refusal()  # "more than 5": a bound is a guess
    if unread:
        raise UserError(say(WHICH), buttons=(Button(label=say("All figures"), command="stats"),))
    if asked is Operation.RANKING:
        return _ranking(scopes)
    if asked is Operation.SUM and (len(scopes) > 1 or _adds_agencies(scopes[0])):
        return _said(say(NEVER_ADDED))
    if len(scopes) > 1:
        return refusal()
    scope = scopes[0]
    if asked is Operation.SHARE:
        return _share(scope)
    return _sum(scope) if asked is Operation.SUM else _difference(scope)


def refusal() -> Reply:
    """
    Return the one answer to whatever touches a mark.
    """
    return _said(
        say(
            "That is not worked out here: it would need a figure that is withheld, small or not "
            "there, or more than one table. What is published is in the tables."
        )
    )


def _said(text: str) -> Reply:
    return Reply(
        title=say("Not worked out"),
        parts=(Text(text=text),),
        buttons=(Button(label=say("All figures"), command="stats"),),
        shareable=False,
    )


def _share(scope: Scope) -> Reply:
    cells = _cells(scope)
    if len(cells) != 1:
        return refusal()
    (cell,) = cells
    whole = _whole(scope.table, cell)
    if whole is None:
        return refusal()
    numbers = _numbers(scope.table, [cell, whole])
    if numbers is None or not numbers[1]:
        return refusal()
    part, total = numbers
    percent = (200 * part + total) // (2 * total)  # half up, in whole numbers
    return _answer(
        scope.table,
        say(
            "{name}: {part:,} of {total:,} is {percent} percent, rounded.",
            name=_name(cell),
            part=part,
            total=total,
            percent=percent,
        ),
    )


def _sum(scope: Scope) -> Reply:
    cells = _cells(scope)
    wholes = {_whole(scope.table, cell) for cell in cells}
    if len(cells) < 2 or len(wholes) > 1 or None in wholes:
        return refusal()
    numbers = _numbers(scope.table, cells)
    if numbers is None:
        return refusal()
    terms = " + ".join(f"{number:,}" for number in numbers)
    named = ", ".join(map(_name, cells))
    return _answer(
        scope.table, say("{named}: {terms} is {sum:,}.", named=named, terms=terms, sum=sum(numbers))
    )


def _difference(scope: Scope) -> Reply:
    cells = _cells(scope)
    if len(cells) != 2:
        return refusal()
    numbers = _numbers(scope.table, cells)
    if numbers is None:
        return refusal()
    greater, less = max(numbers), min(numbers)
    return _answer(
        scope.table,
        say(
            "{name} {numbers:,}, {name_2} {numbers_2:,}: the difference is {greater:,}.",
            name=_name(cells[0]),
            numbers=numbers[0],
            name_2=_name(cells[1]),
            numbers_2=numbers[1],
            greater=greater - less,
        ),
    )


def _ranking(scopes: Sequence[Scope]) -> Reply:
    tables = [scope for scope in scopes if len(scope.table.structure.dimensions[0].labels) > 2]
    if len(tables) != 1:
        return refusal()
    (scope,) = tables
    table = scope.table
    columns = scope.columns or _default_column(table)
    rows = [label for label in table.structure.dimensions[0].labels if label not in table.totals[0]]
    if len(columns) != 1 or len(table.structure.dimensions) > 2:
        return refusal()
    cells = [(row, *columns) if len(table.structure.dimensions) == 2 else (row,) for row in rows]
    numbers = _numbers(table, cells)
    if numbers is None:
        return refusal()
    ranked = sorted(zip(rows, numbers, strict=True), key=lambda each: -each[1])
    reply = _answer(table, say("{columns}, the largest first:", columns=columns[0]))
    lines = tuple(f"{row}: {number:,}" for row, number in ranked)
    return Reply(
        title=reply.title,
        parts=(*reply.parts, Bullets(items=lines)),
        notes=reply.notes,
        buttons=reply.buttons,
        shareable=False,
    )


def _answer(table: Published, sentence: str) -> Reply:
    return Reply(
        title=heading(table),
        parts=(
            Text(text=sentence),
            Text(text=say("Unit: {unit}. Period: {period}.", unit=table.unit, period=table.period)),
        ),
        notes=(say("Worked out from published numbers only."), *notes([table])),
        buttons=(Button(label=say("The whole table"), command=f"stats {table.series}"),),
        shareable=False,
    )


def scopes_of(text: str, tables: Sequence[Published]) -> list[Scope]:
    """
    Return, for each table that *text* names or names a row or a column of, which. Where
    it names a row, tables without that row are not meant.
    """
    left = [word for word in words(text) if word not in _EVERY_WORD and word not in FILLER]
    found = []
    for table in tables:
        dimensions = table.structure.dimensions
        columns: tuple[str, ...] = ()
        if len(dimensions) > 1:
            named = [(label, (label, *_other_names(label))) for label in dimensions[-1].labels]
            columns = mentioned(text, named)
        names = {
            row: (row, *table.reporters.get(row, ()))
            for row in dimensions[0].labels
            if row not in table.totals[0]
        }
        meant = dict.fromkeys(mentioned(text, list(names.items())))
        taken = {
            word
            for name in (*columns, *(each for row in meant for each in names[row]))
            for word in words(name)
        }
        rest = " ".join(word for word in left if word not in taken)
        if len(close := find(rest, list(names.items())).close) == 1:
            meant |= dict.fromkeys(close)
        own = (table.title, table.series, table.program, *table.aliases)
        itself = mentioned(text, [(table, own)])
        known = (*own, *columns, *(each for row in meant for each in names[row]))
        unread = tuple(
            word for word in left if word not in _PLAIN and not holds((singular(word),), known)
        )
        if meant or columns or itself:
            found.append(Scope(table=table, rows=tuple(meant), columns=columns, unread=unread))
    return [each for each in found if each.rows] or found


def _other_names(column: str) -> tuple[str, ...]:
    """
    Return the shorter ways to say *column*: "labor" is "Labor Trafficking".
    """
    kept = [word for word in words(column) if word not in {"trafficking", "exploitation"}]
    return (" ".join(kept),) if kept else ()


def _adds_agencies(scope: Scope) -> bool:
    """
    Say whether a sum over *scope* would add agencies: rows that are no parts of one total.
    """
    first = scope.table.structure.dimensions[0]
    parts = {child for children in first.tree.values() for child in children}
    return (
        len(first.labels) > 1 and len(scope.rows) != 1 and not {*scope.rows, *first.labels} & parts
    )


def _cells(scope: Scope) -> list[Labels]:
    """
    Return the cells meant: rows by columns; a row by itself is its total.
    """
    table = scope.table
    if len(table.structure.dimensions) == 1:
        return [(row,) for row in scope.rows]
    if len(table.structure.dimensions) > 2:
        return []
    rows = scope.rows
    if not rows and len(table.structure.dimensions[0].labels) == 1:
        rows = table.structure.dimensions[0].labels
    columns = scope.columns or _default_column(table)
    return [(row, column) for row in rows for column in columns]


def _default_column(table: Published) -> tuple[str, ...]:
    if len(table.structure.dimensions) == 1:
        return (unit(table),)
    return tuple(sorted(table.totals[1]))[:1]


def _whole(table: Published, cell: Labels) -> Labels | None:
    """
    Return the total that *cell* is a part of, within its own row, or None.
    """
    for at in range(len(cell) - 1, -1, -1):
        for parent, children in table.structure.dimensions[at].tree.items():
            if cell[at] in children:
                return (*cell[:at], parent, *cell[at + 1 :])
    return None


def _numbers(table: Published, cells: Sequence[Labels]) -> list[int] | None:
    """
    Return the published numbers of *cells*, or None if any of them is anything else.
    """
    marks = [table.cells[cell] for cell in cells]
    return None if any(map(_is_mark, marks)) else [mark.value or 0 for mark in marks]


def _is_mark(mark: Mark) -> bool:
    return mark.state is not State.NUMBER


def _name(cell: Labels) -> str:
    return ", ".join(cell)
