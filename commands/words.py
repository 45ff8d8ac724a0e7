"""
How typed text is folded before it is compared: one folding for the screen and the matcher.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Literal, TypeAlias

Language: TypeAlias = Literal["en", "es"]

_FILLERS = "\u115f\u1160\u3164\uffa0"  # letters that show nothing
_QUOTES = dict.fromkeys("‘’‚‛′‹›", "'") | dict.fromkeys("“”„‟″«»", '"')
_DROPPED = {"Cf", "Mn", "Me", "Cc"}  # zero-width and bidirectional marks, accents, keycaps
_BLANK = {"Zs", "Zl", "Zp", "Co", "Cs", "Cn", "So", "Sk"}  # emoji, skin tones

_TOKEN = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")
_SHORTCODE = re.compile(r"(?<!\S):[A-Za-z][A-Za-z0-9_+'-]*:(?!\S)")
_DECORATION = str.maketrans(dict.fromkeys("*~`<>|", " "))
_UNDERSCORE = re.compile(r"_(?![^\s@]{0,64}@)")  # decoration, but not in an e-mail address
_WORD = re.compile(r"[^\W_]+")
_POSSESSIVE = re.compile(r"'s(?![^\W_])")

_IRREGULAR = {
    "children": "child", "people": "person", "women": "woman", "men": "man", "crises": "crisis",
    "kiddos": "kiddo", "menores": "menor", "mujeres": "mujer", "jovenes": "joven", "leyes": "ley",
    "mayores": "mayor", "refugios": "refugio",
}  # fmt: skip
_UNCHANGED = {"news", "series", "species", "always", "antes", "gracias", "lunes", "jueves"}
_SPANISH_WORDS = """
    a al ano anos ayuda ayudenme cliente clienta como con cuando cuanto de del desde donde dice el
    ella ellos en es esta estan este fecha fue ha hay hija hijo hoy la las le les lo los llama me
    menor mi mis muchacha muchacho muy nacida nacido nacio necesita necesito nina nino no nombre nos
    numero o para pero por porque que quiere se ser si sin sobre su sus tengo tiene un una victima
    vive y ya yo
"""
_SPANISH = frozenset(_SPANISH_WORDS.split())
_ENGLISH_WORDS = """
    a about am an and are as at be been bed being but by can client did do does for from girl had
    has have he help her him his how i in is it kid me my name need needs no not number of on or our
    out over she says so that the their them there they this to victim was we were what when where
    who will with you
"""
_ENGLISH = frozenset(_ENGLISH_WORDS.split())


def unmarked(text: str) -> str:
    """
    Return *text* as a reader of Slack sees it: no escapes, mentions' names only, no decoration.

    A mention's label is capitalised, as the name it is; ids never come through.
    """
    text = _SHORTCODE.sub(" ", _TOKEN.sub(_shown, text))
    for _ in range(2):  # typed escapes arrive escaped once more
        text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return _UNDERSCORE.sub(" ", text.translate(_DECORATION))


def _shown(token: re.Match[str]) -> str:
    target, label = token[1], token[2] or ""
    if target.startswith("@"):
        return f" {label.removeprefix('@').title()} "
    if target.startswith(("#", "!")):
        return f" {label} "
    address = re.sub(r"^[a-z]{2,10}:(?://)?", "", target)
    return f" {address} " if label in ("", address, target) else f" {label} {address} "


def flat(text: str) -> str:
    """
    Return *text* in compatibility form without accents, invisible marks, emoji or typographic
    quotes and dashes, its whitespace squeezed; the case is kept.
    """
    if not (text.isascii() and text.isprintable()):
        text = unicodedata.normalize("NFKD", text)
        text = unicodedata.normalize("NFKC", "".join(map(_plain, text)))
    return " ".join(text.split())


def fold(text: str) -> str:
    """
    Return `flat` *text* without case: the form in which two texts are compared.
    """
    text = flat(text)
    return text.lower() if text.isascii() else flat(text.casefold())


@lru_cache(maxsize=4096)
def _plain(char: str) -> str:
    category = unicodedata.category(char)
    if char.isspace():
        return " "
    if category in _DROPPED or char in _FILLERS:
        return ""
    if category == "Nd":
        return str(unicodedata.digit(char))
    if category == "Pd" or char == "−":
        return "-"
    if char == "°":
        return "o"  # typed for º, as in "N° 12"
    if category in _BLANK and not char.isascii():
        return " "
    return _QUOTES.get(char, char)


def words(text: str) -> tuple[str, ...]:
    """
    Return the folded words of *text* in order; "children's" is "children", "don't" is "dont".
    """
    return tuple(_WORD.findall(_POSSESSIVE.sub("", fold(text)).replace("'", "")))


def singular(word: str) -> str:
    """
    Return a folded *word* without its English or Spanish plural ending.

    A key to compare by, not a spelling to show. Short words and acronyms stay as they are.
    """
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    stem = word[:-1]
    if len(word) < 4 or word in _UNCHANGED or not word.endswith("s"):
        return word
    if word.endswith(("ss", "us", "is")) or not re.search("[aeiouy]", stem):
        return word
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes", "zzes", "iones", "dades", "adores", "edores")):
        return word[:-2]
    return stem


def language_of(text: str, otherwise: Language) -> Language:
    """
    Return the language most of the small words of *text* belong to, *otherwise* at a draw.
    """
    found = words(text)
    spanish = sum(word in _SPANISH for word in found)
    english = sum(word in _ENGLISH for word in found)
    if spanish == english:
        return otherwise
    return "es" if spanish > english else "en"
