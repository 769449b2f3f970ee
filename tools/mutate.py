#!/usr/bin/env python3
"""Takes rules of the list/watch protocol out of the code, one at a time, and looks whether exactly its test turns red.

Each test/mutations/rule-NN*.patch is applied to a copy of the tree; then the tests named `rule N: ...` run, each in a process of
its own. Each test/mutations/planted/*.patch is a bug that only the simulation can find, and it must. Run by ./dev mutate.
"""
import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as xml

ROOT = pathlib.Path(__file__).resolve().parent.parent
MUTATIONS = ROOT / "test" / "mutations"
RULES = range(1, 36)
PROGRAMS = ("unit_informers_protocol", "unit_kube")
SIMULATION = "simulation"
TEST_LIMIT = 60  # seconds; a mutant may hang
SEEDS = 3000  # that a planted bug has to be found in


def run(*command, cwd=None, limit=None, check=True):
    done = subprocess.run(command, cwd=cwd, timeout=limit, text=True, capture_output=True, check=False)
    if check and done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
    return done


def hunks_of(patch):
    """(file, lines before, lines after) of each hunk of a unified diff."""
    name, hunks = "", []
    for line in patch.read_text().splitlines(keepends=True):
        if line.startswith("+++ b/"):
            name = line[6:].strip()
        elif line.startswith("@@"):
            hunks.append((name, [], []))
        elif hunks and line[0] in " -+" and not line.startswith("--- "):
            if line[0] != "+":
                hunks[-1][1].append(line[1:])
            if line[0] != "-":
                hunks[-1][2].append(line[1:])
    return [(name, "".join(before), "".join(after)) for name, before, after in hunks]


def apply(patch, root, reverse=False, write=True):
    """By the lines' text, wherever they have moved to. What is wrong, or nothing."""
    hunks = hunks_of(patch)
    for name, before, after in hunks:
        if reverse:
            before, after = after, before
        path = root / name
        text = path.read_text()
        if text.count(before) != 1:
            return f"{patch.relative_to(ROOT)} does not apply to {name} any more"
        if write:
            path.write_text(text.replace(before, after))
    return "" if hunks else f"{patch.relative_to(ROOT)} changes nothing"


def rule_of(name):
    return int(re.match(r"rule[ -]0*(\d+)", name).group(1))


class Copy:
    """A copy of the checkout with a build of its own: small optimisation costs more than the tests' time."""

    def __init__(self, directory):
        self.source, self.build = directory / "source", directory / "build"
        files = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=ROOT).stdout.split("\0")
        wanted = {name for name in files if name and (ROOT / name).is_file()}
        for name in wanted:
            target = self.source / name
            target.parent.mkdir(parents=True, exist_ok=True)
            content = (ROOT / name).read_bytes()
            if not target.is_file() or target.read_bytes() != content:
                target.write_bytes(content)
        for path in [path for path in self.source.rglob("*") if path.is_file()]:
            if str(path.relative_to(self.source)) not in wanted:
                path.unlink()
        launcher = ["-DCMAKE_CXX_COMPILER_LAUNCHER=ccache"] if shutil.which("ccache") else []
        run("cmake", "-G", "Ninja", "-S", self.source, "-B", self.build, "-DCMAKE_BUILD_TYPE=Debug",
            "-DCMAKE_CXX_FLAGS_DEBUG=-O1", *launcher)

    def make(self, jobs, *programs):
        return run("cmake", "--build", self.build, f"-j{jobs}", "--target", *programs, check=False)

    def patch(self, patch, reverse=False):
        problem = apply(patch, self.source, reverse)
        if problem:
            sys.exit(problem)

    def tests(self, program):
        listing = run(self.build / program, "rule *", "--list-tests", "--reporter", "xml").stdout
        return [name.text for name in xml.fromstring(listing).iter("Name") if name.text.startswith("rule ")]

    def is_green(self, program, test):
        try:
            escaped = test.replace("\\", "\\\\").replace(",", "\\,").replace("[", "\\[")
            return run(self.build / program, escaped, limit=TEST_LIMIT, check=False).returncode == 0
        except subprocess.TimeoutExpired:
            return False

    def red_rules(self, tests):
        return sorted({rule_of(test) for program, test in tests if not self.is_green(program, test)})


def documented():
    """Rule -> names of tests, from the table of docs/protocol.md."""
    rules = {}
    for line in (ROOT / "docs" / "protocol.md").read_text().splitlines():
        row = re.match(r"\| (\d+) \|.*\| (.+) \|$", line)
        if row:
            rules[int(row.group(1))] = re.findall(r"`(rule \d+: [^`]+)`", row.group(2))
    return rules


def check():
    """What can be said without a build: each rule is documented with tests that exist, and has a patch that applies."""
    problems = []
    code = " ".join(path.read_text() for folder in ("informers", "kube")
                    for path in (ROOT / "test" / "unit" / folder).glob("protocol*_test.cpp"))
    names = set(re.findall(r'"(rule \d+: [^"]+)"', code))
    rules = documented()
    for rule in RULES:
        if not rules.get(rule):
            problems.append(f"docs/protocol.md names no test for rule {rule}")
        if not list(MUTATIONS.glob(f"rule-{rule:02}*.patch")):
            problems.append(f"test/mutations has no patch for rule {rule}")
    listed = {name for tests in rules.values() for name in tests}
    problems += [f"docs/protocol.md names a test that is not there: {name}" for name in sorted(listed - names)]
    problems += [f"docs/protocol.md does not name the test {name}" for name in sorted(names - listed)]
    problems += [problem for patch in sorted(MUTATIONS.rglob("*.patch")) if (problem := apply(patch, ROOT, write=False))]
    for problem in problems:
        print(problem)
    return 1 if problems else 0


def mutate_rules(copy, patches, jobs):
    tests = [(program, test) for program in PROGRAMS for test in copy.tests(program)]
    red = copy.red_rules(tests)
    if red:
        sys.exit(f"rules {red} are red without any mutation")
    failures = 0
    for patch in patches:
        expected, begun = rule_of(patch.stem), time.monotonic()
        copy.patch(patch)
        built = copy.make(jobs, *PROGRAMS)
        red = copy.red_rules(tests) if built.returncode == 0 else "does not compile"
        copy.patch(patch, reverse=True)
        good = red == [expected]
        failures += not good
        print(f"| {patch.stem:34} | {'red: ' + str(red) if built.returncode == 0 else red:28} "
              f"| {'ok' if good else 'WRONG':5} | {time.monotonic() - begun:5.0f} s |", flush=True)
    return failures


def find_planted(copy, patches, jobs):
    failures = 0
    for patch in patches:
        begun = time.monotonic()
        copy.patch(patch)
        built = copy.make(jobs, SIMULATION)
        found, what = False, "does not compile"
        if built.returncode == 0:
            ran = run(copy.build / SIMULATION, "--seeds", str(SEEDS), limit=1800, check=False)
            what = next((line for line in ran.stdout.splitlines() if line.startswith("seed ")), "not found")
            found = ran.returncode == 1 and what != "not found"
        copy.patch(patch, reverse=True)
        failures += not found
        print(f"| {patch.stem:34} | {what[:76]:76} | {'found' if found else 'MISSED':6} | {time.monotonic() - begun:5.0f} s |",
              flush=True)
    return failures


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="patches by the beginning of their names; without: all")
    parser.add_argument("--check", action="store_true", help="only whether documents, tests and patches belong together")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--directory", type=pathlib.Path, default=ROOT / "build" / "mutate")
    options = parser.parse_args()
    if options.check:
        return check()

    def chosen(folder):
        return [patch for patch in sorted(folder.glob("*.patch"))
                if not options.names or any(patch.stem.startswith(name) for name in options.names)]

    rules, planted = chosen(MUTATIONS), chosen(MUTATIONS / "planted")
    if not rules and not planted:
        sys.exit("no such patch")
    copy = Copy(options.directory)
    failures = 0
    if rules:
        built = copy.make(options.jobs, *PROGRAMS)
        if built.returncode != 0:
            sys.exit(built.stdout[-4000:])
        failures += mutate_rules(copy, rules, options.jobs)
    if planted:
        built = copy.make(options.jobs, SIMULATION)
        if built.returncode != 0:
            sys.exit(built.stdout[-4000:])
        failures += find_planted(copy, planted, options.jobs)
    print(f"{len(rules)} rules taken out, {len(planted)} bugs planted: {failures} not as they should be")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
