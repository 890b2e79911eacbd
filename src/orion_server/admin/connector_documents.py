"""Documents of connectors: read, completed with the secrets that are stored, and made into records. Knows no store."""

from collections.abc import Mapping

import msgspec

from orion_core import MASK, Problems, at, mask_text, unmask
from orion_core.connector_definitions import ConnectorDefinition, read_connector
from orion_core.definitions import config_as_object
from orion_io.storage import ConnectorRecord
from orion_server.admin.requests import canonical, put_over
from orion_server.admin.versioned import refuse

EDITABLE = ("name", "connector_type", "config", "enabled")
RESERVED = frozenset(("reload", "circuit-breakers", "import", "export", "validate"))
MASKED = (f"//{MASK}@", f"={MASK}")  # where a URL shows a mask


def proper(document: Mapping[str, object], problems: Problems) -> dict[str, object]:
    """The document under proper names; a config that came as JSON text is the object it spells."""
    read = config_as_object(document, problems, "")
    return canonical(read if isinstance(read, Mapping) else document, ConnectorDefinition)


def record_of(
    document: Mapping[str, object], stored: Mapping[str, object], problems: Problems, identifier: str, now: int
) -> ConnectorRecord:
    """A connector made of a document, once everything in it is right.

    Raises:
        DefinitionProblems: Everything that is not.
    """
    whole_document = dict(document)
    if isinstance(document.get("config"), dict):
        whole_document["config"] = _typed(document, put_back(document["config"], stored))
        check_masks(whole_document["config"], problems, "/config")
    check_document({**whole_document, "id": identifier}, problems)
    refuse(problems)
    members = {name: whole_document[name] for name in EDITABLE if name in whole_document}
    if "config" not in members:
        members["config"] = _typed(document, {})
    return msgspec.convert({**members, "id": identifier, "created_at": now, "updated_at": now}, ConnectorRecord)


def check_document(document: Mapping[str, object], problems: Problems) -> None:
    """Read a connector, and refuse an id that no path could reach."""
    read_connector(document, problems)
    if document["id"] in RESERVED:
        problems.error("/id", f"'{document['id']}' is the name of an endpoint")


def _typed(document: Mapping[str, object], config: object) -> object:
    """The config with its type, which may be left out."""
    if not isinstance(config, dict) or "type" in config:
        return config
    return {"type": document.get("connector_type"), **config}


def merged(stored: ConnectorRecord, given: Mapping[str, object], problems: Problems) -> dict[str, object]:
    """The stored document with what is given put over it."""
    if "id" in given and given["id"] != stored.id:
        problems.error("/id", f"'id' cannot be changed; it is '{stored.id}'")
    server = ("id", "created_at", "updated_at")
    changes = {name: value for name, value in given.items() if name not in server}
    return put_over(edited(stored), changes, ConnectorDefinition)


def edited(record: ConnectorRecord) -> dict[str, object]:
    """The members of a connector that an admin may change."""
    return {name: getattr(record, name) for name in EDITABLE}


def put_back(given: object, stored: object) -> object:
    """The given config with stored secrets where it shows a mask, inside URLs too."""
    return unmask(_put_back_texts(given, stored), stored)


def _put_back_texts(given: object, stored: object) -> object:
    if isinstance(given, str) and isinstance(stored, str):
        return stored if given == mask_text(stored) else given
    if isinstance(given, dict):
        kept = stored if isinstance(stored, dict) else {}
        return {name: _put_back_texts(value, kept.get(name)) for name, value in given.items()}
    if isinstance(given, list) and isinstance(stored, list):
        pairs = zip(given, [*stored, *[None] * len(given)], strict=False)
        return [_put_back_texts(value, kept) for value, kept in pairs]
    return given


def check_masks(value: object, problems: Problems, pointer: str) -> None:
    """A mask that stands for nothing stored would become the secret itself."""
    if isinstance(value, dict):
        for name, member in value.items():
            check_masks(member, problems, at(pointer, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            check_masks(item, problems, at(pointer, index))
    elif isinstance(value, str) and (value == MASK or any(each in value for each in MASKED)):
        problems.error(pointer, f"'{MASK}' stands for a stored secret, and none is stored here", expected="the secret")
