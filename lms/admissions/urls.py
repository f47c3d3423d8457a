from django.urls import path

from lms.admissions.views import applying

app_name = "lms_admissions"
urlpatterns = [
    path("", applying.my_applications, name="mine"),
    path("start/<slug:code>/", applying.start, name="start"),
    path("<int:pk>/", applying.detail, name="detail"),
    path("<int:pk>/withdraw/", applying.withdraw, name="withdraw"),
    path("<int:pk>/files/<uuid:file>/remove/", applying.remove_file, name="remove_file"),
    path("<int:pk>/<slug:key>/", applying.step, name="step"),
]
