//! kubers is what a controller in Rust keeps of a cluster: kube-rs's reflectors of VolumeSnapshots, their contents, claims and
//! volumes by streaming lists, managedFields dropped. It does nothing with them.
//!
//! It prints one line of JSON once all are synced, and one more each time all were listed again since the line before
//! (`report.rs`). It runs until it is killed.
mod report;
mod snapshots;

use std::fmt::Debug;
use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures::StreamExt;
use k8s_openapi::api::core::v1::{PersistentVolume, PersistentVolumeClaim};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::runtime::reflector::store::Writer;
use kube::runtime::{WatchStreamExt, reflector, watcher};
use kube::{Api, Client, Config, Resource, ResourceExt};
use serde::de::DeserializeOwned;

use snapshots::{VolumeSnapshot, VolumeSnapshotContent};

/// How often it looks whether lists are complete: until all are synced what the wall-clock time is exact to, afterwards so seldom
/// that it takes no part in the CPU time at rest.
const OFTEN: Duration = Duration::from_millis(5);
const SELDOM: Duration = Duration::from_secs(1);

/// One reflector, as the report sees it.
struct Watched {
    resource: String,
    lists: Arc<AtomicUsize>,
    objects: Box<dyn Fn() -> usize>,
}

fn reflect<K>(client: &Client) -> Watched
where
    K: Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned + Send + Sync + 'static,
    K::DynamicType: Hash + Eq,
{
    let writer = Writer::<K>::new(());
    let store = writer.as_reader();
    let lists = Arc::new(AtomicUsize::new(0));
    let counted = lists.clone();
    let stream = watcher(Api::<K>::all(client.clone()), watcher::Config::default().streaming_lists())
        .default_backoff()
        .modify(|object| object.managed_fields_mut().clear());
    tokio::spawn(async move {
        let mut events = std::pin::pin!(reflector(writer, stream));
        while let Some(event) = events.next().await {
            match event {
                // The store has swapped before the reflector hands the event on.
                Ok(watcher::Event::InitDone) => {
                    counted.fetch_add(1, Ordering::Release);
                }
                Ok(_) => {}
                Err(error) => eprintln!("kubers: {}: {error}; trying again", K::plural(&())),
            }
        }
    });
    Watched { resource: K::plural(&()).into_owned(), lists, objects: Box::new(move || store.len()) }
}

fn kubeconfig_argument() -> anyhow::Result<String> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [flag, file] if flag == "-kubeconfig" => Ok(file.clone()),
        _ => anyhow::bail!("usage: kubers -kubeconfig FILE"),
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let kubeconfig = Kubeconfig::read_from(kubeconfig_argument()?)?;
    let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await?;
    let client = Client::try_from(config)?;
    let start = Instant::now();
    let watched = [
        reflect::<VolumeSnapshot>(&client),
        reflect::<VolumeSnapshotContent>(&client),
        reflect::<PersistentVolumeClaim>(&client),
        reflect::<PersistentVolume>(&client),
    ];
    for lap in 1.. {
        while watched.iter().any(|one| one.lists.load(Ordering::Acquire) < lap) {
            tokio::time::sleep(if lap == 1 { OFTEN } else { SELDOM }).await;
        }
        report::print(lap, start.elapsed(), watched.iter().map(|one| (one.resource.as_str(), (one.objects)())));
    }
    Ok(())
}
