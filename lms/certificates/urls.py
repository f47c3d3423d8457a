from django.urls import path

from lms.certificates.views import holder, verification

app_name = "lms_certificates"
urlpatterns = [
    path("", holder.my_certificates, name="mine"),
    path("<int:pk>/pdf/", holder.open_pdf, name="pdf"),
    path("verify/", verification.verify, name="verify"),
    path("verify/<str:code>/", verification.verify_code, name="verify_code"),
]
