"""All benchmarks of the core, one after the other; figures and the machine go to `benchmarks/results`."""

# a report for the terminal, from scripts of our own

import json
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
SCRIPTS = ("logic.py", "handled.py", "governance.py", "request_log.py", "metrics.py", "transport.py")


def main() -> None:
    sys.path.insert(0, str(HERE))
    from machine import describe

    report: dict[str, object] = {"machine": describe()}
    with tempfile.TemporaryDirectory() as folder:
        for script in SCRIPTS:
            print(f"\n== {script}")
            figures = Path(folder) / f"{script}.json"
            subprocess.run([sys.executable, "-P", str(HERE / script), "--json", str(figures)], check=True)
            report[script.removesuffix(".py")] = json.loads(figures.read_text())
    results = HERE / "results"
    results.mkdir(exist_ok=True)
    stamp = str(report["machine"]["measured_at"])[:10]  # type: ignore[index] # described just above
    path = results / f"{stamp}-{report['machine']['core']}.json"  # type: ignore[index] # as above
    path.write_text(json.dumps(report, indent=1) + "\n")
    print(f"\nwritten to {path}")


if __name__ == "__main__":
    main()
