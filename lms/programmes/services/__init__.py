"""Writes about programmes: each verb is one function."""

from lms.programmes.services.editing import change_programme, save_group, save_term
from lms.programmes.services.enrolling import complete_enrolment, end_enrolment, enrol_person
from lms.programmes.services.hours import Credit, set_credit, set_credits
from lms.programmes.services.loading import LoadReport, load_programme
from lms.programmes.services.opening import open_demo_terms

__all__ = [
    "Credit",
    "LoadReport",
    "change_programme",
    "complete_enrolment",
    "end_enrolment",
    "enrol_person",
    "load_programme",
    "open_demo_terms",
    "save_group",
    "save_term",
    "set_credit",
    "set_credits",
]
