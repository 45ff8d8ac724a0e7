"""
What people type, well or badly, reaches the verb they mean and a useful answer.
"""

import pytest

from bot.render import plain
from commands.contract import Command, Standing
from commands.hotline import NAMES
from commands.registry import COMMANDS
from commands.routing import Meant, Unclear, Verbs, resolve
from storage.memory import Memory
from tests.commands.conftest import Read, Shown

each_command = pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.verb)

# typed -> the verb it reaches, and something of the answer that it was typed for
TYPED = {
    # spelling, case, spaces, plurals, punctuation
    "HOTLINE!!": ("hotline", "1 (800) 670-7273"),
    "hot line": ("hotline", "1 (800) 670-7273"),
    "Hot-Line": ("hotline", "1 (800) 670-7273"),
    "hotlien": ("hotline", "1 (800) 670-7273"),
    "hottline kid": ("hotline", "1 (877) 881-1116"),
    "  hotline   child  ": ("hotline", "1 (877) 881-1116"),
    "fundng 2024": ("funding", "$1,294,434"),
    "FUNDING CVS": ("funding", "$312,000"),
    "partnr cvs": ("partner", "24/7/365"),
    "Partner: CVS": ("partner", "24/7/365"),
    "partners": ("partners", "Arm of Care"),
    "prevntion": ("prevention", "Primary Prevention"),
    "gap 3": ("gaps", "Limited Data Coordination & Sharing"),
    "gaps three": ("gaps", "Limited Data Coordination & Sharing"),
    "colaboratives": ("collaboratives", "HT-MDT"),
    "tech safety": ("techsafety", "AI-generated malware."),
    # what somebody needs
    "crisis": ("hotline", "1 (800) 670-7273"),
    "kid": ("hotline", "1 (877) 881-1116"),
    "kids at risk": ("hotline", "1 (877) 881-1116"),
    "missing child": ("hotline", "1 (877) 881-1116"),
    "phone number for child abuse": ("hotline", "1 (877) 881-1116"),
    "how do i report trafficking": ("hotline", "(925) 957-8658"),
    "tip line": ("hotline", "(925) 957-8658"),
    "please give me the tip line": ("hotline", "(925) 957-8658"),
    "online photos": ("hotline", "Never download or forward the image"),
    "sextortion": ("hotline", "takeitdown.ncmec.org"),
    "labor": ("hotline", "1-855-297-5322"),
    "wage theft": ("hotline", "1-855-297-5322"),
    "not getting paid": ("hotline", "1-855-297-5322"),
    "my visa": ("hotline", "(510) 974-7200"),
    "i need a lawyer": ("hotline", "(510) 974-7200"),
    "shelter for women": ("hotline", "(925) 521-6366"),
    "mandarin": ("hotline", "1-888-373-7888"),
    "national hotline": ("hotline", "1-888-373-7888"),
    "988": ("hotline", "Suicide and crisis"),
    "what is the number for cvs": ("hotline", "1 (800) 670-7273"),
    "cvs phone number": ("hotline", "1 (800) 670-7273"),
    "da number": ("hotline", "About Contra Costa County District Attorney's Office"),
    "help me": ("hotline", "1 (800) 670-7273"),
    "suicidal": ("hotline", "988"),
    # in Spanish
    "niño": ("hotline", "1 (877) 881-1116"),
    "ninos": ("hotline", "1 (877) 881-1116"),
    "necesito ayuda": ("hotline", "Línea de crisis CVS, 24/7: 1 (800) 670-7273"),
    "no me pagan": ("hotline", "1-855-297-5322"),
    "línea para menores": ("hotline", "CA Youth Crisis Line"),
    "abogado": ("hotline", "(510) 974-7200"),
    "fotos íntimas": ("hotline", "takeitdown.ncmec.org"),
    "que es CSEC": ("define", "Commercially Sexually Exploited Children"),
    "¿Qué significa SOGIE?": ("define", "Sexual Orientation"),
    "que servicios hay": ("services", "Restraining Orders"),
    "quien es justice at last": ("partner", "No contact on file. Ask a coordinator."),
    "fondos 2024": ("funding", "$1,472,845"),
    # questions and synonyms
    "what is HTTF": ("define", "Human Trafficking Task Force"),
    "acronym CSEC": ("define", "Commercially Sexually Exploited Children"),
    "what does cvs stand for": ("define", "the deck does not say"),
    "what are the gaps": ("gaps", "Few Specialized Mental Health Providers"),
    "who is justice at last": ("partner", "No contact on file. Ask a coordinator."),
    "contact tahirih": ("partner", "No contact on file. Ask a coordinator."),
    "agencies legal": ("partners", "Bay Area Legal Aid"),
    "legal partners": ("partners", "Bay Area Legal Aid"),
    "show me partners": ("partners", "Arm of Care"),
    "list of partners": ("partners", "Arm of Care"),
    "cvs funding": ("funding", "$280,065"),
    "how much money did cvs get": ("funding", "$280,065"),
    "who got money in 2024": ("funding", "$250,000"),
    "budget": ("funding", "$561,222.40"),
    "help with rent": ("services", "Shelter, housing"),
    "best practices": ("models", "Harm reduction"),
    "level 2": ("prevention", "Polyvictimization"),
    "tier 2": ("prevention", "Guide identification & early response"),
    "risk factors": ("prevention", "Individual level"),
    "prevenir": ("prevention", "Identify root causes."),
    "what does the da do": ("define", "About Contra Costa County District Attorney's Office"),
    "role of the da": ("roles", "Seeks restitution to make victims whole"),
    "who leads the task force": ("collaboratives", "Co-led by"),
    "mdt": ("collaboratives", "30+ agencies"),
    "coalition": ("collaboratives", "since 2009"),
    "AI": ("techsafety", "Hallucinations"),
    "race": ("equity", "Healing Spaces"),
    "presenters": ("sources", "not a contact of today"),
    "katrina natale": ("sources", "not a contact of today"),
    "age chart": ("sources", "The chart's data is not in our source"),
    "privacy": ("about", "does not record who looked up what"),
    # the names of things
    "justice at last": ("partner", "No contact on file. Ask a coordinator."),
    "bay area legal aid": ("partner", "$160,594"),
    "missey": ("partner", "shelter and housing referrals"),
    "dentist": ("services", "Dental"),
    "harm reduction": ("models", "Harm reduction"),
    "under-identification": ("gaps", "Universal screening"),
    "bipoc": ("define", "the deck does not say"),
    "cvs": ("hotline", "1 (800) 670-7273"),
}  # fmt: skip


@pytest.mark.parametrize("typed", TYPED)
def test_what_people_type_reaches_its_verb_and_a_useful_answer(typed: str, shown: Shown) -> None:
    verb, said = TYPED[typed]

    answer = shown(typed)

    assert answer.command is not None
    assert (answer.command.verb, said in plain(answer.rendered.text)) == (verb, True)


@pytest.mark.parametrize("typed", ["zebra", "asdfgh", "?", "🙂", "12345", "thanks", "how many victims", "survivor story", "sergio"])  # fmt: skip
def test_what_nobody_knows_gets_what_everybody_may_type_and_the_way_to_the_rest(typed: str, read: Read) -> None:  # fmt: skip
    said = read(typed, Standing.ADMIN)

    for command in COMMANDS:
        listed = f"/ht {command.usage}: {command.summary}" in said
        assert listed is (command.who <= Standing.MEMBER)
    assert "[Hotlines] /ht hotline" in said
    assert "[Help] /ht help" in said
    assert typed == "?" or typed not in said


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("justise", ["partner Justice At Last"]),
        ("tahira", ["partner Tahirih Justice Center"]),
        ("familly", ["services Family Law"]),
        ("hello", ["help"]),
        ("modls of care", []),
    ],
)
def test_near_misses_are_offered_and_their_buttons_answer(
    typed: str, offered: list[str], shown: Shown
) -> None:
    answer = shown(typed)

    found = _commands(answer.rendered.blocks)
    assert set(offered) <= set(found)
    for command in found:
        assert shown(command).done or command in {"help", "menu"}


@each_command
def test_every_phrase_reaches_its_own_verb(command: Command, verbs: Verbs, memory: Memory) -> None:
    for phrase in (command.verb, *command.aliases, *command.subjects):
        for typed in (phrase, phrase.upper(), f"  {phrase} "):
            meant = resolve(typed, verbs=verbs, memory=memory, standing=Standing.MEMBER)
            text = phrase if phrase in command.subjects else ""
            assert isinstance(meant, Meant)
            assert (meant.command.verb, meant.text.lower()) == (command.verb, text)


@each_command
def test_every_example_answers(command: Command, shown: Shown) -> None:
    assert command.examples
    for example in command.examples:
        answer = shown(example, Standing.ADMIN)
        assert answer.command is command
        # Help, what is worked out and what is handed over are not for sharing.
        assert answer.done or command.verb in {
            "help",
            "stats",
            "ping",
            "deliveries",
            "digest",
            "language",
            "notices",
            "broadcast",
            "broadcasts",
            "emergency",
            "message",
            "register",
            "me",
            "members",
            "whois",
            "meetings",
            "next",
            "meeting",
            "calendar",
            "registrations",
            "access",
            "reminders",
            "audit",
            "system",
            "entry",
            "directory",
            "wrong",
            "survey",
        }


@pytest.mark.parametrize(
    ("standing", "typed"),
    [(Standing.EXTERNAL, "justise"), (Standing.GUEST, "harm reducton"), (Standing.EXTERNAL, "harm reducton")],
)  # fmt: skip
def test_guesses_offer_only_what_the_asker_may_use(
    standing: Standing, typed: str, verbs: Verbs, memory: Memory
) -> None:
    meant = resolve(typed, verbs=verbs, memory=memory, standing=standing)

    assert isinstance(meant, Unclear)
    for button in meant.suggestions:
        assert verbs.named(button.command.split()[0]).who <= standing


@pytest.mark.parametrize("standing", [Standing.EXTERNAL, Standing.GUEST])
def test_an_exact_name_is_refused_to_whom_it_is_not_for(standing: Standing, read: Read) -> None:
    assert "This is for full members of this workspace." in read("httf", standing)


@pytest.mark.parametrize("typed", ["kid", "labor", "tip line", "cvs", "988", "necesito ayuda", "kids at risk"])  # fmt: skip
def test_a_need_is_answered_to_anybody(typed: str, read: Read) -> None:
    assert read(typed, Standing.EXTERNAL) == read(typed, Standing.MEMBER)


def test_two_commands_cannot_share_a_phrase() -> None:
    doubled = (
        Command(verb="one", usage="one", summary="", aliases=("same",)),
        Command(verb="two", usage="two", summary="", subjects=("same",)),
    )

    with pytest.raises(ValueError, match="stands for both one and two"):
        Verbs(commands=doubled).phrases  # noqa: B018


@pytest.mark.parametrize(
    ("text", "yes"),
    [
        ("hotline", True),
        ("hotline kid", True),
        ("hot line kid", True),
        ("HOTLINES", True),
        ("hotlien my client", True),
        ("911 my client", True),
        ("912", False),
        ("línea mi cliente", True),
        ("help line", True),
        ("hotel", False),
        ("kid", False),
        ("help", False),
        ("", False),
    ],
)
def test_only_the_verb_and_its_plain_names_are_never_screened(
    text: str, yes: bool, verbs: Verbs
) -> None:
    assert verbs.spells(text, NAMES) is yes


def _commands(blocks: tuple[dict[str, object], ...]) -> list[str]:
    return [
        element["value"]
        for block in blocks
        for element in (*block.get("elements", ()), block.get("accessory"))  # type: ignore[misc]
        if element and element["type"] == "button"
    ]
