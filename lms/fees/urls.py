from django.urls import path

from lms.fees.views import learner

app_name = "lms_fees"
urlpatterns = [
    path("", learner.my_fees, name="mine"),
    path("<int:pk>/refund/", learner.ask_refund, name="refund"),
]
