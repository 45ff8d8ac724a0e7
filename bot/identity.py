"""
Who is asking: what Slack says of a person, and the roles they were given here.
"""

import asyncio
import logging
import re
from collections import OrderedDict
from typing import Any, Protocol, TypeVar

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.kept import Kept
from bot.library import DOUBT_SECONDS, Library
from commands.contract import Person, Standing
from commands.speech import spoken_in
from storage.errors import DatabaseError
from storage.people import RoleName, roles_of
from storage.session import Session
from storage.spoken import chosen_language, chosen_languages

log = logging.getLogger(__name__)

Value = TypeVar("Value")

REMEMBERED_SECONDS = 600.0
REMEMBERED_PEOPLE = 20_000
SLACK_SECONDS = 1.5  # of the three that Slack gives an answer
ROLES_SECONDS = 1.0
# What a call to Slack may end in: refused, not connected, cut off, too late.
SLACK_TROUBLE = (SlackApiError, SlackClientError, ClientError, OSError, TimeoutError)
ROLES = {
    RoleName.MEMBER: Standing.APPROVED,
    RoleName.COORDINATOR: Standing.COORDINATOR,
    RoleName.ADMIN: Standing.ADMIN,
}
UNKNOWN = (0.0, Standing.EXTERNAL)  # until when it is known what somebody is, and what
SLACKBOT = "USLACKBOT"  # no bot, as Slack tells it
_CODE = re.compile(r"[a-z0-9_]{1,64}")


class Slack(Protocol):
    """
    What we ask of Slack about people and channels.
    """

    async def users_info(self, *, user: str, include_locale: bool) -> Any: ...

    async def conversations_info(self, *, channel: str) -> Any: ...


class Identity:
    """
    Args:
        admins: user ids of the workspace that are admins by settings.
    """

    def __init__(self, slack: Slack, *, library: Library, admins: frozenset[str]) -> None:
        self._slack = slack
        self._library = library
        self._admins = admins
        self._kinds: OrderedDict[Person, tuple[float, Standing]] = OrderedDict()
        # Roles and the chosen language, while nobody changes them; and until when, at most.
        self._given: Kept[tuple[frozenset[RoleName], str | None, float]] = Kept(
            library, most=REMEMBERED_PEOPLE
        )
        self._forgotten = 0  # how often somebody was
        self._locales: OrderedDict[Person, str | None] = OrderedDict()  # as of the last look
        self._chosen: dict[str, str] = {}  # of everybody who chose a language, by user id
        self.team_id: str | None = library.team_id

    async def standing(self, person: Person) -> Standing:
        """
        Return what *person* may see. Whoever is of another workspace, gone, or
        cannot be asked about is external.
        """
        return await self.known(person) or Standing.EXTERNAL

    async def known(self, person: Person) -> Standing | None:
        """
        Return the same, or None where Slack could not be asked.
        """
        if self.team_id is None or person.team_id != self.team_id:
            return Standing.EXTERNAL
        kind = await self._asked(person)
        if kind is None or kind is Standing.EXTERNAL:
            return kind
        return self._with(await self._roles(person), person, kind)

    def at_once(self, person: Person) -> Standing | None:
        """
        Return the same as far as it is known and certain. None: somebody has to be asked.
        """
        if self.team_id is None or person.team_id != self.team_id:
            return Standing.EXTERNAL
        until, kind = self._kinds.get(person, UNKNOWN)
        now = asyncio.get_running_loop().time()
        if kind is Standing.EXTERNAL or now >= until:
            return None
        given = self._given.find(person)
        if given is None or now >= given[2]:
            return None
        return self._with(given[0], person, kind)

    def _with(self, roles: frozenset[RoleName], person: Person, kind: Standing) -> Standing:
        if person.user_id in self._admins:
            return Standing.ADMIN
        if kind is Standing.GUEST:
            return kind  # whatever they were before: who sits where is not for guests
        given = max((ROLES[role] for role in roles), default=kind)
        return max(kind, given)

    def language(self, person: Person) -> str | None:
        """
        Return the language *person* chose, or Slack's for them; None: not known yet. Asks
        nobody: `standing` does.
        """
        own = person.team_id == self.team_id
        given = self._given.find(person)
        # What is kept beside the roles is never older than the last look at everybody's.
        known = given[1] if given else self._chosen.get(person.user_id)
        chosen = known if own else None
        return chosen or spoken_in(self._locales.get(person))

    async def look(self) -> None:
        """
        Learn who chose which language, also in other processes and before this one began:
        hotlines are answered at once, in the language that is known by then.
        """
        try:
            self._chosen = await self._library.read(chosen_languages)
        except DatabaseError:
            log.info("languages could not be looked at; the next tick will")

    def spoken_to(self, session: Session, user_id: str) -> str | None:
        """
        Return in which language to write to *user_id*, who did not ask just now.
        """
        person = Person(team_id=self.team_id or "", user_id=user_id)
        return chosen_language(session, user_id) or spoken_in(self._locales.get(person))

    async def is_here(self, user_id: str) -> bool:
        """
        Say whether *user_id* is a person with an account in this workspace, guests included.
        """
        if self.team_id is None:
            return False
        kind = await self._kind(Person(team_id=self.team_id, user_id=user_id))
        return kind > Standing.EXTERNAL

    async def _roles(self, person: Person) -> frozenset[RoleName]:
        # Nobody is more than a member while we cannot look; and help and the
        # menu, which need no database, do not wait for one that is away.
        if self._library.trouble is not None:
            return frozenset()
        now = asyncio.get_running_loop().time()
        if (kept := self._given.find(person)) and now < kept[2]:
            return kept[0]
        try:
            async with asyncio.timeout(ROLES_SECONDS):
                (roles, chosen), read = await self._library.read_noting(
                    lambda session: (
                        roles_of(session, person.team_id, person.user_id),
                        chosen_language(session, person.user_id),
                    )
                )
        except (DatabaseError, TimeoutError):
            return frozenset()
        self._given.keep(person, (roles, chosen, now + DOUBT_SECONDS), read=read)
        if chosen is None:
            self._chosen.pop(person.user_id, None)
        else:
            self._chosen[person.user_id] = chosen
        return roles

    def forget(self, user_id: str) -> None:
        """
        Ask Slack again about *user_id*: something about them changed.
        """
        self._forgotten += 1
        for person in [each for each in self._kinds if each.user_id == user_id]:
            del self._kinds[person]

    async def shared_outside(self, channel_id: str) -> bool:
        """
        Say whether people of other workspaces may read a channel. Unknown counts as so.
        """
        try:
            async with asyncio.timeout(SLACK_SECONDS):
                answer = await self._slack.conversations_info(channel=channel_id)
        except SLACK_TROUBLE as error:
            log.warning("a channel could not be looked up: %s", reason(error))
            return True
        channel = answer.get("channel")
        if not channel:
            return True
        flags = ("is_ext_shared", "is_shared", "is_org_shared", "is_pending_ext_shared")
        return any(channel.get(flag) for flag in flags)

    async def _kind(self, person: Person) -> Standing:
        return await self._asked(person) or Standing.EXTERNAL

    async def _asked(self, person: Person) -> Standing | None:
        now = asyncio.get_running_loop().time()
        if known := self._kinds.get(person):
            until, kind = known
            if now < until:
                return kind
        forgotten = self._forgotten
        try:
            async with asyncio.timeout(SLACK_SECONDS):
                answer = await self._slack.users_info(user=person.user_id, include_locale=True)
        except SLACK_TROUBLE as error:
            log.warning("a person could not be looked up: %s", reason(error))
            return None
        user = answer.get("user") or {}
        kind = kind_of(user, team_id=person.team_id)
        _keep(self._locales, person, user.get("locale"))
        if forgotten != self._forgotten:
            return kind  # somebody changed meanwhile: good for this once
        _keep(self._kinds, person, (now + REMEMBERED_SECONDS, kind))
        return kind


def _keep(kept: OrderedDict[Person, Value], person: Person, value: Value) -> None:
    """
    Remember *value* of *person*, and of the people asked about longest ago nothing.
    """
    kept[person] = value
    kept.move_to_end(person)
    if len(kept) > REMEMBERED_PEOPLE:
        kept.popitem(last=False)


def kind_of(user: dict[str, Any], *, team_id: str) -> Standing:
    """
    Return what Slack's *user* is in the workspace *team_id*, roles here aside.

    Source: https://docs.slack.dev/reference/objects/user-object
    """
    if user.get("is_bot") or user.get("id") == SLACKBOT:
        return Standing.EXTERNAL
    if user.get("deleted") or user.get("is_stranger") or user.get("team_id") != team_id:
        return Standing.EXTERNAL
    if user.get("is_restricted") or user.get("is_ultra_restricted"):
        return Standing.GUEST
    return Standing.MEMBER


def reason(error: Exception) -> str:
    """
    Return what kind of *error* a call to Slack ended in, with Slack's own code for it.
    """
    if isinstance(error, SlackApiError):
        data = getattr(error.response, "data", None)  # text, when it was no answer of Slack's
        code = data.get("error") if isinstance(data, dict) else None
        if isinstance(code, str) and _CODE.fullmatch(code):
            return code
    return type(error).__name__
