"""The version of this package; the same as the server's, for both are made of one source."""

VERSION = "0.1.0"
