import json

from bot.sandbox.signed import JSON
from tests.bench.load import home
from tests.bench.slack import Slack

PUBLISHED = b'{"user_id": "U1", "view": {"type": "home", "blocks": [{"type": "divider"}]%s}}'


def test_home_is_opened_with_the_view_that_stands_there():
    slack = Slack()
    opened = home(slack)

    first, kind = opened("U1")
    said = slack.answer("views.publish", "", PUBLISHED % b', "private_metadata": "of old"')
    again, _ = opened("U1")

    assert (kind, "view" in json.loads(first)["event"]) == (JSON, False)
    view = json.loads(again)["event"]["view"]
    assert view == json.loads(said)["view"]
    assert (view["blocks"], view["private_metadata"]) == ([{"type": "divider"}], "of old")


def test_a_view_is_read_however_its_request_was_written():
    slack = Slack()
    view = json.loads(PUBLISHED % b"")["view"]

    slack.answer("views.publish", "", json.dumps({"view": view, "user_id": "U1"}).encode())

    assert json.loads(slack.home("U1") or b"")["blocks"] == view["blocks"]
