"""SQL databases: one pool and one transaction for all, a session for each kind."""
