"""Drawing certificates as PDF/A; nothing is stored here."""

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from django.urls import reverse

from lms.certificates.conf import certificate_settings
from lms.certificates.models import Certificate
from lms.certificates.rules import chinese_date
from lms.core.exceptions import refuse
from lms.core.printing import UndrawableError, draw_pages, missing_characters
from lms.core.qr import draw_qr
from lms.programmes.rules import ZONE, show_hours


def draw_certificates(certificates: Sequence[Certificate], *, origin: str) -> bytes:
    """One PDF with a page for each certificate; `origin` ("https://host") begins the address in the QR.

    The same certificates give the same bytes. Refuses `unprintable` when a font lacks a character.
    """
    data = {
        "title": certificate_settings.HEADING,
        "author": certificates[0].snapshot["organiser"],
        "words": {"number": "证书编号", "heading": certificate_settings.HEADING, "seal": certificate_settings.SEAL},
        "entries": [page_of(certificate, origin=origin) for certificate in certificates],
    }
    issued = max(certificate.issued_at for certificate in certificates)
    try:
        return draw_pages(Path(certificate_settings.TEMPLATE), data, at=issued, fonts=certificate_settings.FONT_PATHS)
    except UndrawableError as problem:
        raise refuse("unprintable", str(problem)) from problem


def page_of(certificate: Certificate, *, origin: str) -> dict[str, Any]:
    """What one page says; the certificate is an official Chinese paper whatever the reader's language."""
    said = certificate.snapshot
    hour = said["class_hour_minutes"]
    address = verify_address(certificate, origin=origin)
    return {
        "number": certificate.number,
        "name": certificate.holder_name,
        "unit": said["unit"],
        "paragraphs": [
            f"于{_plain_date(said['starts_on'])}至{_plain_date(said['ends_on'])}参加{said['programme']}"
            f"（{said['term']}），修完规定的课程，经考核成绩合格，特发此证。",
            f"本培训计入继续教育{show_hours(said['counted_minutes'], hour)}学时，"
            f"其中线下{show_hours(said['counted_offline_minutes'], hour)}学时，"
            f"线上{show_hours(said['counted_online_minutes'], hour)}学时。",
        ],
        "notes": [
            "扫描二维码，或者登录下列网址，可以查验本证书。",
            f"本证书长期有效，建议每{said['refresh_years']}年参加一次知识更新培训。",
        ],
        "address": address,
        "qr": draw_qr(address, robust=True),
        "organiser": said["organiser"],
        "date": chinese_date(certificate.issued_at.astimezone(ZONE).date()),
    }


def verify_address(certificate: Certificate, *, origin: str) -> str:
    """The absolute address where anybody verifies this certificate."""
    return origin.rstrip("/") + reverse("lms_certificates:verify_code", args=[certificate.code])


def unprintable(texts: Iterable[str]) -> set[str]:
    """Those of the texts that hold a character no font has: such a certificate cannot be drawn."""
    held = list(texts)
    missing = missing_characters(held, fonts=certificate_settings.FONT_PATHS)
    return {text for text in held if not missing.isdisjoint(text)}


def _plain_date(text: str) -> str:
    day = date.fromisoformat(text)
    return f"{day.year}年{day.month}月{day.day}日"
