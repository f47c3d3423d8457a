"""Facts about studying online and assignments."""

from django.dispatch import Signal

#: Sent by `services.complete_lesson` on commit, once for each learner. Arguments: enrolment, lesson, minutes, at.
lesson_completed = Signal()
#: Sent by `services.submit_work` on commit when a text is handed in (not for drafts). Arguments: submission.
work_handed_in = Signal()
#: Sent by `services.mark_work` on commit, also for a corrected mark. Arguments: mark.
work_marked = Signal()
