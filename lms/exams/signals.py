"""Facts about exams."""

from django.dispatch import Signal

#: Sent by `services.publish_exam` on commit. Arguments: exam, actor.
exam_published = Signal()
#: Sent by `services.start_sitting` on commit, at the first start only, not at a re-entry. Arguments: sitting.
sitting_started = Signal()
#: Sent by `services.submit_sitting` on commit, once for each sitting. Arguments: sitting, mark (MarkEntry).
#: A sitting that runs out of time sends nothing: its end is computed, no process is needed for it.
sitting_submitted = Signal()
