"""What the servers of a cluster remember together, in Redis: how it is counted there. Knows no request."""

from orion_io.connectors.cluster.carriers import cluster_carriers
from orion_io.connectors.cluster.store import ClusterStore

__all__ = ["ClusterStore", "cluster_carriers"]
