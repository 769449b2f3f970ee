// mockdriver serves Kubernetes' own CSI mock driver on a unix socket and lets a test make it slow or make it fail.
//
// Before each call it reads the faults file, so a test changes the driver's behaviour by replacing one file:
//
//	{"CreateSnapshot": {"delayMs": 3000},
//	 "DeleteSnapshot": {"code": "Unavailable", "message": "backend is down"},
//	 "readyAfterMs": 5000, "snapshotSizeBytes": 1073741824}
//
// A method's entry delays the call and then fails it with the code, if there is one. readyAfterMs is the time that a
// snapshot needs from its cut until the driver calls it ready to use: the upload of a cloud's snapshot. snapshotSizeBytes is
// the size that the driver tells of its snapshots; by default it tells none.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log"
	"net"
	"os"
	"os/signal"
	"path"
	"strconv"
	"syscall"
	"time"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"k8s.io/kubernetes/test/e2e/storage/drivers/csi-test/driver"
	"k8s.io/kubernetes/test/e2e/storage/drivers/csi-test/mock/service"
)

// fault is what happens to the calls of one method.
type fault struct {
	DelayMs int64  `json:"delayMs"`
	Code    string `json:"code"` // a gRPC status code by its name, such as ResourceExhausted; empty: the call goes through
	Message string `json:"message"`
}

// faults is the whole file.
type faults struct {
	ReadyAfterMs      int64
	SnapshotSizeBytes int64
	Methods           map[string]fault
}

func (f *faults) UnmarshalJSON(data []byte) error {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		return err
	}
	f.Methods = map[string]fault{}
	numbers := map[string]*int64{"readyAfterMs": &f.ReadyAfterMs, "snapshotSizeBytes": &f.SnapshotSizeBytes}
	for key, value := range raw {
		if number, known := numbers[key]; known {
			if err := json.Unmarshal(value, number); err != nil {
				return fmt.Errorf("%s: %w", key, err)
			}
			continue
		}
		var one fault
		if err := json.Unmarshal(value, &one); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		f.Methods[key] = one
	}
	return nil
}

// readFaults answers with no faults where there is no file.
func readFaults(file string) (faults, error) {
	var current faults
	data, err := os.ReadFile(file)
	if file == "" || errors.Is(err, fs.ErrNotExist) {
		return current, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &current)
	}
	return current, err
}

// codeNamed finds a gRPC code by its name in either spelling: ResourceExhausted or RESOURCE_EXHAUSTED.
func codeNamed(name string) codes.Code {
	for code := codes.OK; code <= codes.Unauthenticated; code++ {
		if code.String() == name {
			return code
		}
	}
	var code codes.Code
	if err := code.UnmarshalJSON([]byte(strconv.Quote(name))); err != nil {
		return codes.Unknown
	}
	return code
}

// told returns a copy of the snapshot as the driver tells of it: not ready before its time has come, with its size.
func (f *faults) told(snapshot *csi.Snapshot) *csi.Snapshot {
	answer := proto.Clone(snapshot).(*csi.Snapshot)
	if time.Since(answer.GetCreationTime().AsTime()) < time.Duration(f.ReadyAfterMs)*time.Millisecond {
		answer.ReadyToUse = false
	}
	answer.SizeBytes = f.SnapshotSizeBytes
	return answer
}

func (f *faults) changed(reply any) any {
	switch r := reply.(type) {
	case *csi.CreateSnapshotResponse:
		return &csi.CreateSnapshotResponse{Snapshot: f.told(r.GetSnapshot())}
	case *csi.ListSnapshotsResponse:
		answer := &csi.ListSnapshotsResponse{NextToken: r.GetNextToken()}
		for _, entry := range r.GetEntries() {
			answer.Entries = append(answer.Entries, &csi.ListSnapshotsResponse_Entry{Snapshot: f.told(entry.GetSnapshot())})
		}
		return answer
	}
	return reply
}

func interceptor(file string) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
		current, err := readFaults(file)
		if err != nil {
			return nil, status.Errorf(codes.Internal, "mockdriver: cannot read the faults in %s: %v", file, err)
		}
		method := path.Base(info.FullMethod)
		injected := current.Methods[method]
		select {
		case <-time.After(time.Duration(injected.DelayMs) * time.Millisecond):
		case <-ctx.Done():
			return nil, status.FromContextError(ctx.Err()).Err()
		}
		if injected.Code != "" {
			log.Printf("%s: injected %s: %s", method, injected.Code, injected.Message)
			return nil, status.Error(codeNamed(injected.Code), injected.Message)
		}
		reply, err := handler(ctx, req)
		log.Printf("%s: %v", method, err)
		if err != nil || reply == nil {
			return reply, err
		}
		return current.changed(reply), nil
	}
}

func main() {
	socket := flag.String("socket", "", "unix socket to serve on")
	name := flag.String("driver", "snaptrail.mock.csi", "name of the CSI driver")
	file := flag.String("faults", "", "faults file, read before each call; may be absent")
	flag.Parse()

	listener, err := net.Listen("unix", *socket)
	if err != nil {
		log.Fatalf("mockdriver: cannot listen on %q: %v", *socket, err)
	}
	mock := service.New(service.Config{DriverName: *name, DisableAttach: true})
	server := driver.NewCSIDriver(&driver.CSIDriverServers{Controller: mock, Identity: mock, Node: mock})
	if err := server.Start(listener, interceptor(*file)); err != nil {
		log.Fatalf("mockdriver: cannot serve: %v", err)
	}
	log.Printf("serving %s on %s", *name, *socket)
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGINT, syscall.SIGTERM)
	<-stop
	server.Stop()
}
