"""
The catalogues of the languages, held against the source they translate.

`python -m tests.catalogues` brings each up to date with the source: new words come empty,
those no longer said go. `python -m tests.catalogues fr` begins one.
"""

import ast
import calendar
import io
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from commands.speech import CATALOGUES, DOMAIN, LONG, SHORT

ROOT = Path(__file__).parents[1]
# Of a catalogue's head: it says nothing of who asked for it or what made it.
UNSAID = tuple(
    f'"{name}:'
    for name in ("POT-Creation-Date", "PO-Revision-Date", "Report-Msgid-Bugs-To", "Last-Translator", "Language-Team", "Generated-By")
)  # fmt: skip
NO_DAY = datetime(2000, 1, 1, tzinfo=UTC)
Words = tuple[str | None, str | tuple[str, str]]  # what it is about; one, or one and many


def files() -> list[Path]:
    """
    Return the modules whose words people read.
    """
    found = [*(ROOT / "commands").rglob("*.py"), *(ROOT / "bot").glob("*.py")]
    return sorted(path for path in found if "speech import" in path.read_text() or path.stem == "speech")  # fmt: skip


def said() -> dict[Words, list[str]]:
    """
    Return everything the source says, in its order, with the modules that say it.
    """
    found: dict[Words, list[str]] = {}
    for names, about in (
        (calendar.day_name, LONG), (calendar.month_name, LONG),
        (calendar.day_abbr, SHORT), (calendar.month_abbr, SHORT),
    ):  # fmt: skip
        for name in filter(None, names):
            found[about, name] = ["commands/speech.py"]
    for path in files():
        where = str(path.relative_to(ROOT))
        for words in _calls(ast.parse(path.read_text())):
            found.setdefault(words, [])
            if where not in found[words]:
                found[words].append(where)
    return found


def _calls(tree: ast.AST) -> Iterator[Words]:
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
            continue
        texts = [each.value for each in node.args if isinstance(each, ast.Constant)]
        match node.func.id, texts:
            case (("say" | "phrase"), [str(text), *_]):
                yield None, text
            case "say_many", [str(one), str(many), *_]:
                yield None, (one, many)
            case "aside", [str(about), str(text), *_]:
                yield about, text


def read(language: str, *, folder: Path = CATALOGUES) -> Catalog:
    with path_of(language, folder=folder).open("rb") as po:
        return read_po(po, locale=language, domain=DOMAIN)


def path_of(language: str, *, folder: Path = CATALOGUES) -> Path:
    return folder / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def written(catalogue: Catalog) -> bytes:
    """
    Return *catalogue* as it is kept: by module, without the day it was made.
    """
    out = io.BytesIO()
    write_po(out, catalogue, width=98, sort_by_file=True, omit_header=False, include_lineno=False)
    lines = out.getvalue().decode().splitlines(keepends=True)
    return "".join(each for each in lines if not each.startswith(UNSAID)).encode()


def compiled(catalogue: Catalog) -> bytes:
    """
    Return *catalogue* as the bot reads it, its head without the day it was made.
    """
    out = io.BytesIO()
    catalogue = read_po(io.BytesIO(written(catalogue)), locale=catalogue.locale)
    catalogue.creation_date = NO_DAY  # else Babel writes the minute it was read in
    write_mo(out, catalogue)
    return out.getvalue()


def template(language: str) -> Catalog:
    made = Catalog(
        locale=language,
        domain=DOMAIN,
        project="htbot",
        header_comment=f"# What /ht says, in the language {language}.",
        fuzzy=False,
    )
    for (about, words), where in said().items():
        made.add(words, context=about, locations=[(each, 0) for each in where])
    return made


def update(language: str) -> int:
    """
    Bring the catalogue of *language* up to date, and return how many words wait for it.
    """
    made = template(language)
    path = path_of(language)
    if path.exists():
        known = read(language)
        for message in made:
            old = known.get(message.id, context=message.context) if message.id else None
            if old is not None:
                message.string = old.string
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(written(made))
    path.with_suffix(".mo").write_bytes(compiled(read(language)))
    return sum(1 for message in made if message.id and not is_done(message.string))


def is_done(string: object) -> bool:
    return all(string) if isinstance(string, tuple | list) else bool(string)


if __name__ == "__main__":
    for each in sys.argv[1:] or [path.name for path in sorted(CATALOGUES.iterdir())]:
        sys.stdout.write(f"{each}: {update(each)} not translated\n")
