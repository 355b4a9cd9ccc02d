from django.urls import path

from posts import urls_campaigns, urls_review, urls_timing, urls_writing
from posts.views import bulk, composer, correcting, links, listing, managing, outside, page

app_name = "posts"
urlpatterns = [
    path("posts/", listing.posts, name="list"),
    path("posts/many/", listing.many, name="many"),
    path("posts/new/", composer.new, name="new"),
    path("posts/by-hand/", outside.by_hand, name="by_hand"),
    path("posts/import/", bulk.bring, name="import"),
    path("posts/import/template.csv", bulk.template, name="import_template"),
    path("posts/import/<int:pk>/", bulk.look, name="import_look"),
    path("posts/export.csv", bulk.export, name="export"),
    path("posts/<int:pk>/duplicate/", bulk.duplicate, name="duplicate"),
    *urls_writing.urlpatterns,
    path("posts/check/", composer.check, name="check"),
    *urls_review.urlpatterns,
    path("posts/<int:pk>/", page.post, name="post"),
    path("posts/<int:pk>/deliveries/", page.deliveries, name="deliveries"),
    path("posts/<int:pk>/edit/", composer.edit, name="edit"),
    path("posts/<int:pk>/save/", composer.save, name="save"),
    path("posts/<int:pk>/submit/", composer.submit, name="submit"),
    path("posts/<int:pk>/schedule/", managing.schedule, name="schedule"),
    path("posts/<int:pk>/move/", managing.move, name="move"),
    path("posts/<int:pk>/pause/", managing.pause, name="pause"),
    path("posts/<int:pk>/resume/", managing.resume, name="resume"),
    path("posts/<int:pk>/archive/", managing.archive, name="archive"),
    path("posts/<int:pk>/recall/", managing.recall, name="recall"),
    path("posts/<int:pk>/correct/", correcting.correct, name="correct"),
    path("posts/delivery/<int:pk>/resolve/", managing.resolve, name="resolve"),
    path("posts/delivery/<int:pk>/again/", managing.again, name="again"),
    path("posts/delivery/<int:pk>/cancel/", managing.cancel, name="cancel"),
    path("posts/delivery/<int:pk>/down/", managing.down, name="down"),
    *urls_timing.urlpatterns,
    *urls_campaigns.urlpatterns,
    path("r/<slug:slug>", links.follow, name="follow"),
]
