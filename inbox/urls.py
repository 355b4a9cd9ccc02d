from django.urls import path

from inbox import views

app_name = "inbox"
urlpatterns = [
    path("inbox/", views.everything, name="inbox"),
    path("inbox/news/", views.news, name="news"),
    path("inbox/<int:pk>/", views.talk, name="talk"),
    path("inbox/<int:pk>/thread/", views.thread, name="thread"),
    path("inbox/<int:pk>/reply/", views.reply, name="reply"),
    path("inbox/<int:pk>/close/", views.close, name="close"),
    path("inbox/replies/<int:pk>/resolve/", views.resolve_reply, name="resolve_reply"),
]
