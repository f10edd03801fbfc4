"""The loader under a fuzzer led by what it covers: `make fuzz` runs it where atheris is installed (`pip install atheris`).

python -m tests.fuzz.guided [SECONDS] [FOLDER]

It takes a quarter of the time. Inputs that found something new are kept in FOLDER, which is also where it begins.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

try:
    import atheris
except ImportError:
    atheris = None


def main(arguments: list[str]) -> int:
    """Exit code 0 when the time is over and nothing was found; libFuzzer's own, and the input, where something was."""
    if atheris is None:
        print("fuzz: atheris is not installed, so nothing was led by coverage (pip install atheris)")
        return 0
    with atheris.instrument_imports(include=["reconciler"]):
        from reconciler.kinds.registry import REGISTRY
        from reconciler.sources.yaml.formatting import format_manifest
    seconds = int(float(arguments[0]) / 4) + 1 if arguments else 60
    folder = Path(arguments[1] if len(arguments) > 1 else tempfile.mkdtemp(prefix="guided-"))
    seeds = Path(__file__).parents[1] / "kinds" / "cases"

    def once(content: bytes) -> None:
        text = content.decode(errors="ignore")
        made, faults = format_manifest(text, "a.yaml", REGISTRY)
        assert faults or format_manifest(made, "a.yaml", REGISTRY)[0] == made

    print(f"fuzz: the loader, led by coverage, for {seconds} s; findings stand in {folder}", flush=True)
    limits = ["-timeout=5", "-rss_limit_mb=1024", "-max_len=4096", "-verbosity=0", f"-artifact_prefix={folder}/"]
    atheris.Setup(["guided", str(folder), *map(str, seeds.iterdir()), f"-max_total_time={seconds}", *limits], once)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
