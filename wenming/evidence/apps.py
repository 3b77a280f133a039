from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    name = "wenming.evidence"
    label = "evidence"
    verbose_name = "凭什么"
    default_auto_field = "django.db.models.BigAutoField"
