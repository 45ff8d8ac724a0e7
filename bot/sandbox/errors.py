"""What Slack says when it refuses: an error code, and one line a problem."""

from dataclasses import dataclass, field
from typing import Any


class SlackError(Exception):
    """
    A refusal, with Slack's own code.

    Args:
        code: as in the ``error`` field of a Web API answer.
        detail: what Slack lists in ``response_metadata.messages``, without its ``[ERROR]`` mark.
        extra: more top-level fields of the answer, such as ``needed`` beside ``missing_scope``.
    """

    def __init__(self, code: str, detail: str | list[str] = (), **extra: Any) -> None:  # type: ignore[assignment]
        self.code = code
        self.details = [detail] if isinstance(detail, str) else list(detail)
        self.extra = extra
        super().__init__(": ".join([code, "; ".join(self.details)] if self.details else [code]))

    @property
    def detail(self) -> str:
        """Return all problems as one line."""
        return "; ".join(self.details)


@dataclass
class Findings:
    """
    The problems found so far, each with the JSON pointer Slack gives.

    Attributes:
        code: a more particular error code than `invalid_blocks`, where Slack has one.
    """

    problems: list[str] = field(default_factory=list)
    code: str | None = None

    def add(self, problem: str, pointer: str, *, code: str | None = None) -> None:
        """Note that *problem* stands at *pointer*, such as ``/blocks/0/text``."""
        self.problems.append(f"{problem} [json-pointer:{pointer}]")
        self.code = self.code or code
