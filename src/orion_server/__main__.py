"""`python -m orion_server` is `orion-server`."""

from orion_server.cli import app


def main() -> None:
    """Run the command line."""
    app(prog_name="orion-server")


if __name__ == "__main__":
    main()
