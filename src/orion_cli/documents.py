"""Documents that a command is given: from files, folders, standard input or the command line. Knows no server.

Each remembers where it stood, so that a problem can be shown with its file and line.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orion_cli.failures import Misused
from orion_cli.places import Spot, spot_in_json, spot_in_yaml

SUFFIXES = (".json", ".yaml", ".yml")
# The members of an export and of a bundle.
LISTS = {"data", "workflows", "channels", "connectors"}
BUNDLE = {"format", "version"}  # what a bundle says of itself
LARGEST = 64 * 1024 * 1024  # bytes of one file


@dataclass(frozen=True)
class Source:
    """Where documents stood.

    Args:
        name: Of the file, or of what stands for one.
        text: All of it.
        yaml: Whether it is YAML, not JSON.
    """

    name: str
    text: str
    yaml: bool = False

    def spot(self, pointer: str) -> Spot | None:
        """Line and column of a place, or of the nearest that is there."""
        return spot_in_yaml(self.text, pointer) if self.yaml else spot_in_json(self.text, pointer)


@dataclass(frozen=True)
class Document:
    """One document.

    Args:
        value: What it says.
        source: Where it stood.
        pointer: The part of the source that it is.
    """

    value: Any  # JSON
    source: Source
    pointer: str = ""

    @property
    def is_secret(self) -> bool:
        """Whether its lines may hold secrets, as connectors' do, so that none is shown."""
        return not isinstance(self.value, dict) or not {"tasks", "channel_type", "expected_output"} & self.value.keys()

    def spot(self, pointer: str) -> Spot | None:
        """Line and column of a place in it."""
        return self.source.spot(self.pointer + pointer)


def read_documents(files: Iterable[str], data: Iterable[str] = ()) -> list[Document]:
    """Read what `-f` and `-d` name; an array, an export and a bundle are several documents.

    Args:
        files: Paths of files and folders; `-` is standard input.
        data: Documents as text; `-` is standard input, `@path` a file.

    Raises:
        Misused: Something cannot be read.
    """
    sources = [source for name in files for source in sources_of(name)]
    sources += [inline(text) for text in data]
    if not sources:
        raise Misused("There is no document", "give -f FILE, -d JSON, or -f - for standard input")
    return [document for source in sources for document in parts_of(source)]


def read_document(files: Sequence[str], data: Sequence[str] = ()) -> Document:
    """Read the one document that is asked for; an array is one document here.

    Raises:
        Misused: There is none, there are several, or it cannot be read.
    """
    sources = [source for name in files for source in sources_of(name)] + [inline(text) for text in data]
    if len(sources) != 1:
        raise Misused(f"One document is expected, and {len(sources)} are given", "give -f FILE or -d JSON once")
    return Document(value_of(sources[0]), sources[0])


def sources_of(name: str) -> Iterator[Source]:
    """The files behind a name; those of a folder in the order of their paths, hidden ones left out."""
    if name == "-":
        yield standard_input()
        return
    path = Path(name)
    if not path.is_dir():
        yield file_source(path)
        return
    found = sorted(each for each in path.rglob("*") if each.suffix.lower() in SUFFIXES and each.is_file())
    seen = [each for each in found if not any(part.startswith(".") for part in each.relative_to(path).parts)]
    if not seen:
        raise Misused(f"{name} holds no {', '.join(SUFFIXES)} file")
    yield from map(file_source, seen)


def file_source(path: Path) -> Source:
    """A file."""
    try:
        if path.stat().st_size > LARGEST:
            raise Misused(f"{path} is larger than {LARGEST // 1024 // 1024} MiB")
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeError:
        raise Misused(f"{path} is not UTF-8") from None
    except OSError as error:
        raise Misused(f"{path} cannot be read: {error.strerror}") from None
    return Source(str(path), text, path.suffix.lower() in (".yaml", ".yml"))


def standard_input() -> Source:
    """Standard input, as JSON."""
    try:
        return Source("standard input", sys.stdin.buffer.read().decode("utf-8-sig"))
    except UnicodeError:
        raise Misused("standard input is not UTF-8") from None


def inline(text: str) -> Source:
    """A document on the command line."""
    if text == "-":
        return standard_input()
    if text.startswith("@"):
        return file_source(Path(text[1:]))
    return Source("-d", text)


def parts_of(source: Source) -> Iterator[Document]:
    """The documents of a source."""
    value = value_of(source)
    if isinstance(value, list):
        yield from (Document(each, source, f"/{index}") for index, each in enumerate(value))
    elif is_collection(value):
        yield from (
            Document(each, source, f"/{name}/{index}")
            for name in value
            if name in LISTS
            for index, each in enumerate(value[name])
        )
    elif isinstance(value, dict) and "$schema" in value:  # for editors; the server knows no such member
        yield Document({name: each for name, each in value.items() if name != "$schema"}, source)
    else:
        yield Document(value, source)


def is_collection(value: object) -> bool:
    """Whether it is nothing but lists of definitions."""
    if not isinstance(value, dict) or not value.keys() <= {*LISTS, *BUNDLE}:
        return False
    lists = [each for name, each in value.items() if name in LISTS]
    return bool(lists) and all(isinstance(each, list) for each in lists)


def value_of(source: Source) -> Any:
    """What a source says.

    Raises:
        Misused: It is not JSON, or not YAML.
    """
    if source.yaml:
        from orion_cli.plain_yaml import read_yaml

        return read_yaml(source.name, source.text)
    try:
        return json.loads(source.text, object_pairs_hook=once, parse_constant=no_constant)
    except json.JSONDecodeError as error:
        raise Misused(f"{source.name}:{error.lineno}:{error.colno}: not JSON, {error.msg.lower()}") from None
    except RecursionError:
        raise Misused(f"{source.name}: nested too deep") from None
    except ValueError as error:
        raise Misused(f"{source.name}: {error}") from None


def once(pairs: Sequence[tuple[str, object]]) -> Mapping[str, object]:
    """An object whose names differ; of two the reader would silently lose one."""
    found: dict[str, object] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"the member '{name}' stands twice in one object")
        found[name] = value
    return found


def no_constant(name: str) -> object:
    """NaN and Infinity are Python's, not JSON's."""
    raise ValueError(f"{name} is not JSON")
