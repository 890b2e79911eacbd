"""The admin API, the reading of traces, and the documentation of both. Knows no transport."""

from orion_server.admin.api import AdminApi
from orion_server.admin.documentation import Documentation
from orion_server.admin.services import Services

__all__ = ["AdminApi", "Documentation", "Services"]
