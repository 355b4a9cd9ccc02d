"""Addresses of campaigns, and of the pictures of link cards."""

from django.urls import path

from posts.views import cards

urlpatterns = [
    path("posts/cards/<int:pk>/", cards.picture, name="card_picture"),
]
