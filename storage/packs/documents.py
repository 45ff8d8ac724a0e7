"""
A pack's YAML files as plain values, with the line of each.

YAML is read without Python tags, and within limits: a pack may come from
anybody, and a small file with anchors can stand for a very large value.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from storage.packs.problems import Problem

LARGEST_FILE = 2_000_000  # bytes
DEEPEST = 20  # lists and mappings inside each other
MOST_VALUES = 100_000  # in one file, an alias counted each time it is used

Place: TypeAlias = tuple[str | int, ...]  # ("hotlines", 3, "phones", 0, "number")

# libyaml where PyYAML was built with it: ten times faster, the same nodes.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG = "tag:yaml.org,2002:"
_UNPRINTABLE = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FRACTION = re.compile(r"[-+]?[0-9]*\.[0-9]+|[-+]?[0-9]+\.")


@dataclass(kw_only=True)
class Document:
    """
    One file.

    Attributes:
        value: mappings, lists, text, int, Decimal, bool, date and None.
        lines: where each value stands; a field's line is its name's.
        raw: what is written where YAML reads no text: "NO", "911", "2024-11-05".
        spoilt: places with a problem of their own, whose value means nothing.
    """

    name: str
    value: Any = None
    lines: dict[Place, int] = field(default_factory=dict)
    raw: dict[Place, str] = field(default_factory=dict)
    spoilt: set[Place] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)

    def report(self, place: Place, message: str) -> None:
        """
        Note a problem at *place*, or at the nearest place around it that is written.
        """
        self.problems.append(
            Problem(file=self.name, line=self.line(place), field=written(place), message=message)
        )

    def line(self, place: Place) -> int:
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)


def written(place: Place) -> str:
    """
    Return *place* as a person reads it: ``hotlines[3].phones[0].number``.
    """
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)
    return "".join(parts).lstrip(".")


def read_documents(folder: Path) -> Iterator[Document]:
    """
    Read the YAML files of *folder*, in the order of their names.
    """
    inside = folder.resolve()
    for path in sorted(folder.iterdir()):
        document = Document(name=path.name)
        if path.suffix == ".yml":
            document.problems.append(Problem(file=path.name, message="rename it to end in .yaml"))
        elif path.suffix != ".yaml":
            continue
        elif not path.resolve().is_relative_to(inside):
            document.problems.append(
                Problem(file=path.name, message="is a link out of the pack: copy the file here")
            )
        elif not path.is_file():
            document.problems.append(Problem(file=path.name, message="is not a file"))
        else:
            _read(path, document)
        yield document


def _read(path: Path, document: Document) -> None:
    with path.open("rb") as file:
        data = file.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        message = f"is larger than {LARGEST_FILE:,} bytes: split it into several files"
        document.problems.append(Problem(file=document.name, message=message))
        return
    text = _decoded(data, document)
    if text is None:
        return
    try:
        if not _within_limits(text, document):
            return
        node = yaml.compose(text, _Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        # What is missing at the end is missed one line after it.
        line = min(mark.line + 1, text.count("\n") + 1) if mark else None
        said = ", ".join(part for part in (error.context, error.problem) if part)
        message = f"is not YAML: {said}"
        document.problems.append(Problem(file=document.name, line=line, message=message))
        return
    if node is not None:
        document.value = _Builder(document).value(node, (), 0)


def _decoded(data: bytes, document: Document) -> str | None:
    try:
        text = data.decode("utf-8-sig")  # Windows writes the mark; it does no harm
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = "is not UTF-8 here: save the file as UTF-8"
        document.problems.append(Problem(file=document.name, line=line, message=message))
        return None
    if found := _UNPRINTABLE.search(text):
        line = text.count("\n", 0, found.start()) + 1
        message = f"has the unprintable character U+{ord(found[0]):04X}: delete it"
        document.problems.append(Problem(file=document.name, line=line, message=message))
        return None
    return text


def _within_limits(text: str, document: Document) -> bool:
    # Events come one by one; the tree of nodes is built by recursion, in C.
    depth = 0
    for event in yaml.parse(text, _Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                message = f"is nested more than {DEEPEST} deep"
                line = event.start_mark.line + 1 if event.start_mark else None
                document.problems.append(Problem(file=document.name, line=line, message=message))
                return False
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    return True


class _Builder:
    """
    Turns nodes into values, noting lines and what YAML would make of them unasked.
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        self.values = 0

    def value(self, node: yaml.Node, place: Place, depth: int) -> Any:
        self.document.lines.setdefault(place, node.start_mark.line + 1)
        self.values += 1
        if self.values > MOST_VALUES or depth > DEEPEST:
            if not any("anchors" in problem.message for problem in self.document.problems):
                self._spoil(place, "is too large: write it out without anchors (&, *)")
            return None
        if isinstance(node, yaml.MappingNode) and node.tag == f"{_TAG}map":
            return self._mapping(node, place, depth)
        if isinstance(node, yaml.SequenceNode) and node.tag == f"{_TAG}seq":
            return [
                self.value(item, (*place, number), depth + 1)
                for number, item in enumerate(node.value)
            ]
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, place)
        return self._spoil(place, f"has the tag {_tag(node)}: packs use none")

    def _mapping(self, node: yaml.MappingNode, place: Place, depth: int) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for name_node, value_node in node.value:
            line = name_node.start_mark.line + 1
            if not isinstance(name_node, yaml.ScalarNode) or name_node.tag != f"{_TAG}str":
                shown = name_node.value if isinstance(name_node, yaml.ScalarNode) else "this"
                here = (*place, str(shown))
                self.document.lines.setdefault(here, line)
                self._spoil(here, f'{shown} is no name to YAML: write "{shown}" in quotes')
                continue
            name = name_node.value
            here = (*place, name)
            if name in values:
                self.document.problems.append(
                    Problem(
                        file=self.document.name,
                        line=line,
                        field=written(here),
                        message=f"is given twice, first in line {self.document.line(here)}",
                    )
                )
                continue
            self.document.lines[here] = line
            values[name] = self.value(value_node, here, depth + 1)
        return values

    def _scalar(self, node: yaml.ScalarNode, place: Place) -> Any:
        raw: str = node.value
        kind = node.tag.removeprefix(_TAG)
        if kind == "str":
            return raw
        self.document.raw[place] = raw
        match kind:
            case "null":
                return None
            case "bool" if raw.lower() in ("true", "false"):
                return raw.lower() == "true"
            case "bool":
                return self._spoil(
                    place,
                    f'{raw} is true or false to YAML: write "{raw}" in quotes, or true, false',
                )
            case "int" if _WHOLE.fullmatch(raw):
                return int(raw)
            case "float" if _FRACTION.fullmatch(raw):
                return Decimal(raw)
            case "int" | "float":
                return self._spoil(
                    place, f'{raw} is another number to YAML: write "{raw}" in quotes, or digits'
                )
            case "timestamp":
                try:
                    return date.fromisoformat(raw)
                except ValueError:
                    return self._spoil(place, f"{raw} is no day: write one such as 2024-11-05")
        return self._spoil(place, f"has the tag {_tag(node)}: packs use none")

    def _spoil(self, place: Place, message: str) -> None:
        self.document.spoilt.add(place)
        self.document.report(place, message)


def _tag(node: yaml.Node) -> str:
    return str(node.tag).replace(_TAG, "!!")
