"""`orion-cli dlq`: asynchronous requests that were given up."""

from collections.abc import Sequence
from typing import Annotated

import typer

from orion_cli import completing
from orion_cli.api_paths import ADMIN, path_of
from orion_cli.commanding import LIMIT, YES, command, group
from orion_cli.failures import Misused
from orion_cli.output.output import Column
from orion_cli.session import Session

app = group("Dead letters: asynchronous requests that were given up.")

PATH = f"{ADMIN}/dlq"
IDS = Annotated[
    list[str] | None, typer.Argument(metavar="ID", help="Of dead letters.", autocompletion=completing.dead_letters)
]
ID = Annotated[str, typer.Argument(metavar="ID", help="Of the dead letter.", autocompletion=completing.dead_letters)]
CHANNEL = Annotated[
    str | None, typer.Option("--channel", help="Those of this channel.", autocompletion=completing.channel_names)
]
STATUS = Annotated[str | None, typer.Option("--status", help="Those of this status, such as exhausted.")]
EVERY = Annotated[bool, typer.Option("--all", help="All of them.")]
COLUMNS = (
    Column("ID", "id"),
    Column("CHANNEL", "channel"),
    Column("STATUS", "status"),
    Column("RETRIES", "retry_count"),
    Column("ERROR", lambda row: row.get("error_message") or row.get("error")),
    Column("CREATED", "created_at"),
)


@command(app, "list", "dlq list\ndlq list --channel orders --status exhausted")
def entries(session: Session, channel: CHANNEL = None, status: STATUS = None, limit: LIMIT = None) -> None:
    """List dead letters, the newest first."""
    rows = list(session.api.rows(PATH, {"channel": channel, "status": status}, limit))
    session.output.rows(rows, COLUMNS, "id")


@command(app, "get", "dlq get 550e8400-e29b-41d4")
def get(session: Session, identifier: ID) -> None:
    """Show a dead letter with what was asked."""
    answer = session.api.get(PATH + path_of(identifier))
    session.output.one(answer["data"], "id")


@command(app, "retry", "dlq retry 550e8400-e29b-41d4\ndlq retry --channel orders")
def retry(
    session: Session, ids: IDS = None, channel: CHANNEL = None, status: STATUS = None, all_: EVERY = False
) -> None:
    """Work on dead letters again, now."""
    chosen = choice(ids or (), channel, status, every=all_)
    session.output.one(session.api.ask("POST", f"{PATH}/retry", chosen)["data"])


@command(app, "discard", "dlq discard --channel orders --status exhausted\ndlq discard --all --yes")
def discard(
    session: Session,
    ids: IDS = None,
    channel: CHANNEL = None,
    status: STATUS = None,
    all_: EVERY = False,
    yes: YES = False,
) -> None:
    """Forget dead letters: nobody will work on them."""
    chosen = choice(ids or (), channel, status, every=all_)
    what = f"{len(ids)} dead letter(s)" if ids else "all dead letters" + (" of that kind" if not all_ else "")
    session.confirm(f"Discard {what}?", yes=yes)
    session.output.one(session.api.ask("POST", f"{PATH}/discard", chosen)["data"])


@command(app, "delete", "dlq delete 550e8400-e29b-41d4 --yes")
def delete(session: Session, identifier: ID, yes: YES = False) -> None:
    """Delete one dead letter."""
    session.confirm(f"Delete dead letter '{identifier}'?", yes=yes)
    session.api.ask("DELETE", PATH + path_of(identifier))
    session.output.say(f"Dead letter '{identifier}' is deleted")


def choice(ids: Sequence[str], channel: str | None, status: str | None, *, every: bool) -> dict[str, object]:
    """What the API is told of which are meant.

    Raises:
        Misused: None are, or in two ways at once.
    """
    where = {name: value for name, value in (("channel", channel), ("status", status)) if value is not None}
    if sum((bool(ids), bool(where), every)) != 1:
        raise Misused("Say which are meant", "ids, --channel and --status, or --all")
    return {"ids": list(ids)} if ids else {"all": True, **where}
