from django.urls import path

from planner import views, views_almanac, views_kept, views_today

app_name = "planner"
urlpatterns = [
    path("calendar/", views.calendar, name="calendar"),
    path("calendar/week/", views.week, name="week"),
    path("calendar/agenda/", views.agenda, name="agenda"),
    path("calendar/day/", views.day, name="day"),
    path("calendar/move/<int:pk>/", views.move, name="move"),
    path("calendar/views/", views_kept.views, name="views"),
    path("calendar/views/<int:pk>/remove/", views_kept.remove_view, name="remove_view"),
    path("calendar/views/<int:pk>/address/", views_kept.address, name="address"),
    path("calendar/feed/<str:secret>.ics", views_kept.feed, name="feed"),
    path("calendar/almanac/", views_almanac.almanac_page, name="almanac"),
    path("calendar/almanac/<slug:key>/", views_almanac.observance, name="observance"),
    path("calendar/local-day/<int:pk>/", views_almanac.local_day, name="local_day"),
    path("calendar/local-day/<int:pk>/remove/", views_almanac.remove_day, name="remove_day"),
    path("calendar/begin/", views_almanac.begin, name="begin"),
    path("today/", views_today.today, name="today"),
]
