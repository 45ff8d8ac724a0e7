"""
/ht define TERM: what an abbreviation stands for, or that the deck does not say.
"""

from collections.abc import Sequence

from commands.citing import cite
from commands.contract import (
    Button,
    Command,
    Facts,
    Heading,
    Part,
    Reply,
    Request,
    Standing,
    Text,
    UserError,
)
from commands.match import find, named, same
from commands.speech import phrase, say
from storage.glossary import GlossaryTerm, glossary_terms
from storage.memory import Memory
from storage.session import Session

NOT_SAID = phrase("the deck does not say")


def handle(request: Request, session: Session) -> Reply:
    terms = glossary_terms(session)
    if not request.text:
        return _all(terms)
    exact = named(request.text, [(each, (each.term, *each.aliases)) for each in terms])
    if exact:
        return _page(exact, request.memory)
    match = find(
        request.text,
        [(each, tuple(filter(None, (each.term, *each.aliases, each.expansion)))) for each in terms],
    )
    if match.best:
        return _page([match.best], request.memory)
    raise UserError(
        say("That term is not in our sources. `/ht define` lists the ones that are.")
        if not match.close
        else say("Which term? Press one, or type `/ht define` for all."),
        buttons=(
            *(Button(label=each.term, command=f"define {each.term}") for each in match.close[:8]),
            Button(label=say("All terms"), command="define"),
        ),
    )


def _page(terms: Sequence[GlossaryTerm], memory: Memory) -> Reply:
    parts: list[Part] = []
    for each in terms:
        parts.append(
            Facts(
                rows=(
                    (
                        each.term,
                        each.expansion
                        or say("{not_said}, and we do not guess", not_said=say(NOT_SAID)),
                    ),
                )
            )
        )
        if each.note:
            parts.append(Text(text=say("Note: {note}", note=each.note)))
    return Reply(
        title=say("Define: {term}", term=terms[0].term),
        parts=tuple(parts),
        notes=cite(each.provenance for each in terms),
        buttons=(*_about(terms[0], memory), Button(label=say("All terms"), command="define")),
        again=f"define {terms[0].term}",
    )


def _about(term: GlossaryTerm, memory: Memory) -> tuple[Button, ...]:
    """
    Return a button to the agency or the collaborative that goes by *term*.
    """
    return tuple(
        Button(label=say("About {name}", name=name), command=f"{verb} {name}")
        for verb in ("partner", "collaboratives")
        for name, others in memory.names.get(verb, ())
        if any(same(term.term, other) for other in (name, *others))
    )


def _all(terms: tuple[GlossaryTerm, ...]) -> Reply:
    parts: list[Part] = []
    for standing, heading in (
        ("key", say("In the deck's acronyms key")),
        ("slide", say("Expanded on a slide")),
        (
            "unexplained",
            say("Used in the deck; {not_said} what they stand for", not_said=say(NOT_SAID)),
        ),
    ):
        some = [each for each in terms if each.standing == standing]
        if not some:
            continue
        parts.append(Heading(text=heading))
        if standing == "unexplained":
            parts.append(Text(text=", ".join(each.term for each in some)))
        else:
            parts.append(
                Facts(rows=tuple((each.term, each.expansion or say(NOT_SAID)) for each in some))
            )
    return Reply(
        title=say("Terms and abbreviations"),
        parts=tuple(parts),
        notes=cite(each.provenance for each in terms),
        again="define",
    )


COMMAND = Command(
    verb="define",
    usage="define TERM",
    summary=phrase("What an abbreviation stands for."),
    aliases=(
        "definition", "definitions", "acronym", "acronyms", "abbreviation", "abbreviations", "term", "terms",
        "glossary", "meaning", "meaning of", "what is", "what does", "what are", "whats", "stands for",
        "que es", "que significa", "significado", "siglas", "glosario",
    ),
    examples=("define CSEC", "define NHTHL", "define UC"),
    who=Standing.MEMBER,
    public=True,
    menu=phrase("Terms"),
    alike=True,
    handle=handle,
)  # fmt: skip
