from django.apps import AppConfig


class StandardsConfig(AppConfig):
    name = "wenming.standards"
    label = "standards"
    verbose_name = "什么算好"
    default_auto_field = "django.db.models.BigAutoField"
