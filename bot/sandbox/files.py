"""Files: an address for the bytes, the bytes, and the message that shares them."""

import re
from collections.abc import Mapping
from typing import Any

from bot.sandbox.errors import SlackError
from bot.sandbox.people import BOT_USER
from bot.sandbox.workspace import Upload, Workspace

LARGEST = 1024 * 1024 * 1024  # bytes
NAME = 255  # characters
# Slack itself asks for nine characters and more; the ids here are shorter.
_CHANNEL = re.compile(r"[CGDZ][A-Z0-9]+")


def announce(workspace: Workspace, args: Mapping[str, Any]) -> Upload:
    """
    Make room for a file, for `files.getUploadURLExternal`.

    Raises:
        SlackError: `invalid_arguments`.
    """
    name, length = str(args.get("filename") or ""), str(args.get("length") or "")
    if not 0 < len(name) <= NAME:
        raise SlackError("invalid_arguments", "missing required field: filename")
    if not length.isdecimal() or not 0 < int(length) <= LARGEST:
        raise SlackError("invalid_arguments", "must be more than 0 [json-pointer:/length]")
    upload = Upload(id=f"F0{workspace.tick():07d}", name=name, length=int(length))
    workspace.uploads[upload.id] = upload
    return upload


def take(workspace: Workspace, id: str, content: bytes) -> bool:
    """Take the bytes of a file, and say whether there is room for just these."""
    upload = workspace.uploads.get(id)
    if upload is None or upload.content is not None or len(content) != upload.length:
        return False
    upload.content = content
    return True


def complete(workspace: Workspace, files: Any, channel_id: Any, comment: Any) -> list[Upload]:
    """
    Share uploaded files, for `files.completeUploadExternal`.

    Raises:
        SlackError: `invalid_arguments` (a person's id is no channel's), `channel_not_found`,
            `file_not_found`.
    """
    if not isinstance(files, list) or not files:
        raise SlackError("invalid_arguments", "missing required field: files")
    found = [
        workspace.uploads.get(str(file.get("id"))) if isinstance(file, dict) else None
        for file in files
    ]
    ready = [each for each in found if each and each.content is not None and not each.channel]
    if len(ready) != len(files):
        raise SlackError("file_not_found")
    if channel_id is None:
        return ready  # nobody sees it but the bot
    if not _CHANNEL.fullmatch(str(channel_id)):
        pattern = "input must match regex pattern: ^[CGDZ][A-Z0-9]{8,}$"
        raise SlackError("invalid_arguments", f"{pattern} [json-pointer:/channel_id]")
    channel = workspace.channel(str(channel_id))
    if BOT_USER not in channel.members:
        raise SlackError("channel_not_found")
    for upload, file in zip(ready, files, strict=True):
        upload.title, upload.channel = str(file.get("title") or upload.name), channel.id
    content = {"text": str(comment or "")}
    workspace.post(content, channel=channel.id, via="files.completeUploadExternal", files=ready)
    return ready


def seen_by(workspace: Workspace, id: str, person: str) -> Upload | None:
    """Return a file that *person* can see in some channel."""
    for message in workspace.visible(person):
        for upload in message.files:
            if upload.id == id:
                return upload
    return None
