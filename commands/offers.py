"""
What agencies say of themselves, in words: the services they offer, and their hours.
"""

from commands.speech import SHORT, aside, phrase, say
from storage.offerings import Hours, Offered

DAYS = {
    "MO": phrase("Monday"),
    "TU": phrase("Tuesday"),
    "WE": phrase("Wednesday"),
    "TH": phrase("Thursday"),
    "FR": phrase("Friday"),
    "SA": phrase("Saturday"),
    "SU": phrase("Sunday"),
}


def offer(offered: Offered) -> str:
    """
    Return for whom, in which languages and since when: "An adult · Spanish · Said by the
    agency, Nov 2026".
    """
    about = [", ".join(offered.persons), ", ".join(offered.languages), said(offered)]
    return " · ".join(filter(None, about))


def said(offered: Offered) -> str:
    return say("Said by the agency, {said_on:%b %Y}", said_on=offered.said_on)


def hours(found: Hours) -> str:
    """
    Return an agency's hours as one says them: "Mon–Fri 09:00–17:00; closed on holidays".
    """
    when = _days(found.byday)
    if found.opens_at and found.closes_at:
        when = f"{when} {found.opens_at:%H:%M}–{found.closes_at:%H:%M}".strip()
    return "; ".join(filter(None, [when, found.description]))


def _days(byday: tuple[str, ...]) -> str:
    every = list(DAYS)
    runs: list[list[int]] = []
    for place in sorted(every.index(day) for day in byday if day in DAYS):
        if runs and place == runs[-1][-1] + 1:
            runs[-1].append(place)
        else:
            runs.append([place])
    names = [aside(SHORT, name[:3]) for name in DAYS.values()]
    return ", ".join(
        names[run[0]] if len(run) == 1 else f"{names[run[0]]}–{names[run[-1]]}" for run in runs
    )
