"""
What the verbs of the directory share: whose an entry is, its state, and its buttons.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from commands.contract import Button, Person, Reply, Request, Standing, Text, UserError
from commands.match import find
from commands.speech import phrase, say, say_many
from storage.custodians import Responsible, own_organization
from storage.items import Item, find_item
from storage.organizations import Named, find_organization, organization_names
from storage.session import Session
from storage.task_forces import local_day

PRIVATE = phrase(
    "Never a confidential shelter's address, and no private number without its owner's consent: "
    "what stands here is read by everybody in the workspace."
)
NOT_VERIFIED = phrase("Saving is not verifying: press Still correct once it has been checked.")
OPERATOR = phrase("Verify a crisis line with its operator, never by calling it.")
NOBODY = phrase("An entry is kept in somebody's name. Type it in Slack.")
CHANGED_MEANWHILE = phrase(
    "Somebody else changed this meanwhile. Nothing was saved: look at it again."
)
ALL = Button(label=phrase("All partners"), command="partners")
MINE = Button(label=phrase("What I look after"), command="directory mine")
TABLES = ("organization", "phone", "hotline")


@dataclass(frozen=True, kw_only=True)
class Rights:
    """
    What somebody may do about entries.
    """

    asker: Person | None
    standing: Standing
    responsible: Responsible
    day: date

    def keeps(self, organization_id: int | None) -> bool:
        """
        Say whether they look after an organization's entry; None: after lines of no agency.
        """
        if self.standing >= Standing.COORDINATOR:
            return True
        if self.asker is None or self.standing < Standing.APPROVED:
            return False
        return self.responsible.keeps(organization_id, self.asker.user_id)


def rights(request: Request, session: Session, *, of: int | None = None) -> Rights:
    """
    Return what the asker may do.

    Args:
        of: the organization it is about, by its row; None: any.
    """
    day = local_day(session, request.now)
    return Rights(
        asker=request.asker,
        standing=request.standing,
        responsible=Responsible(session, today=day, organization_id=of),
        day=day,
    )


def keeper(request: Request, session: Session, organization_id: int | None) -> str:
    """
    Return the Slack id of who asks, who must look after the entry.

    Raises:
        UserError: if they do not.
    """
    if request.asker is None:
        raise UserError(say(NOBODY))
    may = rights(request, session, of=organization_id)
    if not may.keeps(organization_id):
        raise UserError(whose(may, organization_id))
    return request.asker.user_id


def whose(may: Rights, organization_id: int | None) -> str:
    """
    Return who looks after an entry, for those who do not.
    """
    keepers = may.responsible.custodians.get(organization_id or 0, ())
    if not keepers:
        return say("The coordinators look after this entry. To report a mistake, press Wrong number? on the agency's page.")  # fmt: skip
    listed = [each.name for each in keepers if each.listed]
    names = say(" and ").join(listed) or say("Somebody of the agency")
    return say(
        "{names} and the coordinators look after this entry. To report a mistake, press Wrong number? on the agency's page.",
        names=names,
    )


def agency(text: str, session: Session, *, example: str, retired: bool = False) -> Named:
    """
    Return the agency that *text* names.

    Args:
        example: what to type, with "NAME" in the name's place.
        retired: whether it may be shown no more.
    Raises:
        UserError: if there is none, or more than one.
    """
    found = find_organization(session, text, retired=retired)
    if found is not None:
        return found
    every = organization_names(session, retired=retired)
    match = find(text, [(each, each.names) for each in every])
    if match.best is not None:
        return match.best
    close = tuple(
        Button(label=each.name, command=example.replace("NAME", each.key))
        for each in match.close[:8]
    )
    if close:
        raise UserError(say("Which agency do you mean?"), buttons=close)
    typed = re.sub(r"<@\w+>", "@name", example)
    raise UserError(
        say(
            "No agency of that name in our directory. Type, for example, `/ht {typed}`; "
            "`/ht partners` lists them all.",
            typed=typed,
        ),
        buttons=(ALL.spoken,),
    )


def asked_agency(text: str, request: Request, session: Session) -> Named:
    """
    Return the agency that *text* names; without one, the asker's own.
    """
    if text:
        return agency(text, session, example="entry NAME")
    if request.asker is None:
        raise UserError(say(NOBODY))
    key = own_organization(
        session,
        team_id=request.asker.team_id,
        user_id=request.asker.user_id,
        today=local_day(session, request.now),
    )
    if key is None:
        raise UserError(
            say(
                "Which agency? Type its name after the verb, for example `/ht entry Justice At Last`."
            ),
            buttons=(ALL.spoken,),
        )
    return agency(key, session, example="entry NAME")


def back_to(named: Named | None) -> tuple[Button, ...]:
    """
    Return the button to an agency's entry.
    """
    return (Button(label=say("The entry"), command=f"entry {named.key}"),) if named else ()


def done(title: str, text: str, named: Named | None) -> Reply:
    """
    Return what somebody reads who has done something to an entry.
    """
    return Reply(title=title, parts=(Text(text=text),), buttons=back_to(named), shareable=False)


def item_of(words: list[str], session: Session) -> Item:
    """
    Return the item that a button names: "phone 12".

    Raises:
        UserError: if there is none, or none any more.
    """
    match words:
        case [table, named, *_] if table in TABLES:
            found = find_item(session, table, int(named) if _is_number(named) else named)
            if found is not None:
                return found
            raise UserError(say("This is not in the directory any more. Nothing was done."), buttons=(MINE.spoken,))  # fmt: skip
    raise UserError(
        say("Which one? Press a button of `/ht directory mine`."), buttons=(MINE.spoken,)
    )


def number_of(text: str, *, back: Button) -> int:
    """
    Return the number after an action's word.
    """
    _, _, typed = text.partition(" ")
    if not _is_number(typed.strip()):
        raise UserError(
            say("Which one? Press a button of `/ht {command}`.", command=back.command),
            buttons=(back,),
        )
    return int(typed)


def changing(item: Item) -> Button:
    """
    Return the button to an item's form.
    """
    if item.table == "organization":
        return Button(label=say("Change"), command=f"entry details {item.key}")
    word = "phone" if item.table == "phone" else "line"
    return Button(label=say("Change"), command=f"entry {word} {item.id}")


def deciding(item: Item) -> tuple[Button, ...]:
    """
    Return what is answered to "is this still correct?".
    """
    named = f"{item.table} {item.id} {item.version}"
    return (
        Button(label=say("Still correct"), command=f"directory still {named}"),
        changing(item),
        Button(label=say("Retire"), command=f"directory retire {named}"),
    )


def state(item: Item, *, reported: int = 0) -> str:
    """
    Return in a line how an item stands: when it was verified, and what is in doubt.
    """
    if item.verified_on:
        said = say("Verified {day}", day=_day(item.verified_on))
    else:
        said = say("Not verified; as of {day}", day=_day(item.as_of))
    if reported:
        said += say("; reported to be wrong: {reported}", reported=reported)
    return said


def since(due: date, *, day: date) -> str:
    """
    Return for how long something has been due.
    """
    days = max((day - due) // timedelta(days=1), 0)
    if days == 0:
        return say("due today")
    return say_many(
        "due since {day}, {number} day", "due since {day}, {number} days", days, day=_day(due)
    )


def _day(day: date) -> str:
    return say("{day:%b} {day_2}, {year}", day=day, day_2=day.day, year=day.year)


def _is_number(typed: str) -> bool:
    return typed.isascii() and typed.isdecimal() and len(typed) < 10
