from django.apps import AppConfig


class EngineConfig(AppConfig):
    """The one place that knows which database is underneath (law 8: no dialect outside its port)."""

    name = "wenming.engine"
    label = "engine"
