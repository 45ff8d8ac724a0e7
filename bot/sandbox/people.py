"""The people and channels a sandbox starts with."""

from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal[
    "admin", "coordinator", "member", "guest", "single_channel_guest", "external", "deactivated"
]

TEAM = "T0SANDBOX"
OTHER_TEAM = "T0ELSEWHERE"
TEAM_DOMAIN = "sandbox"
BOT_USER = "U0HTBOT"
BOT = "B0HTBOT"
APP = "A0HTBOT"
APP_NAME = "County Desk"  # as in the manifest: neutral, because a lock screen shows it


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody who can type at the bot, or a member of another workspace who can read it."""

    id: str
    name: str
    real_name: str
    kind: Kind
    team_id: str = TEAM
    locale: str = "en-US"
    tz: str = "America/Los_Angeles"
    before: Kind = "member"  # what somebody deactivated was, and will be when reactivated
    updated: int = 0  # seconds since 1970

    @property
    def external(self) -> bool:
        """Say whether the person belongs to another workspace."""
        return self.kind == "external" or self.team_id != TEAM

    def as_user(self, *, include_locale: bool = False) -> dict[str, Any]:
        """Return the user object of ``users.info``."""
        user: dict[str, Any] = {
            "id": self.id,
            "team_id": self.team_id,
            "name": self.name,
            "deleted": self.kind == "deactivated",
            "profile": {
                "real_name": self.real_name,
                "display_name": self.name,
                "team": self.team_id,
            },
            "is_bot": False,
            "is_app_user": False,
            "updated": self.updated,
        }
        if self.kind == "deactivated":
            return user
        user |= {
            "real_name": self.real_name,
            "tz": self.tz,
            "is_admin": self.kind == "admin",
            "is_owner": False,
            "is_primary_owner": False,
            "is_restricted": self.kind in ("guest", "single_channel_guest"),
            "is_ultra_restricted": self.kind == "single_channel_guest",
        }
        if self.external:
            user["is_stranger"] = True
        if include_locale:
            user["locale"] = self.locale
        return user


@dataclass(kw_only=True)
class Channel:
    """A public or private channel, one shared with another workspace, or a DM with the bot."""

    id: str
    name: str
    is_private: bool = False
    is_ext_shared: bool = False
    is_archived: bool = False
    person: str | None = None  # of a DM
    members: set[str] = field(default_factory=set)

    @property
    def is_im(self) -> bool:
        """Say whether this is a direct message with the bot."""
        return self.person is not None

    def as_conversation(self) -> dict[str, Any]:
        """Return the channel object of ``conversations.info``."""
        if self.person is not None:
            return {"id": self.id, "is_im": True, "user": self.person, "is_archived": False}
        return {
            "id": self.id,
            "name": self.name,
            "name_normalized": self.name,
            "is_channel": not self.is_private,
            "is_group": False,
            "is_im": False,
            "is_mpim": False,
            "is_private": self.is_private,
            "is_archived": self.is_archived,
            "is_general": self.id == "C0GENERAL",
            "is_shared": self.is_ext_shared,
            "is_ext_shared": self.is_ext_shared,
            "is_org_shared": False,
            "is_pending_ext_shared": False,
            "is_member": BOT_USER in self.members,
            "context_team_id": TEAM,
            "shared_team_ids": [TEAM, OTHER_TEAM] if self.is_ext_shared else [TEAM],
            "num_members": len(self.members),
        }


def everybody() -> tuple[Person, ...]:
    """Return one person of each kind."""
    return (
        Person(id="U0ADMIN", name="admin", real_name="Ada Admin", kind="admin"),
        Person(id="U0COORD", name="coordinator", real_name="Cora Coordinator", kind="coordinator"),
        Person(id="U0MEMBER", name="member", real_name="Mel Member", kind="member"),
        Person(id="U0GUEST", name="guest", real_name="Gil Guest", kind="guest"),
        Person(id="U0SINGLE", name="single", real_name="Sam Single", kind="single_channel_guest"),
        Person(
            id="U0EXTERN",
            name="external",
            real_name="Eve External",
            kind="external",
            team_id=OTHER_TEAM,
        ),
        Person(id="U0GONE", name="gone", real_name="Gus Gone", kind="deactivated"),
    )


def every_channel() -> tuple[Channel, ...]:
    """Return a public, a private, a shared and an archived channel, and one without the bot."""
    staff = {"U0ADMIN", "U0COORD", "U0MEMBER"}
    return (
        Channel(id="C0GENERAL", name="general", members={*staff, "U0GUEST", "U0SINGLE", BOT_USER}),
        Channel(id="C0PRIVATE", name="leads", is_private=True, members={*staff, BOT_USER}),
        Channel(
            id="C0SHARED",
            name="shared-with-partner",
            is_ext_shared=True,
            members={*staff, "U0EXTERN", BOT_USER},
        ),
        Channel(id="C0QUIET", name="quiet", members=set(staff)),
        Channel(id="C0SECRET", name="secret", is_private=True, members=set(staff)),
        Channel(id="C0OLD", name="old", is_archived=True, members={*staff, BOT_USER}),
    )
