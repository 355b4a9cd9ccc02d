"""Addresses of signing in, first steps, settings, people and notices."""

from django.urls import path

from libraries import views
from libraries.views import branches, people, settings, signing

app_name = "libraries"
urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
    path("healthz/address", views.address_probe, name="address_probe"),
    path("sign-in/", signing.sign_in, name="sign_in"),
    path("sign-out/", signing.sign_out, name="sign_out"),
    path("password/", signing.password, name="password"),
    path("switch-library/", signing.switch_library, name="switch_library"),
    path("welcome/", views.welcome, name="welcome"),
    path("notices/", views.notices, name="notices"),
    path("notices/<int:pk>/close/", views.close_notice, name="close_notice"),
    path("notices/<int:pk>/seen/", views.seen_notice, name="seen_notice"),
    path("settings/", settings.settings, name="settings"),
    path("settings/mail-test/", settings.mail_test, name="mail_test"),
    path("settings/address-check/", settings.address_check, name="address_check"),
    path("settings/leave-practice/", settings.leave_practice, name="leave_practice"),
    path("settings/branches/", branches.branches, name="branches"),
    path("settings/people/", people.people, name="people"),
    path("settings/people/<int:pk>/", people.change_person, name="change_person"),
]
