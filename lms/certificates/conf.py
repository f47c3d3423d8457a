"""Settings of the certificates app."""

from collections.abc import Sequence
from pathlib import Path

from lms.core.conf import AppSettings, Setting


class CertificateSettings(AppSettings):
    """How certificates are drawn and verified."""

    prefix = "LMS_CERTIFICATES_"

    TEMPLATE: Setting[str] = Setting(
        str(Path(__file__).parent / "data" / "certificate.typ"), "Typst file that draws the pages."
    )
    FONT_PATHS: Setting[Sequence[str]] = Setting((), "More folders of fonts, for names with rare characters.")
    HEADING: Setting[str] = Setting("培训合格证书", "Heading of the certificate.")
    SEAL: Setting[str] = Setting("合格之印", "Four characters of the drawn seal; the official seal is stamped by hand.")
    VERIFY_LIMIT: Setting[int] = Setting(60, "Verifications from one address in a window before they are refused.")
    VERIFY_WINDOW: Setting[int] = Setting(600, "Seconds of that window.")


certificate_settings = CertificateSettings()
