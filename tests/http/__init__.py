"""Black box: needs only a base URL (`ORION_URL`), or starts a server of its own. Knows no Python of ours."""
