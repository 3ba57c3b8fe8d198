"""Runs tests of a TestKit checkout, which has to be the current directory.

    suite.py list TARGET...   writes {class: [test ids]} as JSON
    suite.py work COMMAND...  starts the backend COMMAND, reads one JSON list of test ids a line, and writes a JSON object
                              a line for each test, then {"done": true}

Targets are dotted names of packages, modules, classes or tests. A test has one outcome, whatever its sub-tests do: fail,
error, pass or skip, the first of these that applies. Stub servers are forked from this process, where the parser of their
scripts is loaded already: an interpreter for each would take most of the time of a run.
"""

import contextlib
import io
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import types
import unittest

sys.path.insert(0, os.getcwd())
SEVERITY = ["skip", "pass", "error", "fail"]


class ForkedStub:
    """As much of subprocess.Popen as the suite uses for its stub servers."""

    def __init__(self, command, **_):
        self.returncode = None
        out, out_end = os.pipe()
        err, err_end = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            self._serve(command[command.index("boltstub"):], out_end, err_end)
        os.close(out_end)
        os.close(err_end)
        self.stdout = open(out, encoding="utf-8")
        self.stderr = open(err, encoding="utf-8")

    @staticmethod
    def _serve(arguments, out, err):
        """Never returns."""
        code = 1
        try:
            os.dup2(out, 1)
            os.dup2(err, 2)
            os.closerange(3, 4096)
            sys.stdout = open(1, "w", encoding="utf-8", buffering=1, closefd=False)
            sys.stderr = open(2, "w", encoding="utf-8", buffering=1, closefd=False)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            sys.argv = arguments
            import boltstub.__main__
            boltstub.__main__.main()
            code = 0
            threading._shutdown()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        except KeyboardInterrupt:
            # The parent has to see that it was the signal.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGINT)
        except BaseException as error:
            print(repr(error), file=sys.stderr)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def poll(self):
        return self._collect(os.WNOHANG)

    def wait(self):
        return self._collect(0)

    def kill(self):
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)

    def _collect(self, options):
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, options)
            if pid != 0:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode


class Outcomes(unittest.TestResult):
    """Writes a line for each test."""

    def __init__(self, write):
        super().__init__()
        self._write = write
        self._row = None

    def startTest(self, test):
        super().startTest(test)
        self._begin(test.id())

    def stopTest(self, test):
        super().stopTest(test)
        self._end()

    def addSuccess(self, test):
        self._note("pass")

    def addSkip(self, test, reason):
        self._note("skip", reason)

    def addFailure(self, test, err):
        self._note("fail", self._last_line(err), err)

    def addError(self, test, err):
        if self._row is not None:
            return self._note("error", self._last_line(err), err)
        # What belongs to a class or module as a whole.
        self._begin(test.id())
        self._note("error", self._last_line(err), err)
        self._end()

    def addSubTest(self, test, subtest, err):
        if err is None:
            self._note("pass")
        elif issubclass(err[0], test.failureException):
            self._note("fail", self._last_line(err), err)
        else:
            self._note("error", self._last_line(err), err)

    def addExpectedFailure(self, test, err):
        self._note("pass")

    def addUnexpectedSuccess(self, test):
        self._note("fail", "unexpected success")

    def _begin(self, test_id):
        self._row = {"id": test_id, "outcome": "skip", "why": "", "trace": ""}
        self._started = time.monotonic()

    def _note(self, outcome, why="", err=None):
        row = self._row
        if SEVERITY.index(outcome) > SEVERITY.index(row["outcome"]) or row["why"] == "":
            row["why"] = why
        row["outcome"] = max(outcome, row["outcome"], key=SEVERITY.index)
        if err is not None:
            row["trace"] += self._exc_info_to_string(err, self)

    def _end(self):
        self._write({**self._row, "seconds": round(time.monotonic() - self._started, 2)})
        self._row = None

    def _exc_info_to_string(self, err, test):
        import traceback
        return "".join(traceback.format_exception(*err))

    @staticmethod
    def _last_line(err):
        return f"{err[0].__name__}: {' '.join(str(err[1]).split())}"[:500]


def cases(suite):
    for each in suite:
        if isinstance(each, unittest.TestSuite):
            yield from cases(each)
        else:
            yield each


def listed(targets):
    """Tests by class, each once: classes are found again where other modules import them."""
    loader = unittest.TestLoader()
    found = {}
    for target in targets:
        folder = os.path.join(*target.split("."))
        suite = loader.discover(folder, top_level_dir=".") if os.path.isdir(folder) \
            else loader.loadTestsFromName(target)
        for case in cases(suite):
            ids = found.setdefault(case.id().rsplit(".", 1)[0], [])
            if case.id() not in ids:
                ids.append(case.id())
    return found


def started(command):
    backend = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sys.stderr)
    address = os.environ["TEST_BACKEND_HOST"], int(os.environ["TEST_BACKEND_PORT"])
    for _ in range(600):
        with contextlib.suppress(OSError):
            socket.create_connection(address, 1).close()
            return backend
        if backend.poll() is not None:
            break
        time.sleep(0.05)
    sys.exit(f"the backend does not listen on {address[0]}:{address[1]}")


def work(command):
    import boltstub.__main__  # noqa: F401, for its grammar
    import tests.stub.shared
    tests.stub.shared.subprocess = types.SimpleNamespace(Popen=ForkedStub, PIPE=None)
    real = sys.stdout

    def write(row):
        real.write(json.dumps(row) + "\n")
        real.flush()

    backend = started(command)
    try:
        loader = unittest.TestLoader()
        for line in sys.stdin:
            # What the suite prints of its stub servers is kept with the test that it is about.
            with contextlib.redirect_stdout(io.StringIO()) as printed:
                def tell(row):
                    row["trace"] += printed.getvalue() if row["outcome"] in ("fail", "error") else ""
                    printed.seek(0)
                    printed.truncate()
                    write(row)
                loader.loadTestsFromNames(json.loads(line)).run(Outcomes(tell))
            write({"done": True})
    finally:
        backend.terminate()
        backend.wait()


if sys.argv[1] == "list":
    json.dump(listed(sys.argv[2:]), sys.stdout)
else:
    work(sys.argv[2:])
