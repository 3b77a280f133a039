from django.apps import AppConfig


class OrganisationsConfig(AppConfig):
    name = "wenming.organisations"
    label = "organisations"
    verbose_name = "谁"
    default_auto_field = "django.db.models.BigAutoField"
