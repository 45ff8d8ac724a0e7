"""
A pack of a few lines, whole, for tests that change a line of it.
"""

from pathlib import Path

TASK_FORCE = """\
task_force:
  key: delta
  name: Delta Task Force
  county: Delta
  timezone: America/Los_Angeles
"""

SOURCES = """\
sources:
  - key: deck
    title: The deck
    kind: deck
    as_of: 2024-11-05
languages:
  - {key: english, code: en, name: English, source: deck, place: Languages}
"""

PEOPLE = """\
from: {source: deck, place: Who we are}
organizations:
  - key: county
    name: The County
    duties:
      - {kind: duty, text: Pays for it.}
  - key: shelter
    name: The Shelter
    parent_organization: county
    note: As printed.
    contacts:
      - name: Front desk
        phones: [{number: (925) 555-0100}]
collaboratives:
  - {key: coalition, name: Coalition, purpose: To meet., leadership: Led by, leads: [county]}
subcommittees:
  - {key: youth, name: Youth, collaborative: coalition}
glossary_terms:
  - {key: ht, term: HT, expansion: Human trafficking, standing: key}
topics:
  - key: gap-1
    section: gap
    title: Housing
    points: [{text: There is none.}, {heading: Responses, text: There is none.}]
"""

LINES = """\
from:
  source: deck
  place: Lines
taxonomy_terms:
  - {key: crisis, taxonomy: hotline-need, name: Crisis}
  - {key: minor, taxonomy: hotline-person, name: A minor}
  - key: housing
    taxonomy: service-group
    name: Housing
    services: [{name: Emergency shelter, organization: shelter}]
hotlines:
  - key: emergency
    name: Emergency
    kind: emergency
    emergency: true
    card: {en: Call 911, es: Llame al 911}
    phones:
      - number: "911"
  - key: local-line
    name: Local line
    organization: shelter
    kind: crisis
    needs: [crisis]
    persons: [minor]
    languages: [english]
    aliases: [local]
    phones:
      - number: 1 (800) 555-0199
      - {number: 1 (800) 555-0199, type: text}
"""

MONEY = """\
from: {source: deck, place: Money}
funding:
  - key: shelter-beds
    kind: partner
    organization: shelter
    amounts: {"2023-24": 1234.56, "2024-25": N/A}
    notes: {"2024-25": Not yet known.}
figures:
  - key: served
    program: Shelter
    title: People served
    period: "2023"
    unit: people served
    series: served
    starts: 2023-01-01
    ends: 2023-12-31
    columns: [Adults, Minors]
    rows:
      Beds: [12, <10]
"""

FILES = {
    "task_force.yaml": TASK_FORCE,
    "sources.yaml": SOURCES,
    "people.yaml": PEOPLE,
    "lines.yaml": LINES,
    "money.yaml": MONEY,
}


def write_pack(folder: Path, *changes: tuple[str, str, str]) -> Path:
    """
    Write the pack into *folder*.

    Args:
        changes: file, a text that stands in it once, and what to write instead.
    """
    texts = dict(FILES)
    for file, old, new in changes:
        assert texts[file].count(old) == 1, (file, old)
        texts[file] = texts[file].replace(old, new)
    folder.mkdir(parents=True, exist_ok=True)
    for file, text in texts.items():
        (folder / file).write_text(text, encoding="utf-8")
    return folder
