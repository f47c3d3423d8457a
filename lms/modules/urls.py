"""Addresses of courses, lessons and assignments."""

from django.urls import path

from lms.modules import views

app_name = "lms_modules"
urlpatterns = [
    path("", views.courses, name="courses"),
    path("assignments/<int:pk>/", views.assignment, name="assignment"),
    path("media/<int:pk>/", views.media, name="media"),
    path("captions/<int:pk>/<uuid:block>.vtt", views.captions, name="captions"),
    path("<str:code>/", views.course, name="course"),
    path("<str:code>/<str:slug>/", views.lesson, name="lesson"),
    path("<str:code>/<str:slug>/opened/", views.opened, name="opened"),
    path("<str:code>/<str:slug>/complete/", views.complete, name="complete"),
]
