"""
Who is asking, as Slack and our own roles say; in doubt nobody in particular.
"""

import asyncio

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import utc_now
from bot.identity import Identity, kind_of
from bot.sandbox.server import Sandbox
from commands.contract import Person, Standing
from storage.people import RoleName, grant, revoke
from storage.spoken import choose_language
from tests.workshop import place

TEAM = "T0SANDBOX"


@pytest.fixture
async def sandbox():
    async with Sandbox(clock=utc_now) as sandbox:
        yield sandbox


@pytest.fixture
async def identity(sandbox, library):
    client = AsyncWebClient(token=sandbox.bot_token, base_url=sandbox.api_url, retry_handlers=[])
    identity = Identity(client, library=library, admins=frozenset({"U0ADMIN", "U0GUEST"}))
    identity.team_id = TEAM
    return identity


def person(user_id, team_id=TEAM):
    return Person(team_id=team_id, user_id=user_id)


@pytest.mark.parametrize(
    ("user_id", "standing"),
    [
        ("U0MEMBER", Standing.MEMBER),
        ("U0COORD", Standing.MEMBER),
        ("U0ADMIN", Standing.ADMIN),
        ("U0SINGLE", Standing.GUEST),
        ("U0GUEST", Standing.ADMIN),
        ("U0EXTERN", Standing.EXTERNAL),
        ("U0GONE", Standing.EXTERNAL),
        ("U0NOBODY", Standing.EXTERNAL),
        ("", Standing.EXTERNAL),
    ],
)
async def test_slack_says_what_kind_of_person_somebody_is(user_id, standing, identity):
    assert await identity.standing(person(user_id)) is standing


async def test_nobody_of_another_workspace_is_more_than_external(identity, sandbox):
    assert await identity.standing(person("U0ADMIN", "T0ELSEWHERE")) is Standing.EXTERNAL
    identity.team_id = None
    assert await identity.standing(person("U0ADMIN")) is Standing.EXTERNAL
    assert sandbox.calls_of("users.info") == []


def test_a_user_without_a_team_or_a_word_is_external():
    assert kind_of({}, team_id=TEAM) is Standing.EXTERNAL
    assert kind_of({"team_id": TEAM}, team_id=TEAM) is Standing.MEMBER
    assert kind_of({"team_id": TEAM, "is_bot": True}, team_id=TEAM) is Standing.EXTERNAL
    assert kind_of({"team_id": TEAM, "id": "USLACKBOT"}, team_id=TEAM) is Standing.EXTERNAL
    assert kind_of({"team_id": TEAM, "is_stranger": True}, team_id=TEAM) is Standing.EXTERNAL
    assert kind_of({"team_id": TEAM, "is_restricted": True}, team_id=TEAM) is Standing.GUEST
    assert kind_of({"team_id": TEAM, "is_ultra_restricted": True}, team_id=TEAM) is Standing.GUEST


@pytest.mark.parametrize(
    "fault",
    [
        {"error": "user_not_found"},
        {"error": "fatal_error"},
        {"retry_after": 30},
        {"status": 500},
        {"drop": "before"},
        {"delay": 5},
    ],
)
async def test_whom_slack_cannot_name_is_external_this_once(fault, identity, sandbox):
    for _ in range(2 if "drop" in fault else 1):  # aiohttp asks again once when it was cut off
        sandbox.fail_next("users.info", **fault)
    loop = asyncio.get_running_loop()
    began = loop.time()

    first = await identity.standing(person("U0MEMBER"))
    waited = loop.time() - began
    second = await identity.standing(person("U0MEMBER"))

    assert (first, second) == (Standing.EXTERNAL, Standing.MEMBER)
    assert waited < 2


async def test_slack_is_asked_once_a_person_until_something_changes(identity, sandbox):
    for _ in range(3):
        await identity.standing(person("U0MEMBER"))
    identity.forget("U0MEMBER")
    await identity.standing(person("U0MEMBER"))

    assert len(sandbox.calls_of("users.info")) == 2


async def test_what_slack_said_before_a_change_is_not_remembered(identity, sandbox):
    sandbox.fail_next("users.info", delay=0.1)
    asked = asyncio.create_task(identity.standing(person("U0MEMBER")))
    await asyncio.sleep(0.05)
    identity.forget("U0MEMBER")
    await asked
    await identity.standing(person("U0MEMBER"))

    assert len(sandbox.calls_of("users.info")) == 2


async def test_the_event_of_a_change_is_heard(library):
    async with place("http", library) as at:
        sandbox = at.sandbox
        before = await sandbox.command("U0MEMBER", "/ht", "gaps")
        sandbox.workspace.people["U0MEMBER"] = sandbox.workspace.people["U0GONE"]
        event = await sandbox.event("user_change", user={"id": "U0MEMBER", "deleted": True})
        after = await sandbox.signed.post(
            b"command=/ht&text=gaps&user_id=U0MEMBER&team_id=T0SANDBOX&channel_id=C0GENERAL"
        )

    assert event.status == 200
    assert "full members" not in before.message.text
    assert "full members" in after.payload()["text"]


@pytest.mark.parametrize(
    ("role", "standing"),
    [(RoleName.COORDINATOR, Standing.COORDINATOR), (RoleName.ADMIN, Standing.ADMIN)],
)
async def test_a_granted_role_counts_at_once_and_until_it_is_revoked(
    role, standing, identity, library
):
    whose = {"team_id": TEAM, "user_id": "U0MEMBER", "role": role}
    before = await identity.standing(person("U0MEMBER"))
    library.write_now(lambda s: grant(s, **whose, granted_by="test", now=utc_now()))
    granted = await identity.standing(person("U0MEMBER"))
    elsewhere = await identity.standing(person("U0MEMBER", "T0ELSEWHERE"))
    library.write_now(lambda s: revoke(s, **whose))
    after = await identity.standing(person("U0MEMBER"))

    assert (before, granted, after) == (Standing.MEMBER, standing, Standing.MEMBER)
    assert elsewhere is Standing.EXTERNAL


async def test_the_role_of_a_bare_member_makes_nobody_more(identity, library):
    library.write_now(
        lambda s: grant(
            s, team_id=TEAM, user_id="U0SINGLE", role=RoleName.MEMBER, granted_by="t", now=utc_now()
        )
    )

    assert await identity.standing(person("U0SINGLE")) is Standing.GUEST


async def test_somebody_who_left_keeps_no_role(identity, library):
    library.write_now(
        lambda s: grant(
            s, team_id=TEAM, user_id="U0GONE", role=RoleName.ADMIN, granted_by="t", now=utc_now()
        )
    )

    assert await identity.standing(person("U0GONE")) is Standing.EXTERNAL


async def test_while_the_database_is_away_nobody_is_more_than_a_member_but_by_settings(
    identity, library, tmp_path
):
    library.write_now(
        lambda s: grant(
            s, team_id=TEAM, user_id="U0COORD", role=RoleName.ADMIN, granted_by="t", now=utc_now()
        )
    )
    before = await identity.standing(person("U0COORD"))
    (tmp_path / "ht.db").unlink()

    assert before is Standing.ADMIN
    assert await identity.standing(person("U0COORD")) is Standing.MEMBER
    assert await identity.standing(person("U0ADMIN")) is Standing.ADMIN


@pytest.mark.parametrize(
    ("channel", "shared"),
    [
        ("C0GENERAL", False),
        ("C0PRIVATE", False),
        ("C0SHARED", True),
        ("C0NOWHERE", True),
        ("C0SECRET", True),
        ("", True),
    ],
)
async def test_a_channel_is_shared_outside_unless_slack_says_not(channel, shared, identity):
    assert await identity.shared_outside(channel) is shared


@pytest.mark.parametrize("fault", [{"error": "ratelimited"}, {"drop": "after"}, {"delay": 5}])
async def test_a_channel_that_cannot_be_asked_about_counts_as_shared(fault, identity, sandbox):
    for _ in range(2 if "drop" in fault else 1):
        sandbox.fail_next("conversations.info", **fault)

    assert await identity.shared_outside("C0GENERAL") is True


class Silly:
    """
    A server that calls itself Slack and answers nothing of use.
    """

    async def users_info(self, *, user, include_locale):
        return {"ok": True, "user": None}

    async def conversations_info(self, *, channel):
        return {"ok": True}


async def test_an_answer_without_what_was_asked_trusts_nobody(library):
    identity = Identity(Silly(), library=library, admins=frozenset({"U0ADMIN"}))
    identity.team_id = TEAM

    assert await identity.standing(person("U0ADMIN")) is Standing.EXTERNAL
    assert await identity.shared_outside("C0GENERAL") is True


async def test_who_chose_a_language_is_known_before_they_ask(identity, library, sandbox):
    library.write_now(lambda session: choose_language(session, "U0MEMBER", "es"))
    assert identity.language(person("U0MEMBER")) is None

    await identity.look()

    assert identity.language(person("U0MEMBER")) == "es"
    assert identity.language(person("U0MEMBER", "T0ELSEWHERE")) is None
    assert sandbox.calls_of("users.info") == []
    library.write_now(lambda session: choose_language(session, "U0MEMBER", None))
    await identity.look()
    assert identity.language(person("U0MEMBER")) is None
