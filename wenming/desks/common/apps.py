from django.apps import AppConfig


class CommonDeskConfig(AppConfig):
    name = "wenming.desks.common"
    label = "desk_common"

    def ready(self) -> None:
        from wenming import wiring
        from wenming.engine.encodings import load_encodings

        load_encodings()
        wiring.connect()
