"""
Files handed to whoever asked, in their direct messages with the bot.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePath

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.identity import SLACK_TROUBLE, reason
from bot.pieces import Block, escape, note_pieces, section
from bot.render import Rendered
from commands.contract import File
from commands.speech import phrase, say

log = logging.getLogger(__name__)

UPLOAD_SECONDS = 10  # for the bytes of one file
NEUTRAL = phrase("The file you asked for.")  # a lock screen may show it
READABLE = frozenset({".csv", ".ics", ".json"})
SHOWN_CHARACTERS = 2500  # of all files together, where they cannot be handed over
NO_SCOPE = phrase(
    "could not be handed over: an administrator can give this bot the scope files:write, "
    "or run `htbot say` with `--save` where the bot runs."
)
NOT_NOW = phrase(
    "could not be handed over just now: try again in a minute, or ask an administrator for "
    "the scope files:write, or for `htbot say` with `--save` where the bot runs."
)
PERHAPS = phrase(
    "may or may not have arrived: look in your direct messages with this bot before you ask again."
)


async def hand_over(
    files: Sequence[File], *, client: AsyncWebClient, user_id: str
) -> Rendered | None:
    """
    Upload *files* and post them to *user_id* alone.

    Returns:
        None if they are there; else what to tell the asker, the files' text in it
        where it is short enough. Nothing is tried again.
    """
    try:
        ids = [await _upload(file, client=client) for file in files]
        # A direct message is opened by writing into it: conversations.open needs a scope
        # more, and completing an upload takes a channel's id and no person's. It comes
        # last but one, so that no message announces what Slack has refused already.
        dm = await client.chat_postMessage(channel=user_id, text=say(NEUTRAL))
    except SLACK_TROUBLE as error:
        log.warning("a file could not be handed over: %s", reason(error))
        return _not_handed_over(
            files, say(NO_SCOPE if reason(error) == "missing_scope" else NOT_NOW)
        )
    try:
        await client.files_completeUploadExternal(
            files=[
                {"id": id, "title": file.title or file.name}
                for id, file in zip(ids, files, strict=True)
            ],
            channel_id=dm["channel"],
        )
    except SlackApiError as error:
        log.warning("a file could not be handed over: %s", reason(error))
        return _not_handed_over(files, say(NOT_NOW))
    except SLACK_TROUBLE as error:
        log.warning("a file may or may not have been handed over: %s", reason(error))
        return _told(f"{_names(files)} {say(PERHAPS)}")
    return None


def announced(rendered: Rendered, files: Sequence[File]) -> Rendered:
    """
    Return *rendered* with a note of what comes beside it.
    """
    if not files:
        return rendered
    (*notes,) = note_pieces(
        [say("For you alone, in a direct message: {names}", names=_names(files))]
    )
    text = "\n".join([rendered.text, "", *(note.text for note in notes)])
    blocks = tuple(block for note in notes for block in note.blocks)
    rich = rendered.rich and (*rendered.rich, *blocks)
    return replace(rendered, text=text, blocks=(*rendered.blocks, *blocks), rich=rich)


def added(rendered: Rendered, more: Rendered) -> Rendered:
    """
    Return both as one answer, *more* below.
    """
    text = f"{rendered.text}\n\n{more.text}"
    return replace(rendered, text=text, blocks=(*rendered.blocks, *more.blocks), rich=None)


async def _upload(file: File, *, client: AsyncWebClient) -> str:
    """
    Return the id that Slack gave the file.

    Raises:
        SLACK_TROUBLE: if it could not be uploaded; nobody has seen it.
    """
    place = await client.files_getUploadURLExternal(filename=file.name, length=len(file.content))
    session = client.session
    assert session is not None  # noqa: S101 - `make_bot` gives the client one
    # The address is good for this one file: no token goes with it.
    async with session.post(
        place["upload_url"],
        data=file.content,
        headers={"Content-Type": "application/octet-stream"},
        timeout=aiohttp.ClientTimeout(total=UPLOAD_SECONDS),
        proxy=client.proxy,
    ) as response:
        if response.status != 200:
            raise OSError(f"the upload was answered {response.status}")
    return str(place["file_id"])


def _not_handed_over(files: Sequence[File], why: str) -> Rendered:
    text, blocks, left = f"{_names(files)} {why}", [], SHOWN_CHARACTERS
    said = [escape(text)]
    for file in files:
        content = _readable(file)
        if content is None or len(content) > left:
            continue
        left -= len(content)
        said.append(f"{escape(file.name)}:\n```\n{escape(content)}\n```")
        blocks += [section(f"{escape(file.name)}:"), _preformatted(content)]
    return _told(text, said="\n\n".join(said), blocks=blocks)


def _told(text: str, *, said: str | None = None, blocks: Sequence[Block] = ()) -> Rendered:
    return Rendered(
        text=escape(text) if said is None else said,
        blocks=(section(escape(text)), *blocks),
        page=1,
        pages=1,
    )


def _readable(file: File) -> str | None:
    """
    Return the text of *file*, or None if it is no text that people read.
    """
    if PurePath(file.name).suffix.lower() not in READABLE:
        return None
    try:
        return file.content.decode("utf-8-sig").strip("\r\n") or None
    except UnicodeDecodeError:
        return None


def _preformatted(text: str) -> Block:
    """
    Return *text* as a block in which nothing is markup.
    """
    part = {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": text}]}
    return {"type": "rich_text", "elements": [part]}


def _names(files: Sequence[File]) -> str:
    return ", ".join(file.name for file in files)
