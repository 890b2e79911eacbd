"""The MCP server at `/mcp`: the tools of `orion_cli.mcp`, answered in this process (docs/decisions/0043).

`mounting.py` is loaded only where `[mcp] enabled` says so: the SDK is an extra, and takes a while to import.
"""
