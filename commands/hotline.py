"""
/ht hotline: the number to call. From memory, for everybody, whatever is typed.
"""

from collections.abc import Sequence

from commands.citing import cite
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
from commands.match import mentioned, same
from storage.hotlines import Choice, Hotline, Phone
from storage.memory import Memory

HOW_REACHED = {"text": "text", "textphone": "TTY", "voice": "call", "fax": "fax"}
FROM_ELSEWHERE = (
    "Lines from elsewhere were read on public pages; coordinators have not yet re-checked them."
)
NO_DETAILS = (
    "Please leave client details out of Slack: this is a bot, not a reporting line, "
    "and Slack keeps what you type."
)


def recall(request: Request) -> Reply:
    memory = request.memory
    asked = request.text
    needs = _chosen(asked, memory.needs)
    persons = _chosen(asked, memory.persons)
    spoken = _chosen(asked, memory.languages)
    lines = pick(memory.hotlines, needs=needs, persons=persons, languages=spoken)
    wanted = [*needs, *persons, *spoken]
    return Reply(
        title=f"Hotlines: {', '.join(each.name for each in wanted)}" if wanted else "Hotlines",
        parts=(*(() if wanted else _need_buttons(memory)), *listed(lines), *_aloud(spoken, lines)),
        notes=(*_sources(lines), *trouble(memory)),
        buttons=(Button(label="All hotlines", command="hotline"),) if wanted else (),
        again=" ".join(["hotline", *(each.key for each in wanted)]),
        card=card_language(spoken),
    )


def pick(
    lines: Sequence[Hotline],
    *,
    needs: Sequence[Choice] = (),
    persons: Sequence[Choice] = (),
    languages: Sequence[Choice] = (),
) -> tuple[Hotline, ...]:
    """
    Return the lines that fit: 911 first, the county's own, then the others; the
    ones a need names first before those it names second. Wishes that no line
    fits together are dropped from the last: somebody always gets an answer.
    """
    fits = [line for line in lines if line.emergency or _fits(line, needs, persons, languages)]
    if any(not line.emergency for line in fits):
        return tuple(
            sorted(
                fits,
                key=lambda line: (
                    not line.emergency,
                    line.provenance.elsewhere,
                    _rank(line, needs),
                ),
            )
        )
    if languages:
        return pick(lines, needs=needs, persons=persons)
    if persons:
        return pick(lines, needs=needs)
    return pick(lines) if needs else tuple(lines)


def card_language(languages: Sequence[Choice]) -> str:
    return "es" if any(each.key == "es" for each in languages) else "en"


def trouble(memory: Memory) -> tuple[str, ...]:
    """
    Return what must be said when the answer could not be read from the database.
    """
    return (memory.trouble,) if memory.trouble else ()


def _fits(
    line: Hotline,
    needs: Sequence[Choice],
    persons: Sequence[Choice],
    languages: Sequence[Choice],
) -> bool:
    return (
        (not needs or any(need.key in line.needs for need in needs))
        and (not persons or not line.persons or any(each.key in line.persons for each in persons))
        and (not languages or any(each.name in line.languages for each in languages))
    )


def _rank(line: Hotline, needs: Sequence[Choice]) -> int:
    return min((line.needs.index(need.key) for need in needs if need.key in line.needs), default=0)


def _chosen(asked: str, choices: Sequence[Choice]) -> tuple[Choice, ...]:
    return mentioned(asked, [(each, (each.key, each.name, *each.aliases)) for each in choices])


def listed(lines: Sequence[Hotline]) -> tuple[Part, ...]:
    """
    Return *lines* as entries, the ones from elsewhere under a heading that says so.
    """
    own = [line for line in lines if not line.provenance.elsewhere and not line.emergency]
    others = [line for line in lines if line.provenance.elsewhere and not line.emergency]
    return (
        *(_entry(line) for line in lines if line.emergency),
        *(_entry(line) for line in own),
        *([Heading(text="Lines from elsewhere, not in the county deck")] if others else []),
        *(_entry(line) for line in others),
    )


def _entry(line: Hotline) -> Entry:
    kind = None if same(line.kind, line.name) else line.kind
    about = [kind, line.hours, ", ".join(line.languages)]
    lines = [
        *(reach(phone) for phone in line.phones),
        *([line.url] if line.url else []),
        *([_email(line)] if line.email else []),
        " · ".join(filter(None, about)),
        line.description,
        line.caution,
        _origin(line),
    ]
    return Entry(title=line.name, lines=tuple(filter(None, lines)))


def reach(phone: Phone) -> str:
    """
    Return a number as one says it: "call 1-888-373-7888", "text 233733".
    """
    number = f"{phone.number} ext. {phone.extension}" if phone.extension else phone.number
    how = HOW_REACHED.get(phone.type, phone.type)
    said = number if how == "call" else f"{how} {number}"
    return f"{said} ({phone.description})" if phone.description else said


def _email(line: Hotline) -> str:
    return f"{line.email} (as printed, unconfirmed)" if line.email_unconfirmed else str(line.email)


def _aloud(languages: Sequence[Choice], lines: Sequence[Hotline]) -> tuple[Part, ...]:
    if not languages:
        return ()
    names = " or ".join(each.name for each in languages)
    if any(each.name in line.languages for each in languages for line in lines):
        return (
            Text(
                text=f"For the other lines our sources do not say whether they answer in {names}."
            ),
        )
    return (
        Text(
            text=f"No line in our sources says that it answers in {names}. Ask for an interpreter."
        ),
    )


def _origin(line: Hotline) -> str | None:
    """
    Return where a line from elsewhere is from: its page may be read alone.
    """
    stated = line.provenance
    if line.emergency or not stated.elsewhere:
        return None
    checked = "; checked by coordinators" if stated.verified_on else ""
    return f"Not from the county deck: {stated.publisher or stated.source}, {stated.as_of:%b %Y}{checked}"


def _sources(lines: Sequence[Hotline]) -> tuple[str, ...]:
    sourced = [line.provenance for line in lines if not line.emergency]
    unchecked = any(each.elsewhere and not each.verified_on for each in sourced)
    return (
        *cite(each for each in sourced if not each.elsewhere),
        *([FROM_ELSEWHERE] if unchecked else []),
        NO_DETAILS,
    )


def _need_buttons(memory: Memory) -> tuple[Part, ...]:
    needs = memory.needs
    return (
        Buttons(
            buttons=tuple(Button(label=need.name, command=f"hotline {need.key}") for need in needs)
        ),
    )


COMMAND = Command(
    verb="hotline",
    usage="hotline [need | person | language]",
    summary="The number to call: 911 first, then the county's lines, then others.",
    aliases=(
        "hotlines", "hot line", "hot lines", "helpline", "help line", "line", "lines", "call", "who to call",
        "phone", "phones", "phone number", "phone numbers", "number", "numbers", "tip line", "911", "988",
        "help me", "need help", "i need help", "get help", "linea", "lineas", "linea de ayuda", "telefono",
        "telefonos", "numero", "numeros", "ayuda", "ayudame", "auxilio", "socorro",
    ),
    examples=("hotline", "hotline child", "hotline labor", "hotline spanish", "hotline minor image-abuse"),
    who=Standing.EXTERNAL,
    public=True,
    menu="Hotlines",
    recall=recall,
)  # fmt: skip
