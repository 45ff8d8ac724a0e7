"""
`htbot say`: an answer in the terminal, with no Slack at all.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath

from bot.render import message, plain
from bot.router import Router
from commands.contract import File, Standing

ROLES = {each.name.lower(): each for each in Standing}


async def say(
    text: str, *, router: Router, role: str, as_json: bool, save: Path | None = None
) -> str:
    """
    Return what the bot answers to *text* ("/ht hotline" or "hotline") for somebody
    of *role*: the complete text, or the JSON that Slack would get first.

    Args:
        save: the folder to write the answer's files to; made if it is not there.
    Raises:
        OSError: if a file cannot be written. None is written over another.
    """

    async def standing() -> Standing:
        return ROLES[role]

    answer = await router.answer(_asked(text), standing=standing, share=as_json)
    said = list(_saved(answer.files, save))
    if as_json:
        return json.dumps(message(answer.rendered, drawn=True), ensure_ascii=False, indent=2)
    return "\n".join([plain(answer.rendered.text), *([""] if said else []), *said])


def _saved(files: Sequence[File], folder: Path | None) -> Iterator[str]:
    """
    Write *files*, if there is a folder for them, and say of each where it is.
    """
    for file in files:
        if folder is None:
            yield f"File: {file.name}. To have it written, add --save FOLDER."
            continue
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / PurePath(file.name).name
        with path.open("xb") as out:
            out.write(file.content)
        yield f"Written: {path}"


def _asked(text: str) -> str:
    first, *rest = text.split(maxsplit=1) or [""]
    return "".join(rest) if first.casefold() == "/ht" else text
