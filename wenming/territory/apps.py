from django.apps import AppConfig


class TerritoryConfig(AppConfig):
    name = "wenming.territory"
    label = "territory"
    verbose_name = "哪里"
    default_auto_field = "django.db.models.BigAutoField"
