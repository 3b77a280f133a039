from django.apps import AppConfig


class ApiDeskConfig(AppConfig):
    name = "wenming.desks.api"
    label = "desk_api"
