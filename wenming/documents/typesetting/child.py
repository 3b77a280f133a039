"""Runs alone in a process of its own: reads {template, fonts, letter, own_fonts_only} as JSON, writes the PDF.

Typst is native code that reads what people have typed; if it falls over, or never ends, only this process does.
"""

from __future__ import annotations

import json
import resource
import sys

CPU_SECONDS, MEMORY_BYTES = 20, 2_000_000_000


def main() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    import typst

    order = json.load(sys.stdin.buffer)
    pdf = typst.compile(
        order["template"], font_paths=[order["fonts"]], ignore_system_fonts=order["own_fonts_only"],
        sys_inputs={"letter": json.dumps(order["letter"], ensure_ascii=False)}, format=order.get("format", "pdf"), timestamp=0,
    )  # fmt: skip
    sys.stdout.buffer.write(pdf[0] if isinstance(pdf, list) else pdf)


if __name__ == "__main__":
    main()
