"""Addresses of the record, under the name `audit`."""

from django.urls import path

from libraries.record import views

app_name = "audit"
urlpatterns = [
    path("record/", views.log, name="log"),
    path("record/verify/", views.verify, name="verify"),
    path("record/<int:pk>/", views.entry, name="entry"),
    path("record/<int:pk>/erase/", views.erase, name="erase"),
]
