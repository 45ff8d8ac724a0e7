"""Which blocks Slack knows, where each may stand, and what each may hold."""

from collections.abc import Callable
from typing import Any, Literal

from bot.sandbox import elements, figures, shapes
from bot.sandbox.errors import Findings

Surface = Literal["message", "modal", "home"]
Block = dict[str, Any]

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
HEADER = 150
FIELDS = 10
FIELD = 2000
CONTEXT_ELEMENTS = 10
ACTIONS = 25
INPUT_LABEL = INPUT_HINT = 2000
CONTEXT_ACTIONS = 5
ALERT = 200
MARKDOWN = 12_000  # of all markdown blocks of a message together
CARD_TITLE = CARD_SUBTITLE = 150
CARD_BODY = 200
CARD_ACTIONS = 3


def _section(found: Findings, block: Block, where: str) -> None:
    shapes.keys(found, block, where, optional=("block_id", "text", "fields", "accessory", "expand"))
    if "text" not in block and "fields" not in block:
        found.add("must define either `text` or `fields`", where)
    shapes.flags(found, block, where, ("expand",))
    if "text" in block:
        shapes.text(found, block["text"], f"{where}/text")
    if "fields" in block:
        for index, field in enumerate(
            shapes.items(found, block["fields"], f"{where}/fields", most=FIELDS)
        ):
            shapes.text(found, field, f"{where}/fields/{index}", most=FIELD)
    if "accessory" in block:
        elements.element(
            found, block["accessory"], f"{where}/accessory", allowed=elements.IN_SECTION
        )


def _header(found: Findings, block: Block, where: str) -> None:
    shapes.keys(found, block, where, required=("text",), optional=("block_id", "level"))
    if "text" in block:
        shapes.text(found, block["text"], f"{where}/text", most=HEADER, kinds=shapes.PLAIN)
    if "level" in block and block["level"] not in range(1, 7):
        found.add("must be an integer from 1 to 6", f"{where}/level")


def _context(found: Findings, block: Block, where: str) -> None:
    shapes.keys(found, block, where, required=("elements",), optional=("block_id",))
    at = f"{where}/elements"
    for index, part in enumerate(
        shapes.items(found, block.get("elements"), at, most=CONTEXT_ELEMENTS)
    ):
        if isinstance(part, dict) and part.get("type") == "image":
            elements.element(found, part, f"{at}/{index}", allowed={"image"})
        else:
            shapes.text(found, part, f"{at}/{index}")


def _actions(found: Findings, block: Block, where: str) -> None:
    _interactive(found, block, where, most=ACTIONS, allowed=elements.IN_ACTIONS)


def _context_actions(found: Findings, block: Block, where: str) -> None:
    _interactive(found, block, where, most=CONTEXT_ACTIONS, allowed=elements.IN_CONTEXT_ACTIONS)


def _interactive(
    found: Findings, block: Block, where: str, *, most: int, allowed: frozenset[str]
) -> None:
    shapes.keys(found, block, where, required=("elements",), optional=("block_id",))
    at, seen = f"{where}/elements", set()
    for index, part in enumerate(shapes.items(found, block.get("elements"), at, most=most)):
        elements.element(found, part, f"{at}/{index}", allowed=allowed)
        action_id = part.get("action_id") if isinstance(part, dict) else None
        if action_id is not None and str(action_id) in seen:
            found.add(f"`action_id` already exists: {action_id}", f"{at}/{index}/action_id")
        seen.add(str(action_id))


def _divider(found: Findings, block: Block, where: str) -> None:
    shapes.keys(found, block, where, optional=("block_id",))


def _input(found: Findings, block: Block, where: str) -> None:
    optional = ("block_id", "hint", "optional", "dispatch_action")
    shapes.keys(found, block, where, required=("label", "element"), optional=optional)
    shapes.flags(found, block, where, ("optional", "dispatch_action"))
    for key, most in (("label", INPUT_LABEL), ("hint", INPUT_HINT)):
        if key in block:
            shapes.text(found, block[key], f"{where}/{key}", most=most, kinds=shapes.PLAIN)
    if "element" in block:
        elements.element(found, block["element"], f"{where}/element", allowed=elements.IN_INPUT)


def _image(found: Findings, block: Block, where: str) -> None:
    optional = ("block_id", "title", "image_url", "slack_file")
    shapes.keys(found, block, where, required=("alt_text",), optional=optional)
    shapes.image(found, block, where)
    if "title" in block:
        shapes.text(found, block["title"], f"{where}/title", most=2000, kinds=shapes.PLAIN)


def _rich_text(found: Findings, block: Block, where: str) -> None:
    figures.rich_text(found, block, where)


def _alert(found: Findings, block: Block, where: str) -> None:
    shapes.keys(found, block, where, required=("text",), optional=("block_id", "level"))
    if "text" in block:
        shapes.text(found, block["text"], f"{where}/text", most=ALERT)
    if block.get("level", "default") not in ("default", "info", "warning", "error", "success"):
        found.add("must be default, info, warning, error or success", f"{where}/level")


def _markdown(found: Findings, block: Block, where: str) -> None:
    shapes.keys(found, block, where, required=("text",), optional=("block_id",))
    if block.get("text") is not None:
        shapes.string(found, block["text"], f"{where}/text", most=MARKDOWN)


_CARD = ("hero_image", "icon", "title", "subtitle", "body", "subtext", "actions")


def _card(found: Findings, block: Block, where: str) -> None:
    shapes.keys(found, block, where, optional=("block_id", "slack_icon", *_CARD))
    if not any(key in block for key in ("hero_image", "title", "actions", "body")):
        found.add("must define one of `hero_image`, `title`, `actions`, `body`", where)
    lengths = {
        "title": CARD_TITLE,
        "subtitle": CARD_SUBTITLE,
        "body": CARD_BODY,
        "subtext": CARD_BODY,
    }
    for key, most in lengths.items():
        if key in block:
            shapes.text(found, block[key], f"{where}/{key}", most=most)
    for key in ("hero_image", "icon"):
        if key in block:
            elements.element(found, block[key], f"{where}/{key}", allowed={"image"})
    if "actions" in block:
        at = f"{where}/actions"
        for index, part in enumerate(shapes.items(found, block["actions"], at, most=CARD_ACTIONS)):
            elements.element(found, part, f"{at}/{index}", allowed={"button"})


_EVERYWHERE: frozenset[Surface] = frozenset({"message", "modal", "home"})
_MESSAGE_AND_HOME: frozenset[Surface] = frozenset({"message", "home"})
_MESSAGE: frozenset[Surface] = frozenset({"message"})

BLOCKS: dict[str, tuple[frozenset[Surface], Callable[[Findings, Block, str], None]]] = {
    "section": (_EVERYWHERE, _section),
    "header": (_EVERYWHERE, _header),
    "context": (_EVERYWHERE, _context),
    "actions": (_EVERYWHERE, _actions),
    "divider": (_EVERYWHERE, _divider),
    "input": (_EVERYWHERE, _input),
    "image": (_EVERYWHERE, _image),
    "rich_text": (_EVERYWHERE, _rich_text),
    "card": (_EVERYWHERE, _card),
    "table": (_MESSAGE_AND_HOME, figures.table),
    "data_table": (_MESSAGE_AND_HOME, figures.data_table),
    "data_visualization": (_MESSAGE, figures.data_visualization),
    "alert": (frozenset({"modal"}), _alert),
    "markdown": (_MESSAGE, _markdown),
    "context_actions": (_MESSAGE, _context_actions),
}


def check_blocks(blocks: Any, surface: Surface, *, pointer: str = "/blocks") -> Findings:
    """
    Return what Slack would find wrong with *blocks* on *surface*.

    Args:
        pointer: where the blocks stand in the request, for the problems' JSON pointers.
    """
    found = Findings()
    most = MESSAGE_BLOCKS if surface == "message" else VIEW_BLOCKS
    seen: set[str] = set()
    for index, block in enumerate(shapes.items(found, blocks, pointer, most=most, least=0)):
        where = f"{pointer}/{index}"
        if not shapes.is_object(found, block, where):
            continue
        surfaces, check = BLOCKS.get(str(block.get("type")), (frozenset[Surface](), None))
        if check is None or surface not in surfaces:
            found.add(f"unsupported type: {block.get('type')}", f"{where}/type")
            continue
        check(found, block, where)
        if "block_id" in block:
            shapes.string(found, block["block_id"], f"{where}/block_id", most=shapes.BLOCK_ID)
            if str(block["block_id"]) in seen:
                found.add(f"`block_id` already exists: {block['block_id']}", where)
            seen.add(str(block["block_id"]))
    if isinstance(blocks, list):
        _check_together(found, [block for block in blocks if isinstance(block, dict)], pointer)
    return found


def _check_together(found: Findings, blocks: list[Block], pointer: str) -> None:
    kinds = [block.get("type") for block in blocks]
    if sum(kind in ("table", "data_table") for kind in kinds) > figures.TABLES:
        found.add("only_one_table_allowed", pointer, code="invalid_attachments")
    if kinds.count("data_visualization") > figures.CHARTS:
        found.add(f"no more than {figures.CHARTS} data_visualization blocks allowed", pointer)
    marked = sum(len(str(b.get("text"))) for b in blocks if b.get("type") == "markdown")
    if marked > MARKDOWN and not found.problems:
        found.add(
            f"must be less than {MARKDOWN + 1} characters of markdown in all",
            pointer,
            code="msg_blocks_too_long",
        )
