"""
/ht sources: where everything here comes from, how old it is, and what is missing.
"""

from commands.citing import cite
from commands.contract import (
    Bullets,
    Button,
    Command,
    Entry,
    Facts,
    Heading,
    Part,
    Reply,
    Request,
    Standing,
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
}
# The deck about itself, in the order it is told.
ABOUT_THE_DECK = (
    ("agenda", "Agenda"),
    ("presenter", "Presenters of that day, not contacts of today"),
    ("motion", "Motion"),
    ("survey-note", "About its figures"),
    ("chart", "Charts whose data is missing"),
    ("lost", "What our copy lost"),
    ("closing", "Last slide"),
)


def handle(request: Request, session: Session) -> Reply:
    every = sources(session)
    if not request.text:
        return Reply(
            title="Sources",
            parts=tuple(_entry(each) for each in every),
            notes=(READ_NOT_PHONED,),
            again="sources",
        )
    match = find(request.text, [(each, _names(each)) for each in every])
    if match.best is None:
        raise UserError(
            "Which source? Press one, or type `/ht sources` for all.",
            buttons=tuple(_button(each) for each in match.close or every),
        )
    return _page(match.best, session)


def _page(source: Source, session: Session) -> Reply:
    told = (
        topics(session, *(section for section, _ in ABOUT_THE_DECK))
        if source.kind == "deck"
        else ()
    )
    parts: list[Part] = [Facts(rows=_rows(source))]
    for section, heading in ABOUT_THE_DECK:
        if some := [topic for topic in told if topic.section == section]:
            parts.append(Heading(text=heading))
            parts.extend(part for topic in some for part in _told(topic))
    return Reply(
        title=source.title,
        parts=tuple(parts),
        notes=cite(topic.provenance for topic in told),
        buttons=(Button(label="All sources", command="sources"),),
        again=f"sources {source.key}",
    )


def _told(topic: Topic) -> list[Part]:
    if topic.section in {"presenter", "chart"}:
        said = ". ".join(part.rstrip(".") for part in (topic.text, topic.note) if part)
        return [Facts(rows=((topic.title, said),))]
    if topic.section == "agenda":
        points = [point for some in topic.points.values() for point in some]
        return [Facts(rows=((topic.title, " · ".join(points)),))]
    return [Bullets(items=(topic.title,)), *described(topic)]


def _rows(source: Source) -> tuple[tuple[str, str], ...]:
    checked = f"by coordinators, {source.verified_on:%b %Y}" if source.verified_on else "not yet"
    rows = [
        ("Kind", KINDS[source.kind]),
        ("Publisher", source.publisher),
        ("As of", f"{source.as_of:%b %d, %Y}"),
        ("Re-checked", checked),
        ("Address", source.url),
        ("Note", source.note),
    ]
    return tuple((label, value) for label, value in rows if value)


def _entry(source: Source) -> Entry:
    checked = "re-checked by coordinators" if source.verified_on else "not yet re-checked"
    about = [source.publisher, f"{source.as_of:%b %Y}", checked]
    return Entry(
        title=source.title, lines=(" · ".join(filter(None, about)),), button=_button(source)
    )


def _button(source: Source) -> Button:
    return Button(label=f"Open {source.title}", command=f"sources {source.key}")


def _names(source: Source) -> tuple[str, ...]:
    deck = ("deck", "county deck", "slides", "agenda", "motion", "presenters", "charts")
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
    aliases=(
        "source", "references", "where from", "citations", "provenance", "deck", "slides", "agenda", "presenters",
        "motion", "charts", "chart", "fuentes", "fuente",
    ),
    examples=("sources", "sources deck"),
    who=Standing.MEMBER,
    public=True,
    menu="Sources",
    handle=handle,
)  # fmt: skip
