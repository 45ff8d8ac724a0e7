"""The small objects Block Kit is made of: strings, texts, options, confirmations."""

from collections.abc import Collection
from typing import Any

from bot.sandbox.errors import Findings

PLAIN = ("plain_text",)
MARKED = ("mrkdwn",)
ANY_TEXT = ("plain_text", "mrkdwn")

# characters; https://docs.slack.dev/reference/block-kit
TEXT_OBJECT = 3000
OPTION_TEXT = 75
OPTION_VALUE = 150
BLOCK_ID = ACTION_ID = 255
URL = 3000
ALT_TEXT = 2000


def is_object(found: Findings, value: Any, where: str) -> bool:
    """Say whether *value* is a JSON object, and note it if not."""
    if not isinstance(value, dict):
        found.add(f"must provide an object, not {_kind(value)}", where)
        return False
    return True


def keys(
    found: Findings,
    value: dict[str, Any],
    where: str,
    *,
    required: Collection[str] = (),
    optional: Collection[str] = (),
) -> None:
    """Note each required key that is missing and each key Slack does not know here."""
    for key in required:
        if value.get(key) is None:
            found.add(f"missing required field: {key}", where)
    for key in value:
        if key != "type" and key not in required and key not in optional:
            found.add(f"invalid additional property: {key}", where)


def string(found: Findings, value: Any, where: str, *, most: int, least: int = 1) -> None:
    """Note a *value* that is no string of *least* to *most* characters."""
    if not isinstance(value, str):
        found.add(f"must be a string, not {_kind(value)}", where)
    elif len(value) > most:
        found.add(f"must be less than {most + 1} characters", where)
    elif len(value) < least:
        found.add(f"must be more than {least - 1} characters", where)


def text(
    found: Findings,
    value: Any,
    where: str,
    *,
    most: int = TEXT_OBJECT,
    kinds: Collection[str] = ANY_TEXT,
    least: int = 1,
) -> None:
    """Note what is wrong with the text object *value*."""
    if not is_object(found, value, where):
        return
    kind = value.get("type")
    if kind not in kinds:
        found.add(f"must be one of {', '.join(kinds)}, not {kind!r}", f"{where}/type")
        return
    extra = ("emoji",) if kind == "plain_text" else ("verbatim",)
    keys(found, value, where, required=("text",), optional=extra)
    flags(found, value, where, extra)
    if value.get("text") is not None:
        string(found, value["text"], f"{where}/text", most=most, least=least)


def flags(found: Findings, value: dict[str, Any], where: str, names: Collection[str]) -> None:
    """Note each of *names* in *value* that is neither true nor false."""
    for name in names:
        if name in value and not isinstance(value[name], bool):
            found.add("must be a boolean", f"{where}/{name}")


def items(found: Findings, value: Any, where: str, *, most: int, least: int = 1) -> list[Any]:
    """Return the array *value*, or nothing where it is none; note a wrong length."""
    if not isinstance(value, list):
        found.add(f"must be an array, not {_kind(value)}", where)
        return []
    if len(value) > most:
        found.add(f"no more than {most} items allowed", where)
    if len(value) < least:
        found.add(f"no less than {least} items allowed", where)
    return value


def option(
    found: Findings, value: Any, where: str, *, kinds: Collection[str] = PLAIN, url: bool = False
) -> None:
    """Note what is wrong with one option of a menu."""
    if not is_object(found, value, where):
        return
    optional = ("description", "url") if url else ("description",)
    keys(found, value, where, required=("text", "value"), optional=optional)
    if "text" in value:
        text(found, value["text"], f"{where}/text", most=OPTION_TEXT, kinds=kinds)
    if "description" in value:
        text(found, value["description"], f"{where}/description", most=OPTION_TEXT, kinds=kinds)
    if value.get("value") is not None:
        string(found, value["value"], f"{where}/value", most=OPTION_VALUE)
    if "url" in value:
        string(found, value["url"], f"{where}/url", most=URL)


def confirm(found: Findings, value: Any, where: str) -> None:
    """Note what is wrong with a confirmation dialog."""
    if not is_object(found, value, where):
        return
    keys(found, value, where, required=("title", "text", "confirm", "deny"), optional=("style",))
    for key, most in (("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)):
        if key in value:
            kinds = ANY_TEXT if key == "text" else PLAIN
            text(found, value[key], f"{where}/{key}", most=most, kinds=kinds)


def image(found: Findings, value: dict[str, Any], where: str) -> None:
    """Note what is wrong with the address and the description of an image."""
    if ("image_url" in value) == ("slack_file" in value):
        found.add("must define either `image_url` or `slack_file`", where)
    if "image_url" in value:
        string(found, value["image_url"], f"{where}/image_url", most=URL)
    if value.get("alt_text") is not None:
        string(found, value["alt_text"], f"{where}/alt_text", most=ALT_TEXT)


def number(value: Any) -> bool:
    """Say whether *value* is a JSON number: true and false are none, nor is NaN."""
    return (
        isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < float("inf")
    )


def _kind(value: Any) -> str:
    names = {dict: "object", list: "array", str: "string", bool: "boolean", type(None): "null"}
    return names.get(type(value), "number")
