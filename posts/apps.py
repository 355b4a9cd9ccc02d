from django.apps import AppConfig


class PostsConfig(AppConfig):
    name = "posts"

    def ready(self) -> None:
        """Let the rules of review decide as well who may approve a post."""
        from libraries import permissions
        from posts import approvers

        permissions.narrow("post.approve", approvers.allows)
