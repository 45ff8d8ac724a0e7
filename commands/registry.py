"""
Every command, in the order help shows them. Nothing registers itself.
"""

from commands import (
    about,
    access,
    audit,
    collaboratives,
    define,
    deliveries,
    digest,
    directory,
    entry,
    equity,
    funding,
    gaps,
    hotline,
    me,
    members,
    models,
    notices,
    partner,
    partners,
    ping,
    prevention,
    register,
    registrations,
    roles,
    services,
    sources,
    stats,
    techsafety,
    whois,
    wrong,
)
from commands import help as help_
from commands.contract import Command

_VERBS: tuple[Command, ...] = (
    hotline.COMMAND,
    partners.COMMAND,
    partner.COMMAND,
    services.COMMAND,
    collaboratives.COMMAND,
    roles.COMMAND,
    funding.COMMAND,
    stats.COMMAND,
    define.COMMAND,
    prevention.COMMAND,
    models.COMMAND,
    gaps.COMMAND,
    equity.COMMAND,
    techsafety.COMMAND,
    sources.COMMAND,
    about.COMMAND,
    register.COMMAND,
    me.COMMAND,
    members.COMMAND,
    whois.COMMAND,
    registrations.COMMAND,
    access.COMMAND,
    entry.COMMAND,
    directory.COMMAND,
    wrong.COMMAND,
    ping.COMMAND,
    deliveries.COMMAND,
    audit.COMMAND,
)

_OWN = (*_VERBS, digest.command_for(_VERBS), notices.command_for(_VERBS))

COMMANDS: tuple[Command, ...] = (*_OWN, help_.command_for(_OWN))
