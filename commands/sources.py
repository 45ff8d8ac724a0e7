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
from commands.topics import described
from storage.session import Session
from storage.sources import Source, sources
from storage.topics import Topic, topics

READ_NOT_PHONED = (
    "Lines from elsewhere are marked so wherever they are shown. Pages were read as stored "
    "copies; nobody phoned the numbers."
)
KINDS = {
    "deck": "the county's deck",
    "page": "a page read elsewhere",
    "own": "this bot's own words, no facts",
    "survey": "figures that agencies reported to the task force",
    "entered": "entered by people of the task force",
}
# The deck about itself, in the order it is told: section -> heading, other names.
ABOUT_THE_DECK = {
    "agenda": ("Agenda", ("agenda",)),
    "presenter": ("Presenters of that day, not contacts of today", ("presenters", "who presented")),
    "motion": ("Motion", ("motion",)),
    "survey-note": ("About its figures", ("survey", "data survey")),
    "chart": ("Charts whose data is missing", ("charts", "graphs", "age chart", "race chart")),
    "lost": ("What our copy lost", ("lost", "missing", "logos", "partnerships")),
    "closing": ("Last slide", ("last slide", "preventionists")),
}


def handle(request: Request, session: Session) -> Reply:
    every = sources(session)
    if not request.text:
        return Reply(
            title="Sources",
            parts=tuple(_entry(each) for each in every),
            notes=(READ_NOT_PHONED,),
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
        "Which source? Press one, or type `/ht sources` for all.",
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
        buttons=(Button(label="All sources", command="sources"),),
        again=f"sources {source.key}",
    )


def _section_page(section: str, told: Sequence[Topic]) -> Reply:
    return Reply(
        title="The deck about itself",
        parts=tuple(_section(section, told)),
        notes=cite(topic.provenance for topic in told if topic.section == section),
        buttons=(
            Button(label="The whole deck", command="sources deck"),
            Button(label="All sources", command="sources"),
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
    checked = f"by coordinators, {source.verified_on:%b %Y}" if source.verified_on else "not yet"
    rows = [
        ("Kind", KINDS[source.kind]),
        ("Publisher", source.publisher),
        ("As of", source.dated_as or f"{source.as_of:%b %d, %Y}"),
        ("Re-checked", checked),
        ("Address", source.url),
        ("Note", source.note),
    ]
    return tuple((label, value) for label, value in rows if value)


def _entry(source: Source) -> Entry:
    checked = "re-checked by coordinators" if source.verified_on else "not yet re-checked"
    about = [source.publisher, source.dated_as or f"{source.as_of:%b %Y}", checked]
    return Entry(
        title=source.title, lines=(" · ".join(filter(None, about)),), button=_button(source)
    )


def _button(source: Source) -> Button:
    return Button(label=f"Open {source.title}", command=f"sources {source.key}")


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
    summary="Where the facts come from, how old they are, and what is missing.",
    aliases=("source", "references", "where from", "citations", "provenance", "fuentes", "fuente"),
    subjects=(
        "deck", "slides", "agenda", "presenters", "presenter", "who presented", "motion", "charts", "chart",
        "age chart", "race chart", "data survey", "identifications", "services provided", "chart identifications",
    ),
    examples=("sources", "sources deck"),
    who=Standing.MEMBER,
    public=True,
    menu="Sources",
    handle=handle,
)  # fmt: skip
