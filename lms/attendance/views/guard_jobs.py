"""Jobs on the first screen of the back office: phones to approve at the door, flags to decide."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from lms.attendance.permissions import device_policy, flag_policy
from lms.attendance.selectors.flags import flags_waiting, phones_waiting
from lms.core.screens import HomeJob


def guard_jobs(user: Any) -> list[HomeJob]:
    """What waits; two queries at most."""
    jobs = []
    if device_policy.allows(user, "decide"):
        text = _("Learners with another phone stand at the door; one press approves.")
        url = reverse("lms_attendance_admin:phones")
        jobs.append(HomeJob(_("Other phones to approve"), url, text, "mobile-alt", phones_waiting(), 25))
    if flag_policy.allows(user, "decide"):
        text = _("Something at a session does not fit together; look at the evidence.")
        url = reverse("lms_attendance_admin:flags")
        jobs.append(HomeJob(_("Flags to decide"), url, text, "warning", flags_waiting(), 35))
    return jobs
