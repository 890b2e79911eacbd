"""`orion-cli config`: the file with the named contexts. Shows no key."""

from typing import Annotated, Any

import typer

from orion_cli.asking import typed_secret
from orion_cli.commanding import YES, command, group
from orion_cli.completing import contexts
from orion_cli.config import change_configuration, check_address, config_path, read_configuration
from orion_cli.failures import Misused
from orion_cli.output.output import Column
from orion_cli.session import Session

app = group("Which servers there are, and their keys.")

NAME = Annotated[str, typer.Argument(help="Of the context.", autocompletion=contexts)]
MASK = "******"
COLUMNS = (Column("CURRENT", "current"), Column("NAME", "name"), Column("SERVER", "server"), Column("KEY", "key"))


@command(app, "set-server", "config set-server http://localhost:8080\nconfig set-server https://orion --context prod")
def set_server(
    session: Session,
    url: Annotated[str, typer.Argument(help="The server's address.")],
    ca_file: Annotated[str | None, typer.Option("--ca-file", help="Certificates to trust for it.")] = None,
) -> None:
    """Keep a server's address; with --context NAME, as a context of that name."""
    check_address(url)
    members = {"server": url.rstrip("/"), **({"ca_file": ca_file} if ca_file else {})}
    name = _store(session, members)
    session.output.say(f"Context '{name}' means {url}")


@command(app, "set-key", "config set-key\npass show orion | orion-cli config set-key -")
def set_key(
    session: Session,
    key: Annotated[str | None, typer.Argument(help="Asked for when not given; - for standard input.")] = None,
    header: Annotated[
        str | None, typer.Option("--header", help="The header the server wants it in; Authorization by default.")
    ] = None,
) -> None:
    """Keep the admin key of a context's server; it is never shown again."""
    secret = typed_secret("Key: ", key)
    if not secret.isascii():
        raise Misused("A key is ASCII, for it stands in a header")
    # Kept beside its server, so that it is not sent to another one that is named later.
    server = session.settings["server"].value or ""
    name = _store(session, {"key": secret, **({"key_header": header} if header else {})}, server)
    session.output.say(f"The key of context '{name}' is kept in {config_path(session.environment)}")


@command(app, "show", "config show -o json")
def show(session: Session) -> None:
    """Show what is in force and where each value comes from; keys as ******."""
    found = {}
    for name, setting in session.settings.items():
        value = MASK if name == "key" and setting.value else setting.value
        found[name] = {"value": value, "origin": setting.origin}
    if session.output.format != "table":
        session.output.value(found)
        return
    rows = [{"setting": name, **members} for name, members in found.items()]
    titles = (Column("SETTING", "setting"), Column("VALUE", "value"), Column("FROM", "origin"))
    session.output.rows(rows, titles, "setting")


@command(app, "contexts", "config contexts")
def list_contexts(session: Session) -> None:
    """List the contexts."""
    configuration = read_configuration(config_path(session.environment))
    rows = [
        {
            "name": name,
            "server": members.get("server"),
            "key": MASK if members.get("key") else None,
            "current": name == configuration.current,
        }
        for name, members in configuration.contexts.items()
    ]
    session.output.rows(rows, COLUMNS, "name")


@command(app, "use", "config use prod")
def use(session: Session, name: NAME) -> None:
    """Make a context the one that is meant."""
    _existing(session, name)
    _change(session, lambda document: document.update({"current": name}))
    session.output.say(f"Context '{name}' is meant from now on")


@command(app, "delete-context", "config delete-context old")
def delete_context(session: Session, name: NAME, yes: YES = False) -> None:
    """Forget a context, its key included."""
    _existing(session, name)
    session.confirm(f"Forget the context '{name}' and its key?", yes=yes)

    def forget(document: Any) -> None:  # a tomlkit document
        del document["contexts"][name]
        if document.get("current") == name:
            del document["current"]

    _change(session, forget)
    session.output.say(f"Context '{name}' is forgotten")


def _store(session: Session, members: dict[str, str], server: str = "") -> str:
    """Keep members of the context that is named, else of the one that is meant; makes it where it is new.

    Args:
        session: Says which context.
        members: What to keep.
        server: Kept too where the context has none.
    """
    configuration = read_configuration(config_path(session.environment))
    name = session.wishes.context or session.environment.get("ORION_CONTEXT") or configuration.current

    def put(document: Any) -> None:  # a tomlkit document
        import tomlkit

        contexts = document.setdefault("contexts", tomlkit.table(is_super_table=True))
        context = contexts.setdefault(name, tomlkit.table())
        before = context.get("server")
        context.update(members)
        context.setdefault("server", server)
        if before not in (None, context["server"]) and context.pop("key", None) is not None:
            session.output.warn(f"the key of context '{name}' was another server's, and is forgotten")
        document.setdefault("current", name)

    _change(session, put)
    return name


def _existing(session: Session, name: str) -> None:
    known = read_configuration(config_path(session.environment)).contexts
    if name not in known:
        raise Misused(f"There is no context '{name}'", f"there are: {', '.join(known) or 'none yet'}")


def _change(session: Session, change: Any) -> None:
    change_configuration(config_path(session.environment), change)
