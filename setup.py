"""Compile the modules of orion_core that a request passes through.

ORION_INTERPRETED=1 installs the same sources uncompiled.
"""

import os
from pathlib import Path

from setuptools import Extension, setup

DIRECTIVES = {"language_level": 3, "embedsignature": True, "freethreading_compatible": True}

# Run once per reload, or need a live Python object (docs/decisions/0003): left as they are.
INTERPRETED = {
    "__init__", "answers", "building", "catalogue", "compiler", "connector_definitions", "definitions", "engine",
    "failures", "integrations", "masking", "problems", "reading", "rehearsal", "rollout",
}  # fmt: skip


def core_extensions() -> list[Extension]:
    """One extension for each module of orion_core that stands on the request path.

    Cython's own warnings are errors: `wraparound` and borrowed-reference mistakes show as warnings first.
    """
    from Cython.Build import cythonize
    from Cython.Compiler import Options

    Options.warning_errors = True
    sources = [path for path in Path("src/orion_core").rglob("*.py") if path.stem not in INTERPRETED]
    extensions = [
        Extension(
            ".".join(path.relative_to("src").with_suffix("").parts),
            [str(path)],
            extra_compile_args=["-O2", "-g0"],
        )
        for path in sorted(sources)
    ]
    return cythonize(
        extensions,
        compiler_directives=DIRECTIVES,
        build_dir="build/cython",
        annotate="ORION_ANNOTATE" in os.environ,
        nthreads=os.cpu_count() or 1,
    )


setup(
    ext_modules=[] if os.environ.get("ORION_INTERPRETED") == "1" else core_extensions(),
    options={"build_ext": {"parallel": os.cpu_count() or 1}},
)
