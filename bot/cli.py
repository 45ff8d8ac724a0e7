"""
The command line, `htbot`. What a subcommand needs is imported when it runs, so
that the others start at once.
"""

import argparse
import asyncio
import gc
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bot import operating
from bot.command_line import DONE, FAILED, CommandLineError
from bot.command_line import misaddressed as _misaddressed
from bot.command_line import read_settings as _settings
from bot.command_line import troubled as _troubled

if TYPE_CHECKING:
    from datetime import date

    from bot.library import Library
    from bot.settings import Settings
    from storage.disclosure.tables import Problem
    from storage.packs.reading import Pack

CELLS_WITHOUT_PROGRESS = 1000
YOUNG_OBJECTS = 20_000  # Python looks for cycles after every 700: a fifth of the start
# What waits longer to be looked at costs no less, and 3 MB more.
YOUNG_WHEN_UP = 2_000
_HOW_FILES_ARE_READ = """\
FILE is a table file in JSON, or a plain table in CSV or XLSX (its first sheet):
  - the first row is the header, and the first column holds labels; so does each column
    after it, up to the first with nothing but counts and marks. If the last header is
    "count" (or n, number, value, people, mark), all other columns hold labels;
  - several columns of counts are a dimension of their own, their headers its labels;
  - a label Total, Totals, All, Sum, Overall, or one that begins with "Total ", is the
    total of the other labels of its dimension. Hierarchies, several tables, earlier
    releases and side information need JSON;
  - a cell is a whole number, <10 (a small count), * (withheld), N/A (not collected) or
    "not reported". A blank is an error: it says neither zero nor N/A. With any <10 or *
    in it, a table is audited and protected from its marks alone;
  - with --insiders, whoever the first column names knows their own row.
"""


def main(argv: Sequence[str] | None = None, environ: Mapping[str, str] | None = None) -> int:
    """
    Exit status: 0 done, 1 failed, 2 misused or misconfigured (argparse uses 2 as well).
    """
    gc.set_threshold(YOUNG_OBJECTS)
    arguments = _parser().parse_args(argv)
    try:
        status: int = arguments.do(arguments, environ)
    except CommandLineError as error:
        print("\n".join(f"htbot: {line}" for line in str(error).splitlines()), file=sys.stderr)
        return error.status
    except KeyboardInterrupt:
        return 130
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="htbot", description="/ht: a Slack bot for a county anti-trafficking task force."
    )
    actions = parser.add_subparsers(metavar="ACTION", required=True)

    run = actions.add_parser("run", help="answer Slack: Socket Mode or HTTP, by the settings")
    run.set_defaults(do=_run)

    demo = actions.add_parser("demo", help="try it in a sandbox workspace, with no Slack account")
    demo.add_argument("--once", action="store_true", help="end after the first answer")
    demo.add_argument("--http", action="store_true", help="signed HTTP instead of Socket Mode")
    demo.add_argument("--port", type=int, default=8765, help="of the page; 0 takes any (8765)")
    demo.set_defaults(do=_demo)

    say = actions.add_parser("say", help="print an answer, with no Slack at all")
    say.add_argument("text", nargs="+", help='for example "/ht hotline child"')
    say.add_argument(
        "--as",
        dest="role",
        default="member",
        choices=("admin", "coordinator", "member", "guest", "external"),
        help="who asks (member)",
    )
    say.add_argument("--json", action="store_true", help="print what Slack would get")
    say.add_argument("--save", metavar="FOLDER", help="write the answer's files there")
    say.set_defaults(do=_say)

    pack = actions.add_parser("pack", help="check or load a county's facts")
    verbs = pack.add_subparsers(metavar="VERB", required=True)
    check = verbs.add_parser("check", help="read every file and list every problem")
    check.add_argument("path", help="a folder of YAML files, or the name of a built-in pack")
    check.set_defaults(do=_pack_check)
    load = verbs.add_parser("load", help="load it into the database; edits are kept")
    load.add_argument("path", help="a folder of YAML files, or the name of a built-in pack")
    load.set_defaults(do=_pack_load)

    grant = actions.add_parser("grant", help="make somebody a coordinator or an administrator")
    grant.add_argument("user", help="the Slack member ID, U…")
    grant.add_argument("role", choices=("coordinator", "admin"))
    grant.add_argument("--team", help="the Slack workspace ID, T…, if the bot never ran")
    grant.add_argument("--revoke", action="store_true", help="take the role away instead")
    grant.set_defaults(do=_grant)

    stats = actions.add_parser("stats", help="bring a table of counts to the coordinators")
    _stats_verbs(stats.add_subparsers(metavar="VERB", required=True))

    survey = actions.add_parser(
        "survey", help="agencies' answers from a file, and not through Slack"
    )
    _survey_verbs(survey.add_subparsers(metavar="VERB", required=True))

    send = actions.add_parser("send", help="send a test delivery, and see what becomes of it")
    send.add_argument("--test", action="store_true", required=True, help="the only kind there is")
    send.add_argument("--to", required=True, help="the Slack ID of a person, U…, or a channel, C…")
    send.add_argument(
        "--wait", type=float, default=0.0, metavar="SECONDS", help="look at it for so long (0)"
    )
    send.set_defaults(do=_send)

    export = actions.add_parser("export", help="the directory, for others to use")
    _export_verbs(export.add_subparsers(metavar="FORMAT", required=True))

    import_ = actions.add_parser(
        "import", help="agencies and members from a sheet, and back out again"
    )
    _import_verbs(import_.add_subparsers(metavar="WHAT", required=True))

    log = actions.add_parser("audit", help="who changed, approved, opened or exported what")
    log.add_argument("--since", type=_day, metavar="DAY", help="from this day on, 2026-11-01")
    log.add_argument("--json", action="store_true", help="print JSON")
    log.set_defaults(do=_audit)

    operating.add_arguments(actions, show=_show)

    tables = actions.add_parser("tables", help="find and close what a table of counts gives away")
    _table_verbs(tables.add_subparsers(metavar="VERB", required=True))
    return parser


def _stats_verbs(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    draft = verbs.add_parser(
        "draft",
        help="put a table before the disclosure gate; a second coordinator publishes it in Slack",
        epilog=_HOW_FILES_ARE_READ,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    draft.add_argument("file", help="JSON with one table, CSV or XLSX; see below")
    draft.add_argument("--series", required=True, help="key of the table over time: member-served")
    draft.add_argument("--program", help="for a new series: the program it is of")
    draft.add_argument("--title", help="for a new series: what the table is called")
    draft.add_argument("--unit", required=True, help='what is counted: "people served"')
    draft.add_argument("--period", required=True, help='as people read it: "Calendar Year 2024"')
    for option, what in (("--starts", "first day"), ("--ends", "last day")):
        draft.add_argument(option, required=True, type=_day, help=f"{what} of it, 2024-12-31")
    draft.add_argument("--source", required=True, help='"CCHTF data survey of May 2025"')
    draft.add_argument("--place", help="where in the source, if that is anywhere")
    draft.add_argument("--as-of", type=_day, help="day of the source (today)")
    draft.add_argument("--note", help='coverage: "Not all members represented."')
    draft.add_argument(
        "--threshold",
        type=int,
        choices=range(10, 101),
        default=10,
        metavar="N",
        help="least count that may be shown (10; 11 for new series from CWS/CMS)",
    )
    draft.add_argument("--by", required=True, help="Slack member ID of who drafts it, U…")
    draft.add_argument(
        "--equation",
        action="append",
        default=[],
        type=_equation,
        metavar="'TOTAL = PART + PART'",
        help="ties it to other tables of the period, by cells as series/row/column",
    )
    draft.add_argument(
        "--apart", action="store_true", help="it counts others than the tables it resembles"
    )
    draft.add_argument("--team", help="the Slack workspace ID, T…, if the bot never ran")
    draft.set_defaults(do=_stats_draft)
    check = verbs.add_parser(
        "check", help="let the gate look again at a draft, once more is out than when it was made"
    )
    check.add_argument("number", type=int, help="of the draft, as /ht stats drafts shows it")
    check.set_defaults(do=_stats_check)


def _survey_verbs(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    template = verbs.add_parser("template", help="write the file to fill in: a row an agency")
    template.add_argument("number", type=int, help="of the survey, as /ht survey shows it")
    template.add_argument(
        "--out", metavar="FILE", help="CSV, or a workbook if it ends in .xlsx (CSV is printed)"
    )
    template.set_defaults(do=_survey_template)
    import_ = verbs.add_parser("import", help="send in what a filled file says, all of it or none")
    import_.add_argument("file", help="CSV or XLSX, as `htbot survey template` wrote it")
    import_.add_argument("--dry-run", action="store_true", help="check it and send in nothing")
    import_.add_argument(
        "--by", help="Slack member ID, U…, of who filled it in, and so does not publish it"
    )
    import_.set_defaults(do=_survey_import)


def _export_verbs(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    for verb, what, out in (
        ("hsds", "in the JSON of the Human Services Data Specification 3.1", "FILE"),
        ("csv", "in its tables, a file each", "FOLDER"),
        ("agencies", "as `htbot import agencies` reads it", "FILE"),
    ):
        parser = verbs.add_parser(verb, help=what)
        where = "htbot-export" if out == "FOLDER" else "printed"
        parser.add_argument("--out", metavar=out, help=f"where to write it ({where})")
        parser.set_defaults(do=_export, verb=verb)
    calendar = verbs.add_parser("calendar", help="the meetings, as iCalendar")
    calendar.add_argument("--of", metavar="COLLABORATIVE", help="its key or name (all of them)")
    calendar.add_argument("--out", metavar="FILE", help="where to write it (printed)")
    calendar.set_defaults(do=_export, verb="calendar")


def _import_verbs(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    for what, about in (
        ("agencies", "add and change agencies, all of a file or none"),
        ("members", "the same of members; who is new in it is one for a year"),
    ):
        parser = verbs.add_parser(what, help=about)
        parser.add_argument("file", nargs="?", help="CSV; see --columns")
        parser.add_argument("--dry-run", action="store_true", help="say what it would change")
        parser.add_argument("--columns", action="store_true", help="list the columns there may be")
        if what == "members":
            parser.add_argument("--team", help="the Slack workspace ID, T…, if the bot never ran")
        parser.set_defaults(do=_import, what=what)
    undo = verbs.add_parser("undo", help="put back what an import changed")
    undo.add_argument("number", type=int, help="of the import, as it was printed")
    undo.set_defaults(do=_import_undo)


def _equation(text: str) -> tuple[str, tuple[str, ...]]:
    from bot.drafts import read_equation

    try:
        return read_equation(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no equation: write 'all/Everybody = served/North/Total + served/South/Total'"
        ) from None


def _day(text: str) -> "date":
    from datetime import date

    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day: write 2024-12-31") from None


def _table_verbs(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    for verb, do, what in (
        ("audit", _tables_audit, "say what a reader can work out; exit status 1 if anything"),
        ("protect", _tables_protect, "choose the cells to withhold; exit status 1 if none do"),
    ):
        parser = verbs.add_parser(
            verb,
            help=what,
            epilog=_HOW_FILES_ARE_READ,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        parser.add_argument("file", help="JSON, CSV or XLSX; see below")
        parser.add_argument("--json", action="store_true", help="print JSON")
        parser.add_argument("--marks", metavar="FILE", help="what is printed: {cell: mark}, or CSV")
        parser.add_argument(
            "--insiders", action="store_true", help="attack as each agency too, with its own row"
        )
        if verb == "protect":
            parser.add_argument(
                "--cost",
                choices=("weighted", "count"),
                default="weighted",
                help="totals cost more, or all cells alike (weighted)",
            )
        parser.set_defaults(do=do)


def _run(_: argparse.Namespace, environ: Mapping[str, str] | None) -> int:
    with _made_to_stay():
        import uvloop

        from bot import logging
        from bot.server import ListenError, run
        from storage.errors import WrongWorkspaceError

        settings = _settings(environ, slack=True)
        logging.configure(settings.log_level, style=settings.log_format)
        library = _library(settings)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(run(settings, library=library))
    except (ListenError, WrongWorkspaceError) as error:
        raise CommandLineError(str(error), status=FAILED) from error
    finally:
        library.close()
    return DONE


@contextmanager
def _made_to_stay() -> Iterator[None]:
    """
    Start what stays until the process ends. Python looks for cycles neither while it is made,
    which is a tenth of the start, nor ever in it later, when all answers would wait 0.1 s.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(YOUNG_WHEN_UP)
        gc.enable()


def _demo(arguments: argparse.Namespace, _: Mapping[str, str] | None) -> int:
    from bot import logging
    from bot.demo import demo

    logging.configure("WARNING", style="text")
    try:
        asyncio.run(demo(port=arguments.port, once=arguments.once, http=arguments.http, show=_show))
    except OSError as error:
        raise CommandLineError(
            f"port {arguments.port} cannot be listened on: try `.venv/bin/htbot demo --port 0`.",
            status=FAILED,
        ) from error
    return DONE


def _say(arguments: argparse.Namespace, environ: Mapping[str, str] | None) -> int:
    from bot import logging
    from bot.clock import utc_now
    from bot.router import Router
    from bot.say import say

    settings = _settings(environ, slack=False)
    logging.configure("ERROR", style="text")
    library = _library(settings)
    try:
        router = Router(library=library, clock=utc_now)
        print(
            asyncio.run(
                say(
                    " ".join(arguments.text),
                    router=router,
                    role=arguments.role,
                    as_json=arguments.json,
                    save=Path(arguments.save) if arguments.save else None,
                )
            )
        )
    except OSError as error:
        raise CommandLineError(f"{error.filename}: {error.strerror}", status=FAILED) from error
    finally:
        library.close()
    return DONE


def _pack_check(arguments: argparse.Namespace, _: Mapping[str, str] | None) -> int:
    pack = _pack(arguments.path)
    print(f"{pack.task_force.name}: the pack is in order.")
    return DONE


def _pack_load(arguments: argparse.Namespace, environ: Mapping[str, str] | None) -> int:
    from bot.clock import utc_now
    from storage.errors import DatabaseError, DatabaseUrlError
    from storage.migrations import migrate
    from storage.packs.loading import install
    from storage.session import open_database

    settings = _settings(environ, slack=False)
    pack = _pack(arguments.path)
    try:
        database = open_database(settings.database_url, secret_key=settings.secret_key)
    except DatabaseUrlError as error:
        raise _misaddressed(error) from None
    try:
        migrate(database)
        _, loaded = install(database, pack, now=utc_now())
    except DatabaseError as error:
        raise _troubled(error) from error
    finally:
        database.dispose()
    print(
        f"{pack.task_force.name}: {len(loaded.added)} added, {len(loaded.changed)} changed, "
        f"{len(loaded.retired)} retired, {len(loaded.kept_edits)} edits by coordinators kept."
    )
    for table in loaded.released:
        print(f"  released, small counts protected: {table}")
    for table in loaded.refused:
        print(f"  refused by the disclosure gate, and not shown: {table}")
    for edit in loaded.kept_edits:
        print(f"  kept: {edit}")
    return DONE


def _grant(arguments: argparse.Namespace, environ: Mapping[str, str] | None) -> int:
    from bot.clock import utc_now
    from bot.grants import GrantError, change_role
    from storage.errors import DatabaseError
    from storage.people import RoleName

    settings = _settings(environ, slack=False)
    library = _library(settings)
    try:
        print(
            change_role(
                library,
                user_id=arguments.user,
                role=RoleName(arguments.role),
                team_id=arguments.team,
                take=arguments.revoke,
                now=utc_now(),
            )
        )
    except GrantError as error:
        raise CommandLineError(str(error)) from error
    except DatabaseError as error:
        raise _troubled(error) from error
    finally:
        library.close()
    return DONE


def _stats_draft(arguments: argparse.Namespace, environ: Mapping[str, str] | None) -> int:
    from bot.clock import utc_now
    from bot.drafts import DraftError, Wanted, make_draft

    settings = _settings(environ, slack=False)
    library = _library(settings)
    wanted = Wanted(
        file=Path(arguments.file),
        series=arguments.series,
        program=arguments.program,
        title=arguments.title,
        unit=arguments.unit,
        period=arguments.period,
        starts=arguments.starts,
        ends=arguments.ends,
        threshold=arguments.threshold,
        source=arguments.source,
        place=arguments.place,
        as_of=arguments.as_of or utc_now().date(),
        note=arguments.note,
        by=arguments.by,
        equations=tuple(arguments.equation),
        apart=arguments.apart,
        team=arguments.team,
    )
    try:
        with _gate_errors(), _table_errors():
            print(make_draft(library, wanted, admins=settings.admins, now=utc_now()))
    except DraftError as error:
        raise CommandLineError(str(error)) from error
    finally:
        library.close()
    return DONE


def _stats_check(arguments: argparse.Namespace, environ: Mapping[str, str] | None) -> int:
    from bot.drafts import check_draft

    library = _library(_settings(environ, slack=False))
    try:
        with _gate_errors():
            print(check_draft(library, arguments.number))
    finally:
        library.close()
    return DONE


@contextmanager
def _gate_errors() -> Iterator[None]:
    from storage.disclosure.errors import DisclosureError
    from storage.errors import DatabaseError, NotOnLedgerError, StorageError

    try:
        yield
    except NotOnLedgerError as error:
        lines = (*error.reasons, "Refused by the disclosure gate. Nothing was changed.")
        raise CommandLineError(*lines, status=FAILED) from error
    except DatabaseError as error:
        raise _troubled(error) from error
    except DisclosureError:
        raise  # said by `_table_errors`
    except StorageError as error:
        raise CommandLineError(str(error), status=FAILED) from error


def _export(arguments: argparse.Namespace, environ: Mapping[str, str] | None) -> int:
    from bot.clock import utc_now
    from bot.exchange import ExchangeError, agencies_csv, hsds_csv, hsds_json, meetings_ics

    now = utc_now()
    with _exchanged(environ) as library:
        if arguments.verb == "csv":
            print(hsds_csv(library, Path(arguments.out or "htbot-export"), now=now))
            return DONE
        if arguments.verb == "hsds":
            content = f"{hsds_json(library, now=now)}\n".encode()
        elif arguments.verb == "calendar":
            try:
                content = meetings_ics(library, of=arguments.of, now=now)
            except ExchangeError as error:
                raise CommandLineError(str(error)) from error
        else:
            content = agencies_csv(library, now=now)
        if arguments.out:
            Path(arguments.out).write_bytes(content)
            print(f"{arguments.out}: written.")
        else:
            print(content.decode("utf-8-sig"), end="")
    return DONE


def _import(arguments: argparse.Namespace, environ: Mapping[str, str] | None) -> int:
    from bot.clock import utc_now
    from bot.exchange import ExchangeError, columns_text, import_agencies, import_members

    if arguments.columns:
        print(columns_text(arguments.what))
        return DONE
    if not arguments.file:
        raise CommandLineError("Which file? Name it, or list the columns with --columns.")
    how = {"dry_run": arguments.dry_run, "now": utc_now()}
    with _exchanged(environ) as library:
        content = Path(arguments.file).read_bytes()
        if arguments.what == "agencies":
            text, sound = import_agencies(library, content, **how)
        else:
            try:
                text, sound = import_members(library, content, team_id=arguments.team, **how)
            except ExchangeError as error:
                raise CommandLineError(str(error)) from error
    print(text)
    return DONE if sound else FAILED


def _import_undo(arguments: argparse.Namespace, environ: Mapping[str, str] | None) -> int:
    from bot.clock import utc_now
    from bot.exchange import ExchangeError, undo_import

    with _exchanged(environ) as library:
        try:
            print(undo_import(library, arguments.number, now=utc_now()))
        except ExchangeError as error:
            raise CommandLineError(str(error), status=FAILED) from error
    return DONE


def _survey_template(arguments: argparse.Namespace, environ: Mapping[str, str] | None) -> int:
    from bot.surveys import SurveyFileError, template_file

    with _exchanged(environ) as library:
        kind = Path(arguments.out).suffix if arguments.out else ""
        try:
            content = template_file(library, arguments.number, kind=kind)
        except SurveyFileError as error:
            raise CommandLineError(str(error), status=FAILED) from error
        if arguments.out:
            Path(arguments.out).write_bytes(content)
            print(f"{arguments.out}: written.")
        else:
            print(content.decode("utf-8-sig"), end="")
    return DONE


def _survey_import(arguments: argparse.Namespace, environ: Mapping[str, str] | None) -> int:
    from bot.clock import utc_now
    from bot.surveys import SurveyFileError, import_answers
    from storage.errors import UnsealableError

    with _exchanged(environ) as library:
        library.know_admins(_settings(environ, slack=False).admins)
        try:
            text, sound = import_answers(
                library,
                Path(arguments.file),
                dry_run=arguments.dry_run,
                now=utc_now(),
                by=arguments.by,
            )
        except (SurveyFileError, UnsealableError) as error:
            raise CommandLineError(str(error), status=FAILED) from None
    print(text)
    return DONE if sound else FAILED


def _audit(arguments: argparse.Namespace, environ: Mapping[str, str] | None) -> int:
    from bot.audit import audit_json, audit_text

    with _exchanged(environ) as library:
        told = audit_json if arguments.json else audit_text
        print(told(library, since=arguments.since))
    return DONE


@contextmanager
def _exchanged(environ: Mapping[str, str] | None) -> "Iterator[Library]":
    from storage.errors import DatabaseError

    library = _library(_settings(environ, slack=False))
    try:
        yield library
    except DatabaseError as error:
        raise _troubled(error) from error
    except OSError as error:
        if error.filename is None:  # no file: who reads what we print has gone
            raise
        raise CommandLineError(f"{error.filename}: {error.strerror}", status=FAILED) from error
    finally:
        library.close()


def _send(arguments: argparse.Namespace, environ: Mapping[str, str] | None) -> int:
    from datetime import timedelta

    from bot.clock import utc_now
    from bot.trial import TrialError, send_test
    from storage.errors import DatabaseError

    settings = _settings(environ, slack=False)
    library = _library(settings)
    try:
        settled = send_test(
            library,
            recipient=arguments.to,
            clock=utc_now,
            wait=timedelta(seconds=max(0.0, arguments.wait)),
            show=_show,
        )
    except TrialError as error:
        raise CommandLineError(str(error)) from error
    except DatabaseError as error:
        raise _troubled(error) from error
    finally:
        library.close()
    return DONE if settled else FAILED


def _tables_audit(arguments: argparse.Namespace, _: Mapping[str, str] | None) -> int:
    from bot.tables import audit_json, read_problem
    from storage.disclosure.audit import audit
    from storage.disclosure.report import offline_report

    with _table_errors():
        problem = read_problem(*_table_files(arguments), audited=True)
        found = audit(problem, insiders=arguments.insiders, tell=_progress(problem))
        if arguments.json:
            print(audit_json(found, insiders=arguments.insiders))
        else:
            print(offline_report(problem, found))
    return DONE if found.safe else FAILED


def _tables_protect(arguments: argparse.Namespace, _: Mapping[str, str] | None) -> int:
    from bot.tables import protect_json, protect_text, read_problem
    from storage.disclosure.errors import RefusedError
    from storage.disclosure.protect import protect

    with _table_errors():
        problem = read_problem(*_table_files(arguments), audited=False)
        try:
            found = protect(
                problem, cost=arguments.cost, insiders=arguments.insiders, tell=_progress(problem)
            )
        except RefusedError as error:
            if arguments.json:
                print(protect_json(error))
            raise
        print(protect_json(found) if arguments.json else protect_text(found))
    return DONE


def _table_files(arguments: argparse.Namespace) -> tuple[Path, Path | None]:
    return Path(arguments.file), Path(arguments.marks) if arguments.marks else None


@contextmanager
def _table_errors() -> Iterator[None]:
    from storage.disclosure.errors import DisclosureError, RefusedError, TableError

    try:
        yield
    except TableError as error:
        raise CommandLineError(*error.problems) from error
    except RefusedError as error:
        raise CommandLineError(f"refused: {error}", status=FAILED) from error
    except DisclosureError as error:
        raise CommandLineError(str(error), status=FAILED) from error
    except OSError as error:
        raise CommandLineError(f"{error.filename}: {error.strerror}") from error


def _progress(problem: "Problem") -> Callable[[str], None]:
    """
    Return what shows how far it got, where it may take long enough for somebody to wonder.
    """
    if len(problem.cells) < CELLS_WITHOUT_PROGRESS:
        return lambda _: None
    return lambda line: print(f"… {line}", file=sys.stderr, flush=True)


def _library(settings: "Settings") -> "Library":
    from bot.clock import utc_now
    from bot.library import Library
    from storage.errors import DatabaseUrlError
    from storage.packs.problems import UnknownPackError
    from storage.packs.reading import find_pack

    try:
        find_pack(settings.pack)
    except UnknownPackError:  # its message repeats the value, and that may be a secret
        raise CommandLineError(
            "HT_PACK names no built-in pack and no folder.", "See .env.example."
        ) from None
    try:
        return Library.open(
            settings.database_url,
            pack=_pack(settings.pack),
            clock=utc_now,
            timezone=settings.timezone,
            secret_key=settings.secret_key,
        )
    except DatabaseUrlError as error:
        raise _misaddressed(error) from None


def _pack(name_or_path: str) -> "Pack":
    from storage.packs.problems import PackError, UnknownPackError
    from storage.packs.reading import find_pack, read_pack

    try:
        return read_pack(find_pack(name_or_path))
    except PackError as error:
        raise CommandLineError(*map(str, error.problems), status=FAILED) from error
    except UnknownPackError as error:
        raise CommandLineError(str(error)) from error


def _show(line: str) -> None:
    print(line, flush=True)
