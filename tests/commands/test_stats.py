"""
/ht stats: what is published, its way out, and nothing that a mark hides.
"""

import csv
import io
from contextlib import closing

import pytest
from openpyxl import load_workbook
from sqlmodel import select

from bot.library import Library
from bot.render import plain
from bot.router import Router
from commands import stats
from commands.contract import Chart, ChartKind, Person, Request, Standing, Table, UserError
from commands.reckoning import NEVER_ADDED, Operation, operation, refusal
from storage.models import StatisticSeries
from storage.people import RoleName, grant
from storage.session import open_database, transaction
from storage.statistics.ledger import approve, draft, put_survey
from tests.conftest import NOON
from tests.storage.statistics.test_ledger import KEY, SURVEY, date, proposal

NAIVE = {"177", "550", "126", "17", "11", "12"}  # printed by the deck, some withheld here


def tables(reply):
    return [part for part in reply.parts if isinstance(part, Table)]


def test_the_menu_says_what_there_is_its_period_and_its_unit(say):
    reply = say("stats")

    titles = [part.title for part in reply.parts if hasattr(part, "title")]
    assert titles == [
        "Types Addressed, January – December 2023",
        "Trafficking and Crime Victim Assistance Program (TCVAP), January - December 2023",
        "Issued in TCVAP cash aid & CalFresh combined, January - December 2023",
        "Total Served by Partner Agency, Calendar Year 2023",
        "Total Service Contacts, Calendar Year 2023",
        "Total Identified, Calendar Year 2023",
    ]
    assert [part.lines for part in reply.parts if hasattr(part, "title")][3] == (
        "Task force member data. Unit: people served.",
    )


def test_csec_is_shown_protected_with_its_source_and_what_is_withheld_and_why(read):
    text = read("stats csec")

    assert "At Risk: withheld" in text
    assert "Victim Before Foster Care: 11" in text
    assert "Victim During Foster Care: <10" in text
    assert "Total: 142" in text
    assert "126" not in text
    assert (
        "At Risk is withheld, because with it a count below 10 could be worked out or narrowed "
        "down from the totals." in text
    )
    assert "Age Distribution, Race/Ethnicity" in text
    assert "Types Addressed, January – December 2023 (children served)" in text
    assert "County deck, Nov 2024; not yet re-checked by coordinators: “January – December 2023 CSEC/Y Data”" in text  # fmt: skip
    assert "Protected and released Mar 02, 2026, from the deck." in text


@pytest.mark.parametrize(
    ("asked", "row"),
    [
        ("cvs", ("Community Violence Solutions", "185", "withheld", "<10", "N/A")),
        ("Community Violence Solutions", ("Community Violence Solutions", "185", "withheld", "<10", "N/A")),
        ("irc", ("International Rescue Committee", "withheld", "<10", "12", "<10")),
        ("justice at last 2023", ("Justice At Last", "25", "<10", "withheld", "<10")),
        ("stand", ("STAND! for Families Free of Violence", "21", "withheld", "<10", "<10")),
        ("love never fails", ("Love Never Fails Us", "13", "13", "0", "0")),
        ("arm of care", ("Arm of Care", "555", "withheld", "0", "<10")),
        ("hmis", ("Contra Costa H3 - HMIS Data", "777", "137", "178", "462")),
        ("cvs sex trafficking", ("Community Violence Solutions", "185", "withheld", "<10", "N/A")),
        ("comunity violence solutions", ("Community Violence Solutions", "185", "withheld", "<10", "N/A")),
        ("da victim witness", ("DA - Victim Witness Assistance", "89", "73", "16", "N/A")),
    ],
)  # fmt: skip
def test_an_agency_by_any_name_shows_its_own_row_alone(asked, row, say):
    (table,) = tables(say(f"stats {asked}"))

    assert table.rows == (row,)


def test_a_kind_by_itself_shows_the_tables_that_count_it(say):
    assert len(tables(say("stats labor trafficking"))) == 3


def test_agencies_are_three_tables_in_three_units_never_added(say):
    reply = say("stats agencies")

    assert [len(table.rows) for table in tables(reply)] == [7, 1, 1]
    assert "These are different units: they are never added up." in str(reply.parts)
    assert any("Not all members represented" in note for note in reply.notes)


def test_tcvap_is_people_and_dollars(say):
    people, money = tables(say("stats tcvap"))

    assert people.rows == (("TCVAP cash aid", "55"), ("TCVAP CalFresh", "164"))
    assert money.rows == (("TCVAP cash aid & CalFresh combined", "$580,374"),)


def test_a_year_shows_all_of_it_and_another_says_which_there_are(say):
    assert len(tables(say("stats 2023"))) == 6

    with pytest.raises(UserError, match="No figures of that year are published"):
        say("stats 1999")


def test_the_five_states_never_read_the_same(say):
    cells = {cell for table in tables(say("stats 2023")) for row in table.rows for cell in row[1:]}

    assert {"0", "<10", "withheld", "N/A", "777"} <= cells
    assert not cells & {"", "-", "None"}


@pytest.mark.parametrize(
    ("asked", "titles"),
    [
        ("age", ["Age Distribution"]),
        ("race", ["Race/Ethnicity"]),
        ("identifications", ["New Human Trafficking Identifications, Investigations & Prosecutions (CY2023)"]),
        ("cvs services", ["Services Provided to HT Survivors"]),
    ],
)  # fmt: skip
def test_a_chart_whose_data_is_lost_says_so(asked, titles, say):
    reply = say(f"stats {asked}")

    assert reply.title == titles[0]
    assert "The chart's data is not in our source." in str(reply.parts)


def test_a_chart_is_drawn_only_where_no_mark_is_left_out(say):
    charts = {
        asked: [part for part in say(f"stats {asked}").parts if isinstance(part, Chart)]
        for asked in ("hmis", "csec", "served", "arm of care")
    }

    assert charts["hmis"] == [
        Chart(
            title="Total Identified",
            kind=ChartKind.BAR,
            unit="people identified",
            categories=("Sexual", "Labor", "Sex & Labor"),
            series=(("Calendar Year 2023", (137, 178, 462)),),
        )
    ]
    assert charts["csec"] == charts["served"] == charts["arm of care"] == []


def test_an_unknown_name_offers_what_there_is(say):
    with pytest.raises(UserError, match="No published figures have that name") as error:
        say("stats zzzqqq")

    assert "stats csec-types" in [button.command for button in error.value.buttons]


def test_every_button_of_every_stats_answer_leads_somewhere(say, shown):
    for first in (
        "stats",
        "stats csec",
        "stats agencies",
        "stats cvs",
        "stats compare served hmis",
    ):
        for button in say(first).buttons:
            assert shown(button.command).done or button.command.startswith("stats"), button


@pytest.mark.parametrize(
    "text",
    ["compare served identified", "compare tcvap with csec", "compare arm of care and hmis 2023"],
)
def test_two_tables_stand_beside_each_other_and_nothing_is_subtracted(text, say):
    reply = say(f"stats {text}")

    assert len(tables(reply)) == 2
    assert "not added" in str(reply.parts)


@pytest.mark.parametrize(
    "text",
    ["compare", "compare served", "compare zzz qqq", "compare served served", "compare cvs da"],
)
def test_one_table_is_not_compared(text, say):
    with pytest.raises(UserError, match="Which two tables"):
        say(f"stats {text}")


# What is worked out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("share labor trafficking da", "16 of 89 is 18 percent"),
        ("what percent of hmis is labor exploitation", "178 of 777 is 23 percent"),
        ("% victim before foster care", "11 of 142 is 8 percent"),
        ("sum sexual exploitation and labor exploitation hmis", "137 + 178 is 315"),
        ("da sex trafficking minus da labor trafficking", "the difference is 57"),
    ],
)
def test_published_numbers_are_reckoned_with_and_every_number_is_shown(text, said, read):
    answer = read(f"stats {text}")

    assert said in answer
    assert "Worked out from published numbers only." in answer
    assert "Unit: " in answer


@pytest.mark.parametrize(
    "text",
    [
        "share labor trafficking cvs", "share sex trafficking cvs", "percent at risk csec",
        "irc total minus labor trafficking", "cvs total minus sex trafficking",
        "rank agencies by total served", "who served the most labor trafficking",
        "arm of care total less sex trafficking", "sum of victim before foster care and victim during foster care",
        "exactly how many labor trafficking cvs", "is cvs labor trafficking more than 5",
        "estimate at risk csec", "csec total - at risk", "is the csec number odd or even",
        "justice at last sex trafficking between 5 and 9", "average labor trafficking irc",
        "least sex trafficking stand", "what fraction of stand is sex & labor",
    ],
)  # fmt: skip
def test_what_touches_a_mark_is_refused_always_in_the_same_words(text, say):
    assert say(f"stats {text}") == refusal()


@pytest.mark.parametrize(
    "text", ["sum everyone served", "add cvs and da", "served plus contacts plus identified"]
)
def test_agencies_and_units_are_never_added(text, say):
    assert NEVER_ADDED in str(say(f"stats {text}").parts)


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("csec", None), ("csec/y", None), ("most recent csec", None), ("total served", None),
        ("percent of hmis", Operation.SHARE), ("most served", Operation.RANKING),
        ("a - b", Operation.GUESS), ("served + contacts", Operation.GUESS), ("5 < cvs", Operation.GUESS),
        ("sum of csec", Operation.SUM), ("everyone except cvs", Operation.DIFFERENCE),
    ],
)  # fmt: skip
def test_what_is_asked_to_be_worked_out_is_told_from_what_is_asked_to_be_shown(text, asked):
    assert operation(text) is asked


def test_reckoning_with_nothing_named_says_what_to_type(say):
    with pytest.raises(UserError, match="/ht stats share"):
        say("stats percent")


# Files


def cells_of(file):
    return list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"))))


def test_csv_has_every_cell_with_its_state_and_no_blank(say):
    (file,) = say("stats export csv").files

    rows = cells_of(file)
    assert file.name == "statistics.csv" or file.name.startswith("statistics-")
    assert len(rows) == 5 + 2 + 1 + 28 + 4 + 4
    assert all(value for row in rows for value in row.values())
    assert {row["state"] for row in rows} == {"number", "below", "withheld", "not collected"}
    states = {(row["row"], row["column"]): (row["state"], row["shown"]) for row in rows}
    assert states["Community Violence Solutions", "Sex Trafficking"] == ("withheld", "withheld")
    assert states["Community Violence Solutions", "Labor Trafficking"] == ("below", "<10")
    assert states["Community Violence Solutions", "Sex & Labor Trafficking"] == (
        "not collected",
        "N/A",
    )
    assert states["Love Never Fails Us", "Labor Trafficking"] == ("number", "0")


def test_a_workbook_has_numbers_as_numbers_and_marks_as_what_they_read(say):
    (file,) = say("stats export xlsx member-served").files
    book = load_workbook(io.BytesIO(file.content))

    sheet = book.worksheets[0]
    values = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2, max_row=9)]
    assert values[0][1:] == [
        "Total # Served",
        "Sex Trafficking",
        "Labor Trafficking",
        "Sex & Labor Trafficking",
    ]
    assert values[1] == ["Community Violence Solutions", 185, "withheld", "<10", "N/A"]
    assert values[6] == ["Love Never Fails Us", 13, 13, 0, 0]
    assert book.sheetnames[-1] == "Every figure"


def test_no_withheld_number_is_anywhere_in_a_file(say):
    (table,) = say("stats export csv csec").files
    (book,) = say("stats export xlsx csec").files

    assert b"126" not in table.content
    parts = load_workbook(io.BytesIO(book.content))
    assert not any(
        "126" in str(cell.value) for sheet in parts for row in sheet.iter_rows() for cell in row
    )


def test_a_cell_that_would_be_a_formula_is_inert():
    from commands.exports import _inert

    assert [_inert(text) for text in ("=1+1", "+1", "-1", "@x", "a=1", "<10")] == [
        "'=1+1", "'+1", "'-1", "'@x", "a=1", "<10",
    ]  # fmt: skip


def test_what_is_not_there_is_not_exported(say):
    with pytest.raises(UserError, match="No published table has that name"):
        say("stats export csv zzzqqq")


# Coordinators


@pytest.mark.parametrize("word", ["audit", "drafts"])
def test_drafts_and_audits_are_for_coordinators(word, say):
    with pytest.raises(UserError, match="for coordinators"):
        say(f"stats {word}", Standing.MEMBER)

    assert say(f"stats {word}", Standing.COORDINATOR)


def test_the_audit_gives_verdicts_and_never_a_value(read):
    text = read("stats audit", Standing.COORDINATOR)

    assert "10 cells hold a small count, or could: 10 protected, 0 not." in text
    assert "signed “pack”" in text
    assert "6 tables together: 6 cells withheld at a cost of 8: proved to be the least." in text
    assert not NAIVE & set(text.replace("/", " ").replace(".", " ").split())
    assert "pool what they know" in text


@pytest.fixture
def approving(sqlite_url, pack):
    """
    Asks a bot with one draft of U1's in its database.
    """
    with closing(
        Library.open(sqlite_url, pack=pack, clock=lambda: NOON, secret_key=KEY)
    ) as library:

        def prepare(session):
            put_survey(session, title=SURVEY, as_of=date(2025, 5, 1))
            return draft(session, proposal(), by="U1", now=NOON)

        number = library.write_now(prepare)
        router = Router(library=library, clock=lambda: NOON)

        async def ask(text, *, user="U2", standing=Standing.COORDINATOR, coordinators=("U1", "U2")):
            def add(session):
                for each in coordinators:
                    grant(
                        session, team_id="T1", user_id=each, role=RoleName.COORDINATOR,
                        granted_by="test", now=NOON,
                    )  # fmt: skip

            async def who():
                return standing

            library.write_now(add)
            asker = Person(team_id="T1", user_id=user) if user else None
            answer = await router.answer(text.format(number), standing=who, asker=asker)
            return plain(answer.rendered.text)

        yield ask


async def test_a_second_coordinator_publishes_and_members_see_it(approving):
    drafts = await approving("stats drafts", user="U1")
    done = await approving("stats approve {}")
    shown = await approving("stats beds", standing=Standing.MEMBER)
    again = await approving("stats approve {}")

    assert "North: Total: 4,321 · Sex: withheld · Labor: <10" in drafts
    assert "4318" not in drafts.replace(",", "")
    assert "is published" in done
    assert "approved by a second coordinator" in shown
    assert "it was decided before" in again


@pytest.mark.parametrize(
    ("asking", "said"),
    [
        ({"user": "U1"}, "Nobody approves their own draft"),
        ({"user": None}, "A draft is decided in Slack"),
        ({"standing": Standing.MEMBER}, "This is for coordinators"),
        ({"coordinators": ("U1",)}, "fewer than two coordinators"),
        ({"coordinators": ("U1",), "standing": Standing.ADMIN, "user": "U1"}, "Nobody approves their own draft"),
    ],
)  # fmt: skip
async def test_who_may_not_approve_is_told_why_and_nothing_is_published(asking, said, approving):
    assert said in await approving("stats approve {}", **asking)

    assert "Draft" in await approving("stats drafts")


async def test_with_one_coordinator_an_administrator_approves(approving):
    answer = await approving(
        "stats approve {}", coordinators=("U1",), standing=Standing.ADMIN, user="U9"
    )

    assert "is published" in answer


async def test_a_declined_draft_is_put_away(approving):
    assert "is put away" in await approving("stats decline {}")
    assert "No drafts" in await approving("stats drafts")


@pytest.mark.parametrize(
    "text", ["stats approve", "stats approve x", "stats approve 0", "stats approve 999"]
)
async def test_a_draft_that_is_not_there_is_asked_for_again(text, approving):
    answer = await approving(text)

    assert "Which draft?" in answer or "No draft" in answer


def test_when_nothing_is_served_it_says_so(sqlite_url, memory):
    database = open_database(sqlite_url)
    with transaction(database, task_force_id=1) as session:
        for series in session.exec(select(StatisticSeries)):
            series.retired_at = NOON
        session.flush()
        request = Request(text="", standing=Standing.MEMBER, now=NOON, memory=memory)

        with pytest.raises(UserError, match="No figures are published yet"):
            stats.handle(request, session)
    database.dispose()


@pytest.mark.parametrize(
    "text", ["hmis total", "irc total", "tcvap total", "cvs total", "total contra costa"]
)
def test_a_total_of_another_table_is_never_the_answer(text, say):
    try:
        shown_ = tables(say(f"stats {text}"))
    except UserError:
        return
    assert not [table for table in shown_ if table.caption.startswith("Types Addressed")]


@pytest.mark.parametrize(
    "text",
    [
        "share labor trafficking fjc west county", "share sex trafficking people served fjc latinas",
        "share men love never fails", "sum of minors at hmis", "share labor trafficking da juvenile",
    ],
)  # fmt: skip
def test_a_share_is_not_of_more_than_was_asked_for(text, say):
    with pytest.raises(UserError, match="every word has to say which"):
        say(f"stats {text}")


@pytest.fixture
async def two_halves(sqlite_url, pack):
    """
    Asks a bot that has published a half, its year and another year that is none of a calendar.
    """
    periods = [
        ("first half of 2024", date(2024, 1, 1), date(2024, 6, 30), (60, 40)),
        ("2024", date(2024, 1, 1), date(2024, 12, 31), (160, 90)),
        ("Fiscal Year 2021-22", date(2021, 7, 1), date(2022, 6, 30), (70, 50)),
    ]
    with closing(
        Library.open(sqlite_url, pack=pack, clock=lambda: NOON, secret_key=KEY)
    ) as library:

        def publish(session):
            put_survey(session, title=SURVEY, as_of=date(2025, 5, 1))
            for period, starts, ends, (sex, labor) in periods:
                counts = {
                    ("North", "Sex"): sex, ("North", "Labor"): labor, ("North", "Total"): sex + labor,
                }  # fmt: skip
                wanted = proposal(counts, period=period, starts=starts, ends=ends)
                approve(session, draft(session, wanted, by="U1", now=NOON), by="U2", now=NOON)

        library.write_now(publish)
        router = Router(library=library, clock=lambda: NOON)

        async def ask(text):
            async def who():
                return Standing.MEMBER

            return (await router.answer(text, standing=who)).rendered

        yield ask


async def test_periods_of_one_year_are_told_apart(two_halves):
    menu = await two_halves("stats")
    shows = [
        block["accessory"]["value"]
        for block in menu.blocks
        if "beds" in block.get("accessory", {}).get("value", "")
    ]
    shown_ = {command: plain((await two_halves(command)).text) for command in shows}

    assert shows == [
        "stats beds 2024-01-01..2024-12-31",
        "stats beds 2024-01-01..2024-06-30",
        "stats beds 2021-07-01..2022-06-30",
    ]
    assert ["250" in text for text in shown_.values()] == [True, False, False]
    assert ["100" in text for text in shown_.values()] == [False, True, False]


async def test_two_periods_of_one_table_stand_in_one_table_under_their_own_names(two_halves):
    half = plain((await two_halves("stats compare beds 2024-01-01..2024-06-30 2024")).text)
    fiscal = plain((await two_halves("stats compare beds 2024 2021")).text)

    assert "Total, first half of 2024: 100 · Total, 2024: 250" in half
    assert "Total, 2024: 250 · Total, Fiscal Year 2021-22: 120" in fiscal


def test_a_year_that_is_not_out_is_not_compared(say):
    with pytest.raises(UserError, match="Of 2024 nothing is published"):
        say("stats compare served 2023 2024")


async def test_what_is_decided_on_is_seen_with_all_its_particulars(approving):
    text = await approving("stats drafts {}")

    for said in (
        "Beds, Shelter",
        "2024-01-01 to 2024-12-31",
        "people served",
        SURVEY,
        "Not all shelters.",
    ):
        assert said in text
    assert "North: Total: 4,321" in text
    assert "Approve" in text
