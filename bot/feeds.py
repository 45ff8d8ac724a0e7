"""
Calendars for programs that subscribe to them, at addresses nobody can guess.
"""

from dataclasses import dataclass, field
from hashlib import sha256

from bot.clock import Clock
from bot.identity import Identity
from bot.library import Library
from bot.settings import Settings
from commands.calendar import content_of
from commands.contract import Person, Standing
from commands.ics import MEDIA_TYPE, calendar
from storage.errors import DatabaseError
from storage.feeds import find_feed
from storage.session import Session

FEEDS_PATH = "/calendar/"
ENDING = ".ics"
LONGEST_TOKEN = 100  # characters; ours are shorter
AGAIN_SECONDS = 600


@dataclass(frozen=True, kw_only=True)
class Feed:
    """
    What a calendar program is answered.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = field(default=b"", repr=False)


LATER = Feed(
    status=503, headers=(("retry-after", str(AGAIN_SECONDS)), ("cache-control", "no-store"))
)


class Feeds:
    def __init__(self, *, library: Library, identity: Identity, clock: Clock) -> None:
        self._library = library
        self._identity = identity
        self._clock = clock

    async def answer(self, name: str, *, seen: str) -> Feed:
        """
        Return the calendar of an address.

        Args:
            name: what the address ends in, "TOKEN.ics".
            seen: the If-None-Match of the request.
        Returns:
            404 for whatever is unknown, ended, or of somebody who is no member any more;
            503 while that cannot be found out: programs keep what they have, and try again.
        """
        token = name.removesuffix(ENDING)[:LONGEST_TOKEN]
        try:
            feed = await self._library.read(lambda session: find_feed(session, token))
            if feed is None or name != f"{token}{ENDING}":
                return Feed(status=404)
            who = Person(team_id=feed.team_id, user_id=feed.user_id)
            standing = await self._identity.known(who)
            if standing is None or self._library.trouble is not None:
                return LATER
            if standing < Standing.APPROVED:
                return Feed(status=404)
            now = self._clock()

            def write(session: Session) -> bytes:
                return calendar(session, content_of(session, feed), now=now)

            body = await self._library.read(write)
        except DatabaseError:
            return LATER
        tag = f'"{sha256(body).hexdigest()[:32]}"'
        headers = (
            ("etag", tag),
            ("cache-control", "private, no-cache"),
            ("x-robots-tag", "noindex"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
        )
        if tag in {each.strip().removeprefix("W/") for each in seen.split(",")}:
            return Feed(status=304, headers=headers)
        kind = ("content-type", f"{MEDIA_TYPE}; charset=utf-8")
        named = ("content-disposition", 'inline; filename="meetings.ics"')
        return Feed(status=200, headers=(kind, named, *headers), body=body)


def feeds_address(settings: Settings) -> str | None:
    """
    Return what addresses begin with; None where no calendar program can reach the bot.
    """
    if settings.slack_app_token or not settings.public_url:
        return None
    return f"{settings.public_url}{FEEDS_PATH}"
