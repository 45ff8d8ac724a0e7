"""
What the app's manifest asks of Slack: kept here too, because an installed bot has no manifest.
"""

from typing import Final

NEEDED: Final = frozenset({"commands", "chat:write", "users:read", "channels:read", "groups:read"})
OPTIONAL: Final = frozenset({"files:write"})
