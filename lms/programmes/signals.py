"""Facts about programmes and seats."""

from django.dispatch import Signal

#: Sent by `services.load_programme` inside the transaction, after every row stands. Arguments: programme, document
#: (the parsed file). Receivers prepare pages and question banks and must be idempotent.
programme_loaded = Signal()
#: Sent by `services.enrol_person` inside the transaction: a seat and its payment stand or fall together.
#: Arguments: enrolment, actor.
enrolled = Signal()
#: Sent by `services.end_enrolment` inside the transaction. Arguments: enrolment, state, reason, actor.
enrolment_ended = Signal()
#: Sent by `services.complete_enrolment` on commit: the learner is now an alumnus. Arguments: enrolment.
enrolment_completed = Signal()
#: Sent by `services.importing.import_class_list` on commit. Arguments: group, actor, new (people), known (people).
class_list_imported = Signal()
