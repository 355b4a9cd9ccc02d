"""Addresses of campaigns, and of the pictures of link cards."""

from django.urls import path

from posts.views import campaigns, cards

urlpatterns = [
    path("campaigns/", campaigns.campaigns, name="campaigns"),
    path("campaigns/new/", campaigns.new, name="campaign_new"),
    path("campaigns/<int:pk>/", campaigns.campaign, name="campaign"),
    path("campaigns/<int:pk>/edit/", campaigns.edit, name="campaign_edit"),
    path("campaigns/<int:pk>/fill/", campaigns.fill, name="campaign_fill"),
    path("campaigns/<int:pk>/close/", campaigns.close, name="campaign_close"),
    path("campaigns/<int:pk>/delete/", campaigns.delete, name="campaign_delete"),
    path("campaigns/<int:pk>/copy/", campaigns.copy, name="campaign_copy"),
    path("posts/cards/<int:pk>/", cards.picture, name="card_picture"),
]
