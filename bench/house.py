"""The measures of the house: how a checkout is cut into files and functions, and what commands walk through.

    python bench/house.py CHECKOUT [--trace]

It only reads the source, so one script compares any two commits. A function's length is without its docstring; properties need
no verb. ``--trace`` counts what commands on a copy of the checkout's example enter after the imports, in all threads.
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import socketserver
import subprocess
import sys
import tempfile
import threading
import tokenize
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

VERBS = set(Path(__file__).with_name("verbs.txt").read_text().split())
REQUEST = r"""approvals request execute-application --requester kim@example.org --reason x
    --field fileName=npp.exe --field filePath=C:\npp.exe --field computer=PC-0114"""
CHILD = """
import sys, threading
root, to, *sys.argv[1:] = sys.argv[1:]
from reconciler.cli import main
entered = set()
def note(frame, event, argument):
    code = frame.f_code
    if event == "call" and code.co_filename.startswith(root) and not code.co_name.startswith("<"):
        entered.add((code.co_filename, code.co_qualname))
threading.setprofile(note)
sys.setprofile(note)
try:
    sys.exit(main())
finally:
    print(len(entered), len({file for file, _ in entered}), file=open(to, "w"))
"""
Function = ast.FunctionDef | ast.AsyncFunctionDef


def main(checkout: Path) -> None:
    package = checkout / "reconciler"
    texts = {path: path.read_text() for path in sorted(package.rglob("*.py"))}
    trees = {path: ast.parse(text) for path, text in texts.items()}
    functions = [each for tree in trees.values() for each in ast.walk(tree) if isinstance(each, Function)]
    lengths = [len(span(each)) - (len(span(each.body[0])) if ast.get_docstring(each) else 0) for each in functions]
    private = [len(of) for tree in trees.values() for of in callers(tree).values()]
    lines = {path: text.count("\n") for path, text in texts.items()}
    largest, most = Counter(path.parent for path in texts).most_common(1)[0]
    show("files", len(texts))
    show("lines", sum(lines.values()))
    show("code lines", sum(len(code_lines(text, trees[path])) for path, text in texts.items()))
    show("modules under 60 lines", sum(count < 60 for count in lines.values()))
    show("largest folder", most, str(largest.relative_to(checkout)))
    share = sum(n <= 20 for n in lengths) / len(lengths)
    show("functions", len(lengths), f"{share:.1%} of at most 20 lines, {sum(n > 50 for n in lengths)} of more than 50")
    show("private functions", len(private), f"{private.count(1)} of them with exactly one caller")
    names = defaultdict(list)
    for path, tree in trees.items():
        layer = path.relative_to(package).parts[0] if path.parent != package else "(top)"
        names[layer] += [name for name in names_in(tree) if name[0] != "_"]
    for layer, given in [*names.items(), ("overall", [name for each in names.values() for name in each])]:
        share = sum(name.split("_")[0] in VERBS for name in given) / max(1, len(given))
        show(f"public names that begin with a verb: {layer}", f"{share:.1%}", f"of {len(given)}")
    if "--trace" in sys.argv:
        trace_all(checkout)


def show(title: str, figure: object, note: str = "") -> None:
    print(f"{title:50} {figure!s:>7}  {note}".rstrip())


def code_lines(text: str, tree: ast.Module) -> set[int]:
    other = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    every = tokenize.generate_tokens(iter(text.splitlines(keepends=True)).__next__)
    docs = [each for each in ast.walk(tree) if isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant)]
    return {n for t in every if t.type not in other for n in range(t.start[0], t.end[0] + 1)} - {
        n for each in docs for n in span(each)
    }


def callers(tree: ast.Module) -> dict[str, set[str]]:
    """Who names each private function of a module, itself apart: functions, and the module as an empty name."""
    found = {n.name: set[str]() for n in ast.walk(tree) if isinstance(n, Function) and re.match("_.*(?<!__)$", n.name)}

    def visit(node: ast.AST, inside: str) -> None:
        name = getattr(node, "id", getattr(node, "attr", ""))
        if name in found and name != inside.rpartition(".")[2]:
            found[name].add(inside)
        for child in ast.iter_child_nodes(node):
            visit(child, f"{inside}.{node.name}" if isinstance(node, Function | ast.ClassDef) else inside)

    visit(tree, "")
    return found


def names_in(body: ast.Module | ast.ClassDef) -> Iterator[str]:
    for node in body.body:
        if isinstance(node, ast.ClassDef):
            yield from names_in(node)
        elif isinstance(node, Function) and "property" not in "".join(map(ast.unparse, node.decorator_list)):
            yield node.name


def span(node: ast.stmt) -> range:
    return range(node.lineno, (node.end_lineno or node.lineno) + 1)


def trace_all(checkout: Path) -> None:
    with tempfile.TemporaryDirectory() as folder, socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mail) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        os.environ["PYTHONPATH"] = str(checkout)
        shutil.copytree(checkout / "manifests", Path(folder, "manifests"))
        shutil.copytree(checkout / "templates", Path(folder, "templates"))
        relay = Path(folder, "manifests/mail-server.yaml")
        relay.write_text(relay.read_text().replace("mail.example.com:587", f"127.0.0.1:{server.server_address[1]}"))
        trace(checkout, folder, "plan")
        trace(checkout, folder, "apply", "--auto-approve")
        (request,) = set(re.findall(r"req_\w+", trace(checkout, folder, *REQUEST.split())))
        trace(checkout, folder, "approvals", "approve", request, "--as", "desk.first@example.com")
        trace(checkout, folder, "run", "--once")
        server.shutdown()


def trace(checkout: Path, folder: str, *words: str) -> str:
    start = [sys.executable, "-c", CHILD, f"{checkout}/reconciler/", f"{folder}/entered", *words]
    done = subprocess.run(start, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{words} ended with {done.returncode}: {done.stdout}{done.stderr}"
    functions, files = Path(folder, "entered").read_text().split()
    show(f"functions entered by {' '.join(words[:2])}", functions, f"in {files} files")
    return done.stdout


class Mail(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        for line in self.rfile:
            if line[:4].upper() == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                while self.rfile.readline() not in (b".\r\n", b""):
                    pass
            self.wfile.write(b"221 bye\r\n" if line[:4].upper() == b"QUIT" else b"250 fine\r\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
