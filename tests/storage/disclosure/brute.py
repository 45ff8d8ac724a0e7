"""
An attacker who tries every whole-number table: slow, complete, and with nothing of ours in it
but the values that describe a problem.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations

from storage.disclosure.states import Mark, State
from storage.disclosure.tables import Problem

Ranges = dict[str, tuple[int, int]]
Row = tuple[Sequence[tuple[str, int]], int, int]


def ceiling(problem: Problem) -> int:
    """
    Return what no cell needs to exceed: the greatest count, and room to move.
    """
    printed = [mark.value or 0 for mark in (problem.marks or {}).values()]
    most = max([*problem.counts.values(), *printed], default=0)
    return most + 3 * max(problem.thresholds.values())


def ranges(problem: Problem, marks: Mapping[str, Mark]) -> Ranges:
    top = ceiling(problem)
    found: Ranges = {}
    for cell, mark in marks.items():
        if mark.state is State.NUMBER:
            found[cell] = (mark.value or 0, mark.value or 0)
        elif mark.state is State.BELOW:
            found[cell] = (1, (mark.value or 0) - 1)
        elif mark.state is State.WITHHELD:
            found[cell] = (problem.thresholds[cell], top)
        elif mark.state is State.HIDDEN:
            found[cell] = (0, top)
    return found


def rows(problem: Problem, cells: Iterable[str]) -> list[Row]:
    known = set(cells)
    found: list[Row] = []
    for each in problem.equations:
        parts = [part for part in each.parts if part in known]
        if each.total in known and parts:
            found.append(([(each.total, 1), *((part, -1) for part in parts)], 0, 0))
    for side in problem.side:
        terms = [(cell, times) for cell, times in side.terms if cell in known]
        low = -(10**9) if side.low is None else side.low
        found.append((terms, low, 10**9 if side.high is None else side.high))
    return found


def narrow(allowed: Ranges, all_rows: Sequence[Row]) -> bool:
    """
    Narrow *allowed* in place, equation by equation; return whether anything is left.
    """
    changed = True
    while changed:
        changed = False
        for terms, low, high in all_rows:
            least = most = 0
            for cell, times in terms:
                ends = allowed[cell]
                least += times * ends[times < 0]
                most += times * ends[times > 0]
            if least > high or most < low:
                return False
            if least >= low and most <= high:
                continue
            for cell, times in terms:
                ends = allowed[cell]
                # what the others leave for this one
                up = (high - least) + times * ends[times < 0]
                down = (low - most) + times * ends[times > 0]
                if times < 0:
                    up, down = down, up
                now = (max(ends[0], -(-down // times)), min(ends[1], up // times))
                if now[0] > now[1]:
                    return False
                if now != ends:
                    allowed[cell] = now
                    changed = True
                    least += times * (now[times < 0] - ends[times < 0])
                    most += times * (now[times > 0] - ends[times > 0])
    return True


def fits(allowed: Ranges, all_rows: Sequence[Row]) -> bool:
    """
    Say whether any whole-number table lies within *allowed*.
    """
    allowed = dict(allowed)
    if any(low > high for low, high in allowed.values()) or not narrow(allowed, all_rows):
        return False
    free = [cell for cell, (low, high) in allowed.items() if low < high]
    if not free:
        return True
    cell = min(free, key=lambda each: allowed[each][1] - allowed[each][0])
    low, high = allowed[cell]
    middle = (low + high) // 2
    return fits(allowed | {cell: (low, middle)}, all_rows) or fits(
        allowed | {cell: (middle + 1, high)}, all_rows
    )


def possible(problem: Problem, marks: Mapping[str, Mark], fixed: Ranges) -> bool:
    """
    Say whether a table fits *marks* with the cells of *fixed* cut to their ranges.
    """
    allowed = ranges(problem, marks)
    for cell, (low, high) in fixed.items():
        allowed[cell] = (max(low, allowed[cell][0]), min(high, allowed[cell][1]))
        if allowed[cell][0] > allowed[cell][1]:
            return False
    return fits(allowed, rows(problem, allowed))


def interval(
    problem: Problem, marks: Mapping[str, Mark], cell: str, fixed: Ranges | None = None
) -> tuple[int, int]:
    low, high = ranges(problem, marks)[cell]
    values = [
        value
        for value in range(low, high + 1)
        if possible(problem, marks, {**(fixed or {}), cell: (value, value)})
    ]
    return (values[0], values[-1])


def small(problem: Problem) -> list[str]:
    return [
        cell
        for cell, count in problem.counts.items()
        if 0 < count < problem.thresholds[cell] and cell not in problem.absent
    ]


def may_be_withheld(problem: Problem, marks: Mapping[str, Mark]) -> list[str]:
    return [
        cell
        for cell, mark in marks.items()
        if mark.state is State.NUMBER
        and (mark.value or 0) >= problem.thresholds[cell]
        and cell not in problem.published
    ]


def bases(problem: Problem, marks: Mapping[str, Mark]) -> dict[str, tuple[int, int]]:
    most = dict(marks) | dict.fromkeys(may_be_withheld(problem, marks), Mark(State.WITHHELD))
    found = {}
    for cell in small(problem):
        top = problem.thresholds[cell] - 1
        values = [v for v in range(1, top + 1) if possible(problem, most, {cell: (v, v)})]
        low, high = values[0], values[-1]
        if high < top and possible(problem, most, {cell: (top, 10**6)}):
            high = top
        if low > 1 and possible(problem, most, {cell: (0, 1)}):
            low = 1
        found[cell] = (low, high)
    return found


def narrowed(
    problem: Problem, marks: Mapping[str, Mark], base: Mapping[str, tuple[int, int]]
) -> list[str]:
    """
    Return the small cells of which a reader learns more than *base*.
    """
    return [
        cell
        for cell, (low, high) in base.items()
        if not possible(problem, marks, {cell: (0, low)})
        or not possible(problem, marks, {cell: (high, 10**6)})
    ]


def exact_for(
    problem: Problem, marks: Mapping[str, Mark], who: str, own: Iterable[str]
) -> list[str]:
    """
    Return the small cells in others' lists that somebody who knows *own* works out.
    """
    known: Ranges = {
        cell: (problem.counts[cell], problem.counts[cell])
        for cell in own
        if cell not in problem.absent
    }
    others = {cell for other, cells in problem.insiders.items() if other != who for cell in cells}
    found = []
    for cell in small(problem):
        count = problem.counts[cell]
        if cell in known or cell not in others:
            continue
        if not possible(problem, marks, known | {cell: (0, count - 1)}) and not possible(
            problem, marks, known | {cell: (count + 1, 10**6)}
        ):
            found.append(cell)
    return found


def ever_exact(
    problem: Problem, marks: Mapping[str, Mark], truths: Mapping[str, Mark], own: Iterable[str]
) -> list[str]:
    """
    Return the small cells in others' lists that somebody who knows *own* works out from
    *marks* under any of the true counts that *truths* leave possible.
    """
    all_rows = rows(problem, marks)
    printed, true = ranges(problem, marks), ranges(problem, truths)
    far = 4 * ceiling(problem)  # so that no cell of another meets an end that is ours alone
    endless = {State.WITHHELD, State.HIDDEN}
    for cell, mark in marks.items():
        if cell not in own and mark.state in endless:
            printed[cell] = (printed[cell][0], far)
        if cell not in own and truths[cell].state in endless:
            true[cell] = (true[cell][0], far)
    listed = {cell for cells in problem.insiders.values() for cell in cells} - set(own)
    found = []
    for cell, mark in marks.items():
        if cell not in listed or mark.state not in {State.BELOW, State.HIDDEN}:
            continue
        if any(
            fits(_cut(true | known, cell, value, value), all_rows)
            and not fits(_cut(printed | known, cell, 0, value - 1), all_rows)
            and not fits(_cut(printed | known, cell, value + 1, far), all_rows)
            for known in _tables(true, all_rows, [each for each in own if each in marks])
            for value in range(1, problem.thresholds[cell])
        ):
            found.append(cell)
    return found


def _cut(allowed: Ranges, cell: str, low: int, high: int) -> Ranges:
    return allowed | {cell: (max(low, allowed[cell][0]), min(high, allowed[cell][1]))}


def _tables(
    allowed: Ranges, all_rows: Sequence[Row], cells: Sequence[str]
) -> Iterator[dict[str, tuple[int, int]]]:
    """
    Yield what *cells* can be together.
    """
    allowed = dict(allowed)
    if not narrow(allowed, all_rows):
        return
    if not cells:
        yield {}
        return
    low, high = allowed[cells[0]]
    for value in range(low, high + 1):
        here = {cells[0]: (value, value)}
        for rest in _tables(allowed | here, all_rows, cells[1:]):
            yield here | rest


def optimum(
    problem: Problem,
    marks: Mapping[str, Mark],
    base: Mapping[str, tuple[int, int]],
    *,
    weighted: bool,
    insiders: bool = False,
    below: int = 10**6,
) -> int | None:
    """
    Return what the cheapest protecting pattern costs, by trying all that cost less than
    *below*; None if none of them protects.
    """
    may = may_be_withheld(problem, marks)
    patterns = [
        (cost, chosen)
        for number in range(len(may) + 1)
        for chosen in combinations(may, number)
        if (cost := sum(problem.weights[cell] if weighted else 1 for cell in chosen)) < below
    ]
    for cost, chosen in sorted(patterns):
        printed = dict(marks) | dict.fromkeys(chosen, Mark(State.WITHHELD))
        if narrowed(problem, printed, base):
            continue
        if insiders and any(
            exact_for(problem, printed, who, own) for who, own in problem.insiders.items()
        ):
            continue
        return cost
    return None
