"""`python -m wenming VERB`: Django's own commands and ours, without a manage.py."""

import os
import sys

from django.core.management import execute_from_command_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wenming.settings")
try:
    execute_from_command_line(["wenming", *sys.argv[1:]])
except KeyboardInterrupt:
    # Whoever pressed Ctrl-C knows why; 130 is what shells expect.
    raise SystemExit(130) from None
