"""
Registering as somebody who means no good, or whose name is simply long: every answer is
one that Slack takes, and nothing typed becomes more than words.
"""

import re
from collections.abc import AsyncIterator

import pytest

from bot.clock import utc_now
from bot.library import Library
from bot.render import plain
from bot.sandbox.outcome import Outcome
from bot.sandbox.people import BOT_USER, TEAM
from storage.collaboratives import add_subcommittee
from storage.models import Language, Organization
from storage.people import RoleName, grant
from storage.registrations import waiting
from storage.session import Session
from tests.workshop import Place, place

MEL, CORA, ADA = "U0MEMBER", "U0COORD", "U0ADMIN"
FILLED = {"name": "Mel Member", "other": "Agency of the Bay", "title": "Lead", "listed": "members"}
LIVE = re.compile(r"<!|<#|<@(?!U0)")
NAMES = [
    "<!channel> Mel",
    "<@U0ADMIN|the boss>",
    "*bold* _it_ ~s~ `code` ```block```",
    "=HYPERLINK(A1)",
    "María José Ñandú-O'Brien",
    "🏳️‍🌈 Mel 🎉",
    "مريم العلي",
    "&lt;Mel&gt; &amp; Co",
    "M" * 100,
    " ".join(["Mel"] * 25),
    "Mel\u0301" * 25,
    "yes page 2",
]


@pytest.fixture
async def at(library: Library) -> AsyncIterator[Place]:
    """
    A workspace with a coordinator and an administrator.
    """
    async with place("socket", library) as at:

        def give(session: Session) -> None:
            now = utc_now()
            grant(session, team_id=TEAM, user_id=CORA, role=RoleName.COORDINATOR, granted_by="t", now=now)  # fmt: skip

        library.write_now(give)
        yield at


async def registers(at: Place, **values: object) -> Outcome:
    (form,) = (await at.sandbox.command(MEL, "/ht", "register")).views
    outcome = await at.sandbox.submit(MEL, form, FILLED | values)
    assert outcome.error is None
    return outcome


async def reads(at: Place, who: str, text: str) -> str:
    outcome = await at.sandbox.command(who, "/ht", text)
    assert outcome.error is None, text
    assert not LIVE.search(outcome.message.text), text
    return plain(outcome.message.text)


def errors(at: Place, who: str = MEL) -> dict[str, str]:
    form = at.sandbox.modal(who)
    assert form is not None
    return form.errors


@pytest.mark.parametrize("name", NAMES)
async def test_a_name_is_a_name_on_every_page(name, at):
    await registers(at, name=name, title=name[:90])

    pages = [
        await reads(at, CORA, "registrations"),
        await reads(at, CORA, "registrations 1"),
        await reads(at, CORA, "registrations approve 1"),
        await reads(at, MEL, "me"),
        await reads(at, MEL, "members"),
        await reads(at, CORA, f"whois <@{MEL}>"),
    ]

    # In the answers as typed, but for where a page breaks it.
    shown = ["".join(page.split()) for page in pages]
    assert all("".join(name.split()) in page for page in shown)
    again = await at.sandbox.command(MEL, "/ht", "me change")
    assert again.views[0].body["state"]["values"]["name"]["typed"]["value"] == name


@pytest.mark.parametrize("field", ["name", "title", "other"])
@pytest.mark.parametrize("typed", ["\u200b\u200b", "\u202e", "---", "🎉"])
async def test_what_says_nothing_is_refused_at_its_field(field, typed, at, library):
    await registers(at, **{field: typed})

    seen = typed in {"---", "🎉"}  # of an agency that nobody sees, none was named
    assert list(errors(at)) == [field if seen or field != "other" else "agency"]
    assert library.read_now(waiting) == ()


async def test_what_turns_the_reading_order_around_is_left_out(at, library):
    await registers(at, name="Mel\u202e\u2066 Member\u200b\x07", other="Bay\u202e Agency")

    (found,) = library.read_now(waiting)
    assert (found.details.name, found.details.agency) == ("Mel Member", "Bay Agency")


async def test_an_agency_that_is_listed_is_not_entered_twice(at, library):
    await registers(at, other="  community violence SOLUTIONS ")

    (found,) = library.read_now(waiting)
    assert found.details.organization_id is not None
    assert found.agency == "Community Violence Solutions"


@pytest.mark.parametrize("person", ["U0EXTERN", "U0GONE", BOT_USER, "U0NOBODY"])
async def test_nobody_sits_anywhere_who_has_no_account_here(person, at, library):
    (form,) = (await at.sandbox.command(MEL, "/ht", "register")).views
    state = form.body["state"]["values"]["seat"]["typed"]
    state["selected_user"] = person  # the page offers most of them nowhere; a request may

    await at.sandbox.submit(MEL, form, FILLED | {"groups": ["collaborative:httf"]})

    assert list(form.errors) == ["seat"]
    assert library.read_now(waiting) == ()
    await at.sandbox.submit(MEL, form, {"seat": "U0GUEST"})
    (found,) = library.read_now(waiting)
    assert found.seat_user_id == "U0GUEST"


async def test_no_role_is_given_to_who_has_no_account_here(at):
    (form,) = (await at.sandbox.command(ADA, "/ht", "access grant")).views
    form.body["state"]["values"]["person"]["typed"]["selected_user"] = BOT_USER

    await at.sandbox.submit(ADA, form, {"role": "coordinator"})

    assert list(form.errors) == ["person"]


async def test_an_agency_of_any_length_is_found_shown_and_kept(at, library):
    long = f"Agency for the {'very ' * 40}long name"

    def enter(session: Session) -> None:
        row = session.get(Organization, 1)
        assert row is not None
        row.name = long

    library.write_now(enter)
    (form,) = (await at.sandbox.command(MEL, "/ht", "register")).views
    offer = await at.sandbox.suggest(MEL, form, "typed", "very long", block_id="agency")
    (option,) = [each for each in offer.body["options"] if "very" in each["text"]["text"]]
    assert option["text"]["text"].endswith("long name")
    await at.sandbox.submit(MEL, form, FILLED | {"other": None, "agency": option["value"]})
    await reads(at, CORA, "registrations")
    assert long in await reads(at, CORA, "registrations approve 1")

    assert long in await reads(at, MEL, "me")
    again = await at.sandbox.command(MEL, "/ht", "register")
    chosen = again.views[0].body["state"]["values"]["agency"]["typed"]["selected_option"]
    assert chosen["value"] == "1"


async def test_more_groups_and_languages_than_a_menu_takes_are_searched(at, library):
    def add(session: Session) -> None:
        for number in range(120):
            add_subcommittee(
                session,
                collaborative="httf",
                name=f"Working group {number}",
                purpose=None,
                roster="members",
                by=CORA,
                now=utc_now(),
            )
        first = session.get(Language, 1)
        assert first is not None
        for number in range(120):
            values = first.model_dump(exclude={"id"}) | {
                "key": f"language-{number}", "name": f"Language {number}", "aliases": []
            }  # fmt: skip
            session.add(Language(**values))

    library.write_now(add)
    (form,) = (await at.sandbox.command(MEL, "/ht", "register")).views
    every = await at.sandbox.suggest(MEL, form, "typed", "", block_id="groups")
    assert len(every.body["options"]) == 100
    some = await at.sandbox.suggest(MEL, form, "typed", "GROUP 119", block_id="groups")
    (group,) = some.body["options"]
    tongues = await at.sandbox.suggest(MEL, form, "typed", "language 77", block_id="languages")
    (language,) = tongues.body["options"]

    chosen = {"groups": [group["value"]], "languages": [language["value"]]}
    await at.sandbox.submit(MEL, form, FILLED | chosen)
    assert form.errors == {}

    assert "Working group 119" in await reads(at, CORA, "registrations 1")
    await reads(at, CORA, "registrations approve 1")
    mine = await reads(at, MEL, "me")
    assert "Sits in: Working group 119" in mine
    assert "Languages: Language 77" in mine
    (again,) = (await at.sandbox.command(MEL, "/ht", "register")).views
    kept = again.body["state"]["values"]["groups"]["typed"]["selected_options"]
    assert [each["value"] for each in kept] == [group["value"]]
    (change,) = (await at.sandbox.command(MEL, "/ht", "me change")).views
    assert change.body["state"]["values"]["languages"]["typed"]["selected_options"]
    await reads(at, CORA, "collaboratives httf")
    await reads(at, CORA, "members working group 119")
