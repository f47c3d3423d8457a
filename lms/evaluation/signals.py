"""Facts about surveys."""

from django.dispatch import Signal

#: Sent by `services.open_survey` on commit. Arguments: survey.
survey_opened = Signal()
#: Sent by `services.remind` on commit, at most once a day and survey. Arguments: survey, enrolments (those who have
#: not answered yet).
survey_reminded = Signal()
