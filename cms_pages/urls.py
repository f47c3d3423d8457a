from django.urls import path

from cms_pages import views

urlpatterns = [
    path("search/", views.search, name="search"),
    path("robots.txt", views.robots, name="robots"),
    path("notices/feed/", views.NoticeFeed(), name="notice_feed"),
]
