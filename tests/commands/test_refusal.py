"""
What a client's details get: the card, the fitting line, and not one word back.
"""

import pytest

from commands.contract import Entry, Text
from commands.refusal import refusal
from commands.screen import Detail, Kind
from storage.memory import Memory
from tests.commands.conftest import Shown


@pytest.mark.parametrize(("minor", "line"), [(False, "Community Violence Solutions crisis line"), (True, "Child Abuse Hotline, Children & Family Services")])  # fmt: skip
def test_the_line_is_the_one_that_fits(minor: bool, line: str, memory: Memory) -> None:
    reply = refusal(Detail(kind=Kind.NAME, language="en", minor=minor), memory=memory)

    assert [part.title for part in reply.parts if isinstance(part, Entry)] == [line]


@pytest.mark.parametrize(("language", "said"), [("en", "tell your supervisor"), ("es", "avise a su supervisor")])  # fmt: skip
def test_it_is_said_in_the_language_typed_with_its_card(
    language: str, said: str, memory: Memory
) -> None:
    detail = Detail(kind=Kind.NAME, language=language, minor=False)  # type: ignore[arg-type]

    reply = refusal(detail, memory=memory)

    assert reply.card == language
    assert any(said in part.text for part in reply.parts if isinstance(part, Text))
    assert (reply.shareable, reply.again) == (False, None)


@pytest.mark.parametrize("typed", ["partner my client Jane Roe DOB 1/2/2003", "victim Jane Roe, ssn 123-45-6789", "mi clienta Jane Roe, fecha de nacimiento 1/2/2003"])  # fmt: skip
def test_nothing_typed_comes_back(typed: str, shown: Shown) -> None:
    answer = shown(typed, share=True)

    everything = f"{answer.rendered.text} {answer.rendered.blocks}"
    assert not any(word in everything for word in ("Jane", "Roe", "2003", "6789"))
    assert "911" in everything
    assert (answer.command, answer.done) == (None, False)
