"""What diagnosis tells: findings in the ledger, from their beginning to their end."""
from . import objects
from .api import snapshot_path
from .case import ClusterCase

# Errors that retrying may end, and deletions, are told after half a minute; the rest is for a slow machine.
BEGIN_SECONDS = 90
# A failed sidecar tries again within seconds here, and an error that vanishes without a successor is held for ten.
END_SECONDS = 60


def stuck_after(duration):
    """The annotation by which an object sets its own threshold: tests have less patience than people."""
    return {"snaptrail.io/stuck-after": duration}


class FindingCase(ClusterCase):
    """A cluster in which everything is broken at once, each cause in a namespace of its own.

    prepare() breaks it, so that the waiting times of all causes pass together; each test looks at one, mends it, and sees its
    finding end.
    """

    controllers = True

    @classmethod
    def prepare(cls):
        cls.snaptrail = cls.daemon().start_ready()
        cls.break_everything()

    @classmethod
    def break_everything(cls):
        raise NotImplementedError

    # Breaking.

    @classmethod
    def driver_of(cls, name, *flags, kubeconfig=None, **faults):
        """A driver of that name with these faults, a csi-snapshotter, and classes: NAME-retain and NAME-delete."""
        driver = cls.plane.add_driver(name, **faults).start_snapshotter(*flags, kubeconfig=kubeconfig)
        cls.plane.kubectl.apply(objects.snapshot_class(f"{name}-retain", "Retain", name),
                                objects.snapshot_class(f"{name}-delete", "Delete", name))
        return driver

    @classmethod
    def bound_claims(cls, namespaces, driver=None):
        """Claims named data, each in a new namespace, of provisioned volumes; or of a volume of `driver` that was there."""
        items = []
        for namespace in namespaces:
            items.append(objects.namespace(namespace))
            if driver is None:
                items.append(objects.claim(namespace, "data", "mock"))
                continue
            volume = f"volume-{namespace}"
            items += [objects.volume(volume, (namespace, "data"), objects.csi_source(driver, volume)),
                      objects.claim(namespace, "data", "", volume=volume)]
        cls.plane.kubectl.apply(*items)
        for namespace in namespaces:
            cls.until_bound(namespace, "data")

    @classmethod
    def lose_patience(cls, namespace, name="s", duration="10s"):
        """Of a VolumeSnapshot in the phase that is meant to last; those before it had the time that they need."""
        cls.plane.api.merge_patch(snapshot_path(namespace, name), {"metadata": {"annotations": stuck_after(duration)}})

    @classmethod
    def until_bound(cls, namespace, name):
        cls.plane.kubectl("wait", "-n", namespace, f"pvc/{name}", "--for=jsonpath={.status.phase}=Bound", "--timeout=60s",
                          timeout=90)

    @classmethod
    def until_snapshot_ready(cls, namespace, name="s"):
        cls.plane.kubectl("wait", "-n", namespace, f"volumesnapshot/{name}", "--for=jsonpath={.status.readyToUse}=true",
                          "--timeout=60s", timeout=90)

    @classmethod
    def delete(cls, kind, name, namespace=None):
        """Asks for the deletion, and doesn't wait for it."""
        where = ["-n", namespace] if namespace else []
        cls.plane.kubectl("delete", kind, name, *where, "--wait=false")

    # Looking.

    def finding(self, reason, kind, namespace, name, seconds=BEGIN_SECONDS):
        """The row with which the finding began; it must not have ended."""
        began = self.snaptrail.until(
            f"{reason} of {kind} {namespace}/{name}; findings there: {self.told(namespace)}",
            lambda: [row for row in self._rows_of(reason, kind, namespace, name) if row["finding"]["event"] == "began"],
            seconds)[-1]
        self.assertEqual(self._ends(began), [], "it ended before its cause did")
        return began

    def _rows_of(self, reason, kind, namespace, name):
        return self.snaptrail.rows(type="finding", reason=reason, kind=kind, namespace=namespace, name=name)

    def _ends(self, began):
        return [row for row in self.snaptrail.rows(type="finding", reason=began["reason"], uid=began["uid"])
                if row["finding"]["event"] == "ended" and row["seq"] > began["seq"]]

    def until_ended(self, began, seconds=END_SECONDS):
        """The row with which the finding ended, and nothing of it after that."""
        end = self.snaptrail.until(f"the end of {began['reason']} of {began['kind']} {began['name']}",
                                   lambda: self._ends(began), seconds)[0]
        self.assertEqual((end["namespace"], end["name"], end["finding"]["since"]),
                         (began["namespace"], began["name"], began["finding"]["since"]))
        later = [row["finding"]["event"] for row in self.snaptrail.rows(type="finding", reason=began["reason"], uid=began["uid"])
                 if row["seq"] > end["seq"]]
        self.assertEqual(later, [])
        return end

    def told(self, namespace):
        """The reasons of all findings that there have been in a namespace.

        But for the snapshot-controller's haste: how many snapshots wait for it at once is up to the machine.
        """
        return sorted({row["reason"] for row in self.snaptrail.rows(type="finding", namespace=namespace)}
                      - {"ControllerThrottled"})

    def assert_is(self, began, category, severity, rank=0):
        self.assertEqual((began["finding"]["category"], began["finding"]["severity"], began["finding"]["detail"]["rank"]),
                         (category, severity, rank))
        self.assertFalse(began["finding"]["baseline"])

    def assert_evidence(self, began, source, what, text):
        """One of the marks is from that source, of that name, and has that text in it."""
        evidence = began["finding"]["detail"]["evidence"]
        self.assertTrue([mark for mark in evidence if mark["source"] == source and mark["what"] == what
                         and text in (mark["text"] or "")], f"no {source} {what!r} with {text!r} in {evidence}")

    def assert_message(self, began, *texts):
        """A component's own words are among the evidence, from a status or an Event."""
        said = [mark["text"] or "" for mark in began["finding"]["detail"]["evidence"]]
        self.assertTrue([one for one in said if all(text in one for text in texts)], f"{texts} not in {said}")

    def assert_blocked_by(self, began, kind, namespace, name):
        self.assertIn({"kind": kind, "namespace": namespace, "name": name}, began["finding"]["detail"]["blocking"])

    def assert_fix(self, began, *words):
        """The fix names what it is about, and its command begins with a program."""
        fix = began["finding"]["detail"]["fix"]
        for word in words:
            self.assertIn(word, f"{fix['text']} {fix['command']}")
        self.assertRegex(fix["command"], "^(kubectl|snaptrail|velero) ")
