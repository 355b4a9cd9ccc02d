from django.urls import path

from media_library.views import files, listing, picture

app_name = "media_library"
urlpatterns = [
    path("media/", listing.library, name="library"),
    path("media/upload/", listing.upload, name="upload"),
    path("media/many/", listing.many, name="many"),
    path("media/<int:pk>/", picture.picture, name="picture"),
    path("media/<int:pk>/rights/", picture.state_rights, name="rights"),
    path("media/<int:pk>/focus/", picture.focus, name="focus"),
    path("media/<int:pk>/consent/", picture.consent, name="consent"),
    path("media/consent/<int:pk>/end/", picture.end_consent, name="end_consent"),
    path("media/<int:pk>/withdraw/", picture.withdraw, name="withdraw"),
    path("media/<int:pk>/delete/", picture.delete, name="delete"),
    path("media/<int:pk>/restore/", picture.restore, name="restore"),
    path("media/<int:pk>/thumb/", files.thumb, name="thumb"),
    path("m/<str:token>.<str:suffix>", files.public_picture, name="public"),
]
