"""
What the disclosure engine raises. No error has a count in its text: the gate keeps
and shows what is raised here.
"""

from collections.abc import Mapping, Sequence

from storage.errors import StorageError


class DisclosureError(StorageError):
    """
    Base of what the disclosure engine raises.
    """


class TableError(DisclosureError):
    """
    A table cannot be used as it was given. Carries everything that is wrong with it.

    Attributes:
        problems: one sentence each: the place, what is wrong there, and what to write.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class NotAuditedError(DisclosureError):
    """
    It could not be found out, within the effort allowed, what a reader can work out.
    What is not audited is not published.

    Attributes:
        cells: the cells in question.
    """

    def __init__(self, reason: str, *, cells: Sequence[str] = ()) -> None:
        super().__init__(f"not audited: {reason}")
        self.cells = tuple(cells)


class RefusedError(DisclosureError):
    """
    No choice of withheld cells protects the table, so that it must not be published.

    Attributes:
        forced: sensitive cells whose value the marks give away, whatever is withheld.
        insiders: who would know which cells of others exactly, whatever is withheld.
    """

    def __init__(
        self, *, forced: Sequence[str] = (), insiders: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        self.forced = tuple(forced)
        self.insiders = {who: tuple(cells) for who, cells in (insiders or {}).items()}
        reasons = [
            f"{cell} is given away by the marks alone, even with every cell withheld that may be"
            for cell in self.forced
        ]
        reasons += [
            f"{who}, who knows its own cells, can work out {', '.join(cells)} exactly, "
            "even with every cell withheld that may be"
            for who, cells in self.insiders.items()
        ]
        super().__init__("; ".join(reasons))
