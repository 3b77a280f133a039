from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "wenming.exchange"
    label = "exchange"
    verbose_name = "别的系统知道什么"
    default_auto_field = "django.db.models.BigAutoField"
