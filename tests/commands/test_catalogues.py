"""
The catalogues: whole, no more than the source says, and nothing that breaks an answer.
"""

import ast
import re

import pytest

from commands.speech import ENGLISH, languages, names_of, say, say_many, speaking
from commands.speech import catalogue as catalogue_of
from tests import catalogues
from tests.catalogues import compiled, is_done, path_of, read, said

FIELD = re.compile(r"\{(\w+)")
TYPED = re.compile(r"`[^`]*`|/ht [a-z]+")
MODAL_CHARACTERS = 24
BUTTON_CHARACTERS = 75

each_language = pytest.mark.parametrize("language", [each for each in languages() if each != ENGLISH])  # fmt: skip


@pytest.fixture(scope="module")
def source():
    return said()


def pairs(language):
    """
    Yield every text of a catalogue with its translation; of many, each form.
    """
    for message in read(language):
        if message.id:
            ids = message.id if isinstance(message.id, tuple) else (message.id,)
            strings = message.string if isinstance(message.string, tuple) else (message.string,)
            for string in strings:
                yield ids[-1], string


def test_there_is_a_catalogue_beside_english():
    assert "es" in languages()
    assert names_of("es") == ("Español", "Spanish")
    assert names_of(ENGLISH) == ("English", "English")


@each_language
def test_a_catalogue_has_all_that_is_said_and_no_more(language, source):
    """
    `make catalogues` brings it up to date.
    """
    catalogue = {(each.context, each.id): each for each in read(language) if each.id}

    assert set(catalogue) == set(source)
    assert [key for key, each in catalogue.items() if not is_done(each.string)] == []
    assert [key for key, each in catalogue.items() if each.fuzzy] == []


@each_language
def test_what_the_bot_reads_is_what_translators_wrote(language):
    path = path_of(language)

    assert path.with_suffix(".mo").read_bytes() == compiled(read(language))


@each_language
def test_a_translation_has_the_fields_and_the_commands_of_its_text(language):
    wrong = []
    for text, string in pairs(language):
        fields, own = set(FIELD.findall(text)), set(FIELD.findall(string))
        # Dates are put together in another order; one of something need not be counted.
        same = fields == own or fields - own == {"number"}
        if not same or sorted(TYPED.findall(text)) != sorted(TYPED.findall(string)):
            wrong.append((text, string))
    assert wrong == []


@each_language
def test_a_translation_begins_and_ends_as_its_text_and_marks_nothing_up(language):
    wrong = [
        (text, string)
        for text, string in pairs(language)
        if (text[:1] == " ", text[-1:] == " ") != (string[:1] == " ", string[-1:] == " ")
        or re.findall(r"[<>&*_~|]", text) != re.findall(r"[<>&*_~|]", string)
    ]
    assert wrong == []


@each_language
def test_labels_stay_as_short_as_slack_shows_them(language):
    """
    A longer one would be cut: what is cut in English already is not counted.
    """
    wrong = []
    with speaking(language):
        for label, most in _labels():
            if len(label) <= most < len(say(label)):
                wrong.append((label, say(label)))
    assert wrong == []


def _labels():
    for path in catalogues.files():
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            name = node.func.id
            for keyword in node.keywords:
                most = {
                    ("Button", "label"): BUTTON_CHARACTERS,
                    ("Option", "label"): BUTTON_CHARACTERS,
                    ("Sheet", "title"): MODAL_CHARACTERS,
                    ("Sheet", "send"): MODAL_CHARACTERS,
                }.get((name, keyword.arg or ""))
                if most:
                    yield from ((text, most) for text in _said_in(keyword.value))


def _said_in(node):
    for each in ast.walk(node):
        if isinstance(each, ast.Call) and isinstance(each.func, ast.Name) and each.func.id == "say":
            first = each.args[0]
            if isinstance(first, ast.Constant):
                yield first.value


def test_a_new_language_is_one_catalogue(tmp_path, monkeypatch):
    monkeypatch.setattr("commands.speech.CATALOGUES", tmp_path)
    catalogue = read("es")
    catalogue.locale = "eo"
    for message in catalogue:
        if message.id == "Hotlines":
            message.string = "Helplinioj"
    path = path_of("eo", folder=tmp_path)
    path.parent.mkdir(parents=True)
    languages.cache_clear()
    catalogue_of.cache_clear()
    try:
        path.with_suffix(".mo").write_bytes(compiled(catalogue))

        with speaking("eo"):
            assert (languages(), say("Hotlines")) == ((ENGLISH, "eo"), "Helplinioj")
        with speaking("fr"):
            assert say("Hotlines") == "Hotlines"
    finally:
        monkeypatch.undo()
        languages.cache_clear()
        catalogue_of.cache_clear()


def test_dates_numbers_and_many_are_said_as_the_language_does(now):
    with speaking("es"):
        told = say("{as_of:%b %d, %Y}", as_of=now)
        many = [say_many("{number} day", "{number} days", number) for number in (1, 2)]

    assert told == "02 de mar de 2026"
    assert many == ["1 día", "2 días"]


def test_no_name_of_a_field_is_translated():
    """
    Whoever is spoken to in Spanish fills the same fields.
    """
    found = [
        f"{path.name}:{node.lineno}"
        for path in catalogues.files()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"text", "one", "many"}
        for given in node.args
        if isinstance(given, ast.Call)
        and isinstance(given.func, ast.Name)
        and given.func.id in {"say", "say_many", "aside"}
    ]

    assert found == []
