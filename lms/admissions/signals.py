"""Facts about applications."""

from django.dispatch import Signal

#: Sent by `services.submit_application` on commit. Arguments: application.
application_submitted = Signal()
#: Sent by the deciding services (admit, wait-list, reject, return) on commit. Arguments: application, act
#: (`ApplicationAct`), reason.
application_decided = Signal()
