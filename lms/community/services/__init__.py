"""Writes of the community, one verb each."""

from lms.community.services.consulting import answer_question, ask_question, close_question
from lms.community.services.forum import edit_post, mark_read, open_thread, reply, report_post, require_editable
from lms.community.services.library import ResourceFacts, publish_resource, revise_resource, take_resource
from lms.community.services.loading import load_community
from lms.community.services.moderation import dismiss_report, hide_post, moderate_thread, restore_post
from lms.community.services.rendering import render_text

__all__ = [
    "ResourceFacts",
    "answer_question",
    "ask_question",
    "close_question",
    "dismiss_report",
    "edit_post",
    "hide_post",
    "load_community",
    "mark_read",
    "moderate_thread",
    "open_thread",
    "publish_resource",
    "render_text",
    "reply",
    "report_post",
    "require_editable",
    "restore_post",
    "revise_resource",
    "take_resource",
]
