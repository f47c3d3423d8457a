from django.urls import path

from lms.programmes.views import desk

app_name = "lms_programmes"
urlpatterns = [
    path("", desk.desk, name="desk"),
    path("hours/", desk.hours, name="hours"),
]
