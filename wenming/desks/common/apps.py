from django.apps import AppConfig


class CommonDeskConfig(AppConfig):
    name = "wenming.desks.common"
    label = "desk_common"

    def ready(self) -> None:
        from wenming import wiring

        wiring.connect()
