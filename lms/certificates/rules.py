"""Numbers, dates and hours of certificates (R15, R16): pure functions."""

import unicodedata
from datetime import date

CHINESE_DIGITS = "〇一二三四五六七八九"


def certificate_number(pattern: str, *, year: int, serial: int) -> str:
    """The number by the programme's pattern ("XYJX-{year}-{serial:05d}"); ValueError when it lacks the serial."""
    number = pattern.format(year=year, serial=serial)
    if number == pattern.format(year=year, serial=serial + 1):
        raise ValueError(f"the number pattern {pattern!r} does not contain the serial")
    return number


def tidy_number(text: str) -> str:
    """A number as somebody types it: full width, blanks and small letters are forgiven."""
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()


def refresh_due(issued_on: date, years: int) -> date:
    """The day from which a refresh is suggested (R16): a reminder, never an expiry. 29 February becomes the 28th."""
    try:
        return issued_on.replace(year=issued_on.year + years)
    except ValueError:
        return issued_on.replace(year=issued_on.year + years, day=28)


def chinese_date(day: date) -> str:
    """二〇二五年四月十日, as it stands under an official paper."""
    year = "".join(CHINESE_DIGITS[int(digit)] for digit in str(day.year))
    return f"{year}年{_chinese_number(day.month)}月{_chinese_number(day.day)}日"


def _chinese_number(number: int) -> str:
    """1–99 in words: 十, 十一, 二十, 二十一."""
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else ("十" if tens == 1 else f"{CHINESE_DIGITS[tens]}十")
    return head + (CHINESE_DIGITS[ones] if ones else "")
