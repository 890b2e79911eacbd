"""The installed command against a real server: black box, but for the words of its exit codes."""
