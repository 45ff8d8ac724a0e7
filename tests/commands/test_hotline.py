"""
The right number, now: 911 first, the county's own lines, then the others, marked.
"""

import pytest

from bot.library import Library
from bot.router import Router
from commands.contract import Button, Entry, Heading, Reply, Standing
from commands.hotline import FROM_ELSEWHERE, NO_DETAILS, reach
from storage.hotlines import Phone
from tests.commands.conftest import Read, Say, Shown
from tests.conftest import NOON

# From the deck and from the table of what we know; the numbers are typed by hand.
OWN = {
    "Community Violence Solutions crisis line": ["1 (800) 670-7273"],
    "Child Abuse Hotline, Children & Family Services": ["1 (877) 881-1116"],
    "Contra Costa Human Trafficking Tip Line": ["(925) 957-8658"],
    "Contra Costa County Family Justice Alliance": ["(510) 974-7200", "(925) 521-6366", "(925) 281-0970"],
    "CSEC e-mail, Children & Family Services": ["CFSCEC@ehsd.cccounty.us"],
    "Take It Down": ["https://takeitdown.ncmec.org", "stopncii.org"],
}  # fmt: skip
ELSEWHERE = {
    "National Human Trafficking Hotline": ["1-888-373-7888", "text 233733", "TTY 711", "https://humantraffickinghotline.org/chat"],
    "NCMEC CyberTipline": ["1-800-843-5678", "https://report.cybertip.org"],
    "Childhelp": ["1-800-422-4453, call or text"],
    "988": ["988, call or text"],
    "CAST (Los Angeles organization)": ["1-888-539-2373"],
    "CA Youth Crisis Line": ["1-800-843-5200, call or text"],
    "STAND!": ["1-888-215-5555"],
    "CA Labor Enforcement Task Force": ["1-855-297-5322"],
    "211": ["211"],
}  # fmt: skip
HSI = "HSI tip line"
CARD = [
    "Emergency: 911",
    "CVS crisis line, 24/7: 1 (800) 670-7273",
    "National Human Trafficking Hotline: 1-888-373-7888",
    "Suicide and crisis: 988, call or text",
    "Child at risk: 1 (877) 881-1116",
]
NEEDS = {
    "danger": ["Community Violence Solutions crisis line"],
    "crisis": ["Community Violence Solutions crisis line", "National Human Trafficking Hotline", "988", "CA Youth Crisis Line", "STAND!", "Childhelp"],
    "child": ["Child Abuse Hotline, Children & Family Services", "CSEC e-mail, Children & Family Services", "Childhelp", "NCMEC CyberTipline"],
    "report": ["Child Abuse Hotline, Children & Family Services", "Contra Costa Human Trafficking Tip Line", "NCMEC CyberTipline"],
    "tip": ["Contra Costa Human Trafficking Tip Line", HSI],
    "legal": ["Contra Costa County Family Justice Alliance", "National Human Trafficking Hotline"],
    "services": ["Contra Costa County Family Justice Alliance", "Community Violence Solutions crisis line", "CAST (Los Angeles organization)", "211", "National Human Trafficking Hotline"],
    "image-abuse": ["Take It Down", "NCMEC CyberTipline"],
    "labor": ["Community Violence Solutions crisis line", "CA Labor Enforcement Task Force", "National Human Trafficking Hotline"],
}  # fmt: skip


def entries(reply: Reply) -> dict[str, tuple[str, ...]]:
    return {part.title: part.lines for part in reply.parts if isinstance(part, Entry)}


def test_the_whole_list_has_911_then_the_decks_lines_then_the_others(say: Say) -> None:
    assert list(entries(say("hotline"))) == ["Emergency", *OWN, *ELSEWHERE]


@pytest.mark.parametrize("name", [*OWN, *ELSEWHERE])
def test_every_line_says_its_numbers_and_addresses(name: str, say: Say) -> None:
    said = "\n".join(entries(say("hotline"))[name])

    for value in {**OWN, **ELSEWHERE}[name]:
        assert value in said


@pytest.mark.parametrize("need", NEEDS)
def test_a_need_has_its_lines_in_the_order_that_helps(need: str, say: Say) -> None:
    assert list(entries(say(f"hotline {need}"))) == ["Emergency", *NEEDS[need]]


@pytest.mark.parametrize(
    "asked",
    ["", *NEEDS, "adult", "minor", "spanish", "english", "988", "cvs", "foo", "tip report", "stand minor spanish"],
)  # fmt: skip
def test_911_comes_first_and_never_with_a_source(asked: str, say: Say) -> None:
    reply = say(f"hotline {asked}")

    first = next(part for part in reply.parts if isinstance(part, Entry))
    assert first == Entry(title="Emergency", lines=("911",))


@pytest.mark.parametrize("asked", ["", *NEEDS, "adult", "minor", "spanish", "stand", "adult spanish"])  # fmt: skip
def test_the_decks_lines_come_first_and_each_of_the_others_says_that_it_is_not(
    asked: str, say: Say
) -> None:
    reply = say(f"hotline {asked}")

    found = entries(reply)
    marked = [any(line.startswith("Not from the county deck: ") for line in lines) for lines in found.values()]  # fmt: skip
    assert marked == sorted(marked)
    assert [name for name, mark in zip(found, marked, strict=True) if mark] == [
        name for name in found if name in (*ELSEWHERE, HSI)
    ]
    assert (Heading(text="Lines from elsewhere, not in the county deck") in reply.parts) == any(
        marked
    )


def test_the_federal_tip_line_is_offered_for_a_tip_alone_and_last(say: Say) -> None:
    shown = {
        asked: list(entries(say(f"hotline {asked}")))
        for asked in ("", *NEEDS, "adult", "minor", "english", "hsi", "ice", "homeland security")
    }

    assert [asked for asked, names in shown.items() if HSI in names] == ["tip"]
    assert shown["tip"][-1] == HSI
    for asked in ("tip services", "tip crisis adult", "tip 211"):
        assert list(entries(say(f"hotline {asked}")))[-1] == HSI


def test_the_federal_tip_line_says_whose_it_is(say: Say) -> None:
    lines = entries(say("hotline tip"))[HSI]

    assert lines == (
        "1-866-347-2423",
        "tip · hours not in our sources",
        "Federal law enforcement (Homeland Security Investigations, part of ICE).",
        "Tips only",
        "Not from the county deck: Page on the HSI tip line, date not recorded",
    )


def test_the_csec_address_is_as_printed_and_never_a_link(say: Say, shown: Shown) -> None:
    lines = entries(say("hotline child"))["CSEC e-mail, Children & Family Services"]
    answer = shown("hotline child").rendered

    assert lines[0] == "CFSCEC@ehsd.cccounty.us (as printed, unconfirmed)"
    assert "<mailto:" not in answer.text
    assert "<mailto:" not in str(answer.blocks)
    assert "<CFSCEC" not in str(answer.blocks)


@pytest.mark.parametrize("asked", ["image-abuse", "online photos", "nudes", "fotos", "deepfakes", "image-abuse adult", "images minor spanish"])  # fmt: skip
def test_for_images_the_first_line_takes_them_down_and_warns(asked: str, say: Say) -> None:
    names = list(entries(say(f"hotline {asked}")))

    assert names[1] == "Take It Down"
    assert "Never download or forward the image" in entries(say(f"hotline {asked}"))["Take It Down"]


def test_lines_that_are_no_crisis_or_reporting_line_say_so(say: Say) -> None:
    found = entries(say("hotline"))

    assert "Non-emergency voicemail" in found["Contra Costa Human Trafficking Tip Line"]
    assert "Not a crisis line" in found["Contra Costa County Family Justice Alliance"]
    assert "Not a crisis line" in found["CA Labor Enforcement Task Force"]
    assert "Not a reporting line" in found["Childhelp"]


def test_the_family_justice_numbers_say_where_they_are(say: Say) -> None:
    assert entries(say("hotline richmond"))["Contra Costa County Family Justice Alliance"][:3] == (
        "(510) 974-7200 – West County (Richmond)",
        "(925) 521-6366 – Central County (Concord)",
        "(925) 281-0970 – East County (Antioch)",
    )


@pytest.mark.parametrize(
    ("asked", "language", "first"),
    [
        ("", "en", CARD[0]),
        ("kid", "en", CARD[0]),
        ("spanish", "es", "Emergencia: 911"),
        ("español", "es", "Emergencia: 911"),
        ("me violaron", "es", "Emergencia: 911"),
        ("necesito ayuda para mi hija", "es", "Emergencia: 911"),
    ],
)
def test_the_card_is_in_the_language_asked_in(
    asked: str, language: str, first: str, say: Say, shown: Shown
) -> None:
    assert say(f"hotline {asked}").card == language
    assert shown(f"hotline {asked}").rendered.text.splitlines()[0] == first


def test_the_card_has_its_five_lines(shown: Shown) -> None:
    assert shown("hotline").rendered.text.splitlines()[:5] == CARD


@pytest.mark.parametrize(
    "asked",
    ["foo", "xyzzy 12", "🙂", "<!channel>", "my client Jane Doe DOB 1/2/2003", "x" * 5000, "% _ ' \" ;"],
)  # fmt: skip
def test_whatever_follows_the_lines_come_and_nothing_of_it_is_said(
    asked: str, read: Read, say: Say
) -> None:
    reply = say(f"hotline {asked}")
    said = read(f"hotline {asked}")

    assert "1 (800) 670-7273" in said
    assert not any(word in said for word in ("xyzzy", "🙂", "<!channel>", "Jane", "xxxx"))
    assert reply.again == say("hotline").again == "hotline"


@pytest.mark.parametrize("asked", ["i was raped", "he is going to kill me", "suicidal", "no puedo salir", "me violaron"])  # fmt: skip
def test_words_of_danger_bring_the_crisis_lines(asked: str, say: Say) -> None:
    assert list(entries(say(f"hotline {asked}")))[1] == "Community Violence Solutions crisis line"
    assert "hotline crisis" in (say(f"hotline {asked}").again or "")


@pytest.mark.parametrize(
    ("asked", "again"),
    [
        ("kids", "hotline child"),
        ("image abuse", "hotline image-abuse"),
        ("child abuse", "hotline child"),
        ("labor trafficking", "hotline labor"),
        ("minor labor spanish", "hotline labor minor es"),
        ("988", "hotline suicide-and-crisis-988"),
        ("national", "hotline national-hotline"),
        ("boss never paid wages", "hotline labor"),
    ],
)
def test_what_is_asked_is_carried_on_in_our_own_words_and_means_the_same(
    asked: str, again: str, say: Say
) -> None:
    reply = say(f"hotline {asked}")

    assert reply.again == again
    assert say(again) == reply


@pytest.mark.parametrize(("asked", "names"), [
    ("988", ["988"]),
    ("cvs", ["Community Violence Solutions crisis line"]),
    ("stand", ["STAND!"]),
    ("national hotline", ["National Human Trafficking Hotline"]),
    ("211", ["211"]),
])  # fmt: skip
def test_a_line_asked_for_by_name_comes_alone(asked: str, names: list[str], say: Say) -> None:
    assert list(entries(say(f"hotline {asked}"))) == ["Emergency", *names]


def test_a_language_has_the_lines_that_speak_it_and_says_that_others_may_not(
    say: Say, read: Read
) -> None:
    names = list(entries(say("hotline spanish")))
    said = read("hotline spanish")

    assert names == ["Emergency", "National Human Trafficking Hotline", "988"]
    assert "For the other lines our sources do not say which languages they answer in." in said


def test_a_need_in_a_language_keeps_the_need_and_adds_who_interprets(say: Say) -> None:
    assert list(entries(say("hotline mandarin kid"))) == [
        "Emergency",
        *NEEDS["child"],
        "National Human Trafficking Hotline",
    ]


def test_wishes_that_no_line_meets_together_still_bring_lines(say: Say) -> None:
    assert list(entries(say("hotline legal minor mandarin")))[1:]
    assert list(entries(say("hotline labor spanish")))[1:]


def test_the_plain_list_offers_every_need_and_a_need_offers_the_list(
    say: Say, shown: Shown
) -> None:
    text = shown("hotline").rendered.text

    for need in NEEDS:
        assert f"/ht hotline {need}\n" in text
    assert Button(label="All hotlines", command="hotline") in say("hotline kid").buttons


def test_an_agency_that_is_named_is_a_button_away(say: Say) -> None:
    assert [button.command for button in say("hotline number for da").buttons] == [
        "partner Contra Costa County District Attorney's Office"
    ]


def test_the_sources_are_named_once_and_quietly(say: Say) -> None:
    assert say("hotline child").notes == (
        (
            "County deck, Nov 2024; not yet re-checked by coordinators: "
            "“Contra Costa HT Response Agencies & Tip Line”."
        ),
        FROM_ELSEWHERE,
        NO_DETAILS,
    )
    assert say("hotline 988").notes == (FROM_ELSEWHERE, NO_DETAILS)


@pytest.mark.parametrize("standing", list(Standing))
def test_everybody_gets_every_line(standing: Standing, read: Read) -> None:
    assert read("hotline", standing) == read("hotline", Standing.MEMBER)


async def test_nobody_is_asked_who_they_are_first(library: Library) -> None:
    async def standing() -> Standing:
        raise AssertionError

    answer = await Router(library=library, clock=lambda: NOON).answer("kid", standing=standing)

    assert answer.command is not None
    assert answer.command.verb == "hotline"


@pytest.mark.parametrize(
    ("phones", "said"),
    [
        ([("1", "voice", None)], ("1",)),
        ([("1", "voice", None), ("1", "text", None)], ("1, call or text",)),
        ([("1", "voice", None), ("2", "text", None)], ("1", "text 2")),
        ([("711", "textphone", None)], ("TTY 711",)),
        ([("1", "voice", "Concord")], ("1 – Concord",)),
        ([], ()),
    ],
)
def test_numbers_are_said_as_one_reads_them_aloud(
    phones: list[tuple[str, str, str | None]], said: tuple[str, ...]
) -> None:
    listed = [
        Phone(number=number, extension=None, type=kind, description=about)
        for number, kind, about in phones
    ]

    assert reach(listed) == said


def test_an_extension_is_said_with_its_number() -> None:
    phone = Phone(number="1", extension="9", type="voice", description=None)

    assert reach([phone]) == ("1 ext. 9",)
