"""Files: announced, uploaded, shared, and handed out on the page."""

from collections.abc import Awaitable
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.api import SCOPES
from bot.sandbox.server import Sandbox

CONTENT = b"agency,people\nCVS,185\n"


async def refusal(call: Awaitable[Any]) -> tuple[str, str]:
    with pytest.raises(SlackApiError) as raised:
        await call
    answer = raised.value.response
    return answer["error"], str(answer.get("response_metadata"))


async def uploaded(client, http, content=CONTENT) -> str:
    place = await client.files_getUploadURLExternal(filename="a.csv", length=len(content))
    async with http.post(place["upload_url"], data=content) as response:
        assert response.status == 200
    return str(place["file_id"])


async def test_a_file_is_shared_in_a_direct_message_and_seen_by_its_person(client, http, sandbox):
    dm = (await client.chat_postMessage(channel="U0MEMBER", text="Here"))["channel"]
    id = await uploaded(client, http)

    await client.files_completeUploadExternal(files=[{"id": id, "title": "A"}], channel_id=dm)

    [_, message] = sandbox.workspace.visible("U0MEMBER", channel=dm)
    assert [(file.name, file.title, file.content) for file in message.files] == [
        ("a.csv", "A", CONTENT)
    ]
    assert sandbox.workspace.visible("U0ADMIN", channel=dm) == []


async def test_a_person_is_no_channel_to_share_in(client, http):
    id = await uploaded(client, http)

    error, said = await refusal(
        client.files_completeUploadExternal(files=[{"id": id}], channel_id="U0MEMBER")
    )

    assert (error, "[json-pointer:/channel_id]" in said) == ("invalid_arguments", True)


@pytest.mark.parametrize("channel", ["C0NOWHERE", "C0SECRET"])
async def test_a_channel_without_the_bot_takes_no_file(channel, client, http):
    id = await uploaded(client, http)

    error, _ = await refusal(
        client.files_completeUploadExternal(files=[{"id": id}], channel_id=channel)
    )

    assert error == "channel_not_found"


async def test_a_file_is_shared_once_and_only_when_it_is_there(client, http):
    place = await client.files_getUploadURLExternal(filename="a.csv", length=1)
    empty, _ = await refusal(
        client.files_completeUploadExternal(
            files=[{"id": place["file_id"]}], channel_id="C0GENERAL"
        )
    )
    id = await uploaded(client, http)
    await client.files_completeUploadExternal(files=[{"id": id}], channel_id="C0GENERAL")
    again, _ = await refusal(
        client.files_completeUploadExternal(files=[{"id": id}], channel_id="C0GENERAL")
    )

    assert (empty, again) == ("file_not_found", "file_not_found")


@pytest.mark.parametrize(("filename", "length"), [("", 5), ("a.csv", 0), ("x" * 256, 5)])
async def test_a_file_without_name_or_bytes_is_refused(filename, length, client):
    error, _ = await refusal(client.files_getUploadURLExternal(filename=filename, length=length))

    assert error == "invalid_arguments"


async def test_only_the_bytes_announced_are_taken_and_once(client, http):
    place = await client.files_getUploadURLExternal(filename="a.csv", length=3)
    statuses = []
    for content in (b"four", b"123", b"123"):
        async with http.post(place["upload_url"], data=content) as response:
            statuses.append(response.status)

    assert statuses == [400, 200, 400]


async def test_without_the_scope_no_file_is_taken(clock):
    async with Sandbox(clock=clock, scopes=SCOPES - {"files:write"}) as sandbox:
        client = AsyncWebClient(token=sandbox.bot_token, base_url=sandbox.api_url)

        error, _ = await refusal(client.files_getUploadURLExternal(filename="a.csv", length=1))

    assert error == "missing_scope"


async def test_the_page_offers_a_file_to_those_who_see_it(client, http, sandbox):
    dm = (await client.chat_postMessage(channel="U0MEMBER", text="Here"))["channel"]
    id = await uploaded(client, http)
    await client.files_completeUploadExternal(files=[{"id": id, "title": "<A>"}], channel_id=dm)

    async with http.get(sandbox.page_url, params={"person": "U0MEMBER", "channel": dm}) as response:
        page = await response.text()
    async with http.get(f"{sandbox.base_url}/files/{id}?person=U0MEMBER") as response:
        content, headers = await response.read(), response.headers
    async with http.get(f"{sandbox.base_url}/files/{id}?person=U0ADMIN") as response:
        other = response.status

    assert f'href="/files/{id}?person=U0MEMBER" download="a.csv">&lt;A&gt;</a>' in page
    assert content == CONTENT
    assert headers["Content-Disposition"] == "attachment; filename*=UTF-8''a.csv"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert other == 404
