"""
The promises of the values that commands are made of.
"""

from dataclasses import FrozenInstanceError

import pytest

from commands.contract import Button, Command, Reply, Standing, UserError


def test_standing_grows_from_outside_to_admin() -> None:
    assert sorted(Standing) == [
        Standing.EXTERNAL,
        Standing.GUEST,
        Standing.MEMBER,
        Standing.APPROVED,
        Standing.COORDINATOR,
        Standing.ADMIN,
    ]


def test_a_command_is_for_few_and_not_public_unless_it_says_so() -> None:
    command = Command(verb="v", usage="v", summary="s")

    assert (command.who, command.public, command.menu) == (Standing.COORDINATOR, False, None)


def test_a_reply_has_no_card_and_no_way_to_be_asked_again_unless_it_says_so() -> None:
    reply = Reply(title="T")

    assert (reply.card, reply.again, reply.shareable) == (None, None, True)


def test_a_description_does_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        Reply(title="T").title = "U"  # type: ignore[misc]


def test_a_mistake_is_shown_as_written_with_its_buttons() -> None:
    button = Button(label="All", command="gaps")

    error = UserError("Which one?", buttons=[button])

    assert (str(error), error.buttons) == ("Which one?", (button,))
