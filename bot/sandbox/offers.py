"""What the bot offers in a menu whose options it names only when somebody searches."""

from typing import Any

from bot.sandbox import elements, shapes
from bot.sandbox.errors import Findings, SlackError
from bot.sandbox.workspace import Message, Offer, View

QUERY_LEAST = 3  # characters, where the menu names no min_query_length


def least_query(element: dict[str, Any]) -> int:
    """Return how many characters Slack waits for before it asks the bot."""
    return int(element.get("min_query_length", QUERY_LEAST))


def keep(
    where: Message | View, block: dict[str, Any], element: dict[str, Any], *, typed: str, body: Any
) -> None:
    """
    Show what the bot answered to a search.

    Args:
        body: of the acknowledgement; None shows no options.
    Raises:
        SlackError: `invalid_arguments` with every problem; then no options are shown.
    """
    place = (block["block_id"], element["action_id"])
    earlier = where.offers[place].known if place in where.offers else []
    where.offers[place] = offer = Offer(typed=typed, known=earlier)
    if body is None:
        return
    found = _check(body)
    if found.problems:
        raise SlackError("invalid_arguments", found.problems)
    offer.groups = body.get("option_groups", [])
    offer.options = body.get("options", [])
    # Whoever searches twice may have chosen after the first.
    offer.known = [*earlier, *options_of(body)]


def _check(body: Any) -> Findings:
    found = Findings()
    if not shapes.is_object(found, body, ""):
        return found
    shapes.keys(found, body, "", optional=("options", "option_groups"))
    if ("options" in body) == ("option_groups" in body):
        found.add("must define either `options` or `option_groups`", "")
    if "options" in body:
        most = elements.SELECT_OPTIONS
        options = shapes.items(found, body["options"], "/options", most=most, least=0)
        for index, entry in enumerate(options):
            shapes.option(found, entry, f"/options/{index}")
    if "option_groups" in body:
        elements.FIELDS["option_groups"](found, body["option_groups"], "/option_groups")
    return found


def options_of(holder: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the options of a menu, or of an answer, those of its groups too."""
    grouped = [entry for group in holder.get("option_groups") or [] for entry in group["options"]]
    return [*(holder.get("options") or []), *grouped]
