"""The questions of test/simulation/probes.cpp, asked of a real API server, with outcomes in the same words."""
import concurrent.futures
import http.client
import json
import threading
import urllib.parse

from harness import objects, wait
from harness.api import SNAPSHOTS, snapshot_path

NAMESPACE = "default"
LIST = f"{SNAPSHOTS}/namespaces/{NAMESPACE}/volumesnapshots"
CRD = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/volumesnapshots.snapshot.storage.k8s.io"
INITIAL_EVENTS_END = "k8s.io/initial-events-end"
SILENCE_SECONDS = 2.5
ANSWER_SECONDS = 15
FAR_AHEAD = 1000


def _version(item):
    return int(item["metadata"]["resourceVersion"])


def _json(text):
    try:
        return json.loads(text)
    except ValueError:
        return None


def _causes(status):
    return [cause["reason"] for cause in status.get("details", {}).get("causes", [])]


def _failure(status, retry_after, body):
    """An answer that is no success, in words. `body`: None where it is no JSON."""
    outcome = {"status": status}
    if retry_after is not None:
        outcome["retryAfter"] = retry_after
    if body is None:
        return {**outcome, "body": "text"}
    if "reason" in body:
        outcome["reason"] = body["reason"]
    if _causes(body):
        outcome["causes"] = _causes(body)
    if "continue" in body.get("metadata", {}):
        outcome["continue"] = True
    return outcome


def _word(event):
    """An event in words: its type, and what matters of its object."""
    thing = event["object"]
    if event["type"] == "ERROR":
        return " ".join(["ERROR", str(thing["code"]), thing["reason"], *_causes(thing)])
    if event["type"] == "BOOKMARK":
        end = thing["metadata"].get("annotations", {}).get(INITIAL_EVENTS_END)
        return "BOOKMARK" + (f" end={end}" if end is not None else "")
    return f"{event['type']} {thing['metadata']['name']}"


def _connect(api):
    return http.client.HTTPSConnection(api.host, api.port, context=api.context, timeout=ANSWER_SECONDS)


class Watch:
    """A watch, open from here on: what comes before it is read is kept by the connection."""

    def __init__(self, api, **parameters):
        self.connection = _connect(api)
        self.connection.request("GET", f"{LIST}?{urllib.parse.urlencode({'watch': 1, **parameters})}")
        self.answer = self.connection.getresponse()
        self.events = []

    def read(self, silence=ANSWER_SECONDS, enough=lambda event: False):
        """Until the stream ends, says nothing for `silence` seconds, or an event is `enough`. Returns the outcome."""
        try:
            if self.answer.status != 200:
                return _failure(self.answer.status, self.answer.getheader("Retry-After"), _json(self.answer.read()))
            end = self._read_events(silence, enough)
        finally:
            self.connection.close()
        words = []
        for event in self.events:  # a server may send bookmarks as often as it likes
            if not words or words[-1] != "BOOKMARK" or _word(event) != "BOOKMARK":
                words.append(_word(event))
        return {"status": 200, "events": words, "end": end}

    def _read_events(self, silence, enough):
        self.connection.sock.settimeout(silence)
        rest = b""
        while True:
            try:
                chunk = self.answer.read1(1 << 16)
            except TimeoutError:
                return "open"
            except (http.client.IncompleteRead, ConnectionError):
                return "cut"
            if not chunk:
                return "clean"
            *lines, rest = (rest + chunk).split(b"\n")
            self.events += [json.loads(line) for line in lines]
            if any(enough(json.loads(line)) for line in lines):
                return "open"


class Probes:
    """Asks everything, in an order in which no question spoils another one. The last deletes the CRD."""

    def __init__(self, plane):
        self.plane, self.api, self.etcd = plane, plane.api, plane.etcd()
        self.found = {}

    def outcomes(self):
        """Outcomes by the names of their probes."""
        try:
            for name in "cba":  # so that the order of names is not the order of versions
                self.create(name)
            self.ask_at_rest()
            self.ask_while_written()
            self.ask_after_compaction()
            self.ask_of_deleted_crd()
        finally:
            self.etcd.close()
        return self.found

    # What the questions are made of.

    def list(self, **parameters):
        """A list, whatever becomes of it: the outcome and the body, None where that is no JSON."""
        connection = _connect(self.api)
        try:
            connection.request("GET", f"{LIST}?{urllib.parse.urlencode(parameters)}")
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        body = _json(text)
        if answer.status != 200:
            return _failure(answer.status, answer.getheader("Retry-After"), body), body
        return {"status": 200, "names": [item["metadata"]["name"] for item in body["items"]]}, body

    def version(self):
        return _version(self.list()[1])

    def create(self, name):
        return self.api.call("POST", LIST, objects.snapshot(NAMESPACE, name, "none", "none"))

    def change(self, name, number=0):
        path = snapshot_path(NAMESPACE, name)
        return self.api.merge_patch(path, {"metadata": {"annotations": {"number": str(number)}}})

    def streamed(self, **parameters):
        """The parameters of a streamed list; None takes one out."""
        whole = {"sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan", "allowWatchBookmarks": "true",
                 **parameters}
        return Watch(self.api, **{name: value for name, value in whole.items() if value is not None})

    # The questions.

    def ask_at_rest(self):
        """Those that need no writes are asked side by side, since some of them are answered by silence."""
        before, here = _version(self.api.get(snapshot_path(NAMESPACE, "b"))), self.version()
        ahead = here + FAR_AHEAD

        def watched(**parameters):
            return lambda: Watch(self.api, **parameters).read(SILENCE_SECONDS)

        def streamed(**parameters):
            return lambda: self.streamed(**parameters).read(SILENCE_SECONDS)

        questions = {
            "a watch from a version ahead": watched(resourceVersion=ahead, allowWatchBookmarks="true"),
            "a list of one, not older than a version ahead": lambda: self.list(
                limit=1, resourceVersion=ahead, resourceVersionMatch="NotOlderThan")[0],
            "a streamed list, not older than a version ahead": lambda: self.streamed(resourceVersion=ahead).read(),
            "a streamed list": self.whole_streamed_list,
            "a streamed list without bookmarks": streamed(allowWatchBookmarks=None),
            "a streamed list without resourceVersionMatch": streamed(resourceVersionMatch=None),
            "a streamed list with resourceVersionMatch=Exact": streamed(resourceVersionMatch="Exact", resourceVersion=here),
            "a plain watch with resourceVersionMatch": watched(resourceVersion=here, resourceVersionMatch="NotOlderThan"),
            "a watch from garbage": watched(resourceVersion="garbage"),
            "a list, not older than garbage": lambda: self.list(
                resourceVersion="garbage", resourceVersionMatch="NotOlderThan")[0],
            "a streamed list, not older than garbage": streamed(resourceVersion="garbage"),
            "a watch that the server ends": lambda: self.ended_watch(before),
        }
        with concurrent.futures.ThreadPoolExecutor(len(questions)) as pool:
            asked = {name: pool.submit(question) for name, question in questions.items()}
        self.found.update({name: question.result() for name, question in asked.items()})

    def whole_streamed_list(self):
        watch = self.streamed()
        outcome = watch.read(enough=lambda event: event["type"] == "BOOKMARK")
        *versions, end = [_version(event["object"]) for event in watch.events]
        return {**outcome, "objects in the order of versions": versions == sorted(versions),
                "end as new as the objects": end >= max(versions)}

    def ended_watch(self, before):
        """A bookmark has to be newer than what a watch began with: something else is written, and a list has it noticed."""
        watch = Watch(self.api, resourceVersion=before, allowWatchBookmarks="true", timeoutSeconds=5)
        self.api.merge_patch(f"/api/v1/namespaces/{NAMESPACE}", {"metadata": {"annotations": {"number": "1"}}})
        self.version()
        outcome = watch.read()
        versions = [_version(event["object"]) for event in watch.events]
        return {**outcome, "bookmark newer than the object": versions[-1] > versions[0]}

    def ask_while_written(self):
        pages, versions, token, after_first = [], set(), None, None
        while token != "":
            outcome, body = self.list(limit=1, **({"continue": token} if token else {}))
            pages.append(outcome["names"])
            versions.add(_version(body))
            token = body["metadata"].get("continue", "")
            if after_first is None:
                after_first = token
                self.change("c")
        self.found["a list in pages, with a write between them"] = {"pages": pages, "of one version": len(versions) == 1}
        here = self.version()
        self.found["a page by a token and a version"] = self.list(
            **{"continue": after_first}, limit=1, resourceVersion=here)[0]

        first = self.api.get(snapshot_path(NAMESPACE, "a"))
        self.change("b")
        self.api.call("DELETE", snapshot_path(NAMESPACE, "a"))
        self.create("a")
        watch = Watch(self.api, resourceVersion=here, timeoutSeconds=2)
        outcome = watch.read()
        numbers = [_version(event["object"]) for event in watch.events]
        _, gone, again = [event["object"]["metadata"] for event in watch.events]
        self.found["a watch over a deletion and the same name again"] = {
            **outcome, "each newer than the one before": numbers == sorted(set(numbers)),
            "deletion newer than the object": _version({"metadata": gone}) > _version(first),
            "uid of the deleted": gone["uid"] == first["metadata"]["uid"], "another uid again": again["uid"] != gone["uid"]}

        ahead = self.version() + 4
        watch = Watch(self.api, resourceVersion=ahead)
        for number in range(1, 11):
            self.change("c", number)
        watch.read(enough=lambda event: event["object"]["metadata"]["annotations"]["number"] == "10")
        numbers = [_version(event["object"]) for event in watch.events]
        self.found["a watch from a version ahead that writes overtake"] = {
            "tells some": bool(numbers), "tells all": len(numbers) == 10,
            "tells only newer ones": all(number > ahead for number in numbers)}

    def ask_after_compaction(self):
        """Only etcd is compacted; the API server's own history ends with the CRD's change, which is asked about on the way."""
        _, page = self.list(limit=1)
        self.change("c", "compacted")
        self.etcd.compact()
        watch = Watch(self.api, resourceVersion=self.version(), allowWatchBookmarks="true")
        versions = self.api.get(CRD)["spec"]["versions"]
        versions[0]["additionalPrinterColumns"].pop()
        ended = threading.Event()
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            refusal = pool.submit(self.first_refusal, ended)
            try:
                self.api.merge_patch(CRD, {"spec": {"versions": versions}})
                self.found["a watch while the CRD changes"] = watch.read()
            finally:
                ended.set()
            self.found["a list while the CRD changes"] = refusal.result()
        wait.until("lists after the CRD's change", lambda: self.list()[0]["status"] == 200)

        self.found["a page by a token that expired"], refusal = self.list(
            limit=5, **{"continue": page["metadata"]["continue"]})
        outcome, body = self.list(limit=5, **{"continue": refusal["metadata"]["continue"]})
        self.found["a page by the token that comes with the refusal"] = {
            **outcome, "newer than the first page": _version(body) > _version(page)}
        self.found["a watch from a version that is compacted"] = Watch(self.api, resourceVersion=_version(page)).read()

    def first_refusal(self, ended):
        """Of lists that follow one another until `ended`; None if all are answered."""
        while not ended.is_set():
            outcome, _ = self.list()
            if outcome["status"] != 200:
                return outcome
        return None

    def ask_of_deleted_crd(self):
        watch = Watch(self.api, resourceVersion=self.version(), allowWatchBookmarks="true")
        self.api.call("DELETE", CRD)
        outcome = watch.read()
        # Nothing promises an order between objects.
        self.found["a watch while the CRD is deleted"] = {**outcome, "events": sorted(outcome["events"])}
        wait.until("the CRD to be gone", lambda: self.list()[0]["status"] == 404)
        self.found["a list without the CRD"] = self.list()[0]
