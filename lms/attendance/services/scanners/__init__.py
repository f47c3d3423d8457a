"""Staff scan: keys of learners' phones, scanning phones, the scans they send, and what a person decides."""

from lms.attendance.services.scanners.codes import (
    PersonalCode,
    is_public_key,
    is_signed,
    read_personal_code,
    write_personal_code,
)
from lms.attendance.services.scanners.deciding import decide_scan
from lms.attendance.services.scanners.keys import approve_key, install_key, refuse_key
from lms.attendance.services.scanners.phones import register_scanner, revoke_scanner
from lms.attendance.services.scanners.reading import SignedScan
from lms.attendance.services.scanners.uploading import MOST_AT_ONCE, ScanAnswer, UploadOutcome, upload_scans

__all__ = [
    "MOST_AT_ONCE",
    "PersonalCode",
    "ScanAnswer",
    "SignedScan",
    "UploadOutcome",
    "approve_key",
    "decide_scan",
    "install_key",
    "is_public_key",
    "is_signed",
    "read_personal_code",
    "refuse_key",
    "register_scanner",
    "revoke_scanner",
    "upload_scans",
    "write_personal_code",
]
