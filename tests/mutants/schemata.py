#!/usr/bin/env python3
"""All mutants of cargo-mutants in one program, each behind a number, and the tests run for each number.

A build for every mutant of botsieve would take days. This builds one program that holds them all: `mutation::on(17)` is
true where the environment says BOTSIEVE_MUTANT=17, and the code of mutant 17 stands behind it. The steps, each of which
can be run again alone (docs/trust/coverage.md has the commands):

    schemata.py list  WORK            the mutants as cargo-mutants finds them, into WORK/mutants.json
    schemata.py make  WORK            the mutated copy of the tree, into WORK/tree
    schemata.py check WORK            compiles it, drops what does not compile, until it does
    schemata.py build WORK            builds the test programs of it
    schemata.py reach WORK [TEST...]  runs each test alone, unchanged, and notes how long it takes and which mutants it comes by
    schemata.py run   WORK [--of N] [--kind lib|program]
                                      runs, for each mutant, the tests that come by it, quickest first, until one fails
    schemata.py show  WORK            totals, and the mutants that live

What is kept in WORK: `dropped.json` (mutants that do not compile, and groups that had to be written otherwise), `reach/`
(a file a test), `results.jsonl` (a line a mutant; a run goes on where it was stopped, `retry` with other tests is a new line).

How a mutant is written, so that operands are looked at once and code does not grow with nesting:

    a - b        (match (a, b) { (l, r) => if on(1) { l + r } else if on(2) { l / r } else { l - r } })
    a < b        the same with references, since a comparison moves nothing
    a && b       (match a { l => if l != on(3) { b } else { l } })         on(3): a || b
    x += y       { match y { r => { let p = &mut x; if on(4) { *p -= r } else { *p += r } } } }
    !a           (match a { v => if on(5) { v } else { !v } })
    fn f() {..}  fn f() { if on(6) { return 0.0; } .. }
    P => ..      P if !on(7) => ..                                         on(7): the arm left out
    P if g => .. P if (if on(8) { true } else { g }) => ..

Where the compiler cannot make out the types of that, the operands are written twice instead:
`(if on(1) { a + b } else { a - b })`. Constants and patterns cannot hold such code: not tried, and said so.

An operator is exchanged with its operands kept together: cargo-mutants, which exchanges the characters, makes `a * b + c`
of `a + b + c` as it stands there, this makes `(a * b) + c` too, but `a - (b + c)` of `a - b * c`.

Needs: cargo-mutants, and Python with tree-sitter and tree-sitter-rust (pip).
"""

import argparse
import concurrent.futures
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODULES = ["features", "model", "evaluate"]
VARIABLE = "BOTSIEVE_MUTANT"
RECORD = "BOTSIEVE_MUTANT_RECORD"

RUNTIME = """\
//! Which mutant is on. Written by tests/mutants/schemata.py.
use std::io::Write as _;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};

static CHOSEN: LazyLock<u32> =
    LazyLock::new(|| std::env::var("BOTSIEVE_MUTANT").ok().and_then(|n| n.parse().ok()).unwrap_or(0));
static SEEN: [AtomicBool; COUNT] = [const { AtomicBool::new(false) }; COUNT];

/// Whether this mutant is on. 4294967295 turns none on and writes down which were asked for.
#[inline]
pub fn on(n: u32) -> bool {
    let chosen = *CHOSEN;
    chosen == n || (chosen == u32::MAX && note(n))
}

#[cold]
fn note(n: u32) -> bool {
    if !SEEN[n as usize].swap(true, Ordering::Relaxed)
        && let Some(path) = std::env::var_os("BOTSIEVE_MUTANT_RECORD")
        && let Ok(mut file) = std::fs::OpenOptions::new().append(true).create(true).open(path)
    {
        let _ = file.write_all(format!("{n}\\n").as_bytes());
    }
    false
}
"""


# ---------------------------------------------------------------------------------------------------- the list


def list_mutants(work):
    """As cargo-mutants finds them; the number of a mutant is its place in that list, from 1."""
    command = ["cargo", "mutants", "--list", "--json"]
    for module in MODULES:
        command += ["-f", f"src/{module}/**"]
    found = json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    for number, mutant in enumerate(found, 1):
        mutant["id"] = number
        # `--shard 0/8 --sharding round-robin` takes the first, the ninth, ...
        mutant["sampled"] = (number - 1) % 8 == 0
    (work / "mutants.json").write_text(json.dumps({"commit": commit.strip(), "mutants": found}))
    print(len(found), "mutants at", commit.strip())


def mutants_of(work):
    return json.loads((work / "mutants.json").read_text())["mutants"]


def name_of(mutant):
    """As cargo-mutants names it."""
    name = mutant.get("name")
    if name:
        return name
    function = (mutant.get("function") or {}).get("function_name", "")
    start = mutant["span"]["start"]
    return f"{mutant['file']}:{start['line']}:{start['column']}: {mutant['genre']} {mutant['replacement']} in {function}"


# ---------------------------------------------------------------------------------------------------- the mutated text


class Rewriter:
    """One file: its syntax tree, and the mutants that hang on each node."""

    def __init__(self, text, mutants, dropped, styles):
        import tree_sitter_rust
        from tree_sitter import Language, Parser

        self.text = text.encode()
        self.tree = Parser(Language(tree_sitter_rust.language())).parse(self.text)
        self.starts = [0]
        for line in text.split("\n"):
            self.starts.append(self.starts[-1] + len(line.encode()) + 1)
        self.lines = text.split("\n")
        self.dropped, self.styles = dropped, styles
        self.at_node, self.why = {}, {}
        for mutant in mutants:
            if str(mutant["id"]) in dropped:
                continue
            reason = self.place(mutant)
            if reason:
                self.why[mutant["id"]] = reason

    def byte(self, place):
        line = place["line"] - 1
        return self.starts[line] + len(self.lines[line][: place["column"] - 1].encode())

    def smallest(self, start, end):
        return self.tree.root_node.descendant_for_byte_range(start, end)

    def place(self, mutant):
        """Hangs the mutant on its node; why not, where it cannot be."""
        start, end = self.byte(mutant["span"]["start"]), self.byte(mutant["span"]["end"])
        node = self.smallest(start, end)
        genre = mutant["genre"]
        if genre == "FnValue":
            while node and not (node.type == "function_item" and node.child_by_field_name("body")
                                and node.child_by_field_name("body").start_byte <= start
                                and end <= node.child_by_field_name("body").end_byte):
                node = node.parent
            if not node:
                return "no function found"
            if any(child.type == "function_modifiers" and b"const" in child.text for child in node.children):
                return "in a constant"
            returned = node.child_by_field_name("return_type")
            if returned and re.search(rb"\bimpl\b", returned.text):
                return "returns `impl`"
            return self.hang(node.child_by_field_name("body"), "body", mutant)
        wanted = {
            "BinaryOperator": ("binary_expression", "compound_assignment_expr", "let_chain"),
            "UnaryOperator": ("unary_expression",),
            "MatchArm": ("match_arm",),
            "MatchArmGuard": ("match_pattern",),
            "StructField": ("field_initializer", "shorthand_field_initializer"),
        }.get(genre)
        if not wanted:
            return f"of a kind not known here: {genre}"
        while node and node.type not in wanted:
            node = node.parent
        if not node:
            return "in a pattern or a literal"
        if node.type == "let_chain":
            return "in a `let` chain"
        if genre == "BinaryOperator":
            operator = node.child_by_field_name("operator")
            if operator is None:
                operator = node.children[1]
            if operator.start_byte != start:
                return "operator not found"
        if genre == "UnaryOperator" and node.children[0].start_byte != start:
            return "operator not found"
        if genre == "StructField":
            return "a field left out"
        if self.in_constant(node):
            return "in a constant"
        return self.hang(node, "node", mutant)

    def in_constant(self, node):
        while node:
            kind = node.type
            if kind in ("const_item", "static_item", "const_block", "array_type", "enum_variant", "attribute_item"):
                return True
            if kind in ("closure_expression", "function_item"):
                return kind == "function_item" and any(
                    child.type == "function_modifiers" and b"const" in child.text for child in node.children)
            if kind in ("match_pattern", "tuple_struct_pattern", "range_pattern", "or_pattern") and not self.guards(node):
                return True
            node = node.parent
        return False

    @staticmethod
    def guards(node):
        return node.type == "match_pattern" and node.child_by_field_name("condition") is not None

    def hang(self, node, what, mutant):
        self.at_node.setdefault((node.start_byte, node.end_byte, node.type), []).append(mutant)
        return None

    # Text of a node with all its mutants in it. Markers tell the place of each in what the compiler says.

    def render(self, node):
        mine = self.at_node.get((node.start_byte, node.end_byte, node.type))
        if mine:
            return self.mutated(node, mine)
        return self.plain(node)

    def plain(self, node):
        if not node.children:
            return self.text[node.start_byte : node.end_byte].decode()
        out, last = [], node.start_byte
        for child in node.children:
            out.append(self.text[last : child.start_byte].decode())
            out.append(self.render(child))
            last = child.end_byte
        out.append(self.text[last : node.end_byte].decode())
        return "".join(out)

    def chain(self, mutants, written, otherwise):
        """`if on(1) { .. } else if on(2) { .. } else { .. }`, the mutants' own code between markers."""
        out = ""
        for mutant in mutants:
            n = mutant["id"]
            out += f"if crate::mutation::on({n}) {{ /*<m{n}*/{written(mutant)}/*>m{n}*/ }} else "
        return out + f"{{ {otherwise} }}"

    def mutated(self, node, mutants):
        group = mutants[0]["id"]
        style = self.styles.get(str(group), 0)
        kind = node.type
        if kind == "block":
            inner = self.plain(node)
            tops = ""
            for mutant in mutants:
                n = mutant["id"]
                tops += f" if crate::mutation::on({n}) {{ /*<m{n}*/return {mutant['replacement']};/*>m{n}*/ }}"
            return "{" + tops + inner[1:]
        if kind == "binary_expression":
            operator = node.child_by_field_name("operator").text.decode()
            left = self.render(node.child_by_field_name("left"))
            right = self.render(node.child_by_field_name("right"))
            if style == 0 and operator in ("&&", "||") and len(mutants) == 1:
                n = mutants[0]["id"]
                asks = f"l != crate::mutation::on({n})" if operator == "&&" else f"l == crate::mutation::on({n})"
                text = f"(match {left} {{ l => if {asks} {{ {right} }} else {{ l }} }})"
            elif style == 0 and operator not in ("&&", "||"):
                compares = operator in ("==", "!=", "<", ">", "<=", ">=")
                l, r = ("*l", "*r") if compares else ("l", "r")
                a, b = (f"&({left})", f"&({right})") if compares else (left, right)
                arms = self.chain(mutants, lambda m: f"{l} {m['replacement']} {r}", f"{l} {operator} {r}")
                text = f"(match ({a}, {b}) {{ (l, r) => {arms} }})"
            else:
                arms = self.chain(mutants, lambda m: f"({left}) {m['replacement']} ({right})", f"({left}) {operator} ({right})")
                text = f"({arms})"
        elif kind == "compound_assignment_expr":
            operator = next(c for c in node.children if c.text.decode().endswith("=") and not c.is_named).text.decode()
            left = self.render(node.child_by_field_name("left"))
            right = self.render(node.child_by_field_name("right"))
            if style == 0:
                arms = self.chain(mutants, lambda m: f"*p {m['replacement']} r;", f"*p {operator} r;")
                text = f"{{ match {right} {{ r => {{ let p = &mut ({left}); {arms} }} }} }}"
            else:
                arms = self.chain(mutants, lambda m: f"{left} {m['replacement']} {right};", f"{left} {operator} {right};")
                text = f"{{ {arms} }}"
        elif kind == "unary_expression":
            operator = node.children[0].text.decode()
            argument = self.render(node.children[-1])
            if style == 0:
                text = f"(match {argument} {{ v => {self.chain(mutants, lambda m: 'v', operator + 'v')} }})"
            else:
                text = f"({self.chain(mutants, lambda m: argument, f'{operator}({argument})')})"
        elif kind == "match_arm":
            pattern = node.child_by_field_name("pattern")
            whole = self.plain(node)
            n = mutants[0]["id"]
            guard = pattern.child_by_field_name("condition")
            head = self.render(pattern)
            before = self.text[node.start_byte : pattern.start_byte].decode()
            after = whole[len(before) + len(head) :]
            if guard is None:
                head += f" if /*<m{n}*/!crate::mutation::on({n})/*>m{n}*/"
            else:
                # The guard comes last in the pattern, so what stands before it is the pattern itself.
                asked = self.guard(pattern)
                bare = self.text[pattern.start_byte : guard.start_byte].decode().rstrip()
                assert bare.endswith("if")
                head = f"{bare} /*<m{n}*/!crate::mutation::on({n})/*>m{n}*/ && ({asked})"
            return before + head + after
        elif kind == "match_pattern":
            guard = node.child_by_field_name("condition")
            return self.text[node.start_byte : guard.start_byte].decode() + self.guard(node)
        else:
            raise ValueError(kind)
        return f"/*<g{group}*/{text}/*>g{group}*/"

    def guard(self, pattern):
        condition = pattern.child_by_field_name("condition")
        mine = self.at_node.get((pattern.start_byte, pattern.end_byte, pattern.type), [])
        asked = self.render(condition)
        if not mine:
            return asked
        return "(" + self.chain(mine, lambda m: m["replacement"], asked) + ")"


def make(work):
    """Writes the mutated tree; files that did not change are left alone, so that cargo sees no change."""
    tree = work / "tree"
    mutants = mutants_of(work)
    state = dropped_of(work)
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout
    why, files = {}, {}
    for mutant in mutants:
        files.setdefault(mutant["file"], []).append(mutant)
    for name in filter(None, listed.decode().split("\0")):
        source, target = ROOT / name, tree / name
        if not source.is_file():
            continue
        if name in files:
            rewriter = Rewriter(source.read_text(), files[name], state["dropped"], state["styles"])
            text = rewriter.render(rewriter.tree.root_node)
            why.update(rewriter.why)
            put(target, text.encode())
        elif name == "Cargo.toml":
            # Benches need a crate of their own that no test does.
            text = re.sub(r"(?ms)^(# [^\n]*\n)?\[\[(bench|example)\]\].*?(?=^(\[|#)|\Z)", "", source.read_text())
            put(target, re.sub(r"(?m)^criterion = .*\n", "", text).encode())
        elif name.startswith("benches/") or name == "Cargo.lock" and target.exists():
            continue
        elif name == "src/lib.rs":
            put(target, source.read_bytes() + b"#[allow(missing_docs)]\npub mod mutation;\n")
        else:
            put(target, source.read_bytes(), source)
    put(tree / "src/mutation.rs", RUNTIME.replace("COUNT", str(max((m["id"] for m in mutants), default=0) + 1)).encode())
    state["not_tried"] = {str(n): reason for n, reason in why.items()}
    save(work / "dropped.json", state)
    tried = len(mutants) - len(why) - len(state["dropped"])
    print(f"{len(mutants)} mutants: {len(why)} not tried, {len(state['dropped'])} dropped, {tried} in the program")


def put(path, data, like=None):
    if path.exists() and path.read_bytes() == data:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    if like:
        shutil.copymode(like, path)


def save(path, value):
    scratch = path.with_suffix(".tmp")
    scratch.write_text(json.dumps(value))
    scratch.replace(path)


def dropped_of(work):
    path = work / "dropped.json"
    return json.loads(path.read_text()) if path.exists() else {"dropped": {}, "styles": {}, "not_tried": {}}


# ---------------------------------------------------------------------------------------------------- compiling it


def cargo(work, *words):
    environment = dict(os.environ, CARGO_TARGET_DIR=str(work / "target"), RUSTFLAGS="--cap-lints allow",
                       CARGO_PROFILE_DEV_DEBUG="0", CARGO_INCREMENTAL="1",
                       CARGO_PROFILE_DEV_OPT_LEVEL=os.environ.get("SCHEMATA_OPT", "1"))
    return subprocess.Popen(["cargo", *words, "--message-format=json"], cwd=work / "tree", env=environment,
                            stdout=subprocess.PIPE, text=True)


MARK = re.compile(r"/\*([<>])([mg])(\d+)\*/")


def around(text, start, end):
    """The markers that stand around this place, innermost first."""
    stack, found = [], []
    for mark in MARK.finditer(text):
        if mark.group(1) == "<":
            stack.append((mark.group(2), int(mark.group(3)), mark.start()))
        else:
            kind, number, began = stack.pop()
            if began <= start and end <= mark.end():
                found.append((kind, number))
    return found


def check(work, rounds=20):
    for turn in range(rounds):
        make(work)
        state = dropped_of(work)
        texts, fresh, strange, failed, raised = {}, 0, [], 0, set()
        child = cargo(work, "test", "--no-run", "--no-default-features", "--lib")
        for line in child.stdout:
            message = json.loads(line)
            if message.get("reason") != "compiler-message" or message["message"]["level"] != "error":
                continue
            error = message["message"]
            failed += 1
            if (error["code"] or {}).get("code") == "E0004":
                # No arm may be left out of a match that has no other for what it takes.
                span = error["spans"][0]
                for number in arms_of_match((work / "tree" / span["file_name"]).read_bytes(), span["byte_start"]):
                    fresh += str(number) not in state["dropped"]
                    state["dropped"][str(number)] = error["message"]
                continue
            spans = [s for s in error["spans"] if s["is_primary"]] + [s for s in error["spans"] if not s["is_primary"]]
            for span in spans:
                path = work / "tree" / span["file_name"]
                if span["file_name"] not in texts:
                    texts[span["file_name"]] = path.read_bytes()
                raw = texts[span["file_name"]]
                # Offsets are bytes; the markers are ASCII, so bytes read as Latin-1 keep them.
                found = around(raw.decode("latin-1"), span["byte_start"], span["byte_end"])
                if found:
                    kind, number = found[0]
                    if kind == "m":
                        if str(number) not in state["dropped"]:
                            state["dropped"][str(number)] = error["message"]
                            fresh += 1
                    elif number not in raised:
                        raised.add(number)
                        style = state["styles"].get(str(number), 0) + 1
                        state["styles"][str(number)] = style
                        if style > 1:
                            group = group_of(work, number, state)
                            for each in group:
                                state["dropped"][str(each)] = "written either way: " + error["message"]
                        fresh += 1
                    break
            else:
                if error["spans"]:
                    strange.append(error["rendered"])
        child.wait()
        save(work / "dropped.json", state)
        print(f"round {turn + 1}: {failed} errors, {fresh} mutants or groups changed, {len(strange)} not understood", flush=True)
        for text in strange[:5]:
            print(text)
        if child.returncode == 0:
            return
        if not fresh:
            sys.exit("what is left has to be looked at; put numbers into dropped.json by hand")
    sys.exit("still does not compile")


def arms_of_match(raw, at):
    """The mutants that leave out an arm of the match whose scrutinee stands here."""
    import tree_sitter_rust
    from tree_sitter import Language, Parser

    node = Parser(Language(tree_sitter_rust.language())).parse(raw).root_node.descendant_for_byte_range(at, at)
    while node.type != "match_expression":
        node = node.parent
    return [int(n) for n in re.findall(rb"/\*<m(\d+)\*/!crate::mutation::on", node.text)]


def group_of(work, number, state):
    """All mutants of the operator that this one is of."""
    mutants = mutants_of(work)
    me = next(m for m in mutants if m["id"] == number)
    return [m["id"] for m in mutants if m["file"] == me["file"] and m["span"] == me["span"] and m["genre"] == me["genre"]]


def build(work, names):
    """Test programs, and which file is which."""
    words = ["test", "--no-run", "--no-default-features", "--lib"]
    for name in names:
        words += ["--test", name]
    child = cargo(work, *words)
    programs = json.loads((work / "programs.json").read_text()) if (work / "programs.json").exists() else {}
    for line in child.stdout:
        message = json.loads(line)
        if message.get("reason") == "compiler-message" and message["message"]["level"] == "error":
            print(message["message"]["rendered"])
        if message.get("reason") == "compiler-artifact" and message.get("executable") and message["profile"]["test"]:
            programs["lib" if "lib" in message["target"]["kind"] else message["target"]["name"]] = message["executable"]
    if child.wait():
        sys.exit("does not build")
    save(work / "programs.json", programs)
    print(programs)


# ---------------------------------------------------------------------------------------------------- running tests


def environment_for(mutant, record=None, scratch=None):
    environment = dict(os.environ)
    environment.update({VARIABLE: str(mutant), "PROPTEST_MAX_SHRINK_ITERS": "0", "INSTA_UPDATE": "no", "CI": "1",
                        "PROPTEST_DISABLE_FAILURE_PERSISTENCE": "1", "RUST_BACKTRACE": "0", "RAYON_NUM_THREADS": "2"})
    if record:
        environment[RECORD] = str(record)
    if scratch:
        environment["TMPDIR"] = str(scratch)
    return environment


def run_tests(work, program, tests, environment, limit):
    """"passed", "failed" or "timeout", and the first test that failed. The limit is in seconds of the processor, since
    the machine may be busy with other things; only what neither ends nor computes is stopped by the clock."""
    words = ["prlimit", f"--cpu={max(1, round(limit))}", program, "--exact", "--test-threads", "2", *tests]
    child = subprocess.Popen(words, cwd=work / "tree", env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, start_new_session=True)
    try:
        out, _ = child.communicate(timeout=60 + 20 * limit)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.communicate()
        return "timeout", tests[0]
    if child.returncode == 0:
        return "passed", ""
    if child.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        return "timeout", tests[0]
    failed = re.search(rb"^test (\S+)(?: - should panic)? \.\.\. FAILED", out, re.M)
    return "failed", failed.group(1).decode() if failed else f"ended with {child.returncode}"


def all_tests(work, program):
    out = subprocess.run([program, "--list", "--format", "terse"], cwd=work / "tree", check=True, stdout=subprocess.PIPE, text=True)
    return [line[: -len(": test")] for line in out.stdout.splitlines() if line.endswith(": test")]


def reach(work, names, workers, only, once):
    programs = json.loads((work / "programs.json").read_text())
    (work / "reach").mkdir(exist_ok=True)
    jobs = []
    for name in names or programs:
        for test in all_tests(work, programs[name]):
            if only and not re.match(only, test):
                continue
            if not (work / "reach" / f"{name}@{test}.json").exists():
                jobs.append((name, test))

    def one(job):
        name, test = job
        with tempfile.TemporaryDirectory(dir=work) as scratch:
            # In the noting run a first time, and once more as it is for how long it takes.
            record, began = Path(scratch) / "record", time.monotonic()
            verdict, _ = run_tests(work, programs[name], [test], environment_for(2**32 - 1, record, scratch), 600)
            if verdict == "passed" and not once:
                began = time.monotonic()
                verdict, _ = run_tests(work, programs[name], [test], environment_for(0, None, scratch), 600)
            took = time.monotonic() - began
            seen = sorted({int(n) for n in record.read_text().split()}) if record.exists() else []
        save(work / "reach" / f"{name}@{test}.json", {"verdict": verdict, "seconds": took, "mutants": seen})
        if verdict != "passed":
            print(f"{name} {test}: {verdict} without a mutant", flush=True)

    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        list(pool.map(one, jobs))
    print(len(jobs), "tests looked at")


def reached(work, kind):
    """For each mutant the tests that come by it: (seconds, program, test), those that fail by themselves left out."""
    by_mutant = {}
    for path in (work / "reach").glob("*.json"):
        name, test = path.stem.split("@", 1)
        if (kind == "lib") != (name == "lib"):
            continue
        told = json.loads(path.read_text())
        if told["verdict"] != "passed":
            continue
        for number in told["mutants"]:
            by_mutant.setdefault(number, []).append((told["seconds"], name, test))
    return {number: sorted(tests) for number, tests in by_mutant.items()}


def module_of(file):
    """`src/model/train/tests.rs` and `src/model/train.rs` are both model::train."""
    return "::".join(Path(file).with_suffix("").parts[1:]).removesuffix("::mod")


def results_of(work):
    """The last word on each mutant, by kind of test."""
    last = {"lib": {}, "program": {}}
    path = work / "results.jsonl"
    if path.exists():
        for line in path.read_text().splitlines():
            told = json.loads(line)
            last[told["kind"]][told["id"]] = told
    return last


def batches(tests, seconds=1.0):
    """The quickest first; as many in one run as take about a second together."""
    batch, sum_ = [], 0.0
    for took, program, test in tests:
        if batch and (sum_ + took > seconds or program != batch[0][1]):
            yield batch
            batch, sum_ = [], 0.0
        batch.append((took, program, test))
        sum_ += took
    if batch:
        yield batch


def run(work, options):
    programs = json.loads((work / "programs.json").read_text())
    state, done, tests = dropped_of(work), results_of(work), reached(work, options.kind)
    mutants = [m for m in mutants_of(work) if str(m["id"]) not in state["dropped"] and str(m["id"]) not in state["not_tried"]]
    todo = [m for m in mutants if options.sample in (None, m["sampled"])]
    if options.ids:
        wanted = {int(n) for n in Path(options.ids).read_text().split()}
        todo = [m for m in todo if m["id"] in wanted]
    if not options.again:
        todo = [m for m in todo if m["id"] not in done[options.kind]]
    if options.kind == "program":
        todo = [m for m in todo if done["lib"].get(m["id"], {}).get("verdict") == "lived"]
    todo.sort(key=lambda m: (not m["sampled"], MODULES_ORDER.index(m["file"].split("/")[1]), m["id"]))
    lock, results = threading.Lock(), open(work / "results.jsonl", "a")

    def one(mutant):
        mine = tests.get(mutant["id"], [])
        if options.kind == "lib":
            own = module_of(mutant["file"]) + "::"
            near = [t for t in mine if t[2].startswith(own)]
            plan = [near, [t for t in mine if not t[2].startswith(own)]]
        else:
            mine = [t for t in mine if t[0] <= options.longest]
            plan = [mine]
        verdict, by, ran, began = "lived", "", 0, time.monotonic()
        with tempfile.TemporaryDirectory(dir=work) as scratch:
            for part in plan:
                for batch in batches(part, options.batch):
                    took = sum(t[0] for t in batch)
                    limit = options.least + options.times * took
                    ran += len(batch)
                    outcome, first = run_tests(work, programs[batch[0][1]], [t[2] for t in batch],
                                               environment_for(mutant["id"], None, scratch), limit)
                    if outcome != "passed":
                        verdict, by = ("caught" if outcome == "failed" else "timeout"), f"{batch[0][1]} {first}"
                        break
                if by:
                    break
        told = {"id": mutant["id"], "kind": options.kind, "verdict": verdict, "by": by, "tests": len(mine), "ran": ran,
                "seconds": round(time.monotonic() - began, 2)}
        with lock:
            results.write(json.dumps(told) + "\n")
            results.flush()

    with concurrent.futures.ThreadPoolExecutor(options.workers) as pool:
        list(pool.map(one, todo))
    print(len(todo), "mutants tried")


MODULES_ORDER = ["model", "evaluate", "features"]


def show(work, options):
    state, done = dropped_of(work), results_of(work)
    counts, lived = {}, []
    for mutant in mutants_of(work):
        if options.sample and not mutant["sampled"]:
            continue
        key = str(mutant["id"])
        module = mutant["file"].split("/")[1]
        if key in state["dropped"]:
            what = "does not compile"
        elif key in state["not_tried"]:
            what = "not tried: " + state["not_tried"][key]
        else:
            first, second = done["lib"].get(mutant["id"]), done["program"].get(mutant["id"])
            if not first:
                what = "not yet tried"
            elif first["verdict"] == "lived" and second:
                what = "program " + second["verdict"]
            else:
                what = "lib " + first["verdict"]
            if what in ("lib lived", "program lived"):
                reached_by = first["tests"] + (second["tests"] if second else 0)
                lived.append((mutant, reached_by))
        for where in (module, "all"):
            counts.setdefault(what, {}).setdefault(where, 0)
            counts[what][where] += 1
    for what in sorted(counts):
        print(f"{what:40}", *(f"{where} {counts[what].get(where, 0):5}" for where in [*MODULES, "all"]))
    if options.lived:
        for mutant, by in lived:
            print(f"{mutant['id']:5} {'S' if mutant['sampled'] else ' '} by {by:3} tests  {name_of(mutant)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", choices=["list", "make", "check", "build", "reach", "run", "show"])
    parser.add_argument("work", type=Path)
    parser.add_argument("names", nargs="*", help="test programs (build, reach)")
    parser.add_argument("--only", help="tests whose names begin so, a regular expression (reach)")
    parser.add_argument("--once", action="store_true", help="how long a test takes is as long as it took noting (reach)")
    parser.add_argument("--kind", choices=["lib", "program"], default="lib")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--sample", action="store_const", const=True, help="only every eighth")
    parser.add_argument("--ids", help="file of numbers: only these")
    parser.add_argument("--again", action="store_true", help="also those that have a result")
    parser.add_argument("--lived", action="store_true", help="name those that live")
    parser.add_argument("--batch", type=float, default=1.0, help="seconds of tests in one run")
    parser.add_argument("--times", type=float, default=20.0, help="a run may take so many times as long as without a mutant")
    parser.add_argument("--least", type=float, default=10.0, help="and so many seconds more")
    parser.add_argument("--longest", type=float, default=60.0, help="program tests that take longer are left out")
    options = parser.parse_args()
    options.work = options.work.resolve()
    options.work.mkdir(parents=True, exist_ok=True)
    if options.step == "list":
        list_mutants(options.work)
    elif options.step == "make":
        make(options.work)
    elif options.step == "check":
        check(options.work)
    elif options.step == "build":
        build(options.work, options.names)
    elif options.step == "reach":
        reach(options.work, options.names, options.workers, options.only, options.once)
    elif options.step == "run":
        run(options.work, options)
    else:
        show(options.work, options)


if __name__ == "__main__":
    main()
