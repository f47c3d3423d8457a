"""Facts about results."""

from django.dispatch import Signal

#: Sent on commit by `services.release_results`, once for each released result, and by `services.revise_result`, when
#: a released result was replaced by a new version. Arguments: result (a `ResultVersion` with its enrolment),
#: revised (bool). Excluded and failed results are released too: look at `result.outcome`.
result_released = Signal()
