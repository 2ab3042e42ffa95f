"""`make bench`: every figure, or those that are named: `make bench ARGS='bedside_check tracing'`."""

import subprocess
import sys

FIGURES = (
    "bedside_check",
    "label_page",
    "labels",
    "starting",
    "tracing",
    "verify",
    "batch_record",
    "recall",
    "lists",
    "grown",
    "postgresql",
)


def main() -> None:
    """Run each in a process of its own, so that none is in another's memory. Ends with 1 if one could not measure."""
    named = sys.argv[1:] or FIGURES
    failed = []
    for name in named:
        print(f"\n## {name}", flush=True)
        if subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode:
            failed.append(name)
    if failed:
        print(f"\nnot measured: {', '.join(failed)}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
