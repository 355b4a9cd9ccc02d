from django.urls import path

from programs import importing, views

app_name = "programs"
urlpatterns = [
    path("events/", views.events, name="events"),
    path("events/<int:pk>/", views.event, name="event"),
    path("events/<int:pk>/cancel/", views.cancel, name="cancel"),
    path("events/<int:pk>/restore/", views.restore, name="restore"),
    path("events/import/", importing.start, name="import"),
    path("events/import/<int:pk>/", importing.preview, name="preview"),
    path("events/feeds/<int:pk>/", importing.feed, name="feed"),
    path("events/feeds/<int:pk>/look/", importing.look_now, name="look"),
    path("events/feeds/<int:pk>/switch/", importing.switch, name="switch"),
]
