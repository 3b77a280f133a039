from django.apps import AppConfig


class OperationsConfig(AppConfig):
    """Keeping a city running: start, stop, verify, back up, restore. It may look into every room; no room knows it."""

    name = "wenming.operations"
    label = "operations"
