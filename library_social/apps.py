from django.apps import AppConfig


class LibrarySocialConfig(AppConfig):
    name = "library_social"

    def ready(self) -> None:
        from library_social import checks, overview  # noqa: F401  (checks register themselves)

        overview.install()
