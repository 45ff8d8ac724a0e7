"""
What storage raises. Every error carries the value that caused it, and none a
stored count, a secret or a setting: where the database is stays out of the text.
"""

from datetime import date, datetime
from pathlib import Path


class StorageError(Exception):
    """
    Base of all storage errors.
    """


class DatabaseError(StorageError):
    """
    Base of what is wrong with the database itself, not with a request.
    """


class DatabaseBusyError(DatabaseError):
    """
    Somebody else is writing, for longer than we wait. Worth trying again.
    """

    def __init__(self, waited_seconds: float) -> None:
        super().__init__(f"the database is busy: another writer held it for {waited_seconds:g} s")
        self.waited_seconds = waited_seconds


class DatabaseLostError(DatabaseError):
    """
    The file we had was deleted, replaced or damaged. Lasts until a restart.
    """

    def __init__(self, path: Path, *, reason: str) -> None:
        super().__init__(f"the database file is lost: {reason}")
        self.path = path
        self.reason = reason


class DatabaseUnreachableError(DatabaseError):
    """
    No connection: the server is down, or the file cannot be opened. May pass.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"the database cannot be reached: {reason}")
        self.reason = reason


class DatabaseNewerError(DatabaseError):
    """
    The database was migrated by a newer version of this software.
    """

    def __init__(self, revision: str) -> None:
        super().__init__(
            f"the database is at revision {revision!r}, which this version does not know:"
            " install the newer version again, or restore the backup made before it"
        )
        self.revision = revision


class DatabaseUrlError(StorageError):
    """
    A database address we cannot use. The address may hold a password: not shown.
    """

    def __init__(self, problem: str) -> None:
        super().__init__(f"the database address {problem}")
        self.problem = problem


class ReadOnlyError(StorageError):
    """
    Something was written in a `reading()` block.
    """

    def __init__(self, statement: str | None) -> None:
        super().__init__("a reading session writes nothing; use transaction()")
        self.statement = statement  # SQL without its values


class ConstraintError(StorageError):
    """
    A row breaks a rule of its table: a key that is taken, a reference to nothing.
    """

    def __init__(self, constraint: str) -> None:
        super().__init__(f"a row breaks a rule of its table: {constraint}")
        self.constraint = constraint  # its name, or SQLite's words; never the row's values


class NaiveMomentError(StorageError, ValueError):
    """
    A datetime without a time zone.
    """

    def __init__(self, moment: datetime) -> None:
        super().__init__(f"{moment!r} has no time zone; pass an aware datetime")
        self.moment = moment


class WrongTaskForceError(StorageError):
    """
    A row of one task force was about to be stored by a session of another.
    """

    def __init__(self, task_force_id: int | None, *, session_task_force_id: int | None) -> None:
        super().__init__(
            f"a row of task force {task_force_id} in a session of {session_task_force_id}"
        )
        self.task_force_id = task_force_id
        self.session_task_force_id = session_task_force_id


class UnscopedStatementError(StorageError):
    """
    A statement that cannot be held to one task force: plain SQL, or a bare table.
    """

    def __init__(self, statement: str) -> None:
        super().__init__(f"not held to one task force, select models instead: {statement}")
        self.statement = statement  # SQL without its values


class UnknownTaskForceError(StorageError):
    """
    No such task force.
    """

    def __init__(self, task_force: int | str | None) -> None:
        super().__init__(f"unknown task force {task_force!r}")
        self.task_force = task_force


class WrongWorkspaceError(StorageError):
    """
    The task force belongs to another Slack workspace.
    """

    def __init__(self, team_id: str, *, bound_team_id: str) -> None:
        super().__init__(f"this task force belongs to workspace {bound_team_id}, not {team_id}")
        self.team_id = team_id
        self.bound_team_id = bound_team_id


class UnknownPersonError(StorageError):
    """
    Nobody with this Slack id was ever given a role here.
    """

    def __init__(self, user_id: str) -> None:
        super().__init__(f"{user_id} has no role here")
        self.user_id = user_id


class UnknownTableError(StorageError):
    """
    No table of facts has this name.
    """

    def __init__(self, table: str) -> None:
        super().__init__(f"no table of facts is called {table!r}")
        self.table = table


class UnknownFactError(StorageError):
    """
    No row of this table has this key.
    """

    def __init__(self, table: str, key: str) -> None:
        super().__init__(f"no {table} has the key {key!r}")
        self.table = table
        self.key = key


class UnknownFieldError(StorageError):
    """
    The table has no such field, or it is not one to edit.
    """

    def __init__(self, table: str, field: str) -> None:
        super().__init__(f"{table} has no field {field!r} to edit")
        self.table = table
        self.field = field


class DatabaseDamagedError(DatabaseError):
    """
    A migration found, or would have left, rows that refer to nothing.
    """

    def __init__(self, *, table: str) -> None:
        super().__init__(f"rows of {table} refer to rows that are not there; nothing was changed")
        self.table = table


class UnsealableError(StorageError):
    """
    A sealed value cannot be opened: another key, another place, or damage.
    """

    def __init__(self, context: str) -> None:
        super().__init__(
            f"the sealed counts of {context} cannot be opened: is HT_SECRET_KEY the one they "
            "were sealed with?"
        )
        self.context = context


class WrongKeyError(UnsealableError):
    """
    Everything was sealed anew, with another key than this one.
    """

    def __init__(self) -> None:
        StorageError.__init__(
            self,
            "HT_SECRET_KEY is not the key that everything was sealed anew with: take over the new "
            "one and restart, or finish `htbot keys rotate`",
        )
        self.context = "this database"


class ClosedValuesError(StorageError):
    """
    Sealed values that neither the old key opens nor the new one; nothing was changed.
    """

    def __init__(self, tables: dict[str, int]) -> None:
        told = ", ".join(f"{number} of {table}" for table, number in sorted(tables.items()))
        super().__init__(f"sealed values open with neither key: {told}")
        self.tables = tables


class NoKeyError(StorageError):
    """
    Counts can be neither sealed nor opened: this session was opened without a key.
    """

    def __init__(self) -> None:
        super().__init__("there is no HT_SECRET_KEY here to seal or open counts with")


class UnknownReleaseError(StorageError):
    """
    There is no release of this number, or it is not one that waits for a decision.
    """

    def __init__(self, number: int) -> None:
        super().__init__(f"no draft has the number {number}")
        self.number = number


class OwnDraftError(StorageError):
    """
    Nobody approves their own draft.
    """

    def __init__(self) -> None:
        super().__init__("nobody approves their own draft")


class NotOnLedgerError(StorageError):
    """
    A release cannot go out; the reasons say why, without a value.
    """

    def __init__(self, reasons: tuple[str, ...]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


class ImmutableReleaseError(StorageError):
    """
    What was published, refused or declined does not change any more.
    """

    def __init__(self, number: int | None) -> None:
        super().__init__(f"release {number} does not change any more: draft a correction")
        self.number = number


class OvertakenError(StorageError):
    """
    More was published since the gate looked at a draft.
    """

    def __init__(self, number: int) -> None:
        super().__init__(f"more was published since draft {number} was checked")
        self.number = number


class AuditError(StorageError):
    """
    What is in the audit stays as it is.
    """

    def __init__(self) -> None:
        super().__init__("an entry of the audit cannot be changed or deleted")


class UnknownRequestError(StorageError):
    """
    There is no request of this number.
    """

    def __init__(self, number: int) -> None:
        super().__init__(f"there is no request {number}")
        self.number = number


class OwnRequestError(StorageError):
    """
    Nobody decides on their own request.
    """

    def __init__(self) -> None:
        super().__init__("nobody decides on their own request")


class DecidedError(StorageError):
    """
    A request was decided, or changed, before this decision.
    """

    def __init__(self, number: int) -> None:
        super().__init__(f"request {number} was decided or changed meanwhile")
        self.number = number


class NotAMemberError(StorageError):
    """
    Somebody is not, or no longer, a member.
    """

    def __init__(self, user_id: str) -> None:
        super().__init__("not a member of the task force")
        self.user_id = user_id


class LastAdminError(StorageError):
    """
    The last administrator stays one.
    """

    def __init__(self) -> None:
        super().__init__("the last administrator cannot go")


class NameTakenError(StorageError):
    """
    Two things that people call by name cannot have the same.
    """

    def __init__(self, name: str) -> None:
        super().__init__("this name is taken")
        self.name = name


class UnknownBroadcastError(StorageError):
    """
    There is no broadcast of this number, or it is not this person's.
    """

    def __init__(self, number: int) -> None:
        super().__init__(f"there is no broadcast {number}")
        self.number = number


class OwnBroadcastError(StorageError):
    """
    Nobody approves their own broadcast.
    """

    def __init__(self) -> None:
        super().__init__("nobody approves their own broadcast")


class NotApproverError(StorageError):
    """
    A broadcast goes beyond what somebody coordinates.
    """

    def __init__(self) -> None:
        super().__init__("this broadcast is for somebody else to decide on")


class MovedOnError(StorageError):
    """
    A broadcast was changed, or is no longer where this can be done.
    """

    def __init__(self, number: int) -> None:
        super().__init__(f"broadcast {number} has moved on")
        self.number = number


class NotTheirMemberError(StorageError):
    """
    Somebody is no approved member of the agency whose entry they were to look after.
    """

    def __init__(self, user_id: str, *, organization: str) -> None:
        super().__init__(f"{user_id} is no approved member of {organization}")
        self.user_id = user_id
        self.organization = organization


class StaleError(StorageError):
    """
    An entry of the directory changed since somebody looked at it.
    """

    def __init__(self, table: str, key: str) -> None:
        super().__init__(f"{table} {key!r} has changed meanwhile")
        self.table = table
        self.key = key


class UnknownChangeError(StorageError):
    """
    No change of the directory has this number, or it is not one to decide about.
    """

    def __init__(self, number: int) -> None:
        super().__init__(f"no change has the number {number}")
        self.number = number


class OwnProposalError(StorageError):
    """
    Nobody approves their own proposal.
    """

    def __init__(self) -> None:
        super().__init__("nobody approves their own proposal")


class ProposerLeftError(StorageError):
    """
    Whoever proposed or drafted something has left: nobody can tell whose own it is.
    """

    def __init__(self) -> None:
        super().__init__("whoever proposed this has left")


class ProposedAlreadyError(StorageError):
    """
    Another change of the same line waits for a decision.
    """

    def __init__(self, number: int) -> None:
        super().__init__(f"change {number} of this line waits for a decision")
        self.number = number


class StillHasLinesError(StorageError):
    """
    An agency is not retired while lines of it are served.
    """

    def __init__(self, organization: str) -> None:
        super().__init__(f"{organization} still answers lines")
        self.organization = organization


class RuleError(StorageError):
    """
    A recurrence that is none of those a series of meetings may have.
    """

    def __init__(self, rule: str) -> None:
        super().__init__(f"not a recurrence of meetings: {rule!r}")
        self.rule = rule


class FirstDateError(StorageError):
    """
    The first date of a series is none of its recurrence.

    Attributes:
        fits: the next day that is.
    """

    def __init__(self, day: date, *, fits: date | None) -> None:
        super().__init__(f"the recurrence has no meeting on {day}")
        self.day = day
        self.fits = fits


class UnknownHolidaysError(StorageError):
    """
    There is no calendar of holidays of this name.
    """

    def __init__(self, calendar: str) -> None:
        super().__init__(f"no calendar of holidays is called {calendar!r}")
        self.calendar = calendar


class UnknownSeriesError(StorageError):
    """
    There is no series of meetings of this number.
    """

    def __init__(self, number: int) -> None:
        super().__init__(f"there is no series {number}")
        self.number = number


class UnknownOccurrenceError(StorageError):
    """
    A series has no meeting that was to be then.
    """

    def __init__(self, series_id: int, *, key: datetime) -> None:
        super().__init__(f"series {series_id} has no meeting of {key}")
        self.series_id = series_id
        self.key = key


class UnreadableSeriesError(UnknownOccurrenceError):
    """
    When a series meets cannot be read: its recurrence, its zone or its calendar.
    """


class SameDayError(StorageError):
    """
    A series does not meet twice on one day.
    """

    def __init__(self, day: date) -> None:
        super().__init__(f"the series meets on {day} already")
        self.day = day


class PlainSeriesError(StorageError):
    """
    Of a plain series it is kept nowhere who comes.
    """

    def __init__(self, number: int) -> None:
        super().__init__(f"who comes to the meetings of series {number} is kept nowhere")
        self.number = number


class UnknownSurveyError(StorageError):
    """
    There is no survey of this number.
    """

    def __init__(self, number: int) -> None:
        super().__init__(f"there is no survey {number}")
        self.number = number


class SurveyMovedOnError(StorageError):
    """
    A survey, or what an agency said to it, was changed, or is no longer where this can be done.
    """

    def __init__(self, number: int) -> None:
        super().__init__(f"survey {number} has moved on")
        self.number = number


class NotAskedError(StorageError):
    """
    A survey does not ask this agency.
    """

    def __init__(self, number: int, *, organization_id: int) -> None:
        super().__init__(f"survey {number} does not ask this agency")
        self.number = number
        self.organization_id = organization_id


class SamePeriodError(StorageError):
    """
    Another survey is about this table and period already.
    """

    def __init__(self, number: int) -> None:
        super().__init__(f"survey {number} is about this table and period")
        self.number = number


class AskedAlreadyError(StorageError):
    """
    Another survey asks some of the same agencies the same question.

    Attributes:
        place: of the question, from 1.
        again_on: the first day on which it may be asked again.
    """

    def __init__(self, number: int, *, place: int, again_on: date) -> None:
        super().__init__(f"survey {number} asks some of the same agencies question {place}")
        self.number = number
        self.place = place
        self.again_on = again_on


class OftenCheckedError(StorageError):
    """
    Somebody had totals compared with what others entered as often as they may in a day.
    """

    def __init__(self, number: int) -> None:
        super().__init__(f"totals of survey {number} were compared often enough for today")
        self.number = number
