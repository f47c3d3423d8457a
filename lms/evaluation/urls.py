"""Addresses under /evaluation/."""

from django.urls import path

from lms.evaluation import views

app_name = "lms_evaluation"
urlpatterns = [
    path("", views.surveys, name="surveys"),
    path("<int:pk>/", views.survey, name="survey"),
]
