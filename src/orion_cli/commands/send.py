"""`orion-cli send`: a request to a channel. The admin key stays here: a channel's workflows see the headers."""

from typing import Annotated
from urllib.parse import quote

import typer

from orion_cli import completing
from orion_cli.api_paths import DATA as DATA_PATH
from orion_cli.commanding import DATA, FILES, alone, command
from orion_cli.documents import read_document
from orion_cli.failures import Misused
from orion_cli.session import Session
from orion_cli.waiting import end_with, wait_for

app = alone("Ask a channel.")

HEADER = Annotated[list[str] | None, typer.Option("-H", "--header", help="NAME: VALUE. Repeatable.")]


@command(app, "send", 'send hello -d \'{"data": {"name": "World"}}\'\nsend orders -f order.json --wait')
def send(
    session: Session,
    channel: Annotated[
        str, typer.Argument(help="Its name, or a path such as orders/7.", autocompletion=completing.channel_names)
    ],
    file: FILES = None,
    data: DATA = None,
    method: Annotated[str, typer.Option("--method", "-X", help="Of the request.")] = "POST",
    header: HEADER = None,
    asynchronous: Annotated[bool, typer.Option("--async", help="Hand it in and show its trace's id.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Hand it in, and wait for what becomes of it.")] = False,
    wait_timeout: Annotated[float, typer.Option("--wait-timeout", min=0, help="Seconds to wait.")] = 60.0,
) -> None:
    """Send {"data": …} to a channel and show what it answers."""
    document = read_document(file or (), data or ()) if file or data else None
    path = DATA_PATH + "/" + quote(channel.removeprefix("/"), safe="/-._~")
    if asynchronous or wait:
        path += "/async"
    headers = dict(map(read_header, header or ()))
    body = None if document is None else document.value
    answer = session.api.ask(method.upper(), path, body, headers=headers, anonymous=True)
    if not wait:
        show(session, answer, "trace_id" if asynchronous else "id")
        return
    session.output.say(f"Waiting for trace {answer['trace_id']}")
    trace = wait_for(session.api, answer["trace_id"], wait_timeout)
    show(session, trace, "id")
    end_with(trace)


def show(session: Session, answer: object, identity: str) -> None:
    """Show an answer whole: it is somebody's document, not a row."""
    if session.output.quiet and isinstance(answer, dict):
        session.output.ids([answer], identity)
    else:
        session.output.value(answer)


def read_header(text: str) -> tuple[str, str]:
    """A header as it is written on the command line.

    Raises:
        Misused: It is none.
    """
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise Misused(f"'{text}' is not a header", "write it as NAME: VALUE")
    return name.strip(), value.strip()
