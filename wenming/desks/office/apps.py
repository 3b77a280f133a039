from django.apps import AppConfig


class OfficeDeskConfig(AppConfig):
    name = "wenming.desks.office"
    label = "desk_office"
