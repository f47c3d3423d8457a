"""Facts about people."""

from django.dispatch import Signal

#: Sent by `services.add_person` and `add_people` inside the transaction. Arguments: person.
person_added = Signal()
#: Sent by `services.set_unit_levels` inside the transaction, for each unit whose level changed. Arguments: unit, at,
#: actor.
unit_level_set = Signal()
#: Sent by `services.grant_role` and `revoke_role` on commit. Arguments: user, role, granted (bool).
role_changed = Signal()
#: Sent by `services.make_activation_code` and `issue_activation_codes` on commit. Arguments: person, code (the secret
#: itself: pass it on to its owner, never store or log it), expires_at.
activation_code_made = Signal()
