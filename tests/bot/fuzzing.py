"""
Whatever fits a JSON schema, and what nearly does.
"""

from typing import Any

from hypothesis import strategies as st

from commands.registry import COMMANDS
from tests.bot.slack_payloads import Schema

MARK = "Zq7SECRET"  # in every free text: it must be in no log
VERBS = [each.verb for each in COMMANDS]
WORDS = [
    *VERBS,
    *(f"{each.verb} {one.word}" for each in COMMANDS for one in (*each.actions, *each.forms)),
    "",
    "page 99",
]
texts = st.text(max_size=20).map(lambda text: f"{text}{MARK}")
spoken = st.builds(
    " ".join,
    st.tuples(st.sampled_from(WORDS), st.one_of(st.just(""), texts, st.integers().map(str))),
)
anything = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), texts,
    st.just([]), st.just({}), st.lists(texts, max_size=2),
)  # fmt: skip


def fits(schema: Schema, *, known: dict[str, list[str]]) -> st.SearchStrategy[Any]:
    """
    Return a strategy for what fits *schema*.

    Args:
        known: "x-…" of a schema -> the texts that the bot itself would expect there.
    """
    if "anyOf" in schema:
        return st.one_of([fits(each, known=known) for each in schema["anyOf"]])
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    kind = schema["type"]
    if isinstance(kind, list):
        return st.one_of([fits({**schema, "type": each}, known=known) for each in kind])
    if kind == "object":
        return _object(schema, known=known)
    if kind == "array":
        return st.lists(fits(schema["items"], known=known), max_size=schema.get("maxItems", 3))
    if kind == "string":
        for key, expected in known.items():
            if key in schema:
                return st.one_of(st.sampled_from(expected), texts)
        return spoken if "x-words" in schema else texts
    return {"null": st.none(), "boolean": st.booleans(), "integer": st.integers()}[kind]


def _object(schema: Schema, *, known: dict[str, list[str]]) -> st.SearchStrategy[Any]:
    if (more := schema.get("additionalProperties")) is not None:
        return st.dictionaries(texts, fits(more, known=known), max_size=2)
    parts = {name: fits(each, known=known) for name, each in schema.get("properties", {}).items()}
    required = set(schema.get("required", ()))
    return st.fixed_dictionaries(
        {name: each for name, each in parts.items() if name in required},
        optional={name: each for name, each in parts.items() if name not in required},
    )


@st.composite
def nearly(draw: st.DrawFn, whole: st.SearchStrategy[Any]) -> Any:
    """
    Draw one that fits, or one of which a part is missing or something else.
    """
    payload = draw(whole)
    for _ in range(draw(st.integers(0, 2))):
        where = payload
        while isinstance(where, dict) and where:
            key = draw(st.sampled_from(sorted(where)))
            if isinstance(where[key], dict) and where[key] and draw(st.booleans()):
                where = where[key]
                continue
            if draw(st.booleans()):
                del where[key]
            else:
                where[key] = draw(anything)
            break
    return payload
