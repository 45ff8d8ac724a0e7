"""
What is answered to a text that seems to tell about a client: the card and the
fitting line, and not a word of what was typed.
"""

from commands.contract import Button, Reply, Text
from commands.hotline import listed, spoken_card
from commands.screen import Detail
from commands.speech import say, speaking
from commands.wishes import pick
from storage.memory import Memory

WORDS = {
    "en": {
        "title": "Please do not type client details here",
        "text": (
            "That looked like a detail about a client. It was not looked up, logged or kept by this "
            "bot, which is not a reporting line. Slack may still hold what you typed: delete it "
            "where you can, and tell your supervisor."
        ),
        "now": "If somebody needs help now:",
    },
    "es": {
        "title": "Por favor, no escriba aquí datos de clientes",
        "text": (
            "Eso parecía un dato sobre una persona atendida. Este bot no lo buscó, no lo registró ni "
            "lo guardó, y no es una línea para denunciar. Slack puede conservar lo que usted "
            "escribió: bórrelo donde pueda y avise a su supervisor."
        ),
        "now": "Si alguien necesita ayuda ahora:",
    },
}


def refusal(detail: Detail, *, memory: Memory) -> Reply:
    # Whoever is spoken to in Spanish, else the language they typed in.
    spoken = detail.language if spoken_card() == "en" else spoken_card()
    words = WORDS[spoken]
    need = [each for each in memory.needs if each.key == ("child" if detail.minor else "crisis")]
    lines = [line for line in pick(memory.hotlines, needs=need) if not line.emergency][:1]
    with speaking(spoken):
        return Reply(
            title=words["title"],
            parts=(Text(text=words["text"]), Text(text=words["now"]), *listed(lines)),
            buttons=(Button(label=say("Hotlines"), command="hotline"),),
            card=spoken,
            shareable=False,
        )
