"""
/ht hotline: the number to call. From memory, for everybody, whatever is typed.
"""

from collections.abc import Sequence

from commands import wrong
from commands.citing import cite, dated
from commands.contract import (
    Button,
    Buttons,
    Command,
    Entry,
    Heading,
    Part,
    Reply,
    Request,
    Standing,
    Text,
)
from commands.crisis import find_crisis
from commands.match import same
from commands.names import names_of
from commands.speech import language, phrase, say
from commands.wishes import lines_for, speaks, wished
from commands.words import Language, language_of
from storage.hotlines import Choice, Hotline, Phone
from storage.memory import Memory
from storage.provenance import Provenance

HOW_REACHED = {
    "text": phrase("text"),
    "textphone": phrase("TTY"),
    "voice": phrase("call"),
    "fax": phrase("fax"),
}
SPANISH: Language = "es"
# What a text may begin with to be answered before anything else is looked at.
NAMES = ("hotline", "helpline", "linea", "911", "988")
# What packs of ours call the needs and the people that hotlines are asked by.
NEEDS = (
    phrase("Danger right now"),
    phrase("Crisis, somebody to talk to now"),
    phrase("A child at risk"),
    phrase("Make a report"),
    phrase("Leave a tip for investigators"),
    phrase("Legal help"),
    phrase("Services and a place to turn to"),
    phrase("Images shared or threatened online"),
    phrase("Forced or unpaid work"),
    phrase("An adult"),
    phrase("A minor, under 18"),
)
HOURS_UNKNOWN = phrase("hours not in our sources")
FROM_ELSEWHERE = phrase(
    "Lines from elsewhere were read on public pages; coordinators have not yet re-checked them."
)
NO_DETAILS = phrase(
    "Please leave client details out of Slack: this is a bot, not a reporting line, "
    "and Slack keeps what you type."
)


def recall(request: Request) -> Reply:
    memory = request.memory
    asked = request.text
    wish = wished(asked, memory)
    lines = lines_for(wish, memory)
    names = ", ".join(asked_by(each) for each in wish.all)
    return Reply(
        title=say("Hotlines: {names}", names=names) if names else say("Hotlines"),
        parts=(
            *(() if names else _need_buttons(memory)),
            *listed(lines),
            *_aloud(wish.languages, lines),
        ),
        notes=(*_sources(lines), *trouble(memory)),
        buttons=(
            *_agencies(asked, memory),
            *([Button(label=say("All hotlines"), command="hotline")] if names else []),
            *_reports(wish.lines),
        ),
        again=wish.command,
        card=card_language(asked, wish.languages),
    )


def _reports(named: Sequence[Hotline]) -> tuple[Button, ...]:
    """
    Return, last of all, how to say that a line somebody asked for by its name is wrong.
    """
    return tuple(
        wrong.button("hotline", line.key, label=say("Wrong number? {name}", name=line.name))
        for line in named[:3]
        if not line.emergency
    )


def card_language(asked: str, languages: Sequence[Choice]) -> str:
    if any(each.key == SPANISH for each in languages):
        return SPANISH
    crisis = find_crisis(asked)
    return crisis.language if crisis else language_of(asked, spoken_card())


def spoken_card() -> Language:
    """
    Return the language of the card for whoever is spoken to: there are two.
    """
    return SPANISH if language() == SPANISH else "en"


def trouble(memory: Memory) -> tuple[str, ...]:
    """
    Return what must be said when the answer could not be read from the database.
    """
    return (memory.trouble,) if memory.trouble else ()


def listed(lines: Sequence[Hotline]) -> tuple[Part, ...]:
    """
    Return *lines* as entries, the ones from elsewhere under a heading that says so.
    """
    own = [line for line in lines if not line.provenance.elsewhere and not line.emergency]
    others = [line for line in lines if line.provenance.elsewhere and not line.emergency]
    return (
        *(_entry(line) for line in lines if line.emergency),
        *(_entry(line) for line in own),
        *([Heading(text=say("Lines from elsewhere, not in the county deck"))] if others else []),
        *(_entry(line) for line in others),
    )


def _entry(line: Hotline) -> Entry:
    kind = None if same(line.kind, line.name) else line.kind
    hours = line.hours or (say(HOURS_UNKNOWN) if line.phones and not line.emergency else None)
    about = [kind, hours, ", ".join(line.languages)]
    lines = [
        *reach(line.phones),
        *([line.url] if line.url else []),
        *([_email(line)] if line.email else []),
        " · ".join(filter(None, about)),
        line.description,
        line.caution,
        None if line.emergency else origin(line.provenance),
    ]
    return Entry(title=line.name, lines=tuple(filter(None, lines)))


def reach(phones: Sequence[Phone]) -> tuple[str, ...]:
    """
    Return numbers as one says them: "1-888-373-7888", "text 233733",
    "988, call or text".
    """
    ways: dict[tuple[str, str | None], list[str]] = {}
    for phone in phones:
        number = (
            say("{number} ext. {extension}", number=phone.number, extension=phone.extension)
            if phone.extension
            else phone.number
        )
        how = say(HOW_REACHED.get(phone.type, phone.type))
        ways.setdefault((number, phone.description), []).append(how)
    return tuple(
        f"{_called(number, hows)} – {about}" if about else _called(number, hows)
        for (number, about), hows in ways.items()
    )


def _called(number: str, hows: Sequence[str]) -> str:
    if hows == [say("call")]:
        return number
    either = say("{how} or {other}", how=", ".join(hows[:-1]), other=hows[-1])
    return f"{hows[0]} {number}" if len(hows) == 1 else f"{number}, {either}"


def _email(line: Hotline) -> str:
    return (
        say("{email} (as printed, unconfirmed)", email=line.email)
        if line.email_unconfirmed
        else str(line.email)
    )


def _aloud(languages: Sequence[Choice], lines: Sequence[Hotline]) -> tuple[Part, ...]:
    if not languages:
        return ()
    spoken = any(speaks(line, languages) for line in lines)
    for_the = say("For the other lines") if spoken else say("For these lines")
    return (
        Text(
            text=say(
                "{for_the} our sources do not say which languages they answer in. "
                "Ask for an interpreter.",
                for_the=for_the,
            )
        ),
    )


def origin(stated: Provenance) -> str | None:
    """
    Return where a line from elsewhere is from: its page may be read alone.
    """
    if not stated.elsewhere:
        return None
    checked = say("; checked by coordinators") if stated.verified_on else ""
    return say(
        "Not from the county deck: {publisher}, {dated}{checked}",
        publisher=stated.publisher or stated.source,
        dated=dated(stated),
        checked=checked,
    )


def _sources(lines: Sequence[Hotline]) -> tuple[str, ...]:
    sourced = [line.provenance for line in lines if not line.emergency]
    unchecked = any(each.elsewhere and not each.verified_on for each in sourced)
    return (
        *cite(each for each in sourced if not each.elsewhere),
        *([say(FROM_ELSEWHERE)] if unchecked else []),
        say(NO_DETAILS),
    )


def _agencies(asked: str, memory: Memory) -> tuple[Button, ...]:
    """
    Return a button to each agency that *asked* names.
    """
    return tuple(
        Button(label=say("About {name}", name=name), command=f"partner {name}")
        for name in names_of(memory, "partner").mentioned(asked)
    )


def asked_by(choice: Choice | Hotline) -> str:
    """
    Return what *choice* is called: a need in the language that is spoken, if its words are
    ours; a pack's own words and a line's name are facts.
    """
    return say(choice.name) if choice.name in NEEDS else choice.name


def _need_buttons(memory: Memory) -> tuple[Part, ...]:
    needs = memory.needs
    return (
        Buttons(
            buttons=tuple(
                Button(label=asked_by(need), command=f"hotline {need.key}") for need in needs
            )
        ),
    )


COMMAND = Command(
    verb="hotline",
    usage="hotline [need | person | language]",
    summary=phrase("The number to call: 911 first, then the county's lines, then others."),
    aliases=(
        "hotlines", "hot line", "hot lines", "helpline", "help line", "line", "lines", "call", "who to call",
        "phone", "phones", "phone number", "phone numbers", "number", "numbers", "911",
        "linea", "lineas", "linea de ayuda", "telefono", "telefonos", "numero", "numeros",
    ),
    subjects=(
        "tip line", "tipline", "crisis line", "text line", "help me", "need help", "i need help", "get help",
        "ayuda", "ayudame", "auxilio", "socorro", "necesito ayuda",
    ),
    examples=("hotline", "hotline child", "hotline labor", "hotline spanish", "hotline minor image-abuse"),
    who=Standing.EXTERNAL,
    public=True,
    menu=phrase("Hotlines"),
    recall=recall,
)  # fmt: skip
