from django.apps import AppConfig


class PostsConfig(AppConfig):
    name = "posts"

    def ready(self) -> None:
        """Let the rules of review decide as well who may approve a post; show comments beneath its page."""
        from libraries import permissions
        from media_library import uses
        from posts import approvers, panels, pictures_in_drafts
        from posts.views import commenting

        permissions.narrow("post.approve", approvers.allows)
        uses.register(pictures_in_drafts.find)
        panels.register("post", commenting.panel)
