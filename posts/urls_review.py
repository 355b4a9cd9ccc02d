"""Addresses of the review: the queue, several at once, letters, comments, who approves what."""

from django.urls import path

from posts.views import commenting, letters, many_reviews, reviewing, rules

urlpatterns = [
    path("posts/review/", reviewing.queue, name="queue"),
    path("posts/review/several/", many_reviews.review_many, name="review_many"),
    path("posts/review/several/approve/", many_reviews.approve_many, name="approve_many"),
    path("posts/review/rules/", rules.rules, name="rules"),
    path("posts/<int:pk>/look/", many_reviews.look, name="look"),
    path("posts/<int:pk>/review/", reviewing.review, name="review"),
    path("posts/<int:pk>/review/undo/", reviewing.unreview, name="unreview"),
    path("posts/<int:pk>/amend/", reviewing.amend, name="amend"),
    path("posts/<int:pk>/letters/", letters.send_link, name="send_link"),
    path("posts/letters/<int:pk>/revoke/", letters.revoke_link, name="revoke_link"),
    path("posts/<int:pk>/comments/", commenting.comments, name="comments"),
    path("posts/comments/<int:pk>/settle/", commenting.settle, name="settle"),
    path("approve/<str:secret>/card/", letters.card_picture, name="letter_card"),
    path("approve/<str:secret>/", letters.answer, name="approve_by_link"),
]
