"""
The shape of what a survey asks: its cells, what adds up to what, and whether it does.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from storage.statistics.sheets import Dimension
from storage.surveys.values import Absent, Labels, Said, Value

NOT_BROKEN_DOWN = "Not broken down"


@dataclass(frozen=True, kw_only=True)
class Question:
    """
    Attributes:
        options: one of them is picked; none: a whole number is asked.
    """

    text: str
    options: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Sum:
    """
    One total and its parts.

    Attributes:
        kinds: it runs over the last dimension, along which not every agency can break
            its figures down.
    """

    total: Labels
    parts: tuple[Labels, ...]
    kinds: bool


def dimensions(stored: Sequence[Mapping[str, Any]]) -> tuple[Dimension, ...]:
    return tuple(
        Dimension(
            name=each["name"],
            labels=tuple(each["labels"]),
            tree={parent: tuple(children) for parent, children in each["tree"].items()},
        )
        for each in stored
    )


def stored(dims: Sequence[Dimension]) -> list[dict[str, Any]]:
    return [
        {
            "name": each.name,
            "labels": list(each.labels),
            "tree": {parent: list(children) for parent, children in each.tree.items()},
        }
        for each in dims
    ]


def cells(dims: Sequence[Dimension]) -> tuple[Labels, ...]:
    """
    Return the cells that one agency fills in, in their order.
    """
    return tuple(product(*(each.labels for each in dims)))


def sums(dims: Sequence[Dimension]) -> Iterator[Sum]:
    for at, dim in enumerate(dims):
        others = [("",) if number == at else each.labels for number, each in enumerate(dims)]
        for labels in product(*others):
            for parent, children in dim.tree.items():
                total, *parts = (
                    (*labels[:at], label, *labels[at + 1 :]) for label in (parent, *children)
                )
                yield Sum(total=total, parts=tuple(parts), kinds=at == len(dims) - 1)


def wrong_totals(dims: Sequence[Dimension], said: Said) -> tuple[Labels, ...]:
    """
    Return the totals that their parts do not add up to. Only what is said whole is looked
    at: a total is that of the parts that are numbers; N/A adds nothing; where a kind was
    not collected, it may be more.
    """
    wrong = [each.total for each in sums(dims) if not _adds_up(each, said)]
    if not wrong and not set(cells(dims)) - said.keys():
        wide = widened(dims)
        whole = filled(dims, said)
        wrong = [each.total for each in sums(wide) if not each.kinds and not _adds_up(each, whole)]
        # What is wrong with a rest is wrong with the total that it is the rest of.
        rests = _rests(dims)
        wrong = [(*total[:-1], rests.get(total[-1], total[-1])) for total in wrong]
    return tuple(dict.fromkeys(wrong))


def needs_rest(dims: Sequence[Dimension], said: Said) -> bool:
    """
    Say whether a total has more than its kinds, some of which were not collected.
    """
    return any(
        isinstance(value, int) and value > 0
        for labels, value in filled(dims, said).items()
        if labels not in said
    )


def widened(dims: Sequence[Dimension]) -> tuple[Dimension, ...]:
    """
    Return *dims* with a label for what a total has more than the kinds that are known.
    """
    *before, last = dims
    rests = {parent: rest for rest, parent in _rests(dims).items()}
    if not rests:
        return tuple(dims)
    tree = {parent: (*children, rests[parent]) for parent, children in last.tree.items()}
    wide = Dimension(name=last.name, labels=(*last.labels, *rests.values()), tree=tree)
    return (*before, wide)


def narrowed(dims: Sequence[Dimension]) -> tuple[Dimension, ...]:
    """
    Undo `widened`.
    """
    *before, last = dims
    rests = {label for label in last.labels if label.startswith(NOT_BROKEN_DOWN)}
    return (
        *before,
        Dimension(
            name=last.name,
            labels=tuple(label for label in last.labels if label not in rests),
            tree={
                parent: tuple(child for child in children if child not in rests)
                for parent, children in last.tree.items()
            },
        ),
    )


def filled(dims: Sequence[Dimension], said: Said) -> dict[Labels, Value]:
    """
    Return *said* with the rest that each total has over its kinds.
    """
    found = dict(said)
    rests = {parent: rest for rest, parent in _rests(dims).items()}
    for each in sums(dims):
        if not each.kinds:
            continue
        cell = (*each.total[:-1], rests[each.total[-1]])
        total = said.get(each.total, Absent.NOT_COLLECTED)
        parts = [said.get(part, Absent.NOT_COLLECTED) for part in each.parts]
        given = [part for part in parts if isinstance(part, int)]
        known = isinstance(total, int) and given
        found[cell] = total - sum(given) if known and isinstance(total, int) else Absent.NOT_COLLECTED  # fmt: skip
    return found


def _rests(dims: Sequence[Dimension]) -> dict[str, str]:
    """
    Return the label of each rest, with the total that it is the rest of.
    """
    parents = list(dims[-1].tree)
    if len(parents) == 1:
        return {NOT_BROKEN_DOWN: parents[0]}
    return {f"{NOT_BROKEN_DOWN}: {parent}": parent for parent in parents}


def _adds_up(each: Sum, said: Said) -> bool:
    if each.total not in said or any(part not in said for part in each.parts):
        return True  # not whole yet
    total, parts = said[each.total], [said[part] for part in each.parts]
    given = [part for part in parts if isinstance(part, int)]
    if not isinstance(total, int) or not given:
        return True
    if each.kinds and Absent.NOT_COLLECTED in parts:
        return total >= sum(given)
    return total == sum(given)
