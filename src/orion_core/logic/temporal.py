"""Instants and durations as texts spell them (spec section 18). Knows no operator and no clock.

An instant is a count of nanoseconds since 1970 in UTC, a duration a count of nanoseconds; both are Python integers,
so nothing overflows, and both are clamped to the calendar of the reference engine (years -262143 to 262142).
"""

import re
from typing import Final

import cython

NANO: Final = 1_000_000_000
DAY: Final = 86_400
UNITS: Final = {"d": DAY, "h": 3_600, "m": 60, "s": 1}
YEAR_MIN: Final = -262_143
YEAR_MAX: Final = 262_142
DURATION_MAX: Final = (2**63 - 1) * 1_000_000
LONGEST: Final = 100  # characters; four parts of nineteen digits and a sign have less
_SECONDS_MAX: Final = 2**63 - 1

_WITH_OFFSET = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt ]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]+))?"
    r"(?:[Zz]|([+\-−])([0-9]{2}):([0-9]{2}))"
)
_LOCAL = re.compile(
    r"\s*([+-][0-9]{1,6}|[0-9]{1,4})-\s*([0-9]{1,2})-\s*([0-9]{1,2})T\s*([0-9]{1,2}):\s*([0-9]{1,2}):\s*([0-9]{1,2})"
)
_PART = re.compile(r"(-?[0-9]{1,19})([dhms])")
_MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@cython.ccall
def looks_temporal(text: str) -> cython.bint:
    """Whether a text may be an instant or a duration, so that it is worth parsing when compared."""
    if len(text) < 2 or len(text) > LONGEST or not "0" <= text[0] <= "9":
        return False
    if len(text) >= 10 and text[4] == "-":
        return True
    return "d" in text or "h" in text or "m" in text or "s" in text


@cython.ccall
def instant_of(value: object) -> object:
    """The instant a text or an object `{"datetime": text}` states, or None."""
    if type(value) is dict:
        value = value.get("datetime") if len(value) == 1 else None
    return parse_instant(value) if type(value) is str else None


@cython.ccall
def duration_of(value: object) -> object:
    """The duration a text or an object `{"timestamp": text}` states, or None."""
    if type(value) is dict:
        value = value.get("timestamp") if len(value) == 1 else None
    return parse_duration(value) if type(value) is str else None


@cython.ccall
def parse_instant(text: str) -> object:
    """The instant of an RFC 3339 text, or of a local one taken as UTC; None for any other text."""
    if len(text) == 20 and text[19] == "Z" and text[4] == text[7] == "-" and text[10] == "T":
        instant = plain_instant(text)
        if instant is not None:
            return instant
    stated = instant_and_offset(text)
    return None if stated is None else stated[0]


@cython.cfunc
def plain_instant(text: str) -> object:
    """The instant of `YYYY-MM-DDTHH:MM:SSZ`, the commonest form; None where it has to be looked at closely."""
    century: cython.longlong = two_digits(text, 0)
    year: cython.longlong = century * 100 + two_digits(text, 2)
    month: cython.longlong = two_digits(text, 5)
    day: cython.longlong = two_digits(text, 8)
    hour: cython.longlong = two_digits(text, 11)
    minute: cython.longlong = two_digits(text, 14)
    second: cython.longlong = two_digits(text, 17)
    if text[13] != ":" or text[16] != ":" or century > 99 or hour > 23 or minute > 59 or second > 59:
        return None
    if year > 9999 or month > 12 or month < 1 or day > 28 or day < 1:
        return None
    days: cython.longlong = days_from_civil(year, month, day)
    return (days * 86_400 + hour * 3_600 + minute * 60 + second) * NANO


@cython.cfunc
def two_digits(text: str, at: cython.Py_ssize_t) -> cython.longlong:
    """The number of two digits; 10,000 where they are none."""
    tens: cython.Py_UCS4 = text[at]
    units: cython.Py_UCS4 = text[at + 1]
    if "0" <= tens <= "9" and "0" <= units <= "9":  # type: ignore[operator]
        return (ord(tens) - 48) * 10 + ord(units) - 48  # type: ignore[arg-type]
    return 10_000


def instant_and_offset(text: str) -> tuple[int, int] | None:
    """The instant and the written offset in minutes, or None."""
    if len(text) > LONGEST:
        return None
    match = _WITH_OFFSET.fullmatch(text)
    if match is None:
        local = _LOCAL.fullmatch(text)
        instant = None if local is None else civil_instant(*(int(part) for part in local.groups()))
        return None if instant is None else (instant, 0)
    year, month, day, hour, minute, second, fraction, sign, hours, minutes = match.groups()
    offset = int(hours) * 60 + int(minutes) if sign else 0
    if sign and (int(hours) > 23 or int(minutes) > 59):
        return None
    offset = offset if sign == "+" else -offset
    nano = int(fraction[:9].ljust(9, "0")) if fraction else 0
    instant = civil_instant(int(year), int(month), int(day), int(hour), int(minute), int(second), nano)
    return None if instant is None else (instant - offset * 60 * NANO, offset)


def civil_instant(
    year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0, nano: int = 0
) -> int | None:
    """The instant of a date and time in UTC, or None when there is no such day or time; second 60 is a leap second."""
    if not (YEAR_MIN <= year <= YEAR_MAX and 1 <= month <= 12 and 1 <= day <= days_in(year, month)):
        return None
    if hour > 23 or minute > 59 or second > 60:
        return None
    if second == 60:
        second, nano = 59, NANO - 1
    seconds = days_from_civil(year, month, day) * DAY + hour * 3_600 + minute * 60 + second
    return seconds * NANO + nano


def days_in(year: int, month: int) -> int:
    """How many days a month has."""
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 29 if month == 2 and leap else _MONTH_DAYS[month - 1]


@cython.ccall
def days_from_civil(year: cython.longlong, month: cython.longlong, day: cython.longlong) -> cython.longlong:
    """Days from 1970-01-01 to a date of the proleptic Gregorian calendar.

    Years are counted from March, so that the leap day is the last of its year.
    """
    if month <= 2:
        year -= 1
    era: cython.longlong = year // 400
    year_of_era: cython.longlong = year - era * 400
    day_of_year: cython.longlong = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return era * 146_097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year - 719_468


def civil_from_days(days: cython.longlong) -> tuple[int, int, int]:
    """The date (year, month, day) so many days after 1970-01-01."""
    era: cython.longlong = (days + 719_468) // 146_097
    day_of_era: cython.longlong = days + 719_468 - era * 146_097
    year_of_era: cython.longlong = (
        day_of_era - day_of_era // 1_460 + day_of_era // 36_524 - day_of_era // 146_096
    ) // 365
    day_of_year: cython.longlong = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted: cython.longlong = (5 * day_of_year + 2) // 153
    month: cython.longlong = (shifted + 2) % 12 + 1
    return year_of_era + era * 400 + (month <= 2), month, day_of_year - (153 * shifted + 2) // 5 + 1


INSTANT_MIN: Final = days_from_civil(YEAR_MIN, 1, 1) * DAY * NANO
INSTANT_MAX: Final = (days_from_civil(YEAR_MAX, 12, 31) + 1) * DAY * NANO - 1


@cython.ccall
def clamp_instant(instant: object) -> object:
    """The instant, or the nearest one the calendar has."""
    return min(max(instant, INSTANT_MIN), INSTANT_MAX)  # type: ignore[call-overload]


@cython.ccall
def clamp_duration(duration: object) -> object:
    """The duration, or the nearest one that can be stated."""
    return min(max(duration, -DURATION_MAX), DURATION_MAX)  # type: ignore[call-overload]


@cython.ccall
def parse_duration(text: str) -> object:
    """The duration of a text such as `1d:2h:3m:4s` or `1h30m`, or None; every unit may stand once."""
    if len(text) > LONGEST:
        return None
    parts = text.split(":") if ":" in text else [part[0] for part in _PART.finditer(text)]
    if ":" not in text and "".join(parts) != text:
        return None
    total = 0
    units: set[str] = set()
    for part in parts:
        match = _PART.fullmatch(part)
        if match is None or match[2] in units:
            return None
        units.add(match[2])
        seconds = int(match[1]) * UNITS[match[2]]
        if abs(seconds) > _SECONDS_MAX:
            return None
        total += seconds
    return clamp_duration(total * NANO) if parts else None


@cython.ccall
def instant_text(instant: object) -> str:
    """An instant in UTC, to the second: `2024-01-02T00:00:00Z`."""
    days, rest = divmod(instant // NANO, DAY)  # type: ignore[operator]
    year, month, day = civil_from_days(days)
    return f"{year_text(year)}-{month:02d}-{day:02d}T{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}Z"


def year_text(year: int) -> str:
    """Four digits, with a sign where four digits do not do."""
    return f"{year:04d}" if 0 <= year <= 9999 else f"{year:+05d}"


@cython.ccall
def duration_text(duration: object) -> str:
    """A duration as `{d}d:{h}h:{m}m:{s}s`, cut to whole seconds; each part carries the sign."""
    seconds = abs(duration) // NANO  # type: ignore[arg-type]
    sign = -1 if duration < 0 else 1  # type: ignore[operator]
    hours, minutes = sign * (seconds // 3600 % 24), sign * (seconds // 60 % 60)
    return f"{sign * (seconds // DAY)}d:{hours}h:{minutes}m:{sign * (seconds % 60)}s"
