from django.apps import AppConfig


class AccountabilityConfig(AppConfig):
    name = "wenming.accountability"
    label = "accountability"
    verbose_name = "谁负责"
    default_auto_field = "django.db.models.BigAutoField"
