"""Ways in: each transport listens, speaks HTTP, and calls one ASGI application."""
