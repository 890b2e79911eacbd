"""Compile the modules that a request passes through.

ORION_INTERPRETED=1 installs the same sources uncompiled.
"""

import os
from pathlib import Path

from setuptools import Extension, setup

SOURCES = Path("src")
DIRECTIVES = {"language_level": 3, "embedsignature": True, "freethreading_compatible": True}

# Of the core: run once per reload, or need a live Python object (docs/decisions/0003). Left as they are.
INTERPRETED = {
    "__init__", "addresses", "answers", "building", "building_snapshots", "calls", "catalogue", "cluster", "compiler",
    "connector_definitions", "cors", "definitions", "failures", "guarding", "http_request", "jobs", "masking",
    "problems", "reading", "rehearsal", "rollout", "sql", "steps", "stored_headers",
}  # fmt: skip

# Of the drivers and the server: on the way of every data request.
COMPILED = (
    "orion_io/clock.py", "orion_io/driver.py", "orion_io/recorder.py", "orion_io/storage/trace_rows.py",
    "orion_io/storage/trace_writer.py", "orion_io/tallies.py", "orion_server/app.py", "orion_server/edge.py",
    "orion_server/request_lines.py", "orion_server/request_log.py", "orion_server/request_tally.py",
    "orion_server/transports/answer_bytes.py", "orion_server/transports/connection.py",
    "orion_server/transports/framing.py", "orion_server/transports/granian_inbox.py",
    "orion_server/transports/patience.py", "orion_server/transports/reader.py",
    "orion_server/transports/replies.py", "orion_server/transports/shared.py",
)  # fmt: skip


def extensions() -> list[Extension]:
    """One extension for each module that stands on the request path.

    Cython's own warnings are errors: `wraparound` and borrowed-reference mistakes show as warnings first.
    """
    from Cython.Build import cythonize
    from Cython.Compiler import Options

    Options.warning_errors = True
    core = sorted(path for path in (SOURCES / "orion_core").rglob("*.py") if path.stem not in INTERPRETED)
    modules = [
        Extension(
            ".".join(path.relative_to(SOURCES).with_suffix("").parts),
            [str(path)],
            extra_compile_args=["-O2", "-g0"],
        )
        for path in [*core, *(SOURCES / name for name in COMPILED)]
    ]
    return cythonize(
        modules,
        compiler_directives=DIRECTIVES,
        build_dir="build/cython",
        annotate="ORION_ANNOTATE" in os.environ,
        nthreads=os.cpu_count() or 1,
    )


setup(
    ext_modules=[] if os.environ.get("ORION_INTERPRETED") == "1" else extensions(),
    options={"build_ext": {"parallel": os.cpu_count() or 1}},
)
