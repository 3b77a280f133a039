from django.apps import AppConfig


class ResponsibilitiesConfig(AppConfig):
    name = "wenming.responsibilities"
    label = "responsibilities"
    verbose_name = "谁欠什么、何时"
    default_auto_field = "django.db.models.BigAutoField"
