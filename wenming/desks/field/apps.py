from django.apps import AppConfig


class FieldDeskConfig(AppConfig):
    name = "wenming.desks.field"
    label = "desk_field"
