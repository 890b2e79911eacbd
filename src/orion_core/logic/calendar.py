"""Instants written and read by a pattern (spec section 18). Knows no node.

A pattern mixes the words of the product (yyyy MM dd HH mm ss MMM MMMM EEE EEEE) with strftime codes; everything else
stands for itself. Reading never goes back in the text, so its time is linear whatever the pattern.
"""

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from orion_core.logic.temporal import (
    DAY,
    INSTANT_MAX,
    INSTANT_MIN,
    NANO,
    civil_from_days,
    civil_instant,
    days_from_civil,
    year_text,
)

MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

_WORDS: Final = {
    "yyyy": "%Y", "MMMM": "%B", "MMM": "%b", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S",
    "EEEE": "%A", "EEE": "%a",
}  # fmt: skip
_WORD = re.compile("|".join(_WORDS))
_CODE = re.compile(r"%([-_0]?)(\.f|\.[369]f|[369]f|:{0,2}z|[A-Za-z%+])")
_SHORTHANDS: Final = {
    "D": "%m/%d/%y", "x": "%m/%d/%y", "F": "%Y-%m-%d", "T": "%H:%M:%S", "X": "%H:%M:%S", "R": "%H:%M",
    "r": "%I:%M:%S %p", "c": "%a %b %e %H:%M:%S %Y", "v": "%e-%b-%Y", "h": "%b",
}  # fmt: skip
_PADDING: Final = {"-": "", "_": " ", "0": "0"}


class Moment(NamedTuple):
    """An instant taken apart in UTC."""

    year: int
    month: int
    day: int
    second_of_day: int
    nano: int
    days: int  # since 1970-01-01

    @property
    def weekday(self) -> int:
        """0 for Monday."""
        return (self.days + 3) % 7

    @property
    def day_of_year(self) -> int:
        """1 for the first of January."""
        return self.days - days_from_civil(self.year, 1, 1) + 1

    @property
    def hour(self) -> int:
        """0 to 23."""
        return self.second_of_day // 3_600

    @property
    def iso_week(self) -> tuple[int, int]:
        """The week-based year and the week (ISO 8601)."""
        thursday = self.days - self.weekday + 3
        year = civil_from_days(thursday)[0]
        return year, (thursday - days_from_civil(year, 1, 1)) // 7 + 1


def moment_of(instant: int) -> Moment:
    """Take an instant (nanoseconds since 1970) apart."""
    seconds, nano = divmod(instant, NANO)
    days, second_of_day = divmod(seconds, DAY)
    return Moment(*civil_from_days(days), second_of_day, nano, days)


# code: (value, width, padding)
_NUMBERS: Final[dict[str, tuple[Callable[[Moment], int], int, str]]] = {
    "C": (lambda at: at.year // 100, 2, "0"),
    "y": (lambda at: at.year % 100, 2, "0"),
    "m": (lambda at: at.month, 2, "0"),
    "d": (lambda at: at.day, 2, "0"),
    "e": (lambda at: at.day, 2, " "),
    "j": (lambda at: at.day_of_year, 3, "0"),
    "H": (lambda at: at.hour, 2, "0"),
    "k": (lambda at: at.hour, 2, " "),
    "I": (lambda at: (at.hour + 11) % 12 + 1, 2, "0"),
    "l": (lambda at: (at.hour + 11) % 12 + 1, 2, " "),
    "M": (lambda at: at.second_of_day // 60 % 60, 2, "0"),
    "S": (lambda at: at.second_of_day % 60, 2, "0"),
    "u": (lambda at: at.weekday + 1, 1, "0"),
    "w": (lambda at: (at.weekday + 1) % 7, 1, "0"),
    "g": (lambda at: at.iso_week[0] % 100, 2, "0"),
    "V": (lambda at: at.iso_week[1], 2, "0"),
    "U": (lambda at: (at.day_of_year + 6 - (at.weekday + 1) % 7) // 7, 2, "0"),
    "W": (lambda at: (at.day_of_year + 6 - at.weekday) // 7, 2, "0"),
    "s": (lambda at: at.days * DAY + at.second_of_day, 1, "0"),
    "f": (lambda at: at.nano, 9, "0"),
}
_CONSTANTS: Final = {"%": "%", "n": "\n", "t": "\t", "Z": "UTC", "z": "+0000", ":z": "+00:00", "::z": "+00:00:00"}
_TEXTS: Final[dict[str, Callable[[Moment], str]]] = {
    "Y": lambda at: year_text(at.year),
    "G": lambda at: year_text(at.iso_week[0]),
    "B": lambda at: MONTHS[at.month - 1],
    "b": lambda at: MONTHS[at.month - 1][:3],
    "A": lambda at: WEEKDAYS[at.weekday],
    "a": lambda at: WEEKDAYS[at.weekday][:3],
    "p": lambda at: "AM" if at.hour < 12 else "PM",
    "P": lambda at: "am" if at.hour < 12 else "pm",
    ".f": lambda at: _fraction(at.nano),
    ".3f": lambda at: f".{at.nano:09d}"[:4],
    ".6f": lambda at: f".{at.nano:09d}"[:7],
    ".9f": lambda at: f".{at.nano:09d}",
    "3f": lambda at: f"{at.nano:09d}"[:3],
    "6f": lambda at: f"{at.nano:09d}"[:6],
    "9f": lambda at: f"{at.nano:09d}",
    "+": lambda at: _by_codes(at, "%Y-%m-%dT%H:%M:%S%.f%:z") or "",
}


def _fraction(nano: int) -> str:
    """The fraction of a second with its point, in three, six or nine digits; nothing for none."""
    if nano == 0:
        return ""
    digits = 3 if nano % 1_000_000 == 0 else 6 if nano % 1_000 == 0 else 9
    return f".{nano:09d}"[: digits + 1]


def format_instant(instant: int, pattern: str) -> str | None:
    """Write an instant in UTC.

    Args:
        instant: Nanoseconds since 1970.
        pattern: Words and strftime codes.

    Returns:
        The text, or None when the pattern holds an unknown code.
    """
    return _by_codes(moment_of(instant), codes_of(pattern))


def codes_of(pattern: str) -> str:
    """The pattern with its words replaced by strftime codes."""
    return _WORD.sub(lambda word: _WORDS[word[0]], pattern)


def _by_codes(at: Moment, codes: str) -> str | None:
    parts = []
    for literal, code, padding in _pieces(codes):
        if literal is not None:
            parts.append(literal)
        elif code in _CONSTANTS:
            parts.append(_CONSTANTS[code])
        elif code in _SHORTHANDS:
            parts.append(_by_codes(at, _SHORTHANDS[code]) or "")
        elif code in _TEXTS:
            parts.append(_TEXTS[code](at))
        elif code in _NUMBERS:
            value, width, usual = _NUMBERS[code]
            filler = _PADDING.get(padding, usual)
            parts.append(str(value(at)).rjust(width if filler else 0, filler or " "))
        else:
            return None
    return "".join(parts)


def _pieces(codes: str) -> list[tuple[str | None, str, str]]:
    """The pattern in pieces: (literal, "", "") or (None, code, padding); an unknown code is empty."""
    pieces: list[tuple[str | None, str, str]] = []
    start = 0
    while start < len(codes):
        sign = codes.find("%", start)
        if sign != start:
            end = len(codes) if sign < 0 else sign
            pieces.append((codes[start:end], "", ""))
            start = end
            continue
        match = _CODE.match(codes, start)
        pieces.append((None, match[2] if match else "", match[1] if match else ""))
        start = match.end() if match else start + 1
    return pieces


def parse_by_pattern(text: str, pattern: str) -> int | None:
    """Read an instant; an offset in the text is read over, and a time that is not whole is midnight.

    Args:
        text: What to read; all of it has to fit.
        pattern: Words and strftime codes.

    Returns:
        Nanoseconds since 1970, or None when the text does not fit or states no day.
    """
    reader = _Reader(text)
    if not reader.read(codes_of(pattern)) or reader.at != len(text):
        return None
    return _instant_from(reader.fields)


# code: (field, most digits, may be signed)
_READ_NUMBERS: Final = {
    "Y": ("year", 4, True), "C": ("century", 2, False), "y": ("year_of_century", 2, False),
    "m": ("month", 2, False), "d": ("day", 2, False), "e": ("day", 2, False), "j": ("day_of_year", 3, False),
    "H": ("hour", 2, False), "k": ("hour", 2, False), "I": ("hour_of_half", 2, False),
    "l": ("hour_of_half", 2, False), "M": ("minute", 2, False), "S": ("second", 2, False),
    "s": ("timestamp", 18, True), "f": ("nano", 9, False), "u": ("weekday_from_one", 1, False),
    "w": ("weekday_from_sunday", 1, False), "G": ("iso_year", 4, True), "V": ("iso_week", 2, False),
}  # fmt: skip
_READ_NAMES: Final = {
    "B": ("month", 1, MONTHS), "b": ("month", 1, MONTHS), "A": ("weekday_from_one", 1, WEEKDAYS),
    "a": ("weekday_from_one", 1, WEEKDAYS), "p": ("half", 0, ("AM", "PM")), "P": ("half", 0, ("AM", "PM")),
}  # fmt: skip
_READ_OFFSETS: Final = ("z", ":z", "::z", "Z")
_BLANK = re.compile(r"\s*")
_FRACTION = re.compile(r"(?:\.[0-9]{1,9})?")
_OFFSET = re.compile(r"\s*(?:[Zz]|[+-][0-9]{2}:?[0-9]{2})")


class _Reader:
    """Reads a text by codes, from left to right; what it finds stands in `fields`."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.fields: dict[str, int] = {}

    def read(self, codes: str) -> bool:
        """Whether the text goes on as the codes say."""
        return all(
            self.literal(literal) if literal is not None else self.code(code) for literal, code, _ in _pieces(codes)
        )

    def literal(self, literal: str) -> bool:
        """Literal characters have to be there; a blank stands for any white space."""
        for character in literal:
            if character.isspace():
                self.skip(_BLANK)
            elif self.text.startswith(character, self.at):
                self.at += 1
            else:
                return False
        return True

    def skip(self, pattern: re.Pattern[str]) -> bool:
        match = pattern.match(self.text, self.at)
        self.at = match.end() if match else self.at
        return match is not None

    def code(self, code: str) -> bool:
        if code in _READ_NUMBERS:
            return self.number(*_READ_NUMBERS[code])
        if code in _READ_NAMES:
            return self.name(*_READ_NAMES[code])
        if code in _SHORTHANDS:
            return self.read(_SHORTHANDS[code])
        if code == "+":
            return self.read("%Y-%m-%dT%H:%M:%S%.f%:z")
        if code in _READ_OFFSETS:
            return self.skip(_OFFSET)
        if code in (".f", ".3f", ".6f", ".9f"):
            return self.skip(_FRACTION)
        return code in ("n", "t", "%") and self.literal(_CONSTANTS[code])

    def number(self, field: str, most: int, signed: bool) -> bool:
        self.skip(_BLANK)
        start = self.at
        if signed and self.text[start : start + 1] in ("+", "-"):
            self.at += 1
            most = max(most, 6)
        first = self.at
        while self.at - first < most and "0" <= self.text[self.at : self.at + 1] <= "9":
            self.at += 1
        if self.at == first:
            return False
        value = int(self.text[start : self.at])
        return self.fields.setdefault(field, value) == value

    def name(self, field: str, base: int, names: tuple[str, ...]) -> bool:
        for place, name in enumerate(names):
            for form in (name, name[:3]):
                if self.text[self.at : self.at + len(form)].lower() == form.lower():
                    self.at += len(form)
                    return self.fields.setdefault(field, place + base) == place + base
        return False


def _instant_from(fields: dict[str, int]) -> int | None:
    """The instant that the fields state together; None when they contradict each other or name no day."""
    if "timestamp" in fields:
        instant = fields["timestamp"] * NANO
        return instant if INSTANT_MIN <= instant <= INSTANT_MAX else None
    day = _day_from(fields)
    if day is None:
        return None
    hour = _hour_from(fields)
    if hour is None or "minute" not in fields:
        return civil_instant(*day)
    return civil_instant(*day, hour, fields["minute"], fields.get("second", 0), fields.get("nano", 0))


def _day_from(fields: dict[str, int]) -> tuple[int, int, int] | None:
    year = fields.get("year")
    if year is None and "year_of_century" in fields:
        short = fields["year_of_century"]
        year = fields.get("century", 19 if short >= 70 else 20) * 100 + short
    day = None
    if year is not None and "month" in fields and "day" in fields:
        day = (year, fields["month"], fields["day"])
        if civil_instant(*day) is None:
            return None
    elif year is not None and "day_of_year" in fields:
        day = _same_year(year, days_from_civil(year, 1, 1) + fields["day_of_year"] - 1)
    elif "iso_year" in fields and "iso_week" in fields and _weekday(fields) is not None:
        first = days_from_civil(fields["iso_year"], 1, 4)
        monday = first - (first + 3) % 7 + (fields["iso_week"] - 1) * 7
        day = civil_from_days(monday + (_weekday(fields) or 0))
    if day is None or _weekday(fields) not in (None, (days_from_civil(*day) + 3) % 7):
        return None
    return day


def _same_year(year: int, days: int) -> tuple[int, int, int] | None:
    day = civil_from_days(days)
    return day if day[0] == year else None


def _weekday(fields: dict[str, int]) -> int | None:
    """0 for Monday; None when the fields name no weekday."""
    if "weekday_from_one" in fields:
        return fields["weekday_from_one"] - 1
    return (fields["weekday_from_sunday"] + 6) % 7 if "weekday_from_sunday" in fields else None


def _hour_from(fields: dict[str, int]) -> int | None:
    if "hour" in fields:
        return fields["hour"]
    if "hour_of_half" in fields and "half" in fields and 1 <= fields["hour_of_half"] <= 12:
        return fields["hour_of_half"] % 12 + 12 * fields["half"]
    return None
