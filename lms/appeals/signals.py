"""Facts about appeals."""

from django.dispatch import Signal

#: Sent by `services.file_appeal` on commit. Arguments: appeal.
appeal_filed = Signal()
#: Sent by `services.decide_appeal` on commit, for upheld and rejected appeals alike. Arguments: appeal (with
#: `kind`, `reference`, `state`, `reason`). The app whose decision was appealed answers an upheld one by revising
#: its own record, with the appeal's reason as the reason of the revision.
appeal_decided = Signal()
