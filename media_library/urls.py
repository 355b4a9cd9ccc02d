from django.urls import path

from media_library import views

app_name = "media_library"
urlpatterns = [
    path("media/", views.library, name="library"),
    path("media/upload/", views.upload, name="upload"),
    path("media/<int:pk>/", views.picture, name="picture"),
    path("media/<int:pk>/withdraw/", views.withdraw, name="withdraw"),
    path("media/<int:pk>/thumb/", views.thumb, name="thumb"),
    path("m/<str:token>.<str:suffix>", views.public_picture, name="public"),
]
