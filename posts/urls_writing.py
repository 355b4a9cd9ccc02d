"""Addresses of templates, snippets, kept versions, and of two people writing at once."""

from django.urls import path

from posts.views import advising, mending, phrases, versions

urlpatterns = [
    path("posts/mend/", mending.mend, name="mend"),
    path("settings/advice/", advising.advice, name="advice"),
    path("posts/templates/", phrases.templates, name="templates"),
    path("posts/templates/starters/", phrases.starters, name="starters"),
    path("posts/templates/choices/", phrases.choices, name="choices"),
    path("posts/templates/<int:pk>/", phrases.template, name="template"),
    path("posts/snippets/<int:pk>/", phrases.snippet, name="snippet"),
    path("posts/hashtag-sets/<int:pk>/", phrases.hashtags, name="hashtag_set"),
    path("posts/<int:pk>/versions/", versions.versions, name="versions"),
    path("posts/<int:pk>/versions/restore/", versions.restore, name="restore"),
    path("posts/<int:pk>/here/", versions.here, name="here"),
    path("posts/<int:pk>/texts/", versions.settle, name="two_texts"),
]
