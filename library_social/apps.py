from django.apps import AppConfig


class LibrarySocialConfig(AppConfig):
    name = "library_social"
