"""
The shape of a command: what it is given, what it gives back.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, TypeAlias

from commands.speech import phrase, say
from storage.deliveries import Delivery, Priority
from storage.digests import Contents
from storage.memory import Memory
from storage.session import Session

if TYPE_CHECKING:  # a form is described with requests and replies
    from commands.forms import Form

LONGEST_COMMAND = 300  # characters of a command text that are matched and kept in buttons


class Standing(IntEnum):
    """
    What a person may see and do, from least to most.
    """

    EXTERNAL = 0  # of another workspace, or nobody we could ask Slack about
    GUEST = 1
    MEMBER = 2  # a full member of the workspace
    APPROVED = 3  # a member of the task force: coordinators said yes, and it has not lapsed
    COORDINATOR = 4
    ADMIN = 5


@dataclass(frozen=True, kw_only=True)
class Person:
    """
    Whoever sent something, by the ids that Slack signs.
    """

    team_id: str
    user_id: str


@dataclass(frozen=True, kw_only=True)
class Request:
    """
    One use of a command.

    Attributes:
        text: what followed the verb, stripped; may be empty.
        standing: what the asker may see.
        now: when it arrived; aware, UTC. Commands have no other clock.
        memory: the facts that need no database.
        asker: who asks, for what is done in somebody's name; None in a terminal.
            Questions never read it: who looked something up is recorded nowhere.
        channel: Slack's id of where it was typed or pressed, as Slack signs it: whoever did
            so can read what is there. None: in no channel, or nobody knows.
        calendars: the address under which calendar programs can read meetings; None: they
            cannot reach this bot.
    """

    text: str
    standing: Standing
    now: datetime
    memory: Memory
    asker: Person | None = None
    channel: str | None = None
    calendars: str | None = None


@dataclass(frozen=True, kw_only=True)
class Button:
    """
    A button is a command text somebody need not type.

    Attributes:
        label: what it says; at most 75 characters are shown, the rest stands in the text.
        command: what pressing it asks, without "/ht": "partner cvs".
        share: post the answer of *command* in the channel instead of showing it.
        urgent: drawn to be found first.
    """

    label: str
    command: str
    share: bool = False
    urgent: bool = False

    @property
    def spoken(self) -> "Button":
        """
        The same with its label in the language that is spoken: for those kept in modules.
        """
        return replace(self, label=say(self.label))


@dataclass(frozen=True, kw_only=True)
class Heading:
    text: str


@dataclass(frozen=True, kw_only=True)
class Text:
    text: str


@dataclass(frozen=True, kw_only=True)
class Facts:
    """
    Label and value, one pair a line.
    """

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Account:
    """
    A label and somebody's Slack account, which Slack shows by its name of today: who it
    really is, whatever they called themself. For answers that one person sees.
    """

    label: str
    user_id: str


@dataclass(frozen=True, kw_only=True)
class Bullets:
    items: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """
    One thing of a list: its name, some lines about it, and a way to open it.
    """

    title: str
    lines: tuple[str, ...] = ()
    button: Button | None = None


@dataclass(frozen=True, kw_only=True)
class Table:
    """
    Rows under columns; the first column names the row. No cell is empty.

    Attributes:
        caption: what a table of figures shows, said above its rows; with one, Slack may
            lay it out as a table. The text says every cell all the same.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str | None = None


class ChartKind(StrEnum):
    BAR = "bar"
    PIE = "pie"


@dataclass(frozen=True, kw_only=True)
class Chart:
    """
    Published numbers as a picture. A chart cannot show a mark: what has none of its
    own is left out, and said to be. What is longer or more than said here is not drawn,
    but said in words.

    Attributes:
        title: at most 50 characters.
        unit: of the numbers, "people served"; at most 50 characters.
        categories: at most 20, along the axis; each at most 20 characters, no two alike.
        series: name and one number a category; at most 6, no two names alike. A pie has
            one, and at most 6 categories, none of them 0; any other is drawn as bars.
        left_out: the categories that have no number to show.
    """

    title: str
    kind: ChartKind
    unit: str
    categories: tuple[str, ...]
    series: tuple[tuple[str, tuple[int, ...]], ...]
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class File:
    """
    What is handed over as a file.

    Attributes:
        name: with its ending, "statistics-2023.csv".
        title: what it is, for people.
    """

    name: str
    title: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Buttons:
    buttons: tuple[Button, ...]


Part: TypeAlias = Heading | Text | Facts | Account | Bullets | Entry | Table | Chart | Buttons


@dataclass(frozen=True, kw_only=True)
class Reply:
    """
    A description of an answer; `bot.render` makes Slack's blocks and the text of it.

    Attributes:
        title: what the answer is about.
        parts: the answer; as long as it must be, it is paged when shown.
        notes: source and age, and what else is said quietly under the facts.
        buttons: where one may go from here.
        again: command text that gives this answer again, in the bot's own words:
            page and share buttons carry it, so what a person typed does not travel.
        card: language of the hotline card to be put above, or None.
        shareable: whether there is anything to share: not in menus and refusals.
        files: handed to the asker beside the answer, and to nobody else.
        until: when it is no longer so, though nobody has changed anything; aware. None: no
            such moment is known.
    """

    title: str
    parts: tuple[Part, ...] = ()
    notes: tuple[str, ...] = ()
    buttons: tuple[Button, ...] = ()
    again: str | None = None
    card: str | None = None
    shareable: bool = True
    files: tuple[File, ...] = ()
    until: datetime | None = None


class UserError(Exception):
    """
    The asker can fix this. Its message is shown to them as it stands.

    Attributes:
        buttons: what they may have meant.
    """

    def __init__(self, message: str, *, buttons: Sequence[Button] = ()) -> None:
        super().__init__(message)
        self.buttons = tuple(buttons)


@dataclass(frozen=True, kw_only=True)
class Action:
    """
    What a verb can change: the word after the verb that begins it.

    Attributes:
        word: "approve" of "stats approve 3"; one word, in lower case.
        usage: as typed, without "/ht": "stats approve NUMBER".
        who: the least standing that may do it.
        handle: does it, in one transaction; a `UserError` undoes all of it. The
            same press or text again must be harmless.
    """

    word: str
    usage: str
    summary: str
    who: Standing
    handle: Callable[[Request, Session], Reply]


@dataclass(frozen=True, kw_only=True)
class Notice:
    """
    What a delivery says by itself.

    Attributes:
        text: what a lock screen may show, and no more: no names, no subjects.
        opens: command text whose answer its button shows the presser alone; of what is
            over it may be "".
        label: what the button says.
        contents: of a digest, which of its members it goes without.
        shown: what stands in the message itself, in a channel whose readers may all know
            it; None: the text.
        buttons: what else its reader may press at once; each answers the presser alone.
    """

    text: str
    opens: str
    label: str = phrase("Open")
    contents: Contents | None = None
    shown: str | None = None
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Wait:
    """
    In place of what a delivery says: not yet.
    """

    seconds: float
    reason: str  # in words, for whoever looks why nothing comes


@dataclass(frozen=True, kw_only=True)
class Skip:
    """
    In place of what a delivery says: it is no longer needed, and why.
    """

    reason: str  # in words, for whoever looks why nothing came


@dataclass(frozen=True, kw_only=True)
class DeliveryKind:
    """
    A kind of delivery, and the command's part in it.

    Attributes:
        name: one or two words, in lower case; people mute it by this name.
        title: what it is, for lists: "Test deliveries".
        render: what it says, asked for when it is sent, so that it is right by then;
            None: no longer needed; `Skip`: neither, and it says why.
        priority: an emergency is for admins to plan; it asks nobody's preferences.
        useful: how long after it was due it is still sent, and then says that it is
            late; what is later is reported. None: always.
        plan: plans what has become due, on every tick and in any number of processes.
        minutely: planned once, nothing of it becomes due in the same minute.
        digest: people may have it gathered with others once a day; an emergency never.
        edit: what it says from then on, when its command has it written anew where it stands.
        inner: what it says is for people of the workspace alone: never for a channel that
            may be read from outside.
        many: one change of it is written into hundreds: what else is to be goes first.
    """

    name: str
    title: str
    render: Callable[[Delivery, Session, datetime], Notice | Wait | Skip | None]
    priority: Priority = Priority.BROADCAST
    useful: timedelta | None = None
    plan: Callable[[Session, datetime], object] | None = None
    minutely: bool = False
    digest: bool = True
    edit: Callable[[Delivery, Session, datetime], Notice] | None = None
    inner: bool = False
    many: bool = False


@dataclass(frozen=True, kw_only=True)
class Command:
    """
    A verb. It has either `handle`, which reads the database, or `recall`, which
    answers from memory alone and so works while the database does not.

    Attributes:
        verb: the word after "/ht".
        usage: as typed, without "/ht": "partner NAME".
        summary: one sentence, for help.
        aliases: other words and phrases for the verb, in any language.
        subjects: phrases that mean the verb and say what is asked of it: "tip line"
            is "hotline tip line".
        examples: full command texts that answer something.
        who: the least standing that may use it.
        public: everybody who reads a channel may read its answers; False by
            default, so that nothing is shared outside by forgetting.
        menu: the label of its button in the menu, or None.
        alike: asked without another word, it says the same to everybody of one standing.
        actions: what of it changes something; all else only reads.
        deliveries: the kinds it has the bot send by itself.
        forms: what of it is asked in a form; its words differ from the actions'.
    """

    verb: str
    usage: str
    summary: str
    aliases: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    who: Standing = Standing.COORDINATOR
    public: bool = False
    menu: str | None = None
    alike: bool = False
    handle: Callable[[Request, Session], Reply] | None = None
    recall: Callable[[Request], Reply] | None = field(default=None)
    actions: tuple[Action, ...] = ()
    deliveries: tuple[DeliveryKind, ...] = ()
    forms: "tuple[Form, ...]" = ()
