// clientgo is what a controller in Go keeps of a cluster: client-go's shared informers of VolumeSnapshots, their contents, claims
// and volumes, managedFields trimmed by a transform. It does nothing with them.
//
// It prints one line of JSON once all are synced, and one more each time all were listed again since the line before. See
// report for what is in it. It runs until it is killed.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"time"

	snapshots "github.com/kubernetes-csi/external-snapshotter/client/v8/clientset/versioned"
	snapshotinformers "github.com/kubernetes-csi/external-snapshotter/client/v8/informers/externalversions"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
)

// How often it looks whether lists are complete: until all are synced what the wall-clock time is exact to, afterwards so seldom that
// it takes no part in the CPU time at rest.
const (
	often  = 5 * time.Millisecond
	seldom = time.Second
)

func main() {
	kubeconfig := flag.String("kubeconfig", "", "the kubeconfig")
	untyped := flag.Bool("dynamic", false, "snapshots and contents by the dynamic client (unstructured) rather than by the typed one")
	flag.Parse()
	if err := run(*kubeconfig, *untyped); err != nil {
		fmt.Fprintln(os.Stderr, "clientgo:", err)
		os.Exit(1)
	}
}

func run(kubeconfig string, untyped bool) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	lists := countLists(config)
	watched, err := inform(config, untyped)
	if err != nil {
		return err
	}
	lists.follow(watched)
	start := time.Now()
	for _, informer := range watched {
		go informer.RunWithContext(context.Background())
	}
	until(often, func() bool {
		for _, informer := range watched {
			if !informer.HasSynced() {
				return false
			}
		}
		return true
	})
	out := json.NewEncoder(os.Stdout)
	for lap := 1; ; lap++ {
		if err := out.Encode(measure(watched, lap, start)); err != nil {
			return err
		}
		until(seldom, func() bool { return lists.isLap(lap + 1) })
	}
}

// inform makes the informers, by resource. Claims and volumes come as protobuf, which custom resources don't have.
func inform(config *rest.Config, untyped bool) (map[string]cache.SharedIndexInformer, error) {
	watched := map[string]cache.SharedIndexInformer{}
	protobuf := rest.CopyConfig(config)
	protobuf.ContentType = "application/vnd.kubernetes.protobuf"
	core, err := kubernetes.NewForConfig(protobuf)
	if err != nil {
		return nil, err
	}
	own := informers.NewSharedInformerFactoryWithOptions(core, 0, informers.WithTransform(trim))
	watched[claims] = own.Core().V1().PersistentVolumeClaims().Informer()
	watched[volumes] = own.Core().V1().PersistentVolumes().Informer()
	if untyped {
		return watched, informUntyped(config, watched)
	}
	client, err := snapshots.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	custom := snapshotinformers.NewSharedInformerFactoryWithOptions(
		client, 0, snapshotinformers.WithTransform(trim))
	watched[volumeSnapshots] = custom.Snapshot().V1().VolumeSnapshots().Informer()
	watched[contents] = custom.Snapshot().V1().VolumeSnapshotContents().Informer()
	return watched, nil
}

func informUntyped(config *rest.Config, watched map[string]cache.SharedIndexInformer) error {
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return err
	}
	factory := dynamicinformer.NewDynamicSharedInformerFactory(client, 0)
	for _, resource := range []string{volumeSnapshots, contents} {
		group := schema.GroupVersion{Group: "snapshot.storage.k8s.io", Version: "v1"}
		informer := factory.ForResource(group.WithResource(resource)).Informer()
		if err := informer.SetTransform(trim); err != nil {
			return err
		}
		watched[resource] = informer
	}
	return nil
}

// trim is the usual transform: managedFields are most of an object, and few controllers read them.
func trim(object any) (any, error) {
	if accessor, err := meta.Accessor(object); err == nil {
		accessor.SetManagedFields(nil)
	}
	return object, nil
}

func until(poll time.Duration, holds func() bool) {
	for !holds() {
		time.Sleep(poll)
	}
}
