"""
From a text to an answer: screened, routed, allowed, read, rendered. One way for
Slack's two doors, the terminal and the tests.
"""

import asyncio
import logging
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from math import ceil
from typing import TypeAlias
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.forms import Opened, Sent, described, opened, people, unfit
from bot.kept import Kept
from bot.library import LOST, UNREACHABLE, Library
from bot.limits import Limits
from bot.logging import where
from bot.metrics import Outcome
from bot.render import Rendered, render
from commands import hotline
from commands.contract import (
    LONGEST_COMMAND,
    Action,
    Button,
    Command,
    File,
    Person,
    Reply,
    Request,
    Standing,
    Text,
    UserError,
)
from commands.crisis import find_crisis
from commands.forms import (
    MOST_OPTIONS,
    ChoiceField,
    ChoicesField,
    FieldError,
    Form,
    Option,
    Sheet,
)
from commands.help import menu_for, usage
from commands.home import home
from commands.refusal import refusal
from commands.registry import COMMANDS
from commands.routing import Meant, Unclear, Verbs, resolve
from commands.screen import find_details
from commands.speech import language as spoken_now
from commands.speech import phrase, say, speak
from commands.words import fold, language_of
from storage.changes import Read
from storage.errors import DatabaseBusyError, DatabaseError, DatabaseLostError
from storage.memory import Memory
from storage.receipts import KEPT, first_time, forget_before
from storage.session import Session

log = logging.getLogger(__name__)

Spoken: TypeAlias = Callable[[], str | None]

MENU = "menu"
MINUTE = timedelta(minutes=1)  # no answer says anything finer than that of the time
QUARTER = timedelta(
    minutes=15
)  # by the clock, what is said of days and deadlines is right that long
MOST_KEPT = 512  # answers
BUSY = phrase("The database is busy. Nothing was changed: please try again in a minute.")
STILL = phrase("Hotlines, help and the menu still work.")
# More is no question, and reading it would hold up everybody else.
LONGEST_TEXT = 2000  # characters
TOO_LONG = phrase("A question here is a few words.")
SENT_ALREADY = phrase("This was sent before, and has been taken once. Nothing was done twice.")
NOT_HERE = phrase(
    "That is no account of a person in this workspace: it may be an app, of another workspace or "
    "deactivated. Choose somebody else, or try again in a minute if Slack could not say."
)
TOO_FAST = phrase(
    "That was a lot in a short time. Try again in {seconds} seconds. "
    "`/ht hotline` and `/ht help` always answer."
)
TRY_AGAIN = phrase(
    "If it should be open to you, try again in a minute: Slack could perhaps not say who you are."
)
HOTLINES = Button(label=phrase("Hotlines"), command="hotline", urgent=True)
HELP = Button(label=phrase("Help"), command="help")
_PAGE = re.compile(r"(?:^|\s)(?:page|p[aá]gina)\s+(\d{1,4})\s*$", re.IGNORECASE)
_FOR_WHOM = {
    Standing.GUEST: phrase("This is for people of this workspace."),
    Standing.MEMBER: phrase("This is for full members of this workspace."),
    Standing.APPROVED: (
        phrase(
            "This is for members of the task force. Full members of this workspace type `/ht register` "
            "to ask to be one."
        )
    ),
    Standing.COORDINATOR: phrase("This is for coordinators."),
    Standing.ADMIN: phrase("This is for administrators of this bot."),
}


@dataclass(frozen=True, kw_only=True)
class Basis:
    """
    What an answer rests on that is the same for everybody of one standing and language.

    Attributes:
        read: None: on what is remembered alone.
    """

    memory: Memory
    read: Read | None = None


@dataclass(frozen=True, kw_only=True)
class Answer:
    """
    Attributes:
        command: whose answer it is; None for the menu, a refusal or an error.
        done: the command was carried out: its answer may be shared.
        files: for the asker alone. Turning a page asks for none again.
        form: to be opened in place of showing `rendered`, which says so where it cannot be.
        outcome: for the metrics.
        errors: field -> what is wrong with it: the form that was sent stays open.
        basis: while it stands, the same text is answered so; None: this answer is one person's.
    """

    rendered: Rendered
    command: Command | None = None
    done: bool = False
    outcome: Outcome = Outcome.ANSWERED
    files: tuple[File, ...] = ()
    form: Opened | None = None
    errors: Mapping[str, str] | None = None
    basis: Basis | None = None


@dataclass(frozen=True, kw_only=True)
class Home:
    """
    Attributes:
        shown: one under the other.
        language: in which it is.
        basis: while it stands nothing of this is otherwise, from `since` to `until`; aware.
    """

    shown: tuple[Rendered, ...]
    language: str
    basis: Basis
    since: datetime
    until: datetime


class Router:
    """
    Args:
        limits: how much one person may ask for; None: any amount.
    """

    def __init__(
        self,
        *,
        library: Library,
        clock: Clock,
        commands: Sequence[Command] = COMMANDS,
        calendars: str | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._library = library
        self._clock = clock
        self._limits = limits
        self._verbs = Verbs(commands=tuple(commands))
        self._menu = menu_for(commands)
        # The words we named ourselves, and the verb each stands for. Only answers to these are
        # kept: of what anybody else typed nothing stays.
        self._own: Mapping[str, str] = {
            **{" ".join(words): command.verb for words, command in self._verbs.phrases.items()},
            **dict.fromkeys(("", MENU), MENU),
        }
        self._given: Kept[Answer] = Kept(library, most=MOST_KEPT)
        self._calendars = calendars

    async def answer(
        self,
        text: str,
        *,
        standing: Callable[[], Awaitable[Standing]],
        share: bool = False,
        asker: Person | None = None,
        channel: str | None = None,
        language: Spoken = lambda: None,
    ) -> Answer:
        """
        Answer *text*, which followed "/ht". Never raises: trouble is an answer too.

        Args:
            standing: asked only by what is not for everybody; it may ask Slack.
            share: whether the answer may offer to be shared.
            asker: who asks; None where nobody is signed in, as in a terminal.
            channel: Slack's id of where; None: nowhere that others read too.
            language: says, without waiting, which language the asker is spoken to in, as far
                as it is known; asked at once, and again when *standing* was.
        """
        standing = _listening(standing, language)
        asked = _bared(text)
        if asked not in self._own:
            return await self._answered(text, standing, share=share, asker=asker, channel=channel)
        now = self._clock()
        answer = await self._answered(asked, standing, share=share, asker=asker, channel=channel)
        if basis := answer.basis:
            who = None if self._own[asked] == "hotline" else await standing()
            minute = now.replace(second=0, microsecond=0) if basis.read else None
            self._given.keep(
                (asked, who, spoken_now(), share),
                answer,
                memory=basis.memory,
                read=basis.read,
                since=minute,
                until=minute + MINUTE if minute else None,
            )
        return answer

    def given(
        self,
        text: str,
        *,
        standing: Standing | None,
        share: bool,
        asker: Person,
        language: str | None,
    ) -> Answer | None:
        """
        Return what `answer` would say, if it said so before and it stands. None: it has to
        be worked out. Asks nobody.

        Args:
            standing: as far as it is known; None: somebody has to be asked.
        """
        asked = _bared(text)
        verb = self._own.get(asked)
        if verb is None or (standing is None and verb != "hotline"):
            return None
        speak(language)
        who = None if verb == "hotline" else standing
        kept = self._given.find((asked, who, spoken_now(), share), now=self._clock())
        if kept and kept.command and (seconds := self._seconds_to_wait(kept.command, asker)):
            return replace(self._hasty(seconds), outcome=Outcome.LIMITED)
        return kept

    async def _answered(
        self,
        text: str,
        standing: Callable[[], Awaitable[Standing]],
        *,
        share: bool,
        asker: Person | None,
        channel: str | None,
    ) -> Answer:
        text, page = _paged(text.strip()) if len(text) <= LONGEST_TEXT else (text, None)
        command: Command | None = None
        try:
            if self._verbs.spells(text, hotline.NAMES):  # never screened, refused, kept waiting
                command = self._verbs.named("hotline")
                reply, lines = self._recall(Meant(command=command, text=text[:LONGEST_COMMAND]))
                answer = self._shown(reply, command=command, page=page, share=share)
                return replace(answer, basis=lines)
            if len(text) > LONGEST_TEXT:
                return self._shown(
                    _said(say("That is too long"), f"{say(TOO_LONG)} {say(hotline.NO_DETAILS)}"),
                    card=hotline.spoken_card(),
                )
            crisis = find_crisis(text)
            if detail := find_details(text):
                reply = refusal(detail, memory=self._library.memory)
                return self._shown(reply)
            text = _typed(text)
            if not text or text.casefold() == MENU:
                request = self._request("", await standing())
                return replace(self._shown(self._menu(request)), basis=Basis(memory=request.memory))
            meant = await self._resolve(text, standing=standing, crisis=crisis is not None)
            card = crisis.language if crisis else None
            if isinstance(meant, Unclear):
                # Whoever cannot make themselves understood may need the numbers most.
                card = card or language_of(text, hotline.spoken_card())
                return self._lost(meant, await standing(), page=page, card=card)
            command = meant.command
            if crisis is None and (seconds := self._seconds_to_wait(command, asker)):
                return replace(self._hasty(seconds), outcome=Outcome.LIMITED)
            if form := _form(meant):
                shown = await self._opened(form, meant, standing=standing, asker=asker)
                if isinstance(shown, Answer):
                    return shown
                return self._shown(shown, command=command, page=page, share=share, card=card)
            reply, basis = await self._reply(meant, standing=standing, asker=asker, channel=channel)
            answer = self._shown(reply, command=command, page=page, share=share, card=card)
            return replace(answer, basis=basis)
        except UserError as error:
            reply = Reply(
                title=say("Try it another way"),
                parts=(Text(text=str(error)),),
                buttons=error.buttons,
                shareable=False,
            )
            return replace(self._shown(reply, card=_card(text)), outcome=Outcome.REFUSED)
        except DatabaseError as error:
            return self.troubled(error, card=_card(text))
        except Exception as error:  # noqa: BLE001 - the edge: whatever it is, the person gets an answer
            return self.failed(error, doing=command.verb if command else "routing")

    async def home(
        self,
        *,
        standing: Callable[[], Awaitable[Standing]],
        asker: Person,
        language: Spoken = lambda: None,
    ) -> Home | None:
        """
        Return the Home tab of *asker*: the card, what is theirs, if anything is, and the
        menu. None if nobody can say now. Never raises.

        Args:
            language: as `answer`'s.
        """
        standing = _listening(standing, language)
        try:
            who = await standing()
            request = self._request("", who, asker=asker)
            replies: tuple[Reply, ...] = ()
            read: Read | None = None
            if who >= Standing.MEMBER:
                replies, read = await self._library.read_noting(lambda s: home(request, s))
            menu = self._menu(request)
            if replies:
                card = replace(replies[0], card=hotline.spoken_card())
                shown = (card, *replies[1:], replace(menu, card=None))
            else:
                shown = (menu,)
            return Home(
                shown=tuple(self._shown(each).rendered for each in shown),
                language=spoken_now(),
                basis=Basis(memory=request.memory, read=read),
                since=request.now,
                until=min(
                    [
                        request.now + QUARTER,
                        next_midnight(request.now, self._library.timezone),
                        *filter(None, (each.until for each in replies)),
                    ]
                ),
            )
        except DatabaseError:
            return None  # the menu says so
        except Exception as error:  # noqa: BLE001 - the edge: the card and the menu stand alone
            self.failed(error, doing="Home")
            return None

    def changes(self, text: str) -> bool:
        """
        Say whether *text*, of a button, changes something.
        """
        verb, _, rest = text.partition(" ")
        try:
            command = self._verbs.named(verb)
        except LookupError:
            return False
        return _action(Meant(command=command, text=rest)) is not None

    async def submit(
        self,
        sent: Sent,
        *,
        standing: Callable[[], Awaitable[Standing]],
        asker: Person,
        is_here: Callable[[str], Awaitable[bool]] | None = None,
        language: Spoken = lambda: None,
    ) -> Answer:
        """
        Take a form that was filled, once. Never raises.

        Args:
            is_here: says whether a Slack id is somebody of the workspace; it may ask
                Slack. None: everybody is.
            language: as `answer`'s.
        """
        standing = _listening(standing, language)
        command: Command | None = None
        try:
            for text in sent.free:
                if detail := find_details(text):
                    return self._shown(refusal(detail, memory=self._library.memory))
            command, form, text = self._form_of(sent.opened_by)
            if seconds := self._seconds_to_wait(command, asker):
                hasty = self._kept({sent.first: say(TOO_FAST, seconds=ceil(seconds))})
                return replace(hasty, outcome=Outcome.LIMITED)
            who = await standing()
            if who < form.who:
                return self._shown(
                    _said(say("Not for everybody"), f"{say(_FOR_WHOM[form.who])} {say(TRY_AGAIN)}")
                )
            errors = unfit(sent)
            if is_here:
                named = {field: id for field, id in people(sent).items() if id != asker.user_id}
                errors |= {
                    field: say(NOT_HERE) for field, id in named.items() if not await is_here(id)
                }
            if errors:
                return self._kept(errors)
            request = self._request(text, who, asker=asker)

            def take(session: Session) -> Reply | None:
                forget_before(session, request.now - KEPT)
                if not first_time(session, interaction=f"form:{sent.nonce}", now=request.now):
                    return None
                return form.take(request, session, sent.submission)

            taken = await self._library.write(take)
            return self._shown(
                taken or _said(say("Sent already"), say(SENT_ALREADY)), command=command
            )
        except FieldError as error:
            return self._kept(error.errors)
        except UserError as error:
            reply = Reply(
                title=say("Nothing was changed"),
                parts=(Text(text=str(error)),),
                buttons=error.buttons,
                shareable=False,
            )
            return replace(self._shown(reply), outcome=Outcome.REFUSED)
        except DatabaseBusyError:
            return self._kept({sent.first: say(BUSY)})
        except DatabaseError as error:
            return self.troubled(error)
        except Exception as error:  # noqa: BLE001 - the edge: whatever it is, the person gets an answer
            return self.failed(error, doing=command.verb if command else "a form")

    async def suggest(
        self,
        opened_by: str,
        field: str,
        typed: str,
        *,
        standing: Callable[[], Awaitable[Standing]],
        asker: Person,
        language: Spoken = lambda: None,
    ) -> tuple[Option, ...]:
        """
        Return what *field* of a form may be, for what was typed so far. Never raises:
        where nothing can be looked up there is nothing to choose.
        """
        standing = _listening(standing, language)
        try:
            _, form, text = self._form_of(opened_by)
            search = form.search.get(field)
            who = await standing()
            if who < form.who:
                return ()
            typed = typed.strip()[:LONGEST_COMMAND]
            if search is None:
                opener = self._request(text, who, asker=asker)
                sheet = await self._library.read(lambda session: form.show(opener, session))
                return _offered(sheet, field, typed)[:MOST_OPTIONS]
            request = self._request(typed, who, asker=asker)
            found = await self._library.read(lambda session: search(request, session))
            return tuple(found)[:MOST_OPTIONS]
        except DatabaseError:
            return ()
        except Exception as error:  # noqa: BLE001 - the edge
            self.failed(error, doing="a search")
            return ()

    async def _opened(
        self,
        form: Form,
        meant: Meant,
        *,
        standing: Callable[[], Awaitable[Standing]],
        asker: Person | None,
    ) -> Answer | Reply:
        who = await standing()
        if who < form.who:
            return _said(say("Not for everybody"), f"{say(_FOR_WHOM[form.who])} {say(TRY_AGAIN)}")
        request = self._request(meant.text, who, asker=asker)
        sheet = await self._library.read(lambda session: form.show(request, session))
        if not isinstance(sheet, Sheet):
            return sheet
        again = f"{meant.command.verb} {meant.text}".strip()
        shown = self._shown(described(sheet, again=again))
        return Answer(
            rendered=shown.rendered,
            command=meant.command,
            form=opened(sheet, opened_by=again, nonce=secrets.token_hex(8)),
        )

    def _seconds_to_wait(self, command: Command, asker: Person | None) -> float:
        """
        Return how long *asker* has to wait, who asks for so much. The lines and the way to
        them are for everybody, always.
        """
        if self._limits is None or asker is None or command.verb in {"hotline", "help"}:
            return 0.0
        now = asyncio.get_running_loop().time()
        return self._limits.wait(asker.team_id, asker.user_id, now=now)

    def _hasty(self, seconds: float) -> Answer:
        what = say(TOO_FAST, seconds=ceil(seconds))
        reply = Reply(
            title=say("One moment"),
            parts=(Text(text=what),),
            buttons=(HOTLINES.spoken,),
            shareable=False,
        )
        return self._shown(reply, card=hotline.spoken_card())

    def _form_of(self, opened_by: str) -> tuple[Command, Form, str]:
        verb, _, text = opened_by.partition(" ")
        command = self._verbs.named(verb)
        form = _form(Meant(command=command, text=text))
        if form is None:
            raise UserError(
                say("This form is no longer in use. Type `/ht {verb}` instead.", verb=verb)
            )
        return command, form, text

    def _kept(self, errors: Mapping[str, str]) -> Answer:
        """
        Say what is wrong with which field; in words too, where there is no form.
        """
        lines = "\n".join(errors.values())
        rendered = self.said(say("Please look at this again"), lines)
        return Answer(rendered=rendered, errors=errors, outcome=Outcome.REFUSED)

    def failed(self, error: BaseException, *, doing: str) -> Answer:
        """
        Log *error* without a word of what was typed, and answer with its reference.
        """
        reference = secrets.token_hex(4)
        log.error("%s failed, reference %s\n%s", doing, reference, where(error))
        reply = _said(
            say("That did not work"),
            say(
                "Something went wrong, and it is not your fault. Reference: {reference}. {still}",
                reference=reference,
                still=say(STILL),
            ),
        )
        return replace(self._shown(reply, card=hotline.spoken_card()), outcome=Outcome.FAILED)

    def troubled(self, error: DatabaseError, *, card: str | None = None) -> Answer:
        """
        Say that the database cannot do it now, and what still can be done.
        """
        if isinstance(error, DatabaseBusyError):
            what = say(BUSY)
        else:
            what = say(LOST) if isinstance(error, DatabaseLostError) else say(UNREACHABLE)
        answer = self._shown(_said(say("Not just now"), f"{what} {say(STILL)}"), card=card)
        return replace(answer, outcome=Outcome.UNAVAILABLE)

    def said(self, title: str, text: str) -> Rendered:
        """
        Return a short word of the bot's own.
        """
        return render(_said(title, text))

    async def _resolve(
        self,
        text: str,
        *,
        standing: Callable[[], Awaitable[Standing]],
        crisis: bool,
    ) -> Meant | Unclear:
        # What means a hotline must not wait for who is asking.
        memory = self._library.memory
        meant = resolve(text, verbs=self._verbs, memory=memory, standing=Standing.EXTERNAL)
        if isinstance(meant, Meant):
            return meant
        if crisis:
            return Meant(command=self._verbs.named("hotline"), text=text)
        return resolve(text, verbs=self._verbs, memory=memory, standing=await standing())

    async def _reply(
        self,
        meant: Meant,
        *,
        standing: Callable[[], Awaitable[Standing]],
        asker: Person | None,
        channel: str | None,
    ) -> tuple[Reply, Basis | None]:
        command = meant.command
        if command.verb == "hotline":
            return self._recall(meant)
        who = await standing()
        action = _action(meant)
        needed = action.who if action else command.who
        if who < needed:
            what = f"{say(_FOR_WHOM[needed])} {say(TRY_AGAIN)}"
            return _said(say("Not for everybody"), what), None
        if action:
            act = action.handle
            request = self._request(meant.text, who, asker=asker, channel=channel)
            return await self._library.write(lambda session: act(request, session)), None
        if command.recall:
            return self._recall(meant, standing=who)
        handle = command.handle
        assert handle is not None  # noqa: S101 - a command has one of the two; a test holds it
        if command.alike and not meant.text:
            shared = self._request("", who)  # not even the handler knows who asks
            reply, read = await self._library.read_noting(lambda session: handle(shared, session))
            return reply, Basis(memory=shared.memory, read=read)
        request = self._request(meant.text, who, asker=asker, channel=channel)
        return await self._library.read(lambda session: handle(request, session)), None

    def _recall(
        self, meant: Meant, *, standing: Standing = Standing.EXTERNAL
    ) -> tuple[Reply, Basis]:
        recall = meant.command.recall
        assert recall is not None  # noqa: S101 - as above
        request = self._request(meant.text, standing)
        # Of this very memory: the next look at it may find that the database is away.
        return recall(request), Basis(memory=request.memory)

    def _request(
        self,
        text: str,
        standing: Standing,
        *,
        asker: Person | None = None,
        channel: str | None = None,
    ) -> Request:
        return Request(
            text=text,
            standing=standing,
            now=self._clock(),
            memory=self._library.memory,
            asker=asker,
            channel=channel,
            calendars=self._calendars,
        )

    def _lost(
        self,
        unclear: Unclear,
        standing: Standing,
        *,
        page: int | None,
        card: str,
    ) -> Answer:
        if unclear.suggestions or page:
            return self._shown(self._unclear(unclear, standing=standing), page=page, card=card)
        key = (Unclear, standing, spoken_now(), card)  # nothing in it is of what was typed
        memory = self._library.memory
        kept = self._given.find(key)
        if kept is None:
            kept = self._shown(self._unclear(unclear, standing=standing), page=page, card=card)
            self._given.keep(key, kept, memory=memory)
        return kept

    def _unclear(self, unclear: Unclear, *, standing: Standing) -> Reply:
        question = (
            say("Did you mean one of these?")
            if unclear.suggestions
            else say("I do not know that one.")
        )
        return Reply(
            title=question,
            parts=(
                Text(
                    text=say(
                        "Press a button, or type one of the following. `/ht help` has them all."
                    )
                ),
                # What members of the task force and those who run it type would fill a page more.
                usage(self._verbs.commands, standing=min(standing, Standing.MEMBER)),
            ),
            notes=(say(hotline.NO_DETAILS),),
            buttons=(*unclear.suggestions, HOTLINES.spoken, HELP.spoken),
            shareable=False,
        )

    def _shown(
        self,
        reply: Reply,
        *,
        command: Command | None = None,
        page: int | None = None,
        share: bool = False,
        card: str | None = None,
    ) -> Answer:
        language = card or reply.card
        lines = self._library.memory.card.get(language, ()) if language else ()
        offered = share and command is not None
        return Answer(
            rendered=render(reply, card=lines, page=page or 1, share=offered),
            command=command,
            done=reply.shareable,
            files=() if page else reply.files,
        )


def _listening(
    standing: Callable[[], Awaitable[Standing]], language: Spoken
) -> Callable[[], Awaitable[Standing]]:
    """
    Speak the asker's *language* from here on, and once *standing* was asked what it is by then.
    """
    speak(language())

    async def asked() -> Standing:
        who = await standing()
        speak(language())
        return who

    return asked


def _form(meant: Meant) -> Form | None:
    word = next(iter(meant.text.casefold().split()), "")
    return next((each for each in meant.command.forms if each.word == word), None)


def _offered(sheet: Sheet | Reply, field: str, typed: str) -> tuple[Option, ...]:
    """
    Return those options of a field, which has too many for a menu, that have in them
    every word that was typed.
    """
    words = typed.casefold().split()
    return tuple(
        option
        for each in (sheet.fields if isinstance(sheet, Sheet) else ())
        if isinstance(each, ChoiceField | ChoicesField) and each.name == field
        for option in each.options
        if all(word in option.label.casefold() for word in words)
    )


def _action(meant: Meant) -> Action | None:
    word = next(iter(fold(meant.text).split()), "")
    return next((each for each in meant.command.actions if each.word == word), None)


def _paged(text: str) -> tuple[str, int | None]:
    """
    Return *text* and the page it asks for; None if it asks for none, and gets the first.
    """
    found = _PAGE.search(text)
    return (text[: found.start()].strip(), int(found[1])) if found else (text, None)


def next_midnight(now: datetime, timezone: ZoneInfo) -> datetime:
    """
    Return when the next day begins there.
    """
    tomorrow = now.astimezone(timezone).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), timezone)


def _bared(text: str) -> str:
    return text.strip().casefold() if len(text) <= LONGEST_COMMAND else text


def _typed(text: str) -> str:
    """
    Return *text* without Slack's escapes. What screens it reads it as it came:
    only there a mention, whose id is not words, differs from typed brackets.
    """
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _card(text: str) -> str | None:
    crisis = find_crisis(text)
    return crisis.language if crisis else None


def _said(title: str, text: str) -> Reply:
    return Reply(
        title=title,
        parts=(Text(text=text),),
        buttons=(HOTLINES.spoken, HELP.spoken),
        shareable=False,
    )
