"""
The entries of one file, checked one by one, each with the line it stands in.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from storage.packs.documents import Document, Place
from storage.packs.schema import HINTS, Entry, Origin, PackFile, TaskForceEntry

Model = TypeVar("Model", bound=BaseModel)

LISTS: Mapping[str, type[Entry]] = {
    name: get_args(info.annotation)[0]
    for name, info in PackFile.model_fields.items()
    if name not in ("origin", "task_force")
}
_FIELDS = ("from", "task_force", *LISTS)
_AMOUNT = 'write dollars such as 561222.40, or "N/A"'
_MARK = 'write a whole number, "<10" or "N/A"'
_UNIONS = {"amounts": _AMOUNT, "rows": _MARK}


@dataclass(frozen=True, kw_only=True)
class Found:
    """
    One entry and where it was found.
    """

    table: str  # the list's name, "hotlines" or, inside another entry, "phones"
    entry: Entry
    document: Document
    place: Place

    def report(self, message: str, *field: str | int) -> None:
        self.document.report((*self.place, *field), message)


@dataclass(kw_only=True)
class Contents:
    """
    What one file holds.

    Attributes:
        task_forces: one in the whole pack.
        faulty: list name -> what was written as key of entries that are not in `found`.
    """

    document: Document
    origin: Origin = field(default_factory=Origin)
    task_forces: list[TaskForceEntry] = field(default_factory=list)
    found: list[Found] = field(default_factory=list)
    faulty: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)


def contents(document: Document) -> Contents:
    """
    Check every entry of *document* by itself; what is wrong is noted there.
    """
    result = Contents(document=document)
    if document.value is None:
        return result
    if not isinstance(document.value, dict):
        document.report((), f"must be fields: {', '.join(_FIELDS)}")
        return result
    for name, value in document.value.items():
        if name == "from":
            result.origin = _validated(Origin, value, document, (name,)) or Origin()
        elif name == "task_force":
            if entry := _validated(TaskForceEntry, value, document, (name,)):
                result.task_forces.append(entry)
            else:
                result.faulty.setdefault(name, []).append({})
        elif name not in LISTS:
            document.report((name,), _unknown(name, _FIELDS))
        elif isinstance(value, list):
            _entries(name, value, result)
        elif (name,) not in document.spoilt:
            document.report((name,), "write a list, each entry beginning with `- `")
    return result


def _entries(name: str, items: list[Any], result: Contents) -> None:
    for number, item in enumerate(items):
        place = (name, number)
        entry = _validated(LISTS[name], item, result.document, place)
        if entry is not None:
            result.found.append(
                Found(table=name, entry=entry, document=result.document, place=place)
            )
        else:
            known = item if isinstance(item, dict) else {}
            result.faulty.setdefault(name, []).append(known)


def _validated(model: type[Model], value: Any, document: Document, place: Place) -> Model | None:
    spoilt = any(where[: len(place)] == place for where in document.spoilt)
    try:
        entry = model.model_validate(value)
    except ValidationError as error:
        said: set[Place] = set()
        for detail in error.errors(include_url=False):
            where, message = _explained(detail, model, document, place)
            # An alternative that does not fit is one error for each of its sides.
            if where in said or any(where[: len(bad)] == bad for bad in document.spoilt):
                continue
            said.add(where)
            document.report(where, message)
        return None
    return None if spoilt else entry


def _explained(
    error: ErrorDetails, model: type[BaseModel], document: Document, start: Place
) -> tuple[Place, str]:
    """
    Return the place of a pydantic *error* in the file, and our words for it.
    """
    place = start
    for part in error["loc"]:
        if (*place, part) not in document.lines:
            break
        place = (*place, part)
    kind, context, value = error["type"], error.get("ctx", {}), error["input"]
    if kind == "missing":
        return (*place, *error["loc"][-1:]), "is missing"
    if kind == "extra_forbidden":
        name = str(error["loc"][-1])
        return place, _unknown(name, _fields_at(model, place[len(start) :]))
    if kind == "value_error":
        return place, str(context["error"])
    if "[key]" in error["loc"]:
        return place, _message(kind, context, value, str(value))
    union = next((part for part in place if part in _UNIONS), None)
    if union is not None and len(place) > len(start) + 1:
        return place, f"{_shown(document, place, value)}: {_UNIONS[str(union)]}"
    return place, _message(kind, context, value, _shown(document, place, value))


def _message(kind: str, context: Mapping[str, Any], value: Any, shown: str) -> str:
    if value is None:
        return "is empty: write it, or leave the field out"
    match kind:
        case "string_type" if isinstance(value, bool | int | Decimal | date):
            return f'{shown} is no text to YAML: write "{shown}" in quotes'
        case "string_type":
            return "write text, not a list or fields"
        case "string_pattern_mismatch":
            return f"{shown} does not fit: write {HINTS[context['pattern']]}"
        case "string_too_short":
            return "is empty: write it, or leave the field out"
        case "string_too_long" | "too_long":
            return f"is longer than {context['max_length']} characters"
        case "literal_error":
            return f"{shown} is not known: write {context['expected']}"
        case "tuple_type" | "too_short":
            return "write a list, one `- ` a line"
        case "model_type" | "model_attributes_type" | "dict_type":
            return "write fields, one `name: …` a line"
        case "bool_type" | "bool_parsing":
            return f"{shown} is neither true nor false"
        case _ if kind.startswith("date"):
            return f"{shown} is no day: write one such as 2024-11-05"
        case _ if kind.startswith(("int", "greater", "decimal")):
            return f"{shown} does not fit: write a number of at least {context.get('ge', 0)}"
    return f"{shown} does not fit ({kind})"


def _shown(document: Document, place: Place, value: Any) -> str:
    raw = document.raw.get(place)
    text = raw if raw is not None else str(value)
    return text if len(text) <= 40 else f"{text[:39]}…"


def _unknown(name: str, known: tuple[str, ...]) -> str:
    if near := get_close_matches(name, known, n=1):
        return f"is not a field here: did you mean {near[0]}?"
    return f"is not a field here: write one of {', '.join(known)}"


def _fields_at(model: type[BaseModel], place: Place) -> tuple[str, ...]:
    """
    Return the names of the fields that may stand where *place* ends.
    """
    for part in place[:-1]:
        if isinstance(part, str):
            model = get_args(model.model_fields[part].annotation)[0]
    return tuple(model.model_fields)
