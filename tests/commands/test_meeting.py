"""
Meetings as coordinators set them and members see them: typed, pressed, filled in.
"""

import asyncio
import re
from datetime import UTC, datetime

import pytest
from sqlmodel import col, update

from bot.render import plain
from commands.contract import Standing
from storage.audit import entries
from storage.meetings import all_series, changes, occurrences
from storage.models import MeetingSeries
from storage.people import RoleName
from storage.seats import take_seats
from tests.commands.desk import Desk, _person

CORA, COLE, ADA, MEL, SAM = "U0CORA", "U0COLE", "U0ADA", "U0MEL", "U0SAM"
LINK = "https://meet.example.org/abc"
SET = {
    "name": "HTTF monthly",
    "repeats": "monthly 1",
    "which": (),
    "first": "2026-03-26",
    "time": "10:00",
    "minutes": "90",
    "zone": "America/Los_Angeles",
    "policy": "earlier",
    "place": "1000 Ward St, Martinez",
    "link": LINK,
}


@pytest.fixture
def desk(desk_library):
    desk = Desk(desk_library)
    desk.role(CORA, RoleName.COORDINATOR)
    desk.role(COLE, RoleName.COORDINATOR, scope="ht-mdt")
    desk.role(ADA, RoleName.ADMIN)
    for who in (MEL, SAM):
        desk.role(who, RoleName.MEMBER)
    return desk


def written(answer):
    assert answer.errors is None, answer.errors
    return plain(answer.rendered.text)


def pressed(answer):
    """
    Return the buttons of an answer: label -> command.
    """
    found = {}
    for block in answer.rendered.blocks:
        for element in (*block.get("elements", ()), block.get("accessory")):
            if element and element.get("type") == "button":
                found[element["text"]["text"]] = element["value"]
    return found


def press(desk, answer, label, who=CORA):
    return desk.ask(pressed(answer)[label], who)


def number_of(desk, key):
    return desk.library.read_now(
        lambda session: next(each.id for each in all_series(session) if each.key == key)
    )


def set_up(desk, key="httf", who=CORA, **values):
    """
    Set the dates of a seeded series, and return its number.
    """
    number = number_of(desk, key)
    preview = desk.filled(f"meeting change {number}", who, **{**SET, **values})
    assert "Saved" in written(press(desk, preview, "Save", who))
    return number


def dates(desk, *, all_states=False):
    found = desk.library.read_now(
        lambda session: occurrences(session, first=datetime(2026, 1, 1, tzinfo=UTC).date(), last=datetime(2026, 12, 31, tzinfo=UTC).date())
    )  # fmt: skip
    return [f"{each.shown:%m-%d %H:%M}" for each in found if all_states or each.takes_place]


def acts(desk):
    found = desk.library.read_now(lambda session: entries(session, limit=20, acts=["meeting."]))
    return [each.act for each in found]


def sit(desk, who, *refs):
    desk.library.write_now(
        lambda session: take_seats(session, organization_id=1, refs=refs, user_id=who, now=desk.now)
    )


def test_at_first_no_meeting_has_a_date_and_that_is_said(desk):
    said = desk.read("meetings", MEL)

    assert "Nobody has said when these meet: Human Trafficking Task Force" in said
    assert "2026" not in said
    assert "no group that has set its dates" in desk.read("next", MEL)


def test_a_coordinator_sees_six_dates_before_anything_is_stored(desk):
    number = number_of(desk, "httf")
    preview = desk.filled(f"meeting change {number}", CORA, **SET | {"first": "2026-09-24"})

    said = written(preview)
    assert re.findall(r"• (.*)", said) == [
        "Thu, Sep 24, 2026, 10:00 PDT",
        "Thu, Oct 22, 2026, 10:00 PDT",
        "Wed, Nov 25, 2026, 10:00 PST: moved from Thu, Nov 26, 2026, Thanksgiving Day",
        "Wed, Dec 23, 2026, 10:00 PST: moved from Thu, Dec 24, 2026, Christmas Eve"
        if "Christmas Eve" in said
        else "Thu, Dec 24, 2026, 10:00 PST",
        "Thu, Jan 28, 2027, 10:00 PST",
        "Thu, Feb 25, 2027, 10:00 PST",
    ]
    assert "Nothing is saved yet." in said
    assert (dates(desk), acts(desk)) == ([], [])

    saved = press(desk, preview, "Save")

    assert "Every month on the 4th Thursday, from Thu, Sep 24, 2026" in written(saved)
    assert dates(desk) == ["09-24 10:00", "10-22 10:00", "11-25 10:00", "12-24 10:00"]
    assert acts(desk) == ["meeting.changed"]


def test_saving_twice_saves_once(desk):
    number = number_of(desk, "httf")
    preview = desk.filled(f"meeting change {number}", CORA, **SET)
    press(desk, preview, "Save")

    again = press(desk, preview, "Save")

    assert "it was saved or thrown away before" in written(again)
    assert acts(desk) == ["meeting.changed"]


def test_a_preview_saves_what_it_showed_and_no_other(desk):
    number = number_of(desk, "httf")
    first = desk.filled(f"meeting change {number}", CORA, **SET)
    second = desk.filled(f"meeting change {number}", CORA, **SET | {"time": "14:00"})

    assert "or filled in anew" in written(press(desk, first, "Save"))
    press(desk, second, "Save")
    assert dates(desk)[0] == "03-26 14:00"


def test_what_was_filled_in_can_be_changed_and_thrown_away(desk):
    number = number_of(desk, "httf")
    preview = desk.filled(f"meeting change {number}", CORA, **SET)

    again = desk.open(pressed(preview)["Change it"], CORA)
    values = {block["block_id"]: block["element"] for block in again["blocks"] if "element" in block}  # fmt: skip
    assert values["place"]["initial_value"] == "1000 Ward St, Martinez"
    assert values["first"]["initial_date"] == "2026-03-26"
    assert "Thrown away" in written(press(desk, preview, "Throw it away"))
    assert "Nothing to throw away" in written(press(desk, preview, "Throw it away"))
    assert dates(desk) == []


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"first": None}, {"first": "Please pick a day."}),
        ({"time": None}, {"time": "Please pick a time."}),
        ({"name": "  "}, {"name": "Please type what it is called."}),
        ({"first": "2026-02-26"}, {"first": "That is past. Please pick a later day."}),
        ({"which": ("2",)}, {"first": "It does not meet on that day: the next one that fits is Thu, Apr 9, 2026."}),
        ({"first": "2026-04-30"}, {"which": "That is the fifth Thursday of its month, and few months have one. Tick the last Thursday, or choose another day."}),
        ({"until": "2026-03-01"}, {"until": "That is before the first date."}),
        ({"link": "http://meet.example.org/a"}, {"link": "It must begin with https://"}),
        ({"zone": "Mars/Olympus"}, {"zone": "Please pick a time zone."}),
    ],
)  # fmt: skip
def test_what_cannot_be_keeps_the_form_open_and_says_what_to_do(values, wrong, desk):
    number = number_of(desk, "httf")

    answer = desk.filled(f"meeting change {number}", CORA, **SET | values)

    assert dict(answer.errors or {}) == wrong
    assert dates(desk) == []


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"repeats": "once"}, ["03-26"]),
        ({"repeats": "weekly 1"}, ["03-26", "04-02", "04-09"]),
        ({"repeats": "weekly 2"}, ["03-26", "04-09", "04-23"]),
        ({"repeats": "monthly 3"}, ["03-26", "06-25", "09-24"]),
        ({"which": ("-1",)}, ["03-26", "04-30", "05-28"]),
        ({"which": ("2", "4")}, ["03-26", "04-09", "04-23"]),
        ({"until": "2026-04-23"}, ["03-26", "04-23"]),
        ({"first": "2026-03-31", "repeats": "once", "policy": "skip"}, []),
        ({"first": "2026-03-31", "repeats": "once", "policy": "meets"}, ["03-31"]),
        ({"first": "2026-03-31", "repeats": "once", "policy": "later"}, ["04-01"]),
    ],
)
def test_each_kind_of_repeating_meets_as_it_says(values, said, desk):
    set_up(desk, **values)

    assert [each[:5] for each in dates(desk)[:3]] == said


def test_one_meeting_is_moved_in_a_form(desk):
    number = set_up(desk)
    view = desk.open(f"meeting move {number} 2026-04-23T10:00", CORA)

    answer = desk.send(view, CORA, day="2026-04-24", time="13:30", place="Room 2")

    assert "Fri, Apr 24, 2026, 13:30–15:00 PDT" in written(answer)
    assert dates(desk)[:3] == ["03-26 10:00", "04-24 13:30", "05-28 10:00"]
    page = desk.read(f"meetings {number}", MEL)
    assert "Moved from Thu, Apr 23, 2026, 10:00\nRoom 2" in page
    assert desk.library.read_now(lambda session: [each.what for each in changes(session)]) == ["set", "moved"]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"day": "2026-05-28"}, "It meets on that day already."),
        ({"day": "2026-02-01"}, "That is past."),
        ({"day": None}, "Please pick a day."),
        ({"link": "https://x"}, "It is no address of a meeting"),
    ],
)
def test_a_move_that_cannot_be_is_refused_in_the_form(values, wrong, desk):
    number = set_up(desk)

    answer = desk.filled(f"meeting move {number} 2026-04-23", CORA, **values)

    assert any(said.startswith(wrong) for said in (answer.errors or {}).values()), answer.errors
    assert "04-23 10:00" in dates(desk)


def test_a_form_that_somebody_else_was_faster_than_stores_nothing(desk):
    number = set_up(desk)
    moving = desk.open(f"meeting move {number} 2026-04-23", CORA)
    changing = desk.open(f"meeting change {number}", CORA)
    skipping = pressed(desk.ask(f"meeting {number} 2026-05-28T10:00", CORA))["Skip"]
    desk.ask(f"meeting skip {number} 2026-04-23", ADA)
    before = dates(desk)

    for answer in (
        desk.send(moving, CORA, day="2026-04-24"),
        desk.send(changing, CORA, time="14:00"),
        desk.ask(skipping, CORA),
    ):
        assert "was changed since you looked. Nothing was done" in written(answer)

    assert dates(desk) == before


def test_a_preview_that_somebody_else_was_faster_than_is_not_saved(desk):
    number = set_up(desk)
    preview = desk.filled(f"meeting change {number}", CORA, time="14:00")
    desk.ask(f"meeting skip {number} 2026-04-23", ADA)

    assert "was changed since you looked" in written(press(desk, preview, "Save"))
    assert "05-28 10:00" in dates(desk)


@pytest.mark.parametrize(("word", "done"), [("skip", "Skipped"), ("cancel", "Cancelled")])
def test_one_meeting_does_not_take_place_and_then_does(word, done, desk):
    number = set_up(desk)

    gone = desk.ask(f"meeting {word} httf 2026-04-23", CORA)
    again = desk.ask(f"meeting {word} {number} 2026-04-23T10:00 2", CORA)

    assert written(gone).startswith(done)
    assert written(again).startswith(f"{done} already")
    assert "04-23 10:00" not in dates(desk)
    assert f"Thu, Apr 23, 2026, 10:00–11:30 PDT\n{done}" in desk.read(f"meetings {number}", MEL)

    back = press(desk, gone, "It takes place after all")

    assert written(back).startswith("It takes place")
    assert "It takes place already" in written(press(desk, gone, "It takes place after all"))
    assert "04-23 10:00" in dates(desk)
    assert acts(desk)[:2] == ["meeting.restored", f"meeting.{done.casefold()}"]


def test_a_meeting_on_a_holiday_can_be_held_all_the_same(desk):
    number = set_up(desk, policy="skip", first="2026-03-31", repeats="weekly 1")
    page = desk.ask(f"meeting {number} 2026-03-31T10:00", CORA)

    assert "Skipped: Cesar Chavez Day" in written(page)
    press(desk, page, "It takes place")

    assert dates(desk)[0] == "03-31 10:00"


def test_all_from_a_date_on_are_cancelled_after_a_second_press(desk):
    number = set_up(desk)

    asked = desk.ask(f"meeting cancel {number} 2026-05-28 all", CORA)
    assert len(dates(desk)) > 2
    done = press(desk, asked, "Yes, cancel them")
    again = press(desk, asked, "Yes, cancel them")

    assert "none any more from Thu, May 28, 2026 on" in written(done)
    assert "Nothing was done" in written(again)
    assert dates(desk) == ["03-26 10:00", "04-23 10:00"]
    assert acts(desk)[0] == "meeting.cancelled"


def test_all_of_a_series_are_cancelled(desk):
    number = set_up(desk)
    page = desk.ask(f"meeting {number}", CORA)

    asked = press(desk, page, "Cancel it altogether")
    press(desk, asked, "Yes, cancel them")

    assert dates(desk) == []
    assert "There is no such meeting any more." in desk.read(f"meetings {number}", MEL)


def test_from_a_meeting_on_time_and_place_are_others(desk):
    number = set_up(desk)
    view = desk.open(f"meeting change {number} 2026-05-28T10:00", CORA)

    preview = desk.send(view, CORA, time="14:00", place="Room 2")
    assert "Changes from: Thu, May 28, 2026" in written(preview)
    press(desk, preview, "Save")

    assert dates(desk)[:4] == ["03-26 10:00", "04-23 10:00", "05-28 14:00", "06-25 14:00"]
    said = desk.read("meeting", CORA)
    assert said.count("HTTF monthly") == 2


def test_from_a_meeting_on_the_days_are_others(desk):
    number = set_up(desk)
    view = desk.open(f"meeting change {number} 2026-05-28T10:00", CORA)

    early = desk.send(view, CORA, first="2026-05-06", repeats="weekly 2")
    assert "It changes from Thu, May 28, 2026 on" in (early.errors or {})["first"]
    press(desk, desk.send(view, CORA, first="2026-06-03", repeats="weekly 2"), "Save")

    assert dates(desk)[:4] == ["03-26 10:00", "04-23 10:00", "06-03 10:00", "06-17 10:00"]


def test_changing_the_place_alone_keeps_the_days_in_step(desk):
    number = set_up(desk, repeats="weekly 2")
    before = dates(desk)
    view = desk.open(f"meeting change {number} 2026-05-07T10:00", CORA)

    press(desk, desk.send(view, CORA, place="Room 2"), "Save")

    assert dates(desk) == before


def test_a_new_series_of_a_subcommittee_is_added(desk):
    choice = desk.ask("meeting add", CORA)
    assert "Vacatur" in pressed(choice)
    view = desk.open(pressed(choice)["Vacatur"], CORA)

    preview = desk.send(view, CORA, **SET | {"name": "Vacatur clinic"})
    press(desk, preview, "Save")

    assert len(dates(desk)) > 5
    assert "Vacatur clinic: Thu, Mar 26, 2026" in desk.read("meetings", MEL)
    assert acts(desk) == ["meeting.added"]


def fields(view):
    return {
        block["block_id"]: block["element"] for block in view["blocks"] if block["type"] == "input"
    }


@pytest.mark.parametrize(
    "opens",
    ["meeting add collaborative:ht-mdt", "meeting change {mdt}", "meeting move {mdt} 2026-03-26"],
)
def test_no_form_of_the_mdt_takes_anybodys_own_words(opens, desk):
    mdt = set_up_mdt(desk)

    view = desk.open(opens.format(mdt=mdt), COLE)

    typed = {name for name, element in fields(view).items() if element["type"] in {"plain_text_input", "email_text_input"}}  # fmt: skip
    assert typed == set()
    assert not any(element["action_id"] == "free" for element in fields(view).values())
    assert fields(view)["link"]["type"] == "url_text_input"
    assert fields(view)["place"]["type"] == "external_select"


def set_up_mdt(desk):
    number = number_of(desk, "ht-mdt")
    values = {key: value for key, value in SET.items() if key not in {"name", "place"}}
    press(desk, desk.filled(f"meeting change {number}", COLE, **values, place="Online"), "Save", COLE)  # fmt: skip
    return number


def test_a_place_of_the_mdt_is_one_of_the_directory(desk):
    mdt = set_up_mdt(desk)

    answer = desk.filled(f"meeting move {mdt} 2026-03-26", COLE, place="J. Doe's house")
    fits = desk.filled(f"meeting move {mdt} 2026-03-26", COLE, place="Justice At Last")

    assert answer.errors == {"place": "Please pick an agency of the directory, or Online."}
    assert "Saved" in written(fits)


def test_a_new_series_of_the_mdt_is_plain_too(desk):
    values = {key: value for key, value in SET.items() if key not in {"name", "place"}}

    press(desk, desk.filled("meeting add collaborative:ht-mdt", COLE, **values), "Save", COLE)

    found = desk.library.read_now(lambda session: [(each.name, each.title) for each in all_series(session) if each.group == "collaborative:ht-mdt"])  # fmt: skip
    assert found == [("HT-MDT", "Meeting"), ("HT-MDT", "Meeting")]


@pytest.mark.parametrize("field", ["name", "place"])
def test_a_clients_details_in_a_form_are_refused(field, desk):
    number = number_of(desk, "httf")

    answer = desk.filled(f"meeting change {number}", CORA, **SET | {field: "my client Jane Roe, DOB 1/2/2003"})  # fmt: skip

    assert "911" in answer.rendered.text
    assert "Jane" not in answer.rendered.text
    assert dates(desk) == []


def test_a_coordinator_changes_only_what_they_coordinate(desk):
    number = set_up(desk)

    refused = "Only its coordinators change the meetings of HTTF."
    for text in (
        f"meeting skip {number} 2026-04-23",
        f"meeting cancel {number} 2026-04-23",
        f"meeting cancel {number} 2026-04-23 all",
        f"meeting restore {number} 2026-04-23",
        f"meeting move {number} 2026-04-23",
        f"meeting change {number}",
        f"meeting {number} 2026-04-23",
    ):
        assert refused in desk.read(text, COLE), text
    assert "HTTF" not in desk.read("meeting", COLE)
    assert set(pressed(desk.ask("meeting add", COLE))) == {"HT-MDT"}
    assert "Change it" not in pressed(desk.ask(f"meetings {number}", COLE))
    view = desk.open("meeting add collaborative:ht-mdt", COLE)
    assert desk.send(view, COLE, **{key: value for key, value in SET.items() if key not in {"name", "place"}}).errors is None  # fmt: skip


def test_a_member_changes_nothing_and_is_shown_the_meetings(desk):
    number = set_up(desk)

    assert desk.read("meeting", MEL).startswith("Meetings")
    for text in (f"meeting skip {number} 2026-04-23", "meeting add", f"meeting move {number}", "meeting save x"):  # fmt: skip
        assert "This is for coordinators." in desk.read(text, MEL)
    assert "04-23 10:00" in dates(desk)


def test_who_is_no_approved_member_sees_no_meeting(desk):
    set_up(desk)

    for text in ("meetings", "next", "meeting", "calendar"):
        assert "This is for members of the task force." in desk.read(text, "U0NEW")


def test_the_next_meeting_is_the_next_of_mine(desk):
    set_up(desk)
    set_up(desk, "ht-coalition", name="Coalition", first="2026-03-10", repeats="weekly 1")
    sit(desk, MEL, "subcommittee:vacatur")

    said = desk.read("next", MEL)
    assert plain(said).startswith(
        f"HTTF monthly\nThu, Mar 26, 2026, 10:00–11:30 PDT\n1000 Ward St, Martinez\n{LINK}"
    )
    listed = plain(desk.read("meetings", MEL))
    assert listed.index("Yours") < listed.index("HTTF monthly") < listed.index("Others")
    assert listed.index("Others") < listed.index("Coalition: Tue, Mar 10, 2026")
    desk.after(days=24, hours=6)  # Mar 26, 18:00 UTC: it is under way
    assert "Mar 26" in desk.read("next", MEL)
    desk.after(hours=1)
    assert "Apr 23" in desk.read("next", MEL)


def test_the_meetings_of_survivor_leadership_are_its_own_alone(desk):
    view = desk.open("meeting add subcommittee:survivor-leadership", CORA)
    assert "name" not in fields(view)
    press(desk, desk.send(view, CORA, **{key: value for key, value in SET.items() if key not in {"name", "place"}}), "Save")  # fmt: skip
    [number] = desk.library.read_now(lambda session: [each.id for each in all_series(session) if each.for_coordinators])  # fmt: skip
    sit(desk, MEL, "subcommittee:survivor-leadership")

    for text in ("meetings", "meetings survivor leadership", f"meetings {number}", "meeting", "calendar", "calendar file httf"):  # fmt: skip
        said = desk.read(text, SAM)
        assert "Survivor Leadership:" not in said, text
        assert "Mar 26" not in said, text
    assert "Survivor Leadership: Thu, Mar 26, 2026" in desk.read("meetings", MEL)
    assert "Survivor Leadership: Thu, Mar 26, 2026" in desk.read("meetings", CORA)


def test_a_meeting_is_found_by_its_name_its_groups_name_and_its_number(desk):
    number = set_up(desk)

    for asked in ("httf", "HTTF monthly", "Human Trafficking Task Force", str(number)):
        assert desk.read(f"meetings {asked}", MEL).startswith("HTTF monthly"), asked
    assert "Which meeting? Press one." in desk.read("meetings zzzzz", MEL)
    assert "There is no such meeting any more." in desk.read("meetings 999", MEL)


@pytest.mark.parametrize(
    "text",
    [
        "meeting 1 2026-99-99",
        "meeting 1 2026-04-22",
        "meeting skip 1 2026-04-22",
        "meeting move 1 2026-04-22",
        "meeting 1 2026-04-23T11:00",
    ],
)
def test_a_day_on_which_it_does_not_meet_is_said_to_be_none(text, desk):
    set_up(desk)

    assert "That meeting is no more" in desk.read(text, CORA)


@pytest.mark.parametrize("word", ["skip", "cancel", "restore", "move", "change"])
def test_without_a_name_or_a_day_there_is_something_to_press(word, desk):
    number = set_up(desk)

    which = desk.ask(f"meeting {word}", CORA)
    assert pressed(which)
    if word != "change":
        one = desk.ask(f"meeting {word} {number}", CORA)
        assert f"/ht meeting {number} 2026-03-26T10:00" in one.rendered.text.replace(f"{word} ", "")


def test_zones_and_places_are_looked_up(desk):
    mdt = set_up_mdt(desk)

    async def standing():
        return Standing.COORDINATOR

    def suggested(field, typed):
        found = desk._router.suggest(f"meeting change {mdt}", field, typed, standing=standing, asker=_person(COLE))  # fmt: skip
        return [each.label for each in asyncio.run(found)]

    assert suggested("zone", "new york") == ["America/New_York"]
    assert suggested("zone", "")[0] == "America/Los_Angeles"
    assert suggested("place", "justice at") == ["Justice At Last"]
    assert suggested("place", "")[0] == "Online"


@pytest.mark.parametrize(
    "values", [{"rule": "FREQ=NEVER"}, {"zone": "Mars/Olympus"}, {"holidays": "XX-99"}], ids=str
)
def test_a_series_that_cannot_be_read_is_shown_as_such_and_set_anew(desk, values):
    number = set_up(desk)
    spoil = update(MeetingSeries).where(col(MeetingSeries.id) == number).values(**values)
    desk.library.write_now(lambda session: session.exec(spoil))

    for asked in ("meetings", "next", "reminders", "calendar"):
        desk.read(asked, CORA)
    page = desk.read(f"meeting {number}", CORA)
    preview = desk.filled(f"meeting change {number}", CORA, **SET)
    saved = written(press(desk, preview, "Save"))

    assert "cannot be read: its coordinators have to set its dates anew" in page
    assert "Saved" in saved
    assert len(dates(desk)) == 10
