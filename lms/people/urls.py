from django.urls import path

from lms.people.views import entrance, me

app_name = "lms_people"
urlpatterns = [
    path("", me.me, name="me"),
    path("activate/", entrance.activate, name="activate"),
    path("consent/", entrance.consent, name="consent"),
    path("phone/", me.phone, name="phone"),
    path("consents/", me.consents, name="consents"),
    path("consents/<slug:kind>/withdraw/", me.withdraw, name="withdraw"),
]
