"""Writes about certificates: each verb is one function."""

from lms.certificates.services.batches import draw_batch, order_batch
from lms.certificates.services.issuing import Issuing, issue_certificates, reissue_certificate
from lms.certificates.services.printing import draw_certificates, unprintable
from lms.certificates.services.revoking import confirm_revocation, drop_revocation, propose_revocation

__all__ = [
    "Issuing",
    "confirm_revocation",
    "draw_batch",
    "draw_certificates",
    "drop_revocation",
    "issue_certificates",
    "order_batch",
    "propose_revocation",
    "reissue_certificate",
    "unprintable",
]
