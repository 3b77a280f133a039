from django.apps import AppConfig


class JournalConfig(AppConfig):
    name = "wenming.journal"
    label = "journal"
    verbose_name = "发生了什么"
    default_auto_field = "django.db.models.BigAutoField"
