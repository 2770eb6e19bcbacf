"""The servers that the scenarios start: our gateway with many sites, and Orthanc beside it. Python 3 alone.

Each scenario works in a fresh folder below $BENCH_DIR (build/bench unless set) and removes it at its end; with $BENCH_KEEP
set, who set it removes it. ext4 passes over inodes that were freed in the last minutes one by one, so that creating files
takes many times longer after a mass deletion: a run must not follow another one's cleaning up.
"""
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
PROGRAMS = os.path.join(TOP, "build", "release", "bin")
GATEWAY = os.environ.get("QIANLI_GATEWAY", os.path.join(PROGRAMS, "qianli-gateway"))
LOAD = os.environ.get("QIANLI_BENCH_LOAD", os.path.join(PROGRAMS, "qianli-bench"))
WORK = os.environ.get("BENCH_DIR", os.path.join(TOP, "build", "bench"))
TICKS = os.sysconf("SC_CLK_TCK")


def say(text):
    print(text, file=sys.stderr, flush=True)


def need(program):
    if not shutil.which(program):
        sys.exit("%s is missing; first: cmake --build --preset release --target qianli-gateway qianli-bench" % program)


def load(command, **options):
    """Runs qianli-bench with --name value pairs; gives its figures."""
    words = [LOAD, command]
    for name, value in options.items():
        words += ["--" + name.replace("_", "-"), str(value)]
    need(LOAD)
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        sys.exit("%s ended with %d" % (" ".join(words), done.returncode))
    return json.loads(done.stdout)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@contextlib.contextmanager
def scratch():
    """A folder of this run on the disk that is measured."""
    os.makedirs(WORK, exist_ok=True)
    # Folders in here are spread over the disk, away from what earlier runs freed.
    subprocess.run(["chattr", "+T", WORK], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    folder = tempfile.mkdtemp(prefix="run-", dir=WORK)
    try:
        yield folder
    finally:
        if not os.environ.get("BENCH_KEEP"):
            shutil.rmtree(folder, ignore_errors=True)


def need_space(folder, size):
    free = shutil.disk_usage(folder).free
    if free < size + (2 << 30):
        sys.exit("%.0f GB are free below %s; this run needs %.0f GB" % (free / 1e9, folder, size / 1e9))


class Server:
    """A process that serves DICOM at 127.0.0.1."""
    name = aet = None

    def __init__(self, folder):
        self.folder, self.port, self.process, self.runs, self.log = folder, free_port(), None, 0, None
        os.makedirs(folder, exist_ok=True)

    def command_line(self):
        raise NotImplementedError

    def wait_ready(self):
        raise NotImplementedError

    def start(self, *before):
        """Seconds until it accepts work. `before`: a program that starts it, with arguments."""
        self.runs += 1
        self.log = os.path.join(self.folder, "log-%d" % self.runs)
        begin = time.monotonic()
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen([*before, *self.command_line()], stdin=subprocess.DEVNULL,
                                            stdout=subprocess.PIPE, stderr=log, cwd=self.folder,
                                            env=dict(os.environ, TCP_NODELAY="1"), text=True)
        self.wait_ready()
        seconds = time.monotonic() - begin
        threading.Thread(target=self.process.stdout.read, daemon=True).start()   # never let it wait for us
        return seconds

    def failed(self):
        with open(self.log, errors="replace") as log:
            sys.exit("%s did not become ready: %s" % (self.name, log.read()[-800:]))

    def stop(self):
        if self.process:
            self.process.terminate()
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process = None

    def proc(self, name):
        with open("/proc/%d/%s" % (self.process.pid, name)) as f:
            return f.read()

    def cpu(self):
        """CPU seconds up to now, of ended children too."""
        return sum(int(x) for x in self.proc("stat").rsplit(")", 1)[1].split()[11:15]) / TICKS

    def memory(self):
        """What it takes now: bytes and counts."""
        status = dict(line.split(":", 1) for line in self.proc("status").splitlines())
        return {"rss": int(status["VmRSS"].split()[0]) << 10, "rssPeak": int(status["VmHWM"].split()[0]) << 10,
                "threads": int(status["Threads"]), "descriptors": len(os.listdir("/proc/%d/fd" % self.process.pid))}


class Gateway(Server):
    """`sites`: how many towns there are besides the console of 127.0.0.1; `dicom`: more keys of [dicom]."""
    name, aet = "ours", "QIANLI"

    def __init__(self, folder, sites=0, **dicom):
        super().__init__(folder)
        need(GATEWAY)
        keys = {"ae_title": self.aet, "port": self.port, "disk_reserve": "1 GiB", "max_associations_per_site": 64, **dicom}
        idle = keys.pop("idle", "60 s")
        text = ['data = "data"', "[dicom]", *("%s = %s" % (k, json.dumps(v)) for k, v in keys.items()),
                "[dicom.limits]", 'idle = "%s"' % idle, "[http]", "port = 0"]
        addresses = ["127.0.0.1"] + ["127.0.%d.%d" % (2 + i // 250, 1 + i % 250) for i in range(sites)]
        for i, address in enumerate(addresses):
            text += ["[[site]]", 'id = "town%d"' % i, 'callers = [{ ae_title = "*", address = "%s" }]' % address,
                     'allow = ["echo", "store", "find", "get"]']
        self.configuration = os.path.join(folder, "gateway.toml")
        with open(self.configuration, "w") as f:
            f.write("\n".join(text) + "\n")
        self.data = os.path.join(folder, "data")

    def command_line(self):
        return [GATEWAY, "serve", "--config", self.configuration]

    def wait_ready(self):
        for line in self.process.stdout:
            if line.startswith("ready"):
                return
        self.failed()

    def ask(self, *words):
        """qianli-gateway words... --json"""
        done = subprocess.run([GATEWAY, "--config", self.configuration, *words, "--json"], stdout=subprocess.PIPE, text=True,
                              check=True)
        return json.loads(done.stdout)


class Orthanc(Server):
    """As fast as its documentation lets it be without giving up syncing files; no HTTP, no plug-ins."""
    name, aet = "orthanc", "ORTHANC"

    def __init__(self, folder, sites=0, **_):
        super().__init__(folder)
        need("Orthanc")
        self.data = os.path.join(folder, "data")
        self.configuration = os.path.join(folder, "orthanc.json")
        with open(self.configuration, "w") as f:
            json.dump({"Name": "bench", "StorageDirectory": self.data, "IndexDirectory": self.data, "Plugins": [],
                       "HttpServerEnabled": False, "DicomAet": self.aet, "DicomPort": self.port,
                       "DicomAlwaysAllowFind": True, "DicomAlwaysAllowGet": True, "MaximumPduLength": 131072,
                       "DicomThreadsCount": max(4, min(sites + 4, 100)), "DicomScpTimeout": 600}, f)

    def command_line(self):
        return ["Orthanc", self.configuration]

    def wait_ready(self):
        for _ in range(3000):
            if self.process.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                time.sleep(.02)
        self.failed()


SERVERS = {"ours": Gateway, "orthanc": Orthanc}


def busy():
    """CPU seconds that this machine has spent on anything."""
    with open("/proc/stat") as f:
        times = [int(x) for x in f.readline().split()[1:9]]
    return (sum(times) - times[3] - times[4]) / TICKS


class Watch:
    """What a server took while this was open: the most of everything, its CPU seconds, and those of everybody else on this
    machine but the sender (the kernel's writing included): where `others` is large, something disturbed the run."""

    def __init__(self, server):
        self.server, self.most, self.over, self.cpu, self.others = server, {}, threading.Event(), 0, 0

    def look(self):
        while not self.over.wait(.25):
            with contextlib.suppress(OSError, KeyError):
                for name, value in self.server.memory().items():
                    self.most[name] = max(value, self.most.get(name, 0))

    def __enter__(self):
        self.begin = busy(), self.server.cpu(), sum(os.times()[:4])
        self.thread = threading.Thread(target=self.look)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()
        everything, self.cpu, sender = (after - before for after, before in
                                        zip((busy(), self.server.cpu(), sum(os.times()[:4])), self.begin))
        self.others = everything - self.cpu - sender
