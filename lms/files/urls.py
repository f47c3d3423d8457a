from django.urls import path

from lms.files import views

app_name = "lms_files"
urlpatterns = [path("<uuid:pk>/", views.open_file, name="open")]
