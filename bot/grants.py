"""
`htbot grant`: roles given and taken from the command line.
"""

import re
from datetime import datetime

from bot.library import Library
from storage.audit import record
from storage.errors import UnknownPersonError
from storage.people import RoleName, grant, revoke
from storage.session import Session

USER_ID = re.compile(r"[UW][A-Z0-9]{2,}")
BY = "htbot grant"
TEAM_ID = re.compile(r"[TE][A-Z0-9]{2,}")


class GrantError(Exception):
    """
    A role cannot be given or taken; the message says why and what to type.
    """


def change_role(
    library: Library,
    *,
    user_id: str,
    role: RoleName,
    team_id: str | None,
    take: bool,
    now: datetime,
) -> str:
    """
    Give *role* to a person or take it, and return what was done as a sentence.

    Args:
        team_id: Slack's id of the workspace; None: the one the database knows.
    Raises:
        GrantError: if an id is none of Slack's, or the workspace is not known.
        DatabaseError: if the database cannot be written; nothing is changed.
    """
    if not USER_ID.fullmatch(user_id):
        raise GrantError(
            "That is not a Slack member ID. It begins with U: in Slack, open the person's "
            "profile, then More, then Copy member ID."
        )
    if team_id is not None and not TEAM_ID.fullmatch(team_id):
        raise GrantError("That is not a Slack workspace ID. It begins with T.")
    workspace = team_id or library.team_id
    if workspace is None:
        raise GrantError(
            "The workspace is not known yet: start `htbot run` once, or add --team T…."
        )

    def change(session: Session) -> bool:
        if take:
            done = revoke(session, team_id=workspace, user_id=user_id, role=role)
        else:
            done = grant(
                session, team_id=workspace, user_id=user_id, role=role, granted_by=BY, now=now
            )
        if done:
            act = "role.revoked" if take else "role.granted"
            record(session, act, actor=BY, now=now, subject=user_id, role=role.value)
        return done

    try:
        changed = library.write_now(change)
    except UnknownPersonError:
        changed = False
    if take:
        return f"{user_id} is no longer {role}." if changed else f"{user_id} was not {role}."
    return f"{user_id} is now {role}." if changed else f"{user_id} was {role} already."
