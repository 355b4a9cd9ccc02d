from django.apps import AppConfig


class InboxConfig(AppConfig):
    name = "inbox"

    def ready(self) -> None:
        """Show comments beneath the page of a post, which knows nothing of us."""
        from inbox.panels import comments
        from posts import panels

        panels.register("post", comments)
