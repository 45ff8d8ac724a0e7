"""
A pack's folder as one checked value, or all that is wrong with it at once.
"""

import importlib.resources
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storage.packs.checking import by_key, check_keys, check_references, check_safety
from storage.packs.documents import read_documents
from storage.packs.entries import LISTS, Contents, Found, contents
from storage.packs.problems import PackError, Problem, UnknownPackError
from storage.packs.resolving import resolve
from storage.packs.schema import (
    CollaborativeEntry,
    FigureEntry,
    FundingEntry,
    GlossaryTermEntry,
    HotlineEntry,
    LanguageEntry,
    MeetingEntry,
    OrganizationEntry,
    SourceEntry,
    SubcommitteeEntry,
    TaskForceEntry,
    TaxonomyTermEntry,
    TopicEntry,
)

__all__ = ["Pack", "PackError", "Problem", "UnknownPackError", "find_pack", "read_pack"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Pack:
    """
    The facts of one county. Nothing in it is left unsaid: every entry, and every
    entry inside another, has its key, source, place and date.
    """

    folder: Path
    task_force: TaskForceEntry
    sources: tuple[SourceEntry, ...] = ()
    languages: tuple[LanguageEntry, ...] = ()
    taxonomy_terms: tuple[TaxonomyTermEntry, ...] = ()
    organizations: tuple[OrganizationEntry, ...] = ()
    collaboratives: tuple[CollaborativeEntry, ...] = ()
    subcommittees: tuple[SubcommitteeEntry, ...] = ()
    meetings: tuple[MeetingEntry, ...] = ()
    hotlines: tuple[HotlineEntry, ...] = ()
    funding: tuple[FundingEntry, ...] = ()
    glossary_terms: tuple[GlossaryTermEntry, ...] = ()
    topics: tuple[TopicEntry, ...] = ()
    figures: tuple[FigureEntry, ...] = ()


def find_pack(name_or_path: str) -> Path:
    """
    Return the folder of a pack: a built-in one by its name, or any folder.

    Raises:
        UnknownPackError: if it is neither.
    """
    built_in = Path(str(importlib.resources.files("storage.packs")))
    known = sorted(path.parent.name for path in built_in.glob("*/task_force.yaml"))
    if name_or_path in known:
        return built_in / name_or_path
    folder = Path(name_or_path).expanduser()
    if re.search(r"\S", name_or_path) and folder.is_dir():
        return folder
    raise UnknownPackError(name_or_path, known=known)


def read_pack(folder: Path) -> Pack:
    """
    Read and check the ``*.yaml`` files of *folder*.

    Raises:
        PackError: with everything that is wrong, if anything is.
    """
    if not folder.is_dir():
        raise PackError(folder, [Problem(file=folder.name, message="is not a folder")])
    documents = list(read_documents(folder))
    all_contents = [contents(document) for document in documents]
    sources = by_key(found for content in all_contents for found in content.found)
    found = [each for content in all_contents for each in resolve(content, sources)]
    check_keys(found)
    check_references(found, all_contents)
    missing = check_safety(found, all_contents)
    readable = all(document.value is not None or not document.problems for document in documents)
    whole = [] if not readable else missing + _task_force_missing(all_contents)
    problems = [problem for document in documents for problem in document.problems]
    problems += [Problem(file=folder.name, message=message) for message in whole]
    if problems:
        raise PackError(folder, problems)
    lists: dict[str, Any] = {name: tuple(_entries(found, name)) for name in LISTS}
    return Pack(folder=folder, task_force=_task_force(all_contents)[0], **lists)


def _entries(found: Sequence[Found], name: str) -> list[object]:
    return [each.entry for each in found if each.table == name]


def _task_force(all_contents: Sequence[Contents]) -> list[TaskForceEntry]:
    return [entry for content in all_contents for entry in content.task_forces]


def _task_force_missing(all_contents: Sequence[Contents]) -> list[str]:
    given = [content for content in all_contents if content.task_forces]
    for second in given[1:]:
        first = given[0].document.name
        second.document.report(("task_force",), f"{first} has the pack's task force already")
    if given or any("task_force" in content.faulty for content in all_contents):
        return []
    return ["no file has a task_force: write its key, name, county and timezone"]
