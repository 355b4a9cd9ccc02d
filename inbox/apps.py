from django.apps import AppConfig


class InboxConfig(AppConfig):
    name = "inbox"

    def ready(self) -> None:
        """Show comments beneath the page of a post, which knows nothing of us."""
        from django.utils.translation import gettext_lazy

        from inbox.panels import comments, comments_beneath
        from posts import campaign_plan, panels

        panels.register("post", comments)
        campaign_plan.figures[gettext_lazy("Comments")] = comments_beneath
