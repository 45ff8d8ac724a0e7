"""
/ht language: in which language the bot speaks to somebody.
"""

from collections.abc import Iterator

from commands.contract import (
    Action,
    Button,
    Command,
    Facts,
    Part,
    Reply,
    Request,
    Standing,
    Text,
    UserError,
)
from commands.reviewing import review_notes
from commands.speech import language as spoken
from commands.speech import languages, names_of, phrase, say, speaking
from commands.words import fold
from storage.session import Session
from storage.spoken import choose_language, chosen_language

VERB = "language"
AUTOMATIC = "automatic"
NOBODY = phrase("The language is kept in your name. Type it in Slack.")
FACTS = phrase("Facts, names and quotations stay in the language of their source.")


def handle(request: Request, session: Session) -> Reply:
    if request.asker is None:
        return Reply(
            title=say("Language"),
            parts=(Text(text=say(NOBODY)),),
            again="language",
            shareable=False,
        )
    return _shown(request, session, request.asker.user_id)


def choose(request: Request, session: Session) -> Reply:
    """
    Store the language somebody chose, and answer in it.
    """
    if request.asker is None:
        raise UserError(say(NOBODY))
    code = _words()[fold(request.text.split()[0])]
    user_id = request.asker.user_id
    choose_language(session, user_id, code)
    with speaking(code or spoken()):
        return _shown(request, session, user_id, changed=True)


def _words() -> dict[str, str | None]:
    """
    Return what each language may be called, with its code; None: as Slack does.
    """
    named = {fold(name): code for code in languages() for name in names_of(code)[::-1]}
    return {**named, AUTOMATIC: None}


def _english() -> list[str]:
    return [*(names_of(code)[1].casefold() for code in languages()), AUTOMATIC]


def _shown(request: Request, session: Session, user_id: str, *, changed: bool = False) -> Reply:
    chosen = chosen_language(session, user_id)
    own, _ = names_of(chosen or spoken())
    how = say("you chose it") if chosen else say("as Slack speaks to you, where the bot can")
    parts: list[Part] = [Facts(rows=((say("Language"), f"{own}: {how}"),))]
    if changed and chosen is None:
        parts.append(Text(text=say("From your next command on, the bot speaks as Slack does.")))
    parts.append(Text(text=say(FACTS)))
    return Reply(
        title=say("Language"),
        parts=tuple(parts),
        notes=review_notes(request.memory),
        buttons=tuple(_buttons(but=chosen)),
        again="language",
        shareable=False,
    )


def _buttons(*, but: str | None = "") -> Iterator[Button]:
    """
    Yield a button a language, each in its own words, and one for none of them.
    """
    for code in languages():
        if code != but:
            own, english = names_of(code)
            yield Button(label=own, command=f"language {english.casefold()}")
    if but is not None:
        yield Button(label=say("As Slack speaks to me"), command=f"language {AUTOMATIC}")


COMMAND = Command(
    verb=VERB,
    usage=f"language [{' | '.join(_english())}]",
    summary=phrase("In which language the bot speaks to you."),
    aliases=("languages", "idioma", "idiomas", "lengua"),
    examples=("language",),
    who=Standing.GUEST,
    handle=handle,
    actions=tuple(
        Action(
            word=word,
            usage=f"language {word}",
            summary=phrase("Be spoken to in this language.")
            if code
            else phrase("Be spoken to as Slack speaks to you."),
            who=Standing.GUEST,
            handle=choose,
        )
        for word, code in _words().items()
    ),
)
