"""What is wrong with a programme file, in sentences for the person who wrote it."""

from django.utils.translation import gettext_lazy as _

from lms.programmes.rules import Problem

SENTENCES = {
    "syntax": _("This is not valid TOML: %(detail)s."),
    "unknown_key": _("Unknown key. Known here: %(known)s."),
    "missing_key": _("This key is missing."),
    "missing_table": _("This table is missing."),
    "not_table": _("A table is expected here."),
    "not_rows": _("An array of tables ([[…]]) is expected here."),
    "no_rows": _("At least %(least)s row is needed."),
    "not_text": _("Text in quotation marks is expected."),
    "length": _("The text must have %(least)s to %(most)s characters; it has %(found)s."),
    "not_slug": _("Only Latin letters, digits, hyphen and underline are allowed."),
    "not_whole": _("A whole number is expected."),
    "range": _("The number must lie between %(least)s and %(most)s."),
    "choice": _("One of these words is expected: %(allowed)s."),
    "not_flag": _("true or false is expected."),
    "not_date": _("A date like 2025-03-01 is expected, without quotation marks and time."),
    "not_fraction": _('A fraction from 0 to 1 is expected as text, like "1/3".'),
    "not_yuan": _('An amount in yuan is expected as text with at most two decimals, like "1800.00".'),
    "not_mark": _("A mark from 0 to 100 is expected, as a whole number or as text with at most two decimals."),
    "not_list": _("A list of texts is expected."),
    "bad_pattern": _("The pattern must contain {serial} and may contain {year}, nothing else."),
    "format_unknown": _("File format %(found)s is not known; this version reads format %(known)s."),
    "weights_100": _("The weights %(keys)s add up to %(found)s, not to 100."),
    "regular_weights_100": _("The weights %(keys)s add up to %(found)s, not to 100."),
    "certificate_hours": _(
        "%(offline)s classroom and %(online)s online hours do not add up to the certificate's %(total)s hours."
    ),
    "course_hours": _("The classroom hours of all courses add up to %(courses)s; at least %(required)s are required."),
    "repeated": _("%(value)s stands here a second time."),
    "term_reversed": _("The term ends (%(last)s) before it starts (%(first)s)."),
    "registration_reversed": _("Registration closes (%(last)s) before it opens (%(first)s)."),
    "registration_after_start": _("Registration closes (%(closes)s) only after the term has started (%(starts)s)."),
    "terms_overlap": _("The terms %(one)s and %(other)s overlap."),
    "registrations_overlap": _("The registration windows of %(one)s and %(other)s overlap."),
}


def sentence_of(problem: Problem) -> str:
    """The sentence for one problem in the reader's language."""
    sentence = str(SENTENCES[problem.code])
    return sentence % problem.figures if problem.figures else sentence
