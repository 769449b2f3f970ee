package main

import (
	"fmt"
	"net/http"
	"path"
	"strconv"
	"sync"
	"time"
)

// bookmarkEvery is about what a real API server does.
const bookmarkEvery = time.Minute

// listPart is how much of a streamed list is put on the connection at once.
const listPart = 64 << 10

// kind is one with its apiVersion.
type kind struct{ name, version string }

// kinds is what is served. Of all but the first four there are none.
var kinds = map[string]kind{
	"volumesnapshots":        {"VolumeSnapshot", "snapshot.storage.k8s.io/v1"},
	"volumesnapshotcontents": {"VolumeSnapshotContent", "snapshot.storage.k8s.io/v1"},
	"persistentvolumeclaims": {"PersistentVolumeClaim", "v1"},
	"persistentvolumes":      {"PersistentVolume", "v1"},
	"volumesnapshotclasses":  {"VolumeSnapshotClass", "snapshot.storage.k8s.io/v1"},
	"storageclasses":         {"StorageClass", "storage.k8s.io/v1"},
	"csidrivers":             {"CSIDriver", "storage.k8s.io/v1"},
	"namespaces":             {"Namespace", "v1"},
	"events":                 {"Event", "v1"},
	"leases":                 {"Lease", "coordination.k8s.io/v1"},
}

// server has the chains in its lists from the start, and one watch a resource: the last one that was asked for.
type server struct {
	chains    int
	texts     map[string]string
	templates map[string]template
	stormed   int // events of all storms so far; commands come one after the other

	mutex   sync.Mutex
	version uint64 // of the last change
	watches map[string]*watch
}

func newServer(chains int, texts map[string]string) *server {
	s := &server{chains: chains, texts: texts, templates: map[string]template{}, version: uint64(10_000_000 + chains),
		watches: map[string]*watch{}}
	for resource, text := range texts {
		s.templates[resource] = compile(text)
	}
	return s
}

func (s *server) ServeHTTP(out http.ResponseWriter, request *http.Request) {
	resource := path.Base(request.URL.Path)
	query := request.URL.Query()
	switch {
	case kinds[resource].name == "":
		http.NotFound(out, request) // as of a CRD that is not installed
	case query.Get("watch") == "true":
		s.serveWatch(out, request, resource, query.Get("fieldSelector"), query.Get("sendInitialEvents") == "true")
	default:
		s.serveList(out, resource, query.Get("limit"), query.Get("continue"))
	}
}

// listed is what a resource's lists are made of, and how often.
func (s *server) listed(resource string) (template, int) {
	if found := s.templates[resource]; found != nil {
		return found, s.chains
	}
	return nil, 0
}

func valuesOf(chain int) values {
	return values{chain: chain, version: uint64(10_000_000 + chain)}
}

func (s *server) serveList(out http.ResponseWriter, resource, limit, token string) {
	out.Header().Set("Content-Type", "application/json")
	template, total := s.listed(resource)
	first, _ := strconv.Atoi(token)
	size, _ := strconv.Atoi(limit)
	end := total
	if size > 0 {
		end = min(total, first+size)
	}
	next := ""
	if end < total {
		next = strconv.Itoa(end)
	}
	s.mutex.Lock()
	version := s.version
	s.mutex.Unlock()
	page := fmt.Appendf(nil, `{"kind":"%sList","apiVersion":%q,"metadata":{"resourceVersion":"%d","continue":"%s"},"items":[`,
		kinds[resource].name, kinds[resource].version, version, next)
	for chain := first; chain < end; chain++ {
		if chain > first {
			page = append(page, ',')
		}
		page = template.append(page, valuesOf(chain))
	}
	_, _ = out.Write(append(page, "]}\n"...)) // a client that has gone is no failure of ours
}

// watch is one open stream.
type watch struct {
	mutex sync.Mutex
	out   http.ResponseWriter
}

// send puts these bytes on the connection: when it returns they can be read at the other end.
func (w *watch) send(events []byte) error {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if _, err := w.out.Write(events); err != nil {
		return err
	}
	return http.NewResponseController(w.out).Flush()
}

// sendList is a list by a watch (KEP-3157): each object as an event, then a bookmark that marks their end.
func (s *server) sendList(opened *watch, resource string) error {
	template, total := s.listed(resource)
	var events []byte
	for chain := range total {
		events = append(events, `{"type":"ADDED","object":`...)
		events = append(template.append(events, valuesOf(chain)), "}\n"...)
		if len(events) >= listPart {
			if err := opened.send(events); err != nil {
				return err
			}
			events = events[:0]
		}
	}
	return opened.send(append(events, s.bookmark(resource, `,"annotations":{"k8s.io/initial-events-end":"true"}`)...))
}

func (s *server) serveWatch(out http.ResponseWriter, request *http.Request, resource, selector string, listing bool) {
	out.Header().Set("Content-Type", "application/json")
	opened := &watch{out: out}
	s.mutex.Lock()
	s.watches[resource+selector] = opened
	s.mutex.Unlock()
	if opened.send(nil) != nil || listing && s.sendList(opened, resource) != nil {
		return
	}
	for ticks := time.Tick(bookmarkEvery); ; {
		select {
		case <-request.Context().Done():
			return
		case <-ticks:
			if opened.send(s.bookmark(resource, "")) != nil {
				return
			}
		}
	}
}

func (s *server) bookmark(resource, annotations string) []byte {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return fmt.Appendf(nil, `{"type":"BOOKMARK","object":{"kind":%q,"apiVersion":%q,"metadata":{"resourceVersion":"%d"%s}}}`+"\n",
		kinds[resource].name, kinds[resource].version, s.version, annotations)
}

// watched is the open watch of a resource.
func (s *server) watched(resource string) (*watch, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if found := s.watches[resource]; found != nil {
		return found, nil
	}
	return nil, fmt.Errorf("nobody watches %s", resource)
}

// nextVersion is that of one more change.
func (s *server) nextVersion() uint64 {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.version++
	return s.version
}
