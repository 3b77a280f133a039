from django.apps import AppConfig


class AdminDeskConfig(AppConfig):
    name = "wenming.desks.admin"
    label = "desk_admin"
