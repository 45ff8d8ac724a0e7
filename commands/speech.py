"""
In which language people are spoken to: English as it stands in the code, any other from
its catalogue.
"""

import gettext
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, time
from functools import cache
from pathlib import Path

ENGLISH = "en"
DOMAIN = "htbot"
CATALOGUES = Path(__file__).parent / "locale"
LONG, SHORT = "date", "date, short"  # how the names of days and months are known apart

# What is said runs in threads beside the event loop: `bot.library` takes this along.
_language: ContextVar[str] = ContextVar("language", default=ENGLISH)


@cache
def languages() -> tuple[str, ...]:
    """
    Return the codes of the languages the bot speaks, English first: a catalogue each.
    """
    return (ENGLISH, *sorted(path.parts[-3] for path in CATALOGUES.glob("*/LC_MESSAGES/*.mo")))


def language() -> str:
    """
    Return the code of the language that is spoken now.
    """
    return _language.get()


def spoken_in(locale: str | None) -> str | None:
    """
    Return the language of a *locale* of Slack's, "es-ES", or None if we do not speak it.
    """
    code = (locale or "").replace("_", "-").partition("-")[0].casefold()
    return code if code in languages() else None


def speak(code: str | None) -> None:
    """
    Speak a language from here on: to the end of the task, and in what it starts.

    Args:
        code: None, or one we do not speak: English.
    """
    _language.set(code if code in languages() else ENGLISH)


@contextmanager
def speaking(code: str | None) -> Iterator[None]:
    """
    Speak a language while the block lasts.
    """
    token = _language.set(code if code in languages() else ENGLISH)
    try:
        yield
    finally:
        _language.reset(token)


def phrase(text: str) -> str:
    """
    Return *text* as it is, for the catalogues to know it: it is `say` that translates it,
    where it is shown.
    """
    return text


def say(text: str, /, **fields: object) -> str:
    """
    Return *text* in the language that is spoken, with *fields* in their places. A date may
    stand in another form there: "{day:%b %d}" in English, "{day:%d de %B}" in Spanish.
    """
    spoken = catalogue(_language.get()).gettext(text) if text else text
    return _filled(spoken, fields)


def say_many(one: str, many: str, number: int, /, **fields: object) -> str:
    """
    Return *one* or *many*, as *number* wants it in the language that is spoken; it is a
    field of its own, "{number}".
    """
    spoken = catalogue(_language.get()).ngettext(one, many, number)
    return _filled(spoken, {"number": number, **fields})


def aside(about: str, text: str, /) -> str:
    """
    Return *text* in the language that is spoken, where it means different things: *about*
    says which of them.
    """
    return catalogue(_language.get()).pgettext(about, text)


def names_of(code: str) -> tuple[str, str]:
    """
    Return what a language calls itself, and what it is called in English.
    """
    with speaking(code):
        return aside("its own name", "English"), aside("its English name", "English")


@cache
def catalogue(code: str) -> gettext.NullTranslations:
    """
    Return the translations of a language, read once.
    """
    if code == ENGLISH:
        return gettext.NullTranslations()
    return gettext.translation(DOMAIN, CATALOGUES, [code])


def _filled(text: str, fields: dict[str, object]) -> str:
    if not fields:
        return text
    if _language.get() == ENGLISH:
        return text.format(**fields)
    return text.format(**{name: _told(value) for name, value in fields.items()})


def _told(value: object) -> object:
    return _Moment(value) if isinstance(value, date | time) else value


class _Moment:
    """
    A date or a time whose days and months are said in the language that is spoken.
    """

    def __init__(self, moment: date | time) -> None:
        self._moment = moment

    def __format__(self, form: str) -> str:
        return said_as(self._moment, form)

    def __str__(self) -> str:
        return str(self._moment)

    def __getattr__(self, name: str) -> object:
        return getattr(self._moment, name)  # "{day.year}"


def said_as(moment: date | time, form: str) -> str:
    """
    Return *moment* as *form* wants it, with the names of days and months in the language
    that is spoken.
    """
    if isinstance(moment, date) and _language.get() != ENGLISH:
        for mark, about in (("%A", LONG), ("%B", LONG), ("%a", SHORT), ("%b", SHORT)):
            if mark in form:
                form = form.replace(mark, aside(about, format(moment, mark)))
    return format(moment, form)
