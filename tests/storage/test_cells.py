"""
What one cell may hold.
"""

from datetime import time

import pytest

from storage.exchange.cells import (  # fmt: skip
    PhoneCell,
    as_days,
    as_hour,
    as_phone,
    exists,
    offered_parts,
    phone_key,
)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("MO, TU,WE", ["MO", "TU", "WE"]),
        ("Friday mon", ["MO", "FR"]),
        ("sat./sun.", ["SA", "SU"]),
        ("Thu | thu", ["TH"]),
    ],
)
def test_days_are_read_in_their_order(text, days):
    assert as_days(text) == days


@pytest.mark.parametrize("text", ["M", "MOT", "every day", "1"])
def test_what_is_no_day_is_refused(text):
    with pytest.raises(ValueError, match="write days such as"):
        as_days(text)


@pytest.mark.parametrize(
    ("text", "hour"), [("9:00", time(9)), ("00:00", time(0)), ("23:59", time(23, 59))]
)
def test_an_hour_is_read(text, hour):
    assert as_hour(text) == hour


@pytest.mark.parametrize("text", ["24:00", "9", "9:60", "9:00 am"])
def test_what_is_no_hour_is_refused(text):
    with pytest.raises(ValueError, match="no time of day"):
        as_hour(text)


@pytest.mark.parametrize(
    ("text", "number", "extension", "kind", "description"),
    [
        ("(925) 555-0100", "(925) 555-0100", None, "voice", None),
        ("925.555.0100 ext. 12", "925.555.0100", "12", "voice", None),
        ("925-555-0100x3, TEXT", "925-555-0100", "3", "text", None),
        ("988, voice, Crisis, at night", "988", None, "voice", "Crisis, at night"),
    ],
)
def test_a_phone_is_read(text, number, extension, kind, description):
    assert as_phone(text) == PhoneCell(
        number=number, extension=extension, type=kind, description=description
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("=1+1", "a number as printed"),
        ("call us", "a number as printed"),
        ("(925) 555-0100, Front desk", "after the number comes its kind"),
    ],
)
def test_what_is_no_phone_is_refused(text, told):
    with pytest.raises(ValueError, match=told):
        as_phone(text)


@pytest.mark.parametrize(
    ("number", "there"),
    [
        ("(925) 555-0100", True),
        ("911", True),
        ("+44 20 7946 0958", True),
        ("555-0100", False),
        ("(925) 055-0100", False),
        ("123", False),
    ],
)
def test_a_number_that_cannot_be_is_told_from_one_that_can(number, there):
    assert exists(number) == there


def test_a_phone_has_one_key_however_it_is_written():
    written = ("(925) 555-0100", "925.555.0100", "+1 925 555 0100")
    keys = {phone_key("cvs", as_phone(each)) for each in written}

    assert keys == {"cvs-9255550100"}
    assert phone_key("cvs", as_phone("925-555-0100 x2, text")) == "cvs-9255550100-x2-text"


def test_a_service_is_read_with_its_persons_and_languages():
    assert offered_parts("Food [for: minor, adult] [in: spanish]") == (
        "Food",
        ["minor", "adult"],
        ["spanish"],
    )
    assert offered_parts("Food") == ("Food", [], [])


@pytest.mark.parametrize("text", ["Food [for minor]", "Food [at: night]", "Food [for: minor", "[in: x]", "a ] b"])  # fmt: skip
def test_brackets_that_say_nothing_are_refused(text):
    with pytest.raises(ValueError, match="after the service write"):
        offered_parts(text)
