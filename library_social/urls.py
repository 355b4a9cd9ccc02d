"""Every address of the product, app by app."""

from django.urls import path

urlpatterns: list = []
