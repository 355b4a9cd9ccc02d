"""Addresses of accounts and of connecting them. The return address is registered with each network."""

from django.urls import path

from platforms import views

app_name = "platforms"
urlpatterns = [
    path("accounts/", views.accounts, name="accounts"),
    path("accounts/connect/<slug:platform>/", views.connect, name="connect"),
    path("accounts/return/<slug:platform>/", views.come_back, name="return"),
    path("accounts/choose/<int:pk>/", views.choose, name="choose"),
    path("accounts/second-route/", views.second_route, name="second_route"),
    path("accounts/<int:pk>/", views.account, name="account"),
    path("accounts/<int:pk>/check/", views.check, name="check"),
    path("accounts/<int:pk>/disable/", views.disable, name="disable"),
    path("accounts/<int:pk>/change/", views.change, name="change"),
]
