"""Addresses of everything about when: slots, series, pauses, and the ten seconds to undo."""

from django.urls import path

from posts.views import pausing, series, slots, timing

urlpatterns = [
    path("posts/<int:pk>/undo/", timing.undo, name="undo"),
    path("posts/<int:pk>/follow-event/", timing.follow_event, name="follow_event"),
    path("posts/<int:pk>/down-later/", timing.down_later, name="down_later"),
    path("slots/", slots.slots, name="slots"),
    path("slots/add/", slots.add, name="slot_add"),
    path("slots/<int:pk>/remove/", slots.remove, name="slot_remove"),
    path("pauses/", pausing.pauses, name="pauses"),
    path("pauses/begin/", pausing.begin, name="pause_begin"),
    path("pauses/<int:pk>/", pausing.pause, name="pause_end"),
    path("series/", series.all_series, name="series_list"),
    path("series/new/<int:pk>/", series.new, name="series_new"),
    path("series/<int:pk>/", series.one, name="series"),
    path("series/<int:pk>/approve/", series.approve, name="series_approve"),
    path("series/<int:pk>/stop/", series.stop, name="series_stop"),
    path("series/post/<int:pk>/skip/", series.skip, name="series_skip"),
]
