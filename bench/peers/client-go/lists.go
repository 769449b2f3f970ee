package main

import (
	"net/http"
	"path"
	"sync"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
)

// The resources, as they end the paths of requests.
const (
	volumeSnapshots = "volumesnapshots"
	contents        = "volumesnapshotcontents"
	claims          = "persistentvolumeclaims"
	volumes         = "persistentvolumes"
)

// lists knows how often each resource was listed from the beginning. Informers tell only of the first time, by HasSynced.
type lists struct {
	mutex   sync.Mutex
	watched map[string]cache.SharedIndexInformer
	before  map[string]string // the version that an informer had when it began its list; only while that runs
	taken   map[string]int    // lists taken in since the first
}

// countLists makes every client of the configuration tell when it begins a list.
func countLists(config *rest.Config) *lists {
	counted := &lists{before: map[string]string{}, taken: map[string]int{}}
	config.Wrap(func(next http.RoundTripper) http.RoundTripper { return &listening{counted, next} })
	return counted
}

// listening is one client's way to the network.
type listening struct {
	counted *lists
	next    http.RoundTripper
}

func (l *listening) RoundTrip(request *http.Request) (*http.Response, error) {
	query := request.URL.Query()
	isFirstPage := query.Get("watch") == "" && query.Get("continue") == ""
	if isFirstPage || query.Get("sendInitialEvents") == "true" {
		l.counted.begin(path.Base(request.URL.Path))
	}
	return l.next.RoundTrip(request)
}

// follow is called before the informers run.
func (l *lists) follow(watched map[string]cache.SharedIndexInformer) { l.watched = watched }

func (l *lists) begin(resource string) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	// None before the first list, which HasSynced tells of.
	if version := l.watched[resource].LastSyncResourceVersion(); version != "" {
		l.before[resource] = version
	}
}

// isLap tells whether every resource was listed for the lap-th time.
func (l *lists) isLap(lap int) bool {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	all := true
	for resource, informer := range l.watched {
		// A reflector sets its version once a list is in its store, and not before.
		if before, runs := l.before[resource]; runs && informer.LastSyncResourceVersion() != before {
			l.taken[resource]++
			delete(l.before, resource)
		}
		all = all && l.taken[resource]+1 >= lap
	}
	return all
}
