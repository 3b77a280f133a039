from django.apps import AppConfig


class ObservationsConfig(AppConfig):
    name = "wenming.observations"
    label = "observations"
    verbose_name = "看到了什么"
    default_auto_field = "django.db.models.BigAutoField"
