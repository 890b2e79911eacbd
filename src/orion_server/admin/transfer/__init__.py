"""Definitions on their way between servers: exports and imports, bundles, backups. Runs none of them."""
