"""Times, names and amounts of the international formats, written as the national interface writes them."""

import re
from datetime import datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8))
"""China keeps one time."""

_FHIR_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(:\d\d)?(?:\.\d+)?(Z|[+-]\d\d:\d\d)?")
_HL7_MOMENT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)?(\d\d)?)?(?:\.\d{1,4})?([+-]\d{4})?")
_CHINESE = re.compile("[\u3400-\u9fff]")


def moment_of_fhir(value: str | None) -> str | None:
    """Return a FHIR `dateTime` or `instant` as `2025-03-01 08:30:00` in China's time.

    A time with an offset is the same instant in China's time, one without is taken as it stands; a date, or what is no
    time, is returned as received.
    """
    found = _FHIR_MOMENT.fullmatch(value.strip()) if value else None
    if found is None:
        return value
    day, minute, second, offset = found.groups()
    return _in_china(f"{day} {minute}{second or ':00'}", offset.replace("Z", "+00:00") if offset else "", value)


def moment_of_hl7(value: str | None) -> str | None:
    """Return an HL7 `TS` or `DTM` as `2025-03-01 08:30:00` in China's time, or as a date where it has no hours.

    What is not at least a whole date is returned as received.
    """
    found = _HL7_MOMENT.fullmatch(value.strip()) if value else None
    if found is None:
        return value
    year, month, day, hour, minute, second, offset = found.groups()
    if hour is None:
        return f"{year}-{month}-{day}"
    return _in_china(f"{year}-{month}-{day} {hour}:{minute or '00'}:{second or '00'}", offset or "", value)


def day_of(moment: str | None) -> str | None:
    """Return the date of a moment as the functions above write it."""
    return moment.split(" ")[0] if moment else moment


def whole_name(family: str | None, given: str | None) -> str | None:
    """Return a name as one text: a Chinese one without a blank, family name first; another as it is spoken."""
    parts = [part for part in (family, given) if part]
    if any(_CHINESE.search(part) for part in parts):
        return "".join(parts)
    return " ".join(reversed(parts)) or None


def _in_china(moment: str, offset: str, received: str | None) -> str | None:
    if not offset:
        return moment
    try:
        known = datetime.strptime(moment + offset, "%Y-%m-%d %H:%M:%S%z")
        return known.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")
    except (ValueError, OverflowError):  # no such day: the conversion says so, with the value as it was received
        return received
