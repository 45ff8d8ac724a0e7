"""
/ht next: the next meeting of whoever asks, in a few lines.
"""

from commands.contract import Command, Reply, Request, Standing, Text
from commands.meetings import CALENDAR, FARTHEST
from commands.schedules import ALL, mine, named, remark, visible, when, where
from commands.speech import phrase, say
from storage.meetings import coming
from storage.session import Session

NOBODY = phrase(
    "You sit in no group that has set its dates. `/ht meetings` shows all you may know of."
)


def handle(request: Request, session: Session) -> Reply:
    own = mine(request, session)
    ours = [each for each in visible(request, session) if each.group in own]
    found = next(iter(coming(session, ours, now=request.now, days=FARTHEST)), None)
    if found is None:
        return Reply(
            title=say("No meeting of yours"),
            parts=(Text(text=say(NOBODY)),),
            buttons=(ALL.spoken,),
            shareable=False,
        )
    lines = [when(found), *filter(None, [remark(found)]), *where(found)]
    return Reply(
        title=named(found.series),
        parts=(Text(text="\n".join(lines)),),
        buttons=(ALL.spoken, CALENDAR.spoken),
        again="next",
        shareable=False,
    )


COMMAND = Command(
    verb="next",
    usage="next",
    summary=phrase("Your next meeting: when and where."),
    aliases=("next meeting", "my next meeting", "when do we meet", "proxima reunion"),
    examples=("next",),
    who=Standing.APPROVED,
    handle=handle,
)
