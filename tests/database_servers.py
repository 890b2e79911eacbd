"""Real database servers for tests: PostgreSQL, and MariaDB for the MySQL protocol, with their data in a folder."""

import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pymysql
import pytest

from tests.server_stores import migrate
from tests.services import free_port, listening, needed

PASSWORD = "the database's own"
PATIENCE = 20.0
MARIADB_SETUP = f"""
CREATE DATABASE IF NOT EXISTS orion;
CREATE USER IF NOT EXISTS 'orion'@'127.0.0.1' IDENTIFIED BY "{PASSWORD}";
GRANT ALL ON `orion%`.* TO 'orion'@'127.0.0.1';
CREATE USER IF NOT EXISTS 'administrator'@'127.0.0.1' IDENTIFIED BY "{PASSWORD}";
GRANT ALL ON *.* TO 'administrator'@'127.0.0.1' WITH GRANT OPTION;
"""


class DatabaseServer:
    """A server that can be killed and started again over the same data."""

    def __init__(self, kind: str, command: list[str], folder: Path, port: int, ask: Callable[[], None]) -> None:
        self.kind = kind
        self.port = port
        self._databases = itertools.count(1)
        self._command = command
        self._folder = folder
        self._ask = ask
        self._template = ""

    @property
    def url(self) -> str:
        return self.url_of("orion")

    def url_of(self, database: str) -> str:
        return f"{self.kind}://orion:{PASSWORD.replace(' ', '%20')}@127.0.0.1:{self.port}/{database}"

    def new_database(self, template: str = "") -> str:
        """The address of an empty database of its own, or of a copy of another; the server must run."""
        name = f"orion_{next(self._databases)}"
        self.execute(f"CREATE DATABASE {name}{template and f' TEMPLATE {template}'}")
        return self.url_of(name)

    def migrated_database(self) -> str:
        """The address of a new database with every migration applied.

        Thirty milliseconds on PostgreSQL, which copies one; MariaDB cannot, and migrates in a sixth of a second.
        """
        if self.kind == "mysql":
            return migrate(self.new_database())
        if not self._template:
            self._template = migrate(self.new_database()).rpartition("/")[2]
        return self.new_database(self._template)

    def execute(self, statement: str, database: str = "orion") -> list[tuple[Any, ...]]:
        """Carry out a statement outside any transaction, on a connection of its own."""
        options: dict[str, Any] = {"host": "127.0.0.1", "port": self.port, "user": "orion", "password": PASSWORD}
        if self.kind == "postgres":
            with psycopg.connect(**options, dbname=database, autocommit=True) as connection:
                done = connection.execute(statement.encode())
                return done.fetchall() if done.description else []
        with closing(pymysql.connect(**options, database=database, autocommit=True)) as other, other.cursor() as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall())

    def kill(self, process: "subprocess.Popen[bytes]") -> None:
        """End it without ado; PostgreSQL would leave its children behind if nobody told them."""
        process.send_signal(signal.SIGQUIT if self.kind == "postgres" else signal.SIGKILL)
        process.wait(PATIENCE)

    @contextmanager
    def running(self) -> Iterator["subprocess.Popen[bytes]"]:
        """The server, once it answers."""
        with listening(self._command, self._folder, self.port) as process:
            until = time.monotonic() + PATIENCE
            while True:
                try:
                    self._ask()
                    break
                except (psycopg.Error, pymysql.Error):
                    assert time.monotonic() < until, (self._folder / "service.log").read_text()
                    time.sleep(0.05)
            try:
                yield process
            finally:
                process.send_signal(signal.SIGINT if self.kind == "postgres" else signal.SIGTERM)  # without waiting


def _as_user(name: str, folder: Path) -> list[str]:
    """What runs a command as a user of its own: these servers refuse to run as root."""
    if os.geteuid() != 0:
        return []
    user = pwd.getpwnam(name)
    for each in (folder, *folder.rglob("*")):
        os.chown(each, user.pw_uid, user.pw_gid)
    return ["setpriv", f"--reuid={name}", f"--regid={name}", "--clear-groups"]


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="orion-database-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def postgres(config: pytest.Config) -> Iterator[DatabaseServer]:
    """A cluster with the database `orion`; not started."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    initdb = str(programs[-1] / "initdb") if programs else needed("initdb", config)
    with _folder() as folder:
        secret = folder / "password"
        secret.write_text(PASSWORD)
        user = _as_user("postgres", folder)
        data = folder / "data"
        made = [
            *user,
            initdb,
            "-D",
            str(data),
            "-U",
            "orion",
            "--auth=scram-sha-256",
            f"--pwfile={secret}",
            "--no-sync",
        ]
        subprocess.run([*made, "--encoding=UTF8", "--locale=C"], check=True, capture_output=True)
        port = free_port()
        command = [
            *user, initdb.replace("initdb", "postgres"), "-D", str(data), "-p", str(port), "-k", str(folder),
            "-c", "fsync=off", "-c", "listen_addresses=127.0.0.1", "-c", "max_connections=100",
        ]  # fmt: skip

        def ask() -> None:
            with psycopg.connect(
                host="127.0.0.1", port=port, user="orion", password=PASSWORD, dbname="postgres", autocommit=True
            ) as connection:
                if not connection.execute("SELECT 1 FROM pg_database WHERE datname = 'orion'").fetchall():
                    connection.execute("CREATE DATABASE orion")

        yield DatabaseServer("postgres", command, folder, port, ask)


@contextmanager
def mariadb(config: pytest.Config) -> Iterator[DatabaseServer]:
    """A server with the database `orion`; not started."""
    server, install = needed("mariadbd", config), needed("mariadb-install-db", config)
    with _folder() as folder:
        setup = folder / "setup.sql"
        setup.write_text(MARIADB_SETUP)
        user = _as_user("mysql", folder)
        data = folder / "data"
        subprocess.run(
            [*user, install, "--no-defaults", f"--datadir={data}", "--skip-test-db"], check=True, capture_output=True
        )
        port = free_port()
        command = [
            *user, server, "--no-defaults", f"--datadir={data}", f"--port={port}", "--bind-address=127.0.0.1",
            f"--socket={folder}/socket", "--skip-name-resolve", f"--init-file={setup}",
            "--character-set-server=utf8mb4",
            "--innodb-flush-log-at-trx-commit=2", "--innodb-flush-method=nosync", "--innodb-buffer-pool-size=32M", "--max-allowed-packet=64M",
        ]  # fmt: skip

        def ask() -> None:
            pymysql.connect(host="127.0.0.1", port=port, user="orion", password=PASSWORD, database="orion").close()

        yield DatabaseServer("mysql", command, folder, port, ask)


SERVERS = {"postgres": postgres, "mysql": mariadb}
