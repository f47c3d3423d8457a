"""Learner addresses under /exams/."""

from django.urls import path

from lms.exams.views import learner, saving, seb, signals

app_name = "lms_exams"
urlpatterns = [
    path("", learner.exam_list, name="list"),
    path("<int:pk>/", learner.exam, name="exam"),
    path("<int:pk>/start/", learner.start, name="start"),
    path("<int:pk>/browser/", seb.browser_file, name="browser_file"),
    path("signed-in/", learner.signed_in, name="signed_in"),
    path("sittings/worker.js", learner.worker, name="worker"),
    path("sittings/<int:pk>/", learner.room, name="room"),
    path("sittings/<int:pk>/save/", saving.save, name="save"),
    path("sittings/<int:pk>/branch/", saving.branch, name="branch"),
    path("sittings/<int:pk>/clock/", saving.clock, name="clock"),
    path("sittings/<int:pk>/signals/", signals.keep, name="signals"),
    path("sittings/<int:pk>/submit/", learner.submit, name="submit"),
    path("sittings/<int:pk>/receipt/", learner.receipt, name="receipt"),
]
