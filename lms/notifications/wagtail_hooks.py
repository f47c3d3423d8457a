"""Registration only."""

from wagtail import hooks

from lms.notifications import views

hooks.register("lms_bar_items", views.bar_item)
hooks.register("lms_desk_cards", views.desk_card)
hooks.register("lms_me_links", views.me_link)
