"""What every run of the suite says and asks for."""

import os

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("orion")
    group.addoption("--require-services", action="store_true", help="a service that is missing is an error, not a skip")
    group.addoption("--compiled", action="store_true", help="fail unless the core that is tested is compiled")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "endurance: minutes of processes killed under load; in the compiled form only")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is said about processes and databases is said once: the form of the core makes no difference to it."""
    if config.getoption("--compiled"):
        return
    skip = pytest.mark.skip(reason="runs in the compiled form: make test-compiled")
    for item in items:
        if item.get_closest_marker("endurance") is not None:
            item.add_marker(skip)


def pytest_report_header(config: pytest.Config) -> str:
    from orion_core import COMPILED

    return f"orion core: {'compiled' if COMPILED else 'interpreted'}; data tests: {os.environ.get('ORION_URL', 'own server')}"


def pytest_sessionstart(session: pytest.Session) -> None:
    from orion_core import COMPILED

    if session.config.getoption("--compiled") and not COMPILED:
        raise pytest.UsageError("the core that is tested is not compiled")
