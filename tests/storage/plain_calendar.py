"""
When a series meets, worked out day by day with a calendar's own arithmetic: the judge of
our recurrences, and no user of any library of recurrences.
"""

from datetime import date, datetime, timedelta

DAY = timedelta(days=1)
NAMES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def every_day(first: date, last: date) -> list[date]:
    return [first + number * DAY for number in range((last - first).days + 1)]


def meets(plan, day: date) -> bool:
    """
    Tell whether *plan* meets on *day*, before any holiday or change.
    """
    start = plan.starts_on
    if start is None or day < start or (plan.ends_on and day > plan.ends_on):
        return False
    if not plan.rule:
        return day == start
    parts = dict(each.split("=") for each in plan.rule.split(";"))
    every = int(parts.get("INTERVAL", "1"))
    names = parts["BYDAY"].split(",")
    name = NAMES[day.weekday()]
    if parts["FREQ"] == "WEEKLY":
        monday, first_monday = (each - each.weekday() * DAY for each in (day, start))
        return name in names and ((monday - first_monday).days // 7) % every == 0
    months = (day.year - start.year) * 12 + day.month - start.month
    nth = (day.day - 1) // 7 + 1
    last = (day + 7 * DAY).month != day.month
    return months % every == 0 and (f"{nth}{name}" in names or (last and f"-1{name}" in names))


def calendar(plan, off, first: date, last: date, said=None) -> dict[datetime, tuple]:
    """
    Return key -> (local start, state) of all that was to be on a day in [first, last].

    Args:
        off: the days that are holidays.
        said: key -> (state, local start), what people decided.
    """
    said = said or {}
    at = plan.starts_at
    wide = every_day(first - 40 * DAY, last + 40 * DAY)
    days = [day for day in wide if meets(plan, day)]
    found, used = {}, set()
    for day in days:
        key = datetime.combine(day, at)
        if key not in said and day not in off:
            used.add(day)
    used |= {start.date() for state, start in said.values() if state in {"on", "moved"}}
    for day in days:
        key = datetime.combine(day, at)
        if key in said:
            state, start = said[key]
        elif day not in off:
            state, start = "on", key
        else:
            state, start = "skipped", key
            if plan.on_holiday != "skip":
                step = -DAY if plan.on_holiday == "earlier" else DAY
                other = day + step
                while other.weekday() > 4 or other in off:
                    other += step
                if other not in used:
                    used.add(other)
                    state, start = "moved", datetime.combine(other, at)
        if first <= day <= last:
            found[key] = (start, state)
    return found
