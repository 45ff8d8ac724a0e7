"""
The county's pack beside the county's deck. What is expected is typed here by
hand from the deck, and the deck itself is read where it is at hand.
"""

import os
import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import BaseModel

from storage.packs.reading import Pack, read_pack
from storage.packs.schema import HotlineEntry, SourceEntry, Stated, TopicEntry

REPOSITORY = Path(__file__).parents[2]
DECK_NAME = "000_178e3c027af37de2.txt"
STORY = re.compile(r"^From Victim to Survivor.*?^Contra Costa HT Collaboratives$", re.M | re.S)


@pytest.fixture(scope="module")
def pack(contra_costa: Path) -> Pack:
    return read_pack(contra_costa)


@pytest.fixture(scope="module")
def deck() -> str:
    """
    The deck's text, without marks of formatting and of footnotes.
    """
    given = Path(os.environ.get("HT_SEED", REPOSITORY.parent / "shared" / "seed"))
    path = given / DECK_NAME if given.is_dir() else given
    if not path.is_file():
        pytest.skip(f"the deck is not at {path}: set HT_SEED to its folder")
    return _plain(re.sub(r"</?(ul|li)[^>]*>|▪", "\n", path.read_text(encoding="utf-8")))


# Where it is from


def test_every_place_in_the_deck_is_a_heading_of_the_deck(pack: Pack, deck: str) -> None:
    headings = {line.strip().removeprefix("# ") for line in deck.splitlines()}

    places = {row.place for row in _stated(pack) if row.source == "county-deck"}

    assert places <= headings


def test_every_row_has_a_source_a_place_and_a_day_and_none_is_called_verified(pack: Pack) -> None:
    sources = {source.key: source for source in pack.sources}

    for row in _stated(pack):
        assert (row.source in sources, bool(row.place)) == (True, True), row
        assert row.as_of == sources[row.source or ""].as_of, row
        assert row.verified_on is None, row
    assert [source.key for source in pack.sources if source.verified_on] == []


def test_the_deck_is_the_only_source_of_the_task_forces_own(pack: Pack) -> None:
    decks = [source for source in pack.sources if source.kind == "deck"]

    assert [(source.key, source.title, source.as_of) for source in decks] == [
        ("county-deck", "Anti-Human Trafficking Update", date(2024, 11, 5))
    ]


def test_a_page_whose_day_is_not_known_says_so(pack: Pack) -> None:
    silent = [source.key for source in pack.sources if source.kind == "page" and not source.note]

    assert silent == []


def test_no_number_is_in_the_pack_that_is_not_in_our_sources(pack: Pack, deck: str) -> None:
    from_pages = """
        911 988 211 711 233733 1-888-373-7888 1-800-843-5678 1-800-422-4453 1-888-539-2373
        1-800-843-5200 1-888-215-5555 1-866-347-2423 1-855-297-5322 200+ 24 h, 12-24, under 18,
        2025-09-30
    """
    ours = "1,304,434"  # the sum of the deck's own rows, beside the total it prints
    known = _numbers(f"{deck} {from_pages} {ours}")

    for table in _rows(pack):
        for text in _texts(table):
            assert _numbers(text) <= known, text


def test_the_survivors_story_is_not_in_the_pack(pack: Pack, deck: str) -> None:
    found = STORY.search(deck)
    assert found
    words = re.findall(r"\w+", found[0].casefold())[:-4]  # the next heading is the pack's to use
    runs = {" ".join(words[start : start + 4]) for start in range(len(words) - 3)}

    for row in (*pack.sources, *_rows(pack)):
        for text in _texts(row):
            plain = " ".join(re.findall(r"\w+", _plain(text).casefold()))
            assert "sergio" not in plain
            assert not [run for run in runs if run in plain], text


def test_no_text_has_a_character_that_slack_would_format(pack: Pack) -> None:
    for row in (*pack.sources, *_rows(pack)):
        for text in _texts(row):
            assert not re.search(r"[*_~`]", text), text


# Hotlines

LINES = [
    # name, numbers, kind, hours, caution
    ("Emergency", ["911"], "emergency", None, None),
    ("Community Violence Solutions crisis line", ["1 (800) 670-7273"], "crisis", "24/7", None),
    (
        "Child Abuse Hotline, Children & Family Services",
        ["1 (877) 881-1116"],
        "report",
        "24/7",
        None,
    ),
    (
        "Contra Costa Human Trafficking Tip Line",
        ["(925) 957-8658"],
        "tip",
        None,
        "Non-emergency voicemail",
    ),
    (
        "Contra Costa County Family Justice Alliance",
        ["(510) 974-7200", "(925) 521-6366", "(925) 281-0970"],
        "services",
        None,
        "Not a crisis line",
    ),
    (
        "CSEC e-mail, Children & Family Services",
        [],
        "e-mail",
        None,
        ("It looks mistyped (CSEC). For a child at risk call 1 (877) 881-1116"),
    ),
    ("Take It Down", [], "image removal", None, "Never download or forward the image"),
    (
        "National Human Trafficking Hotline",
        ["1-888-373-7888", "text 233733", "textphone 711"],
        "crisis and referral",
        "24/7",
        None,
    ),
    ("NCMEC CyberTipline", ["1-800-843-5678"], "report", None, None),
    (
        "Childhelp",
        ["1-800-422-4453", "text 1-800-422-4453"],
        "support",
        "24/7",
        "Not a reporting line",
    ),
    ("988", ["988", "text 988"], "suicide and crisis", "24/7", None),
    ("CAST (Los Angeles organization)", ["1-888-539-2373"], "trafficking line", None, None),
    ("CA Youth Crisis Line", ["1-800-843-5200", "text 1-800-843-5200"], "crisis", "24/7", None),
    ("STAND!", ["1-888-215-5555"], "domestic violence", "24 h", None),
    (
        "CA Labor Enforcement Task Force",
        ["1-855-297-5322"],
        "labor-law complaints",
        None,
        "Not a crisis line",
    ),
    ("211", ["211"], "general services", None, None),
    ("HSI tip line", ["1-866-347-2423"], "tip", None, "Tips only"),
]


def test_every_line_has_its_numbers_kind_hours_and_caution(pack: Pack) -> None:
    lines = [
        (
            line.name,
            [
                phone.number if phone.type == "voice" else f"{phone.type} {phone.number}"
                for phone in line.phones
            ],
            line.kind,
            line.hours,
            line.caution,
        )
        for line in pack.hotlines
    ]

    assert lines == LINES


def test_lines_of_the_deck_are_printed_there_and_come_before_the_others(
    pack: Pack, deck: str
) -> None:
    from_deck = [line for line in pack.hotlines if line.source == "county-deck"]

    assert pack.hotlines[0].emergency
    assert list(pack.hotlines[1:7]) == from_deck
    for line in from_deck:
        assert all(phone.number in deck for phone in line.phones), line.name
        assert line.email is None or line.email in deck
    assert "www.takeitdown.ncmec.org" in deck


def test_the_family_justice_numbers_say_where_they_ring(pack: Pack) -> None:
    line = _line(pack, "family-justice-alliance")

    assert [(phone.number, phone.description) for phone in line.phones] == [
        ("(510) 974-7200", "West County (Richmond)"),
        ("(925) 521-6366", "Central County (Concord)"),
        ("(925) 281-0970", "East County (Antioch)"),
    ]


def test_the_address_that_looks_mistyped_is_kept_as_printed_and_unconfirmed(pack: Pack) -> None:
    mails = [(line.email, line.email_unconfirmed, line.url) for line in pack.hotlines if line.email]

    assert mails == [("CFSCEC@ehsd.cccounty.us", True, None)]


def test_addresses_to_open_are_the_lines_own(pack: Pack) -> None:
    assert {line.key: line.url for line in pack.hotlines if line.url} == {
        "take-it-down": "https://takeitdown.ncmec.org",
        "national-hotline": "https://humantraffickinghotline.org/chat",
        "cybertipline": "https://report.cybertip.org",
    }
    assert "stopncii.org" in (_line(pack, "take-it-down").description or "")


def test_the_national_line_says_who_answers_and_what_must_be_checked(pack: Pack) -> None:
    line = _line(pack, "national-hotline")
    code = next(phone for phone in line.phones if phone.type == "text")

    assert line.description == (
        "Calls in English and Spanish, in 200+ languages by interpreter. Operator: Compass "
        "Connections since about 2025-09-30 (was Polaris)."
    )
    assert code.description == "Text code, to be re-verified"


def test_federal_law_enforcement_is_named_plainly_last_and_for_tips_alone(pack: Pack) -> None:
    line = pack.hotlines[-1]

    assert (line.name, line.needs) == ("HSI tip line", ("tip",))
    assert line.description == (
        "Federal law enforcement (Homeland Security Investigations, part of ICE)."
    )


def test_languages_are_named_only_where_a_source_names_them(pack: Pack) -> None:
    assert {line.key: line.languages for line in pack.hotlines if line.languages} == {
        "national-hotline": ("english", "spanish", "other-languages"),
        "suicide-and-crisis-988": ("english", "spanish"),
    }


def test_the_card_has_its_five_lines_in_two_languages_each_with_its_number(pack: Pack) -> None:
    cards = {line.key: line for line in pack.hotlines if line.card}

    assert set(cards) == {
        "emergency",
        "cvs-crisis-line",
        "national-hotline",
        "suicide-and-crisis-988",
        "child-abuse-hotline",
    }
    for line in cards.values():
        assert line.card is not None
        assert set(line.card) == {"en", "es"}
        assert all(line.phones[0].number in text for text in line.card.values()), line.key


NEEDS = ["danger", "crisis", "child", "report", "tip", "legal", "services", "image-abuse", "labor"]


def test_every_need_and_person_has_a_line_of_the_deck_or_says_why_not(pack: Pack) -> None:
    needs = [term.key for term in pack.taxonomy_terms if term.taxonomy == "hotline-need"]
    persons = [term.key for term in pack.taxonomy_terms if term.taxonomy == "hotline-person"]
    first = {
        need: next(line.key for line in pack.hotlines if need in line.needs and not line.emergency)
        for need in needs
    }

    assert (needs, persons) == (NEEDS, ["adult", "minor"])
    assert first == {
        "danger": "cvs-crisis-line",
        "crisis": "cvs-crisis-line",
        "child": "child-abuse-hotline",
        "report": "child-abuse-hotline",
        "tip": "ht-tip-line",
        "legal": "family-justice-alliance",
        "services": "cvs-crisis-line",
        "image-abuse": "take-it-down",
        "labor": "cvs-crisis-line",
    }
    assert all(line.persons for line in pack.hotlines)


@pytest.mark.parametrize(
    ("word", "key"),
    [
        ("crisis", "crisis"),
        ("emergency", "danger"),
        ("urgent", "danger"),
        ("peligro", "danger"),
        ("suicide", "crisis"),
        ("texting", "crisis"),
        ("chat", "crisis"),
        ("ayuda", "crisis"),
        ("kid", "child"),
        ("kids", "child"),
        ("baby", "child"),
        ("cps", "child"),
        ("mandated report", "child"),
        ("niño", "child"),
        ("minor", "minor"),
        ("menor", "minor"),
        ("teen", "minor"),
        ("under 18", "minor"),
        ("woman", "adult"),
        ("adulto", "adult"),
        ("report", "report"),
        ("tip", "tip"),
        ("online photos", "image-abuse"),
        ("nudes", "image-abuse"),
        ("sextortion", "image-abuse"),
        ("revenge porn", "image-abuse"),
        ("fotos", "image-abuse"),
        ("labor", "labor"),
        ("wage theft", "labor"),
        ("forced work", "labor"),
        ("trabajo", "labor"),
        ("visa", "legal"),
        ("lawyer", "legal"),
        ("abogado", "legal"),
        ("restraining order", "legal"),
        ("shelter", "services"),
        ("housing", "services"),
        ("food", "services"),
    ],
)
def test_an_everyday_word_leads_to_one_need_or_person(word: str, key: str, pack: Pack) -> None:
    terms = [term for term in pack.taxonomy_terms if term.taxonomy.startswith("hotline-")]

    found = {
        term.key
        for term in terms
        if _folded(word) in {_folded(name) for name in (term.key, term.name, *term.aliases)}
    }

    assert found == {key}


def test_no_word_leads_to_two_rows_of_a_list(pack: Pack) -> None:
    topics: dict[str, list[TopicEntry]] = {}
    for topic in pack.topics:
        topics.setdefault(topic.section, []).append(topic)
    hotline_terms = [term for term in pack.taxonomy_terms if term.taxonomy != "service-group"]
    groups = [term for term in pack.taxonomy_terms if term.taxonomy == "service-group"]
    services = [service for group in groups for service in group.services]
    lists: list[Sequence[BaseModel]] = [
        pack.languages,
        pack.organizations,
        pack.collaboratives,
        pack.hotlines,
        pack.glossary_terms,
        [*hotline_terms],
        [*groups],
        [*services],
        *topics.values(),
    ]

    for rows in lists:
        owners: dict[str, str] = {}
        for row in rows:
            for name in _names(row):
                owner = owners.setdefault(_folded(name), row.key)  # type: ignore[attr-defined]
                assert owner == row.key, name  # type: ignore[attr-defined]


# Who does what


def test_the_collaboratives_are_the_four_of_the_deck(pack: Pack, deck: str) -> None:
    found = [
        (row.name, row.size, row.leadership, row.leads, bool(row.note))
        for row in pack.collaboratives
    ]

    assert found == [
        ("Human Trafficking Task Force", "over 40 agencies", "Co-led by", ("cvs",), True),
        ("Human Trafficking Coalition", None, "Led by", ("alliance",), False),
        (
            "Human Trafficking Multi-Disciplinary Team",
            "30+ agencies",
            "Co-led by",
            ("alliance", "family-justice-center"),
            False,
        ),
        (
            (
                "Commercially Sexually Exploited Children / Youth (CSEC/Y) Interagency Steering "
                "Committee"
            ),
            None,
            "Co-led by",
            ("department-of-human-services",),
            True,
        ),
    ]
    for row in pack.collaboratives:
        assert _plain(row.purpose) in _flat(deck)


def test_subcommittees_are_proposals_and_survivor_leaders_are_not_listed(pack: Pack) -> None:
    found = {row.name: (row.proposed, row.roster) for row in pack.subcommittees}

    assert found == {
        "Survivor Leadership": (True, "coordinators"),
        "Vacatur": (True, "members"),
        "Interpreters Bureau": (True, "members"),
        "Protocols": (True, "members"),
        "Education, Training & Outreach": (True, "members"),
        "HT Data Working Group": (True, "members"),
        "DEIA in HT Working Group": (True, "members"),
    }


def test_every_agency_of_the_deck_is_a_partner(pack: Pack) -> None:
    assert [row.name for row in pack.organizations] == [
        "Board of Supervisors",
        "Employment & Human Services Department",
        "Alliance to End Abuse",
        "Children & Family Services",
        "Workforce Services",
        "Contra Costa County District Attorney's Office",
        "DA - Victim Witness Assistance",
        "Contra Costa Human Trafficking Task Force",
        "Community Violence Solutions",
        "Family Justice Center",
        "International Rescue Committee",
        "Justice At Last",
        "Love Never Fails",
        "STAND! for Families Free of Violence",
        "Arm of Care",
        "Contra Costa H3",
        "Bay Area Legal Aid",
        "Tahirih Justice Center",
        "My Sister's House",
        "MISSEY",
        "UC Berkeley",
        "Contra Costa County Department of Human Services",
    ]
    assert [row.key for row in pack.organizations if row.parent_organization == "ehsd"] == [
        "alliance",
        "cfs",
        "wfs",
    ]


DUTIES = {
    "alliance": {"duty": 2},
    "cfs": {"duty": 3},
    "wfs": {"duty": 2},
    "da": {"duty": 7},
    "cchttf": {"mission": 4, "project": 4, "education": 3},
    "cvs": {"duty": 4, "education": 1, "subcontract": 4, "part": 1},
}


def test_an_agency_does_what_its_slide_says(pack: Pack, deck: str) -> None:
    counted: dict[str, dict[str, int]] = {}
    for organization in pack.organizations:
        for duty in organization.duties:
            kinds = counted.setdefault(organization.key, {})
            kinds[duty.kind] = kinds.get(duty.kind, 0) + 1
            assert duty.kind == "part" or _plain(duty.text) in _flat(deck), duty.text

    assert {key: counted[key] for key in DUTIES} == DUTIES
    assert [
        duty.text
        for organization in pack.organizations
        for duty in organization.duties
        if duty.kind == "subcontract"
    ] == [
        "Bay Area Legal Aid",
        "Justice At Last",
        "International Rescue Committee",
        "My Sister's House",
    ]


def test_who_reported_to_the_survey_is_said_without_a_count(pack: Pack) -> None:
    reported = {
        organization.key
        for organization in pack.organizations
        if any("data survey of May 2024" in duty.text for duty in organization.duties)
    }

    assert reported == {
        "cvs",
        "da-victim-witness",
        "family-justice-center",
        "international-rescue-committee",
        "justice-at-last",
        "love-never-fails",
        "stand",
        "arm-of-care",
        "h3",
    }


def test_counts_of_people_are_in_the_figures_and_nowhere_else(pack: Pack) -> None:
    counts = {
        str(mark)
        for figure in pack.figures
        for marks in figure.rows.values()
        for mark in marks
        if isinstance(mark, int) and mark > 25
    }
    assert {"142", "126", "185", "777", "580374"} <= counts

    for row in _rows(pack):
        if row not in pack.figures:
            for text in _texts(row):
                assert not counts & _numbers(text), text


def test_no_partner_has_a_private_contact(pack: Pack) -> None:
    assert [row.key for row in pack.organizations if row.contacts or row.phones or row.email] == []


# Services

SERVICES = {
    "legal-and-advocacy": [
        "Restraining Orders",
        "Immigration",
        "Family Law",
        "Labor/employment law",
        "Consumer law, tax law",
        "Dependency",
        "Vacatur/post-conviction relief",
        "Court accompaniment",
        "Victim's rights advocacy",
    ],
    "money-education-work": [
        "Victim Compensation",
        "Financial Supports",
        "Education, GED, scholarships",
        "Job Trainings & Employment Support",
        "Work Permits",
    ],
    "immediate-and-daily-needs": [
        "Crisis intervention",
        "Safety plan",
        "Food",
        "Shelter, housing",
        "Clothes, toiletries",
        "Childcare, family needs",
        "Aids, accommodations",
        "Transport",
        "Language access",
    ],
    "health": [
        "Medical Treatment",
        "Access to Medication",
        "Mental Health",
        "Dental",
        "Substance Use",
        "Alcohol Abuse",
    ],
}


def test_the_29_services_stand_in_four_groups_whose_names_are_said_to_be_ours(
    pack: Pack, deck: str
) -> None:
    groups = [term for term in pack.taxonomy_terms if term.taxonomy == "service-group"]

    assert {group.key: [service.name for service in group.services] for group in groups} == SERVICES
    assert sum(map(len, SERVICES.values())) == 29
    assert all("name is ours" in (group.note or "") for group in groups)
    for services in SERVICES.values():
        for name in services:
            assert name.replace("& Employment", "&\n- Employment") in deck


# Money

PARTNERS = [
    # agency, FY 2023-24, FY 2024-25
    ("da", "332222", "250000"),
    ("justice-at-last", "100000", "N/A"),
    ("bay-area-legal-aid", "87003", "160594"),
    ("cvs", "124384", "280065"),
    ("family-justice-center", "228740", "427588"),
    ("tahirih-justice-center", "N/A", "40000"),
    ("cvs", "312000", "190000"),
    ("love-never-fails", "120085", "124598"),
]


def test_the_eight_partner_rows_are_as_printed(pack: Pack, deck: str) -> None:
    rows = [row for row in pack.funding if row.kind == "partner"]

    assert [
        (row.organization, str(row.amounts["2023-24"]), str(row.amounts["2024-25"])) for row in rows
    ] == PARTNERS
    for row in rows:
        assert _plain(row.purpose or "") in _flat(deck)
        for amount in row.amounts.values():
            assert amount == "N/A" or f"{amount:,}" in deck


def test_the_printed_total_of_the_first_year_is_kept_with_what_its_rows_add_up_to(
    pack: Pack,
) -> None:
    (total,) = [row for row in pack.funding if row.kind == "partner-total"]
    sums = {
        year: sum(
            (
                row.amounts[year]
                for row in pack.funding
                if row.kind == "partner" and isinstance(row.amounts[year], Decimal)
            ),
            start=Decimal(0),
        )
        for year in ("2023-24", "2024-25")
    }

    assert sums == {"2023-24": Decimal(1304434), "2024-25": Decimal(1472845)}
    assert total.amounts == {"2023-24": Decimal(1294434), "2024-25": Decimal(1472845)}
    assert total.notes == {"2023-24": "The deck prints $1,294,434; its rows add up to $1,304,434."}


def test_the_footnote_stands_at_the_one_amount_it_explains(pack: Pack, deck: str) -> None:
    notes = [
        (row.amounts[year], note)
        for row in pack.funding
        if row.kind == "partner"
        for year, note in row.notes.items()
    ]

    assert notes == [
        (
            Decimal(312000),
            (
                "The CIC contract with CVS includes $122,000 revenue submitted to EHSD from local law "
                "enforcement agencies."
            ),
        )
    ]
    assert notes[0][1] in _flat(deck)


def test_the_staff_lines_add_up_to_the_departments_total(pack: Pack) -> None:
    staff = {row.organization: row for row in pack.funding if row.kind == "staff"}
    (total,) = [row for row in pack.funding if row.kind == "staff-total"]

    assert {key: (row.fte, row.amounts) for key, row in staff.items()} == {
        "alliance": ("1", {"": Decimal("107280.40")}),
        "cfs": ("2.45", {"": Decimal(363328)}),
        "wfs": (".58", {"": Decimal(90614)}),
    }
    assert total.amounts == {"": Decimal("561222.40")}
    assert sum(Decimal(row.amounts[""]) for row in staff.values()) == Decimal("561222.40")


# Words

KEY = {
    "CA DOJ": "California Department of Justice",
    "CaITIPA": "California Human Trafficking Investigators and Prosecutors",
    "CCHTTF": "Contra Costa Human Trafficking Task Force",
    "CFPIC/PACT": "Child and Family Policy Institute of California/Preventing and Addressing "
    "Child Trafficking Project",
    "DHHS-ACF": "Department of Health and Human Services-Administration for Children & Families",
    "ECM TA": "Enhanced Collaborative Model Technical Assistance",
    "FBI": "Federal Bureau of Investigations",
    "HSI": "Homeland Security Investigations",
    "IACP": "International Association of Chiefs of Police",
    "JESF": "Joint Enforcement Strike Force",
    "LCDAO": "Los Angeles County District Attorney's Office",
    "NCMEC": "National Center for Missing and Exploited Children",
    "NHTHL": "National Human Trafficking Hotline",
    "SOGIE": "Sexual Orientation, Gender Identity & Expression",
    "USAO": "United States Attorneys' Offices",
    "USDOJ": "United States Department of Justice",
    "USDOL": "United States Department of Labor",
}
ON_A_SLIDE = {
    "EHSD": "Employment & Human Services Department",
    "CFS": "Children and Family Services Bureau",
    "WFS": "Workforce Services Bureau",
    "TCVAP": "Trafficking and Crime Victim Assistance Program",
    "CSEC": "Commercially Sexually Exploited Children",
    "CSEC/Y": "Commercial Sexual Exploitation of Children/Youth",
    "HTTF": "Human Trafficking Task Force",
    "HT-MDT": "Human Trafficking Multi-Disciplinary Team",
    "HT": "Human Trafficking",
    "IPV": "interpersonal violence",
    "CWS/CMS": "Child Welfare Services/Case Management System",
}
UNEXPLAINED = (
    "CCHTC CCCDA DEIA BIPOC BOS CVS HMIS H3 CIC VWAP IBP LNF MSH MISSEY LE LT UC "
    "AI CC CY DA FTE FY GED ID"
)


def test_the_glossary_says_what_the_deck_says_and_no_more(pack: Pack, deck: str) -> None:
    found: dict[str, dict[str, str | None]] = {"key": {}, "slide": {}, "unexplained": {}}
    for term in pack.glossary_terms:
        found[term.standing][term.term] = term.expansion

    assert found == {
        "key": KEY,
        "slide": ON_A_SLIDE,
        "unexplained": dict.fromkeys(UNEXPLAINED.split()),
    }
    assert len(KEY) == 17
    for expansion in (KEY | ON_A_SLIDE).values():
        assert expansion in _flat(deck)


def test_a_term_and_its_expansion_stand_on_the_slide_they_are_said_to_stand_on(
    pack: Pack, deck: str
) -> None:
    slides = _slides(pack, deck)

    for term in pack.glossary_terms:
        wanted = term.expansion or term.term
        assert re.search(rf"\b{re.escape(wanted)}", slides[term.place or ""]), term.term


def test_no_abbreviation_of_the_deck_is_left_out(pack: Pack, deck: str) -> None:
    told = STORY.sub("", deck)
    told = re.sub(r"^[^a-z]{3,}$", "", told, flags=re.M)  # headings and logos in capitals
    told = told.replace("CFSCEC@", "@").replace("STAND!", "").replace("NOVEMBER", "")
    told = re.sub(r"\bRECEIVE\b|\bALLIANCE\b", "", told)
    used = set(re.findall(r"\b[A-Z][A-Z0-9]*[A-Z0-9]\b", told)) - {"CA", "TA", "CY2023"}
    known = {
        part
        for term in pack.glossary_terms
        for name in (term.term, *term.aliases)
        for part in (name, *re.split(r"[ /-]", name))
    }

    assert used - known == set()


# Topics


def test_the_decks_subjects_are_complete(pack: Pack) -> None:
    counted: dict[str, int] = {}
    for topic in pack.topics:
        counted[topic.section] = counted.get(topic.section, 0) + 1

    assert counted == {
        "agenda": 5,  # the agenda, and the four slides that open its parts
        "presenter": 3,
        "motion": 1,
        "closing": 1,
        "survey-note": 1,
        "model": 4,
        "principle": 9,
        "tier": 3,
        "level": 4,
        "gap": 8,
        "equity": 3,
        "tech": 3,
        "chart": 4,
        "lost": 2,
    }


@pytest.mark.parametrize(
    ("section", "points"),
    [
        ("level", [(7, 5), (5, 4), (4, 4), (3, 2)]),
        ("gap", [(6,), (4,), (3,), (4,), (3,), (3,), (4,), (3,)]),
        ("equity", [(4,), (3,), (5,)]),
        ("tech", [(4,), (4,), (3,)]),
        ("agenda", [(5,), (2,), (4,), (3,), (3,)]),
    ],
)
def test_a_subject_has_the_points_of_its_slide(
    section: str, points: list[tuple[int, ...]], pack: Pack
) -> None:
    found = []
    for topic in pack.topics:
        if topic.section == section:
            counted: dict[str | None, int] = {}
            for point in topic.points:
                counted[point.heading] = counted.get(point.heading, 0) + 1
            found.append(tuple(counted.values()))

    assert found == points


def test_levels_give_risks_before_protection_and_gaps_their_responses(pack: Pack) -> None:
    headings = {
        topic.section: list(dict.fromkeys(point.heading for point in topic.points))
        for topic in pack.topics
        if topic.section in ("level", "gap")
    }

    assert headings == {"level": ["Risk factors", "Protective factors"], "gap": ["Responses"]}


def test_points_and_titles_are_the_decks_own_words(pack: Pack, deck: str) -> None:
    ours = {"chart", "lost", "survey-note"}  # what they say of the deck is not in it
    flat = _flat(deck).casefold()

    for topic in pack.topics:
        texts = [point.text for point in topic.points]
        if "ours" not in (topic.note or ""):
            texts.append(topic.title)
        if topic.text:
            texts.append(topic.text)
        for text in texts if topic.section not in ours else []:
            assert _plain(text).casefold() in flat, text


def test_what_is_said_of_a_slide_stands_on_that_slide(pack: Pack, deck: str) -> None:
    slides = _slides(pack, deck)
    inferred = "cvs"  # its slide lost the heading; the place is the section it stands in
    said: list[tuple[Stated, str]] = [
        (duty, duty.text)
        for organization in pack.organizations
        for duty in organization.duties
        if duty.kind != "part" and organization.key != inferred
    ]
    said += [
        (point, point.text)
        for topic in pack.topics
        for point in topic.points
        if topic.section != "lost"
    ]
    said += [(topic, topic.title) for topic in pack.topics if topic.section == "chart"]
    said += [(row, row.name) for row in pack.subcommittees]
    said += [(row, row.purpose) for row in pack.collaboratives]
    said += [(row, row.purpose) for row in pack.funding if row.kind == "partner" and row.purpose]

    for row, text in said:
        assert _plain(text) in slides[row.place or ""], text


def test_what_is_not_in_our_copy_is_said_so(pack: Pack) -> None:
    charts = [(topic.title, topic.text) for topic in pack.topics if topic.section == "chart"]
    said = "The chart's data is not in our source."

    assert charts == [
        ("Age Distribution", said),
        ("Race/Ethnicity", said),
        ("New Human Trafficking Identifications, Investigations & Prosecutions (CY2023)", said),
        ("Services Provided to HT Survivors", said),
    ]
    assert [topic.title for topic in pack.topics if topic.section == "lost"] == [
        "Collaboratives & Partnerships",
        "What else our copy of the deck lost",
    ]


def test_presenters_are_those_of_2024_and_no_contacts_of_today(pack: Pack) -> None:
    presenters = [topic for topic in pack.topics if topic.section == "presenter"]

    assert {topic.note for topic in presenters} == {
        "A presenter of November 5, 2024, not a contact of today."
    }


def test_gaps_name_the_surveys_they_rest_on(pack: Pack, deck: str) -> None:
    (note,) = {topic.note for topic in pack.topics if topic.section == "gap"}

    assert note == "Based on responses received from CCHTF and CCHTC Partners to 2024 surveys."
    assert note in _flat(deck)


# Counts

FIGURES = {
    ("children served", "January – December 2023"): {
        "At Risk": [126],
        "Victim Before Foster Care": [11],
        "Victim During Foster Care": ["<10"],
        "Victim While Absent from Placement": ["<10"],
        "Total": [142],
    },
    ("people receiving benefits", "January - December 2023"): {
        "TCVAP cash aid": [55],
        "TCVAP CalFresh": [164],
    },
    ("US dollars", "January - December 2023"): {"TCVAP cash aid & CalFresh combined": [580374]},
    ("people served", "Calendar Year 2023"): {
        "Community Violence Solutions": [185, 177, "<10", "N/A"],
        "DA - Victim Witness Assistance": [89, 73, 16, "N/A"],
        "Family Justice Centers (CC County)": [49, 49, 0, 0],
        "International Rescue Committee": [17, "<10", 12, "<10"],
        "Justice At Last": [25, "<10", 11, "<10"],
        "Love Never Fails Us": [13, 13, 0, 0],
        "STAND! for Families Free of Violence": [21, 17, "<10", "<10"],
    },
    ("service contacts", "Calendar Year 2023"): {"Arm of Care": [555, 550, 0, "<10"]},
    ("people identified", "Calendar Year 2023"): {
        "Contra Costa H3 - HMIS Data": [777, 137, 178, 462]
    },
}


def test_figures_are_the_decks_marks_in_their_own_units(pack: Pack) -> None:
    found = {
        (figure.unit, figure.period): {label: list(marks) for label, marks in figure.rows.items()}
        for figure in pack.figures
    }

    assert found == FIGURES
    assert {figure.threshold for figure in pack.figures} == {10}


def test_a_row_of_member_data_is_a_row_of_the_deck(pack: Pack, deck: str) -> None:
    rows = [
        "\t".join([label, *map(str, marks)])
        for figure in pack.figures
        if figure.place == "Member Data"
        for label, marks in figure.rows.items()
    ]

    assert len(rows) == 9
    assert [row for row in rows if row not in deck] == []


def test_member_data_says_that_members_are_missing(pack: Pack, deck: str) -> None:
    (note,) = {figure.note for figure in pack.figures if figure.place == "Member Data"}

    assert note is not None
    assert "Not all members represented." in note
    assert note in _flat(deck)


# Oddities, and the guide


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("glossary_terms/caitipa", 'Printed "CaITIPA", with a capital I'),
        ("glossary_terms/fbi", 'Printed "Investigations"'),
        ("glossary_terms/cchttf", "also prints CCHTF"),
        ("glossary_terms/csec", '"Commercially Sexual Exploited Children"'),
        ("glossary_terms/uc", "unaccompanied children"),
        ("organizations/cchttf", "both CCHTTF and CCHTF"),
        ("organizations/cvs", "is inferred"),
        ("collaboratives/httf", "Leads incomplete"),
        ("collaboratives/csec-y-steering-committee", "Leads incomplete"),
    ],
)
def test_an_oddity_of_the_deck_is_told_beside_the_fact(row: str, words: str, pack: Pack) -> None:
    table, key = row.split("/")

    (found,) = [entry for entry in getattr(pack, table) if entry.key == key]

    assert words in found.note


def test_each_file_begins_with_a_line_that_says_what_it_holds(contra_costa: Path) -> None:
    for path in contra_costa.glob("*.yaml"):
        assert re.match(r"# [A-Z].{20,}\.\n", path.read_text(encoding="utf-8")), path.name


def test_the_guides_example_is_a_whole_pack(contra_costa: Path, tmp_path: Path) -> None:
    guide = (contra_costa.parent / "README.md").read_text(encoding="utf-8")
    files = re.findall(r"```yaml\n# storage/packs/README\.md: (\S+)\n(.*?)```", guide, re.S)
    for name, text in files:
        (tmp_path / name).write_text(text, encoding="utf-8")

    example = read_pack(tmp_path)

    assert example.task_force.key == "example_county"
    shown = {name for name, value in vars(example).items() if value}
    assert shown == set(Pack.__dataclass_fields__)


def test_the_guides_example_shows_every_field(contra_costa: Path, tmp_path: Path) -> None:
    guide = (contra_costa.parent / "README.md").read_text(encoding="utf-8")
    examples = " ".join(re.findall(r"```yaml\n(.*?)```", guide, re.S))
    fields = {name for model in _models(Stated, SourceEntry) for name in model.model_fields}

    missing = {name for name in fields if not re.search(rf"\b{name}:", examples)}

    assert missing == set()


# The pack's rows and texts


def _rows(pack: Pack) -> Iterator[BaseModel]:
    for name in Pack.__dataclass_fields__:
        value = getattr(pack, name)
        if isinstance(value, tuple) and name != "sources":
            yield from value


def _stated(pack: Pack) -> Iterator[Stated]:
    pending = [row for row in _rows(pack) if isinstance(row, Stated)]
    while pending:
        row = pending.pop()
        yield row
        for value in dict(row).values():
            if isinstance(value, tuple):
                pending += [part for part in value if isinstance(part, Stated)]


def _texts(row: object) -> Iterator[str]:
    """
    Yield what a person may come to read or type: everything but keys.
    """
    if isinstance(row, BaseModel):
        hidden = ("key", "source", "section", "taxonomy", "organization", "parent_organization")
        keys = (*hidden, "leads", "needs", "persons", "languages", "collaborative")
        for name, value in row:
            if name not in keys:
                yield from _texts(value)
    elif isinstance(row, str):
        yield row
    elif isinstance(row, dict):
        for label, value in row.items():
            yield from (*_texts(label), *_texts(value))
    elif isinstance(row, tuple):
        for value in row:
            yield from _texts(value)


def _names(row: object) -> Iterator[str]:
    for field in ("name", "alternate_name", "term", "title"):
        if value := getattr(row, field, None):
            yield value
    yield from getattr(row, "aliases", ())


def _line(pack: Pack, key: str) -> HotlineEntry:
    return next(line for line in pack.hotlines if line.key == key)


def _numbers(text: str) -> set[str]:
    return {found.replace(",", "") for found in re.findall(r"\d+(?:,\d{3})*", text)}


def _slides(pack: Pack, deck: str) -> dict[str, str]:
    """
    Return what stands under each heading, up to the next one, as one line.
    """
    headings = {row.place or "" for row in _stated(pack) if row.source == "county-deck"}
    slides: dict[str, str] = dict.fromkeys(headings, "")
    heading = ""
    for line in deck.splitlines():
        heading = line.strip() if line.strip() in headings else heading
        slides[heading] = f"{slides.get(heading, '')}\n{line}"
    return {heading: _flat(text) for heading, text in slides.items()}


def _models(*bases: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for base in bases:
        yield base
        yield from _models(*base.__subclasses__())


def _plain(text: str) -> str:
    return text.replace("*", "").replace("\\", "").replace("’", "'")


def _flat(text: str) -> str:
    """
    Return *text* as one line, without the hyphens of its lists.
    """
    return re.sub(r"\s+", " ", re.sub(r"^\s*- ", "", text, flags=re.M))


def _folded(words: str) -> str:
    decomposed = unicodedata.normalize("NFKD", words.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
