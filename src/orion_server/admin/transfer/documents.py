"""Documents that leave for a file: in the same order always, a member a line, so that differences are small."""

import msgspec

from orion_server.exchange import Answer


def file_answer(document: object, name: str = "") -> Answer:
    """A document as a file would hold it.

    Args:
        document: What it holds; the order of members is kept.
        name: What the file may be called (RFC 6266); "" for a document that stands for itself.
    """
    text = msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"
    headers = (("content-disposition", f'attachment; filename="{name}"'),) if name else ()
    return Answer(200, text, headers)
