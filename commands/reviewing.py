"""
Who has reviewed what the bot says in a language that is not its own.
"""

from commands.speech import ENGLISH, language, languages, names_of, say, speaking
from storage.memory import Memory


def review_notes(memory: Memory) -> tuple[str, ...]:
    """
    Return who reviewed what is said in the language spoken now; of English nothing.
    """
    return (_review(memory),) if language() != ENGLISH else ()


def reviews(memory: Memory) -> tuple[str, ...]:
    """
    Return the same for every other language there is, each in its own words.
    """
    said = []
    for code in languages():
        if code not in {ENGLISH, language()}:
            with speaking(code):
                said.append(_review(memory))
    return (*review_notes(memory), *said)


def _review(memory: Memory) -> str:
    own, _ = names_of(language())
    if who := memory.reviewed.get(language()):
        return say("{language}: this translation was reviewed by {who}.", language=own, who=who)
    return say(
        "{language}: this translation has not been reviewed by a certified translator.",
        language=own,
    )
