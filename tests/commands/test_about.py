"""
What the bot is, keeps and is not.
"""

import pytest

from tests.commands.answers import headings
from tests.commands.conftest import Read, Say


@pytest.mark.parametrize(
    "said",
    [
        "this is a bot, not a reporting line",
        "leave client details out of Slack",
        "Slack keeps what you type",
        "The bot does not record who looked up what.",
        "It writes no text of its own",
        "No lawyer has reviewed this bot, and no certified translator its Spanish.",
        "it cannot recognise a bare name",
        "small counts included",
        "Anti-Human Trafficking Update (Nov 2024)",
        "Contra Costa Human Trafficking Task Force",
    ],
)
def test_it_says_what_a_member_must_know(said: str, read: Read) -> None:
    assert said in read("about")


def test_it_leads_to_the_sources_and_the_hotlines(say: Say) -> None:
    assert [button.command for button in say("about").buttons] == ["sources", "hotline"]
    assert headings(say("about")) == [
        "Not a reporting line",
        "What is kept",
        "What is withheld",
        "What nobody has checked",
    ]
