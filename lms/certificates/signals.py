"""Facts about certificates."""

from django.dispatch import Signal

#: Sent by `services.issue_certificates` and `reissue_certificate` on commit, once for each. The seat has been completed
#: in the same transaction. Arguments: certificate.
certificate_issued = Signal()
#: Sent by `services.confirm_revocation` on commit. Arguments: certificate (with `revoke_reason`).
certificate_revoked = Signal()
