from django.urls import path

from lms.appeals import views

app_name = "lms_appeals"
urlpatterns = [
    path("", views.my_appeals, name="mine"),
    path("new/", views.new_appeal, name="new"),
    path("<int:pk>/", views.my_appeal, name="detail"),
    path("<int:pk>/withdraw/", views.withdraw, name="withdraw"),
]
