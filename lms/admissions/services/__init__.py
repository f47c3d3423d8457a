"""Writes about applications: each verb is one function."""

from lms.admissions.services.applying import (
    add_proof,
    confirm_identity,
    remove_proof,
    save_class,
    save_materials,
    start_application,
    submit_application,
    withdraw_application,
)
from lms.admissions.services.deciding import (
    admit_application,
    end_with_seat,
    reject_application,
    return_application,
    wait_list_application,
)

__all__ = [
    "add_proof",
    "admit_application",
    "confirm_identity",
    "end_with_seat",
    "reject_application",
    "remove_proof",
    "return_application",
    "save_class",
    "save_materials",
    "start_application",
    "submit_application",
    "wait_list_application",
    "withdraw_application",
]
