"""
Forms: what a command asks for field by field, and what came back.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias

from commands.contract import Reply, Request, Standing
from commands.speech import phrase, say
from storage.session import Session

MOST_OPTIONS = 100  # of a select, or of an answer to a search
LONGEST_TEXT = 2000  # characters of one field


class TextKind(StrEnum):
    PLAIN = "plain"
    EMAIL = "email"
    URL = "url"


@dataclass(frozen=True, kw_only=True)
class Option:
    """
    Attributes:
        label: at most 75 characters are shown.
        value: what comes back; at most 150 characters.
    """

    label: str
    value: str


def spoken(options: Sequence[Option]) -> tuple[Option, ...]:
    """
    Return *options* in the language that is spoken: those kept in modules.
    """
    return tuple(replace(each, label=say(each.label)) for each in options)


@dataclass(frozen=True, kw_only=True)
class Field:
    """
    Attributes:
        name: unique in its form; errors and values go by it.
        hint: stands under the field.
    """

    name: str
    label: str
    hint: str | None = None
    optional: bool = False


@dataclass(frozen=True, kw_only=True)
class TextField(Field):
    """
    Attributes:
        free: a person's own words, which are screened; a name, a number or an address
            is not, but checked by the command.
    """

    value: str | None = None
    kind: TextKind = TextKind.PLAIN
    free: bool = False
    lines: bool = False
    longest: int = 300  # characters, at most `LONGEST_TEXT`


@dataclass(frozen=True, kw_only=True)
class ChoiceField(Field):
    """
    One of at most 100.
    """

    options: tuple[Option, ...]
    value: str | None = None


@dataclass(frozen=True, kw_only=True)
class ChoicesField(Field):
    """
    Some of at most 100.
    """

    options: tuple[Option, ...]
    values: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SearchField(Field):
    """
    One of any number: what is typed is looked up by the form's `search`.
    """

    value: Option | None = None


@dataclass(frozen=True, kw_only=True)
class SearchesField(Field):
    """
    Some of any number, looked up in the same way.
    """

    values: tuple[Option, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ChannelField(Field):
    """
    A channel of the workspace, by its Slack id.
    """

    value: str | None = None


@dataclass(frozen=True, kw_only=True)
class PersonField(Field):
    """
    Somebody of the workspace, by their Slack id.
    """

    value: str | None = None


@dataclass(frozen=True, kw_only=True)
class DateField(Field):
    value: str | None = None  # ISO 8601: "2026-11-05"


@dataclass(frozen=True, kw_only=True)
class TimeField(Field):
    value: str | None = None  # "09:30"


AnyField: TypeAlias = (
    TextField
    | ChoiceField
    | ChoicesField
    | SearchField
    | SearchesField
    | ChannelField
    | PersonField
    | DateField
    | TimeField
)


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """
    A form as it opens.

    Attributes:
        title: at most 24 characters.
        says: paragraphs above the fields.
        send: what the button says; at most 24 characters.
        seen: names the state of things it was filled from: given back with the values, so
            that a command can tell when somebody else was faster. At most 200 characters.
    """

    title: str
    fields: tuple[AnyField, ...]
    says: tuple[str, ...] = ()
    send: str = phrase("Send")
    seen: str = ""


Value: TypeAlias = str | tuple[str, ...] | None


@dataclass(frozen=True, kw_only=True)
class Submission:
    """
    What came back of a form: stripped; what was left empty is None, or no value of many.
    """

    values: Mapping[str, Value] = field(repr=False)
    seen: str = ""

    def one(self, name: str) -> str | None:
        """
        Return the value of a field that has at most one.
        """
        value = self.values.get(name)
        return value if isinstance(value, str) else None

    def text(self, name: str) -> str:
        return self.one(name) or ""

    def many(self, name: str) -> tuple[str, ...]:
        value = self.values.get(name)
        return value if isinstance(value, tuple) else ()


class FieldError(Exception):
    """
    Values that cannot be taken. The form stays open as it was filled; nothing is stored.

    Attributes:
        errors: field -> what is wrong, and what to type instead.
    """

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {text}" for name, text in errors.items()))
        self.errors = MappingProxyType(dict(errors))


@dataclass(frozen=True, kw_only=True)
class Form:
    """
    What a verb asks for in a form.

    Attributes:
        word: the word after the verb that opens it, as an action's; "": the verb alone does.
        usage: as typed, without "/ht".
        who: the least standing that may open and send it.
        show: what it asks; a reply, where there is nothing to ask.
        take: does it, in one transaction that is done once however often it is sent. A
            `FieldError` keeps it open, a `UserError` ends it; both undo everything.
        search: field -> the options for what was typed there, at most 100.
    """

    word: str
    usage: str
    summary: str
    who: Standing
    show: Callable[[Request, Session], Sheet | Reply]
    take: Callable[[Request, Session, Submission], Reply]
    search: Mapping[str, Callable[[Request, Session], Sequence[Option]]] = field(
        default_factory=dict
    )
