"""Writes about people: each verb is one function."""

from lms.people.services.accounts import (
    NewPerson,
    add_people,
    add_person,
    change_person,
    change_phone,
    reveal_id_number,
    spell_name,
)
from lms.people.services.activation import (
    activate_account,
    hand_out_sheet,
    issue_activation_codes,
    make_activation_code,
)
from lms.people.services.consents import give_consents, load_consent_texts, withdraw_consent
from lms.people.services.roles import grant_role, revoke_role, role_group
from lms.people.services.sheets import write_codes
from lms.people.services.units import find_or_add_units, set_unit_levels
from lms.people.services.unlocking import unlock_sign_in

__all__ = [
    "NewPerson",
    "activate_account",
    "add_people",
    "add_person",
    "change_person",
    "change_phone",
    "find_or_add_units",
    "give_consents",
    "grant_role",
    "hand_out_sheet",
    "issue_activation_codes",
    "load_consent_texts",
    "make_activation_code",
    "reveal_id_number",
    "revoke_role",
    "role_group",
    "set_unit_levels",
    "spell_name",
    "unlock_sign_in",
    "withdraw_consent",
    "write_codes",
]
