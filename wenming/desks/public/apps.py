from django.apps import AppConfig


class PublicDeskConfig(AppConfig):
    name = "wenming.desks.public"
    label = "desk_public"
