"""The cluster's store as a connector: what actions on it name. Connects to nothing."""

from hashlib import sha256

import msgspec

from orion_core.connector import Connector, hidden_texts, rule_of
from orion_core.connector_definitions import Retry

CLUSTER = "cluster"  # its kind, and the name by which logs and spans tell it


class ClusterConfig(msgspec.Struct, frozen=True):
    """How the store is reached.

    Args:
        url: `redis://`, `rediss://` or `unix://`.
        key_prefix: Stands before every key.
        timeout: How long it may take to answer, seconds.
    """

    url: str
    key_prefix: str
    timeout: float


def cluster_connector(url: str, key_prefix: str, timeout: float) -> Connector:
    """The connector of the cluster's store; the arguments are those of `ClusterConfig`."""
    config = ClusterConfig(url, key_prefix, timeout)
    fingerprint = sha256(msgspec.json.encode(config)).hexdigest()
    return Connector(CLUSTER, CLUSTER, config, rule_of(Retry()), fingerprint, hidden_texts(url))
