from django.urls import path

from lms.grading.views import learner

app_name = "lms_grading"
urlpatterns = [path("", learner.my_results, name="mine")]
