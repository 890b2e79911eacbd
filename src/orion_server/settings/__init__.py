"""The settings of a server: declared once, read from a file and the environment, documented from the declaration."""

from orion_server.settings.loading import SettingProblem, SettingsError, load
from orion_server.settings.types import RateLimit, Settings, Tracing

__all__ = ["RateLimit", "SettingProblem", "Settings", "SettingsError", "Tracing", "load"]
