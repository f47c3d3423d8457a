"""Addresses under /exchange/."""

from django.urls import path

from lms.community.views import consulting, forum, home, library

app_name = "lms_community"
urlpatterns = [
    path("", home.exchange, name="exchange"),
    path("forum/", forum.boards, name="boards"),
    path("forum/threads/<int:pk>/", forum.thread, name="thread"),
    path("forum/threads/<int:pk>/reply/", forum.reply, name="reply"),
    path("forum/threads/<int:pk>/read/", forum.mark_read, name="mark_read"),
    path("forum/threads/<int:pk>/moderate/", forum.moderate_thread, name="moderate_thread"),
    path("forum/posts/<int:pk>/", forum.post, name="post"),
    path("forum/posts/<int:pk>/edit/", forum.edit_post, name="edit_post"),
    path("forum/posts/<int:pk>/report/", forum.report_post, name="report_post"),
    path("forum/posts/<int:pk>/hide/", forum.hide_post, name="hide_post"),
    path("forum/boards/<slug:slug>/", forum.board, name="board"),
    path("forum/boards/<slug:slug>/new/", forum.new_thread, name="new_thread"),
    path("library/", library.library, name="library"),
    path("library/<slug:slug>/", library.resource, name="resource"),
    path("library/<slug:slug>/download/", library.download, name="download"),
    path("consulting/", consulting.questions, name="questions"),
    path("consulting/new/", consulting.ask, name="ask"),
    path("consulting/<int:pk>/", consulting.question, name="question"),
    path("consulting/<int:pk>/close/", consulting.close, name="close"),
]
