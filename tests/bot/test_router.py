"""
From a text to an answer: screened, allowed, never crashing, and telling nothing.
"""

import logging
import re
from contextlib import closing

import pytest

from bot.clock import utc_now
from bot.library import Library
from bot.router import Router
from commands.contract import Action, Command, Person, Reply, Standing, Text, UserError
from commands.registry import COMMANDS
from storage.errors import DatabaseBusyError, DatabaseLostError, DatabaseUnreachableError
from storage.receipts import first_time

CARD = "1 (800) 670-7273"
CLIENT = "my client Jane Roe, DOB 1/2/2003"


@pytest.fixture
def library(shared_library):
    return shared_library


class Asked:
    """
    Says who is asking, and counts how often that was asked.
    """

    def __init__(self, standing):
        self.standing = standing
        self.times = 0

    async def __call__(self):
        self.times += 1
        return self.standing


async def unanswerable():
    raise AssertionError("hotline asks nobody who you are")


def ask(library, text, *, who=Standing.MEMBER, commands=COMMANDS, share=False):
    router = Router(library=library, clock=utc_now, commands=commands)
    return router.answer(text, standing=Asked(who), share=share)


def failing(error, verb="fail"):
    def handle(request, session):
        raise error

    return Command(
        verb=verb, usage=verb, summary="Fails.", who=Standing.EXTERNAL, public=True, handle=handle
    )


@pytest.mark.parametrize(
    "text", ["hotline", "HOTLINE", " hotline  ", "hot line", "hotlin", "hotlines"]
)
@pytest.mark.parametrize(
    "tail", ["", CLIENT, "help me he will kill me", "page 77", "zzz", "<!channel>", "case 123456"]
)
async def test_hotline_is_answered_whatever_follows_and_whoever_asks(text, tail, library):
    router = Router(library=library, clock=utc_now)

    answer = await router.answer(f"{text} {tail}", standing=unanswerable)

    assert (answer.command.verb, answer.done) == ("hotline", True)
    assert "911" in answer.rendered.text
    assert "Please do not type" not in answer.rendered.text


@pytest.mark.parametrize("before", ["", "gaps ", "partner ", "services ", "help ", "zzz "])
async def test_a_clients_details_are_refused_with_the_card_and_not_repeated(
    before, library, caplog
):
    caplog.set_level(logging.DEBUG)
    router = Router(library=library, clock=utc_now)

    answer = await router.answer(before + CLIENT, standing=unanswerable, share=True)

    text = answer.rendered.text
    assert text.startswith("Emergency: 911")
    assert CARD in text
    assert "Please do not type client details here" in text
    assert (answer.command, answer.done) == (None, False)
    for word in ("Jane", "Roe", "1/2/2003"):
        assert word not in text + caplog.text


async def test_a_detail_hidden_in_typed_brackets_is_refused_too(library):
    answer = await ask(library, f"gaps &lt;!{CLIENT}&gt;")

    assert "Please do not type client details here" in answer.rendered.text


async def test_what_slack_escaped_is_looked_up_as_typed(library):
    escaped = await ask(library, "partner children &amp; family services")
    typed = await ask(library, "partner children & family services")

    assert escaped == typed
    assert escaped.command.verb == "partner"


@pytest.mark.parametrize(
    ("text", "language"),
    [("help me now gaps", "Emergency"), ("gaps me quiere matar", "Emergencia")],
)
async def test_crisis_words_put_the_card_above_the_answer(text, language, library):
    answer = await ask(library, text)

    first, _, rest = answer.rendered.text.partition("\n\n")
    assert first.startswith(language)
    assert CARD in first
    assert rest.strip()


@pytest.mark.parametrize("who", Standing)
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.verb)
async def test_everybody_gets_what_they_may_and_no_more(command, who, library):
    asked = Asked(who)
    router = Router(library=library, clock=utc_now)
    text = command.examples[0] if command.examples else command.verb

    answer = await router.answer(text, standing=asked, share=True)

    allowed = who >= command.who
    shareable = command.verb not in {
        "help", "ping", "deliveries", "digest", "notices", "entry", "directory", "wrong",
        "register", "me", "members", "whois", "meetings", "next", "meeting", "calendar", "registrations", "access", "audit", "system", "broadcast",
        "broadcasts", "emergency", "message", "survey", "reminders", "language",
    }  # fmt: skip
    assert answer.done == (allowed and shareable), answer.rendered.text
    assert ("Not for everybody" in answer.rendered.text) is not allowed
    assert ("Share in channel" in answer.rendered.text) == (allowed and shareable)


@pytest.mark.parametrize("who", Standing)
@pytest.mark.parametrize("text", ["", "help", "zzz"])
async def test_nobody_is_offered_what_they_may_not_use(text, who, library):
    answer = await ask(library, text, who=who)

    offered = set(re.findall(r"^(?:\[.*\] )?/ht (\w+)", answer.rendered.text, re.MULTILINE))
    assert not offered & {command.verb for command in COMMANDS if command.who > who}
    assert "hotline" in offered


def test_every_command_has_one_way_to_answer_and_somebody_it_is_for():
    for command in COMMANDS:
        assert (command.handle is None) != (command.recall is None), command.verb
    # By hand, because who may do the least is what a new verb forgets to say.
    assert {command.verb for command in COMMANDS if command.who > Standing.APPROVED} == {
        "registrations", "access", "audit", "system", "broadcast", "broadcasts", "emergency",
    }  # fmt: skip
    who = {command.verb: command.who for command in COMMANDS}
    assert {verb for verb in who if who[verb] is Standing.EXTERNAL} == {"hotline", "help"}
    assert {verb for verb in who if who[verb] is Standing.GUEST} == {
        "language",
        "services",
        "partners",
        "partner",
    }


async def test_a_users_error_is_shown_as_written_and_can_not_ring(library):
    command = failing(UserError("Which one, <!channel> & co?"))

    answer = await ask(library, "fail", commands=(*COMMANDS, command), share=True)

    assert "Which one, &lt;!channel&gt; &amp; co?" in answer.rendered.text
    assert not answer.done
    assert "Share" not in answer.rendered.text


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (DatabaseBusyError(2), "busy"),
        (DatabaseUnreachableError("SECRETWORD"), "cannot be reached"),
        (DatabaseLostError("SECRETWORD", reason="SECRETWORD"), "missing or damaged"),
    ],
)
async def test_trouble_with_the_database_is_said_with_what_still_works(error, said, library):
    answer = await ask(library, "fail", commands=(*COMMANDS, failing(error)))

    assert said in answer.rendered.text
    assert "Hotlines, help and the menu still work." in answer.rendered.text
    assert "SECRETWORD" not in answer.rendered.text


@pytest.mark.parametrize("error", [ValueError("SECRETWORD"), AssertionError(), RecursionError()])
async def test_a_crash_gives_a_reference_and_the_log_has_it_without_a_word(error, library, caplog):
    error.__cause__ = KeyError("SECRETWORD")
    commands = (*COMMANDS, failing(error))

    answer = await ask(library, "fail TYPEDWORD", commands=commands, share=True)

    [reference] = re.findall(r"Reference: ([0-9a-f]{8})", answer.rendered.text)
    assert answer.rendered.text.startswith("Emergency: 911")
    assert f"fail failed, reference {reference}" in caplog.text
    assert type(error).__name__ in caplog.text
    assert "test_router.py" in caplog.text
    assert "SECRETWORD" not in caplog.text + answer.rendered.text
    assert "TYPEDWORD" not in caplog.text + answer.rendered.text


async def test_a_crash_of_whom_it_asks_is_an_answer_too(library):
    async def broken():
        raise OSError("SECRETWORD")

    router = Router(library=library, clock=utc_now)
    answer = await router.answer("gaps", standing=broken)

    assert "Reference: " in answer.rendered.text


def noting(seen, *, error=None):
    """
    A verb whose action "mark" stores a receipt and tells who asked; then it may fail.
    """

    def do(request, session):
        seen.append((request.text, request.asker))
        if not first_time(session, interaction="noting", now=request.now):
            return Reply(title="Done before")
        if error:
            raise error
        return Reply(title="Done")

    action = Action(
        word="mark", usage="jot mark", summary="Does.", who=Standing.COORDINATOR, handle=do
    )
    return Command(
        verb="jot",
        usage="jot",
        summary="Notes.",
        who=Standing.MEMBER,
        handle=lambda request, session: Reply(title="Only asked"),
        actions=(action,),
    )


async def test_an_action_is_done_once_in_the_name_of_who_asks(sqlite_url, pack):
    asker, seen = Person(team_id="T1", user_id="U1"), []
    with closing(Library.open(sqlite_url, pack=pack, clock=utc_now)) as library:
        failing_first = Router(
            library=library, clock=utc_now, commands=(*COMMANDS, noting([], error=UserError("No.")))
        )
        router = Router(library=library, clock=utc_now, commands=(*COMMANDS, noting(seen)))
        coordinator = Asked(Standing.COORDINATOR)

        undone = await failing_first.answer("jot mark", standing=coordinator, asker=asker)
        done = await router.answer("jot MARK it", standing=coordinator, asker=asker)
        again = await router.answer("jot mark it", standing=coordinator, asker=asker)

    titles = [each.rendered.text.splitlines()[0] for each in (undone, done, again)]
    assert titles == ["Try it another way", "Done", "Done before"]
    assert seen == [("MARK it", asker), ("mark it", asker)]


@pytest.mark.parametrize(
    ("text", "who", "title"),
    [
        ("jot", Standing.GUEST, "Not for everybody"),
        ("jot", Standing.MEMBER, "Only asked"),
        ("jot marking", Standing.MEMBER, "Only asked"),
        ("jot mark", Standing.MEMBER, "Not for everybody"),
    ],
)
async def test_an_action_is_for_those_it_is_meant_for(text, who, title, library):
    answer = await ask(library, text, who=who, commands=(*COMMANDS, noting([])))

    assert answer.rendered.text.startswith(title)


@pytest.mark.parametrize(
    ("typed", "page"), [("many", 1), ("many page 2", 2), ("many PAGE 2", 2), ("many página 2", 2),
                        ("many page 0", 1), ("many page 9999", 7), ("many page ٢", 2)],
)  # fmt: skip
async def test_a_page_is_asked_for_at_the_end(typed, page, library):
    def recall(request):
        return Reply(
            title="Many", parts=tuple(Text(text="word " * 500) for _ in range(8)), again="many"
        )

    many = Command(verb="many", usage="many", summary="Many.", who=Standing.EXTERNAL, recall=recall)

    answer = await ask(library, typed, commands=(*COMMANDS, many))

    assert (answer.rendered.page, answer.rendered.pages) == (page, 7)


@pytest.mark.parametrize(
    ("spaces", "title"), [(1981, "Community level"), (1982, "That is too long")]
)
async def test_a_text_of_more_than_2000_characters_is_no_question(spaces, title, library):
    text = "prevention" + " " * spaces + "community"  # 2,000 and 2,001 characters

    answer = await ask(library, text)

    assert title in answer.rendered.text
    assert (CARD in answer.rendered.text) is (title == "That is too long")


async def test_hotline_is_answered_however_much_follows(library):
    answer = await ask(library, "hotline " + "child " * 20_000)

    assert answer.command.verb == "hotline"
    assert "1 (877) 881-1116" in answer.rendered.text
