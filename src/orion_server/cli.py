"""`orion-server`: serve, validate-config, migrate, init-config. Kept thin; what is slow to import is imported late."""

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from orion_server.version import VERSION

if TYPE_CHECKING:
    from orion_io.storage import StoreError
    from orion_server.settings import Settings

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Orion, a declarative services runtime.",
)

ConfigFile = Annotated[
    Path | None,
    typer.Option("-c", "--config", help="TOML file; defaults and environment without it.", show_default=False),
]


def _version(asked: bool) -> None:
    if asked:
        from orion_core import COMPILED

        typer.echo(f"orion-server {VERSION} ({'compiled' if COMPILED else 'interpreted'} core)")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def main(
    context: typer.Context,
    config: ConfigFile = None,
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show it.")] = False,  # noqa: ARG001
) -> None:
    """Start the server, unless a command is given."""
    context.obj = config
    if context.invoked_subcommand is None:
        _serve(_settings(config))


@app.command("validate-config")
def validate_config(context: typer.Context, config: ConfigFile = None) -> None:
    """Check the configuration without starting, and show what differs from the defaults."""
    from orion_server.settings.summary import summary

    settings = _settings(config or context.obj)
    typer.echo("Configuration is valid.")
    for line in summary(settings):
        typer.echo(line)


@app.command()
def migrate(
    context: typer.Context,
    config: ConfigFile = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="List what is pending, apply nothing.")] = False,
) -> None:
    """Bring the database up to this version."""
    from orion_io.storage import StoreError

    settings = _settings(config or context.obj)
    try:
        asyncio.run(_migrate(settings, dry_run=dry_run))
    except StoreError as error:
        _fail_store(error)


@app.command("init-config")
def init_config(
    file: Annotated[Path | None, typer.Argument(help="Where to write; standard output when not given.")] = None,
) -> None:
    """Write a file with every setting, commented out, with its default."""
    from orion_server.settings.document import example

    if file is None:
        typer.echo(example(), nl=False)
        return
    try:
        with file.open("x", encoding="utf-8") as opened:
            opened.write(example())
    except OSError as error:
        _fail([f"cannot write {file}: {error.strerror}"])


def _settings(config: Path | None) -> "Settings":
    from orion_server.settings import SettingsError, load

    if config is None:
        typer.echo("No configuration file (-c): defaults and environment are used.", err=True)
    try:
        return load(config, os.environ)
    except SettingsError as error:
        _fail([str(problem) for problem in error.problems])


def _serve(settings: "Settings") -> None:
    from orion_core import COMPILED

    if not COMPILED and os.environ.get("ORION_INTERPRETED") != "1":
        _fail([
            "the core is not compiled, and would be many times slower. Install it with a C compiler at hand "
            "(pip install .), or set ORION_INTERPRETED=1 to run it as it is."
        ])  # fmt: skip
    from orion_io.storage import StoreError
    from orion_server.logs import configure
    from orion_server.serve import serve
    from orion_server.transports.transport import AddressUnavailable

    configure(settings.logging.level, settings.logging.format)
    try:
        serve(settings)
    except StoreError as error:
        _fail_store(error)
    except AddressUnavailable as error:
        _fail([str(error)])
    typer.echo("Orion shut down cleanly", err=True)


async def _migrate(settings: "Settings", *, dry_run: bool) -> None:
    from orion_io.storage import open_store
    from orion_server.settings.store import storage_options

    store = open_store(settings.storage.url, **storage_options(settings))
    await store.open()
    try:
        pending = await store.pending_migrations()
        if not pending:
            typer.echo("No pending migrations.")
        elif dry_run:
            typer.echo(f"Pending migrations ({len(pending)}):")
            for revision, description in pending:
                typer.echo(f"  {revision} — {description}")
        else:
            typer.echo(f"Applying {len(pending)} migration(s)...")
            await store.migrate()
            typer.echo("Migrations applied successfully.")
    finally:
        await store.close()


def _fail_store(error: "StoreError") -> NoReturn:
    from orion_core import mask_text

    _fail([str(error), *([f"  Caused by: {mask_text(error.detail)}"] if error.detail else [])])


def _fail(messages: list[str]) -> NoReturn:
    for message in messages:
        sys.stderr.write(message + "\n" if message.startswith("  ") else f"Error: {message}\n")
    raise typer.Exit(1)
