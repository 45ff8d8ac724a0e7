"""
No verb reads or writes a row of another task force: typed, pressed, or sent in a form.
"""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from commands.contract import Button, Person, Reply, Request, Standing
from commands.forms import ChoiceField, ChoicesField, Form, Submission
from commands.registry import COMMANDS
from storage.deliveries import DeliveryState, in_states
from storage.memory import Memory, remember
from storage.session import Session
from tests.apart.seeing import difference
from tests.apart.world import CORA, MEL, SECOND, SOON, TEAM, trying

BY_VERB = {command.verb: command for command in COMMANDS}
ADMIN, MEMBER = (CORA, Standing.ADMIN), (MEL, Standing.APPROVED)
MEMORIES: dict[tuple[str, int | None], Memory] = {}


def request(session: Session, text: str, who: str, standing: Standing) -> Request:
    return Request(
        text=text,
        standing=standing,
        now=SOON,
        memory=remembered(session),
        asker=Person(team_id=TEAM, user_id=who),
        channel="C0ROOM",
        calendars="https://example.org/calendar/",
    )


def remembered(session: Session) -> Memory:
    """
    Return what a bot of this session's keeps in memory, read once.
    """
    key = (str(session.get_bind().engine.url), session.task_force_id)
    if key not in MEMORIES:
        MEMORIES[key] = remember(session, now=SOON)
    return MEMORIES[key]


def answered(session: Session, text: str, who: str, standing: Standing) -> list[object]:
    """
    Return what comes of a typed or pressed text; of a form, also what comes of sending it.
    """
    verb, _, rest = text.partition(" ")
    command, word = BY_VERB[verb], rest.partition(" ")[0]
    asked = request(session, rest, who, standing)
    if command.recall is not None:
        return [command.recall(asked)]
    for form in command.forms:
        if form.word == word or (not form.word and not rest):
            return [*_sent(form, asked, session)]
    for action in command.actions:
        if action.word == word:
            return [action.handle(asked, session)]
    assert command.handle is not None
    return [command.handle(asked, session)]


def _sent(form: Form, asked: Request, session: Session) -> Iterator[object]:
    shown = form.show(asked, session)
    yield shown
    if isinstance(shown, Reply):
        return
    values = {}
    for field in shown.fields:
        value = getattr(field, "value", None) or getattr(field, "values", None)
        if value is None and isinstance(field, ChoiceField) and field.options:
            value = field.options[0].value
        if not value and isinstance(field, ChoicesField):
            value = tuple(each.value for each in field.options[:2])
        values[field.name] = getattr(value, "value", value) or "2026-03-20"
    yield form.take(asked, session, Submission(values=values, seen=shown.seen))
    for search in form.search.values():
        yield search(replace(asked, text="a"), session)


def texts(session: Session) -> set[str]:
    """
    Return every verb, its examples and its words, and what their answers' buttons ask for.
    """
    typed = {text for command in COMMANDS for text in (command.verb, *command.examples)}
    typed |= {f"{c.verb} {each.word}".strip() for c in COMMANDS for each in (*c.actions, *c.forms)}
    found = set(typed)
    for text in sorted(typed):
        try:
            with session.begin_nested() as trial:
                for reply in answered(session, text, *ADMIN):
                    if isinstance(reply, Reply):
                        found |= {button.command for button in _buttons(reply)}
                trial.rollback()
        except Exception:  # noqa: BLE001 - what it is, is told of the answer itself
            continue
    return {text for text in found if text.partition(" ")[0] in BY_VERB}


def _buttons(reply: Reply) -> Iterator[Button]:
    yield from reply.buttons
    for part in reply.parts:
        yield from getattr(part, "buttons", ())
        if button := getattr(part, "button", None):
            yield button


def test_every_verb_answers_as_if_the_other_were_not_there(world):
    """
    Everything either task force's people are shown a button for, and every word of every verb.
    """
    with trying(world.both) as session:
        own = texts(session)
    with trying(world.both, SECOND) as session:
        theirs = texts(session) - own
    tried = [(text, ADMIN) for text in sorted(own | theirs)]
    tried += [(command.verb, MEMBER) for command in COMMANDS]
    found = {}
    for text, who in tried:
        if said := difference(world, lambda session, text=text, who=who: answered(session, text, *who)):  # fmt: skip
            found[text, who] = said

    assert len(theirs) > 20
    assert not found, "\n".join(f"{name}: {what}" for name, what in found.items())


@pytest.mark.parametrize(
    "kind",
    [kind for command in COMMANDS for kind in command.deliveries],
    ids=lambda kind: kind.name,
)
def test_what_is_planned_and_told_by_itself_is_as_if_the_other_were_not_there(world, kind):
    if kind.plan is not None:
        plan = kind.plan
        assert difference(world, lambda session: plan(session, SOON)) is None
    with trying(world.both) as session:
        told = in_states(session, tuple(DeliveryState), limit=99)
    for each in told:
        if each.kind == kind.name:
            assert difference(world, lambda s, each=each: kind.render(each, s, SOON)) is None
