"""Rows that tests put into databases by hand."""

# Of the first revision; it must be there after every later one.
TRACE = (
    "INSERT INTO traces (id, request_id, channel, mode, status, error_message, created_at, updated_at)"
    " VALUES ('t', 'r', 'c', 'async', 'pending', 'é', 1, 2)"
)
