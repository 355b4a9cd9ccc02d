from django.urls import path

from planner import views

app_name = "planner"
urlpatterns = [
    path("calendar/", views.calendar, name="calendar"),
    path("calendar/week/", views.week, name="week"),
    path("calendar/agenda/", views.agenda, name="agenda"),
    path("calendar/day/", views.day, name="day"),
    path("calendar/move/<int:pk>/", views.move, name="move"),
]
