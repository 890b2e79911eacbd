"""Settings that are read and checked, but whose feature does not exist yet. Later work deletes lines here."""

from orion_server.settings.types import Settings
from orion_server.settings.walk import paths, value_at

NOT_IN_FORCE = ("tracing.",)


def not_in_force(settings: Settings) -> list[str]:
    """The settings that were changed from their defaults in vain, by dotted path."""
    defaults = Settings()
    return [
        name
        for path, _, _ in paths()
        if (name := ".".join(path)).startswith(NOT_IN_FORCE) and value_at(settings, path) != value_at(defaults, path)
    ]
