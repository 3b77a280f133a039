from django.apps import AppConfig


class UnitDeskConfig(AppConfig):
    name = "wenming.desks.unit"
    label = "desk_unit"
