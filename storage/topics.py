"""
The deck's subjects: models, prevention, gaps, equity, technology, each with its points.
"""

from collections import defaultdict
from dataclasses import dataclass

from sqlmodel import Session, col

from storage.models import Topic as TopicRow
from storage.models import TopicPoint
from storage.provenance import Provenance, served


@dataclass(frozen=True, kw_only=True)
class Topic:
    """
    Attributes:
        points: heading -> its points, in order; the heading "" holds those without one.
    """

    key: str
    section: str
    title: str
    text: str | None
    note: str | None
    aliases: tuple[str, ...]
    points: dict[str, tuple[str, ...]]
    provenance: Provenance


def topics(session: Session, *sections: str) -> tuple[Topic, ...]:
    """
    Return the topics of *sections*, in the pack's order.
    """
    points: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for point, _ in served(session, TopicPoint):
        points[point.topic_id][point.heading or ""].append(point.text)
    return tuple(
        Topic(
            key=row.key,
            section=row.section,
            title=row.title,
            text=row.text,
            note=row.note,
            aliases=tuple(row.aliases),
            points={heading: tuple(texts) for heading, texts in points[row.id or 0].items()},
            provenance=provenance,
        )
        for row, provenance in served(session, TopicRow, col(TopicRow.section).in_(sections))
    )
