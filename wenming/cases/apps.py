from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "wenming.cases"
    label = "cases"
    verbose_name = "正在办什么"
    default_auto_field = "django.db.models.BigAutoField"
