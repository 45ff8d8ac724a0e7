"""
/ht sources: where everything here comes from, how old it is, and what is missing.
"""

from collections.abc import Sequence

from commands.citing import cite
from commands.contract import (
    Button,
    Command,
    Entry,
    Facts,
    Heading,
    Part,
    Reply,
    Request,
    Standing,
    Text,
    UserError,
)
from commands.match import find
from commands.speech import phrase, say
from commands.topics import described
from storage.session import Session
from storage.sources import Source, sources
from storage.topics import Topic, topics

READ_NOT_PHONED = phrase(
    "Lines from elsewhere are marked so wherever they are shown. Pages were read as stored "
    "copies; nobody phoned the numbers."
)
KINDS = {
    "deck": phrase("the county's deck"),
    "page": phrase("a page read elsewhere"),
    "own": phrase("this bot's own words, no facts"),
    "survey": phrase("figures that agencies reported to the task force"),
    "entered": phrase("entered by people of the task force"),
}
# The deck about itself, in the order it is told: section -> heading, other names.
ABOUT_THE_DECK = {
    "agenda": (phrase("Agenda"), ("agenda",)),
    "presenter": (
        phrase("Presenters of that day, not contacts of today"),
        ("presenters", "who presented"),
    ),
    "motion": (phrase("Motion"), ("motion",)),
    "survey-note": (phrase("About its figures"), ("survey", "data survey")),
    "chart": (
        phrase("Charts whose data is missing"),
        ("charts", "graphs", "age chart", "race chart"),
    ),
    "lost": (phrase("What our copy lost"), ("lost", "missing", "logos", "partnerships")),
    "closing": (phrase("Last slide"), ("last slide", "preventionists")),
}


def handle(request: Request, session: Session) -> Reply:
    every = sources(session)
    if not request.text:
        return Reply(
            title=say("Sources"),
            parts=tuple(_entry(each) for each in every),
            notes=(say(READ_NOT_PHONED),),
            again="sources",
        )
    told = topics(session, *ABOUT_THE_DECK)
    known: list[tuple[Source | str, tuple[str, ...]]] = [
        *((each, _names(each)) for each in every),
        *((section, _section_names(section, told)) for section in ABOUT_THE_DECK),
    ]
    match = find(request.text, known)
    if isinstance(match.best, Source):
        return _page(match.best, told)
    if match.best:
        return _section_page(match.best, told)
    close = [each for each in match.close if isinstance(each, Source)]
    raise UserError(
        say("Which source? Press one, or type `/ht sources` for all."),
        buttons=tuple(_button(each) for each in close or every),
    )


def _page(source: Source, told: Sequence[Topic]) -> Reply:
    parts: list[Part] = [Facts(rows=_rows(source))]
    told = told if source.kind == "deck" else ()
    for section in ABOUT_THE_DECK:
        parts.extend(_section(section, told))
    return Reply(
        title=source.title,
        parts=tuple(parts),
        notes=cite(topic.provenance for topic in told),
        buttons=(Button(label=say("All sources"), command="sources"),),
        again=f"sources {source.key}",
    )


def _section_page(section: str, told: Sequence[Topic]) -> Reply:
    return Reply(
        title=say("The deck about itself"),
        parts=tuple(_section(section, told)),
        notes=cite(topic.provenance for topic in told if topic.section == section),
        buttons=(
            Button(label=say("The whole deck"), command="sources deck"),
            Button(label=say("All sources"), command="sources"),
        ),
        again=f"sources {section}",
    )


def _section(section: str, told: Sequence[Topic]) -> list[Part]:
    parts = [part for topic in told if topic.section == section for part in _told(topic)]
    heading, _ = ABOUT_THE_DECK[section]
    return [Heading(text=heading), *parts] if parts else []


def _section_names(section: str, told: Sequence[Topic]) -> tuple[str, ...]:
    heading, others = ABOUT_THE_DECK[section]
    some = [topic for topic in told if topic.section == section]
    titles = (name for topic in some for name in (topic.title, *topic.aliases))
    return (section, heading, *others, *titles)


def _told(topic: Topic) -> list[Part]:
    if topic.section == "agenda":
        points = [point for some in topic.points.values() for point in some]
        return [Facts(rows=((topic.title, " · ".join(points)),))]
    if topic.section == "survey-note":
        return described(topic)
    if topic.section == "closing":
        return [Text(text=topic.title)]
    if topic.text:
        said = ". ".join(part.rstrip(".") for part in (topic.text, topic.note) if part)
        return [Facts(rows=((topic.title, f"{said}."),))]
    return described(topic)


def _rows(source: Source) -> tuple[tuple[str, str], ...]:
    checked = (
        say("by coordinators, {verified_on:%b %Y}", verified_on=source.verified_on)
        if source.verified_on
        else say("not yet")
    )
    rows = [
        (say("Kind"), say(KINDS[source.kind])),
        (say("Publisher"), source.publisher),
        (say("As of"), source.dated_as or say("{as_of:%b %d, %Y}", as_of=source.as_of)),
        (say("Re-checked"), checked),
        (say("Address"), source.url),
        (say("Note"), source.note),
    ]
    return tuple((label, value) for label, value in rows if value)


def _entry(source: Source) -> Entry:
    checked = say("re-checked by coordinators") if source.verified_on else say("not yet re-checked")
    about = [source.publisher, source.dated_as or say("{as_of:%b %Y}", as_of=source.as_of), checked]
    return Entry(
        title=source.title, lines=(" · ".join(filter(None, about)),), button=_button(source)
    )


def _button(source: Source) -> Button:
    return Button(label=say("Open {title}", title=source.title), command=f"sources {source.key}")


def _names(source: Source) -> tuple[str, ...]:
    deck = ("deck", "county deck", "slides", "presentation")
    return (
        source.title,
        source.key,
        source.publisher or "",
        *(deck if source.kind == "deck" else ()),
    )


COMMAND = Command(
    verb="sources",
    usage="sources [name]",
    summary=phrase("Where the facts come from, how old they are, and what is missing."),
    aliases=("source", "references", "where from", "citations", "provenance", "fuentes", "fuente"),
    subjects=(
        "deck", "slides", "agenda", "presenters", "presenter", "who presented", "motion", "charts", "chart",
        "age chart", "race chart", "data survey", "identifications", "services provided", "chart identifications",
    ),
    examples=("sources", "sources deck"),
    who=Standing.MEMBER,
    public=True,
    menu=phrase("Sources"),
    alike=True,
    handle=handle,
)  # fmt: skip
