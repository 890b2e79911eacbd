"""Orion's core: takes requests, returns actions. Knows no I/O, no clock, no randomness and no environment.

What drivers, stores and servers may know of it is gathered here; `protocol` is the contract with drivers, and
`definitions` what admins write.
"""

from orion_core import execution as _execution
from orion_core.addresses import refuse_address, refuse_url
from orion_core.bounds import Bounds
from orion_core.building_snapshots import Compilation, SnapshotBuilder
from orion_core.cluster import CLUSTER, cluster_connector
from orion_core.compiler import (
    ActiveChannel,
    ActiveWorkflow,
    CompiledWorkflow,
    Compiler,
    Fault,
    check_references,
    check_routes,
    stores_of,
    workflow_ids_of,
)
from orion_core.connector import Connector, compile_connector
from orion_core.connector_definitions import DbConnector, dialect_of, read_connector_config
from orion_core.documents import DocumentError, decode, encode
from orion_core.engine import Engine
from orion_core.governance.cors import CorsPolicy, is_preflight
from orion_core.governance.governor import BreakerTerms, ClusterTerms, Governor, MemoryBounds
from orion_core.governance.rate_limit import RateLimiter
from orion_core.guarding import check_origin
from orion_core.masking import MASK, mask, mask_text, unmask
from orion_core.problems import DefinitionProblems, Problem, Problems, at, did_you_mean, field_of
from orion_core.rehearsal import read_scripts
from orion_core.snapshot import Snapshot
from orion_core.stored_headers import UNSTORED, StoredHeaders

# Whether the modules a request passes through were compiled; the interpreted form is the same source.
COMPILED = not _execution.__file__.endswith(".py")

__all__ = [
    "CLUSTER",
    "COMPILED",
    "MASK",
    "UNSTORED",
    "ActiveChannel",
    "ActiveWorkflow",
    "Bounds",
    "BreakerTerms",
    "ClusterTerms",
    "Compilation",
    "CompiledWorkflow",
    "Compiler",
    "Connector",
    "CorsPolicy",
    "DbConnector",
    "DefinitionProblems",
    "DocumentError",
    "Engine",
    "Fault",
    "Governor",
    "MemoryBounds",
    "Problem",
    "Problems",
    "RateLimiter",
    "Snapshot",
    "SnapshotBuilder",
    "StoredHeaders",
    "at",
    "check_origin",
    "check_references",
    "check_routes",
    "cluster_connector",
    "compile_connector",
    "decode",
    "dialect_of",
    "did_you_mean",
    "encode",
    "field_of",
    "is_preflight",
    "mask",
    "mask_text",
    "read_connector_config",
    "read_scripts",
    "refuse_address",
    "refuse_url",
    "stores_of",
    "unmask",
    "workflow_ids_of",
]
