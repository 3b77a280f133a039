"""Whether this process can serve: asked by supervisors and load balancers, so it says nothing about the city."""

from __future__ import annotations

from datetime import timedelta

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from wenming.journal.selectors import waiting_reactions

from .access import public

# Reactions older than this say that no worker is running.
WORKER_SILENT_FOR = timedelta(minutes=5)


@public
def healthz(_request: HttpRequest) -> HttpResponse:
    """200 when the database answers, 503 when it does not; `worker` is late when reactions wait too long."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        late = waiting_reactions(timezone.now() - WORKER_SILENT_FOR).exists()
    except DatabaseError:
        return JsonResponse({"database": "no answer"}, status=503)
    return JsonResponse({"database": "ok", "worker": "late" if late else "ok"})
