from django.apps import AppConfig


class LeadersDeskConfig(AppConfig):
    name = "wenming.desks.leaders"
    label = "desk_leaders"
