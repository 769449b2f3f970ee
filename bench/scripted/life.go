package main

import "strings"

// step is one event in the life of a snapshot.
type step struct {
	resource string
	change   string
	object   template
}

func (s step) append(out []byte, v values) []byte {
	out = append(out, `{"type":"`+s.change+`","object":`...)
	return append(s.object.append(out, v), "}\n"...)
}

const (
	added, modified, deleted = "ADDED", "MODIFIED", "DELETED"
	beingCreated             = "snapshot.storage.kubernetes.io/volumesnapshot-being-created"
	later                    = "2026-05-04T03:20:00Z"
)

// life is what happens to a snapshot of a chain's claim and to its content, from the first event to the last: every event but the
// last of the two is a transition (docs/states.md). The object keeps managedFields and all.
func life(texts map[string]string) []step {
	// Of the chain it keeps the claim and the volume; its own are name and handle.
	snapshot := strings.NewReplacer("velero-data-@N@", "storm-@L@", `"snap-@N@"`, `"snap-@L@"`).Replace(texts["volumesnapshots"])
	content := strings.NewReplacer("velero-data-@N@", "storm-@L@", `"snap-@N@"`, `"snap-@L@"`).Replace(texts["volumesnapshotcontents"])
	ofSnapshot := func(change string, edit func(object)) step {
		return step{"volumesnapshots", change, changed(snapshot, edit)}
	}
	ofContent := func(change string, edit func(object)) step {
		return step{"volumesnapshotcontents", change, changed(content, edit)}
	}
	return []step{
		ofSnapshot(added, func(o object) { delete(o, "status") }),
		ofContent(added, func(o object) {
			delete(o, "status")
			o.in("metadata").in("annotations")[beingCreated] = "yes"
		}),
		ofSnapshot(modified, onlyBound),
		ofContent(modified, func(o object) { o.in("status")["readyToUse"] = false }),
		ofSnapshot(modified, notReady),
		ofContent(modified, func(object) {}),
		ofSnapshot(modified, func(object) {}),
		ofSnapshot(modified, ending),
		ofContent(modified, ending),
		ofSnapshot(deleted, ending),
		ofContent(deleted, ending),
	}
}

func onlyBound(o object) {
	o["status"] = object{"boundVolumeSnapshotContentName": o.in("status")["boundVolumeSnapshotContentName"]}
}

func notReady(o object) { o.in("status")["readyToUse"] = false }

func ending(o object) {
	o.in("metadata")["deletionTimestamp"] = later
	o.in("metadata")["deletionGracePeriodSeconds"] = 0
}
