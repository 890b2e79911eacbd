"""Which server a command means: flags, else the environment, else the file with its named contexts.

The file is written with its comments kept, readable by its owner alone. Keys go into requests, and nowhere else.
"""

import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from orion_cli.failures import Misused

DEFAULT_SERVER = "http://localhost:8080"
DEFAULT_CONTEXT = "default"
MEMBERS = ("server", "key", "key_header", "ca_file")
VARIABLES: Mapping[str, str] = {
    "context": "ORION_CONTEXT",
    "server": "ORION_SERVER_URL",
    "key": "ORION_API_KEY",
    "key_header": "ORION_API_KEY_HEADER",
    "ca_file": "ORION_CA_FILE",
}


@dataclass(frozen=True)
class Place:
    """Which server, and who asks.

    Args:
        server: Its address, such as `http://localhost:8080`.
        key: The admin key; None where none is asked for.
        key_header: The header it stands in; `Authorization` carries it as a bearer token.
        timeout: Seconds an answer may take.
        ca_file: Certificates to trust instead of the system's.
    """

    server: str
    key: str | None = None
    key_header: str = "Authorization"
    timeout: float = 30.0
    ca_file: str | None = None


@dataclass(frozen=True)
class Setting:
    """A value and where it comes from."""

    value: str | None
    origin: str


@dataclass(frozen=True)
class Configuration:
    """The file, read.

    Args:
        path: Where it is, or would be.
        current: The context that is meant when none is named.
        contexts: Members of each context.
    """

    path: Path
    current: str = DEFAULT_CONTEXT
    contexts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def config_path(environment: Mapping[str, str]) -> Path:
    """Where the file is: `ORION_CLI_CONFIG`, else where the system keeps such files."""
    given = environment.get("ORION_CLI_CONFIG")
    if given:
        return Path(given)
    if os.name == "nt" and environment.get("APPDATA"):
        return Path(environment["APPDATA"], "orion", "cli.toml")
    base = environment.get("XDG_CONFIG_HOME")
    return Path(base if base and Path(base).is_absolute() else Path.home() / ".config", "orion", "cli.toml")


def read_configuration(path: Path) -> Configuration:
    """Read the file; one that is not there holds nothing.

    Raises:
        Misused: It cannot be read, or holds what is unknown.
    """
    import tomllib

    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Configuration(path)
    except (OSError, UnicodeError, tomllib.TOMLDecodeError) as error:
        raise Misused(f"{path} cannot be read: {error}") from None
    _known(path, "", document, ("current", "contexts"))
    contexts = document.get("contexts", {})
    current = document.get("current", DEFAULT_CONTEXT)
    if not isinstance(contexts, dict) or not isinstance(current, str):
        raise Misused(f"{path}: `contexts` holds tables, and `current` is the name of one of them")
    for name, context in contexts.items():
        where = f"contexts.{name}"
        if not isinstance(context, dict) or not all(isinstance(value, str) for value in context.values()):
            raise Misused(f"{path}: {where} is a table of texts")
        _known(path, where, context, MEMBERS)
    return Configuration(path, current, contexts)


def _known(path: Path, where: str, table: Mapping[str, Any], names: tuple[str, ...]) -> None:
    for name in table:
        if name not in names:
            from difflib import get_close_matches

            near = get_close_matches(name, names, n=1)
            place = f"{where}.{name}" if where else name
            hint = f"did you mean '{near[0]}'?" if near else "known are " + ", ".join(names)
            raise Misused(f"{path}: '{place}' is unknown", hint)


def settings_of(
    configuration: Configuration, environment: Mapping[str, str], flags: Mapping[str, str | None]
) -> Mapping[str, Setting]:
    """Each setting and where it comes from; a key from the file belongs to the server beside it, and to no other.

    Raises:
        Misused: A context is asked for that is not there.
    """
    chosen = _said("context", environment, flags) or Setting(configuration.current, str(configuration.path))
    name = chosen.value or DEFAULT_CONTEXT
    stored = configuration.contexts.get(name)
    if stored is None and name != DEFAULT_CONTEXT:
        known = ", ".join(configuration.contexts) or "none yet"
        raise Misused(f"There is no context '{name}'", f"there are: {known}; orion-cli config set-server adds one")
    settings = {"context": Setting(name, chosen.origin if stored is not None else "default")}
    defaults = {"server": DEFAULT_SERVER, "key_header": "Authorization"}
    for member in MEMBERS:
        kept = (stored or {}).get(member)
        in_file = Setting(kept, f"{configuration.path}, context {name}") if kept is not None else None
        fallback = Setting(defaults.get(member), "default")
        settings[member] = _said(member, environment, flags) or in_file or fallback
    if settings["server"].value != (stored or {}).get("server", DEFAULT_SERVER) and _is_kept(settings["key"]):
        settings["key"] = Setting(None, "the stored key belongs to another server")
    return settings


def _said(member: str, environment: Mapping[str, str], flags: Mapping[str, str | None]) -> Setting | None:
    if flags.get(member):
        return Setting(flags[member], f"--{member}")
    variable = VARIABLES[member]
    return Setting(environment[variable], variable) if environment.get(variable) else None


def _is_kept(setting: Setting) -> bool:
    return setting.value is not None and setting.origin not in VARIABLES.values()


def check_address(server: str) -> None:
    """Refuse what is no server's address.

    Raises:
        Misused: It is none.
    """
    parts = urlsplit(server)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise Misused(f"'{server}' is not a server's address", "give one such as http://localhost:8080")
    if parts.username or parts.password:
        raise Misused("A server's address holds no credentials", "orion-cli config set-key keeps the key")


def place_of(settings: Mapping[str, Setting], timeout: float) -> Place:
    """The server that settings mean."""
    return Place(
        settings["server"].value or DEFAULT_SERVER,
        settings["key"].value,
        settings["key_header"].value or "Authorization",
        timeout,
        settings["ca_file"].value,
    )


def change_configuration(path: Path, change: Any) -> None:
    """Change the file and keep the rest of it as it is written.

    Args:
        path: Where it is.
        change: Called with the tomlkit document, to change it.

    Raises:
        Misused: It cannot be written.
    """
    import tomlkit

    try:
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        document = tomlkit.parse(text)
        change(document)
        write_privately(path, tomlkit.dumps(document))
    except OSError as error:
        raise Misused(f"{path} cannot be written: {error.strerror or error}") from None


def write_privately(path: Path, text: str) -> None:
    """Put a file in place of another at once, readable by its owner alone."""
    import tempfile

    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # made with mode 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as opened:
            opened.write(text)
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
