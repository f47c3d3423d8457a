"""Facts about the classroom."""

from django.dispatch import Signal

#: Sent by `services.publish_timetable` on commit. Arguments: timetable.
timetable_published = Signal()
#: Sent on commit when a session of a published timetable was added, moved or cancelled. Arguments: session, change
#: ("added", "moved" or "cancelled"), reason, earlier (starts_at, room, groups as keys with none meaning everybody, and
#: instructor, as they were before), changed (names of what was changed; "groups" alone leaves most people untouched).
session_changed = Signal()
#: Sent by `services.close_session` on commit: the minutes are in the class-hour ledger. Arguments: session.
session_closed = Signal()
#: Sent by `services.correct_attendance` on commit, once for each learner. Arguments: mark, before and after
#: (class minutes).
attendance_corrected = Signal()
#: Sent on commit for each learner who came near the limit or over it (R12), when a sheet is closed and when a
#: correction or a withdrawn make-up made the outlook worse.
#: Arguments: enrolment, outlook ("warned", "last" or "over"), missed, scheduled (class minutes), corrections
#: (how many she has had so far).
absence_limit_near = Signal()
#: Sent on commit when a learner missed two or more sessions one after the other, wholly and without leave.
#: Arguments: enrolment, sessions (in order of time), missed, scheduled (class minutes).
absence_in_a_row = Signal()
#: Sent by `services.assign_make_up` on commit, once for each learner. Arguments: seat.
make_up_assigned = Signal()
#: Sent by `services.withdraw_make_up` on commit. Arguments: seat, reason.
make_up_withdrawn = Signal()
#: Sent by `services.ask_leave` on commit, once for what is asked at once. Arguments: leave (the first), leaves.
leave_asked = Signal()
#: Sent by `services.decide_leave` on commit, once for each learner and answer. Arguments: leave (the first), leaves.
leave_decided = Signal()
#: Sent by `services.withdraw_leave` on commit when approved leave was taken back before its session, once for each
#: learner. Arguments: leave (the first), leaves, actor (the learner, or who acted for her), reason ("" by herself).
leave_withdrawn = Signal()
#: Sent by `services.confirm_exclusion` on commit (R12). Arguments: decision.
exclusion_confirmed = Signal()
#: Sent on commit when a person lifted an exclusion, or it ended because the absence is within the limit again
#: (`services.exclusions.end_restored`). Arguments: decision.
exclusion_lifted = Signal()
