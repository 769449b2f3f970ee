"""What the alerts must do: time series in promtool's notation, and which alerts fire when.

Times begin at 0; a sample a minute unless a case says otherwise. Each case names everything that fires at its instants, so that an
alert that comes along uncalled fails it. NAMESPACE stands for the label that carries the application's namespace.
"""
import dataclasses

DRIVER = 'cluster="c1", driver="ebs"'
UP = 'snaptrail_build_info{cluster="c1", version="0.1.0"}'
NAMESPACE = "NAMESPACE"


@dataclasses.dataclass
class Case:
    name: str
    series: dict
    firing: dict  # instant -> the alerts that fire then, as alert(…) makes them
    interval: str = "1m"
    up: str = "1x4000"


def alert(name, severity, **labels):
    return {"alertname": name, "severity": severity, "cluster": "c1", **labels}


def stuck(kind, reason, number=0):
    return f'snaptrail_stuck_objects{{{DRIVER}, kind="{kind}", reason="{reason}", {NAMESPACE}="ns{number}"}}'


def snapshots(state, number=0):
    return f'snaptrail_snapshots{{{DRIVER}, state="{state}", {NAMESPACE}="ns{number}"}}'


def finished(what, class_label, outcome):
    return f'snaptrail_{what}_finished_total{{{DRIVER}, {class_label}="fast", outcome="{outcome}"}}'


def availability(state, resource="volumesnapshots"):
    return f'snaptrail_informer_availability{{cluster="c1", availability="{state}", resource="{resource}"}}'


def upload_bucket(bound):
    return f'snaptrail_snapshot_phase_duration_seconds_bucket{{{DRIVER}, phase="upload", volumesnapshotclass="fast", le="{bound}"}}'


def hazard(kind):
    return f'snaptrail_hazards{{cluster="c1", hazard="{kind}", {NAMESPACE}="ns0"}}'


STUCK = alert("SnaptrailSnapshotStuck", "critical", driver="ebs", reason="SidecarAbsent")
THROTTLED = alert("SnaptrailDriverThrottled", "warning", driver="ebs", reason="Throttled")
DELETION = alert("SnaptrailDeletionStuck", "warning", driver="ebs", reason="FinalizerStuck")
RESTORE = alert("SnaptrailRestoreStuck", "critical", driver="ebs", reason="SizeTooSmall")
ERROR = alert("SnaptrailSnapshotError", "critical", driver="ebs")
BROKEN = alert("SnaptrailSnapshotBroken", "critical", driver="ebs")
FAILING = alert("SnaptrailSnapshotsFailing", "critical", driver="ebs")
RESTORES_FAILING = alert("SnaptrailRestoresFailing", "warning", driver="ebs")
SLOW = alert("SnaptrailSnapshotSlow", "warning", driver="ebs", phase="upload")
AT_RISK = alert("SnaptrailDataAtRisk", "critical", hazard="LastCopyAtRisk")
HAZARD = alert("SnaptrailHazard", "warning", hazard="GitOpsOwned")
ORPHANS = alert("SnaptrailOrphansGrowing", "warning", driver="ebs")
RPO = alert("SnaptrailRpoMissed", "warning")
NEVER = alert("SnaptrailNeverProtected", "warning")
SKIPPED = alert("SnaptrailBackupSkipsVolumes", "warning")
LOCATION = alert("SnaptrailBackupLocationUnavailable", "critical")
DOWN = alert("SnaptrailDown", "critical")
NOT_SYNCED = alert("SnaptrailNotSynced", "warning")
BLIND = alert("SnaptrailBlind", "warning")
LEDGER = alert("SnaptrailLedgerFailing", "critical")
DROPPED = alert("SnaptrailRowsDropped", "critical")
GAPS = alert("SnaptrailWatchGaps", "warning")
REWOUND = alert("SnaptrailHistoryRewound", "warning")
CONFIG = alert("SnaptrailConfigRejected", "warning")
FOLDED = alert("SnaptrailMetricsFolded", "info", metric="snaptrail_snapshots")

LAST_RECOVERABLE = f'snaptrail_persistentvolumeclaim_last_recoverable_timestamp_seconds{{cluster="c1", {NAMESPACE}="ns0", persistentvolumeclaim="data"}}'
SECOND_RECOVERABLE = LAST_RECOVERABLE.replace("data", "logs")
SKIPS = f'snaptrail_backup_skipped_persistentvolumeclaims{{cluster="c1", {NAMESPACE}="ns%d"}}'
UNAVAILABLE = f'snaptrail_stuck_objects{{cluster="c1", kind="BackupStorageLocation", reason="BackupLocationUnavailable", {NAMESPACE}="velero"}}'
VIOLATIONS = f'snaptrail_rpo_violations{{cluster="c1", {NAMESPACE}="ns0"}}'
ORPHANED = f"snaptrail_orphaned_contents{{{DRIVER}}}"
GAP = 'snaptrail_watch_gaps_total{cluster="c1", resource="volumesnapshots", cause="%s"}'

CASES = [
    Case("one driver that fails in 500 namespaces is one page",
         {stuck("VolumeSnapshot", "SidecarAbsent", number): "0x5 1x20 0x60" for number in range(500)},
         {"5m": [], "10m": [], "12m": [STUCK], "26m": [STUCK], "34m": [STUCK], "40m": []}),
    Case("a stuck snapshot's page outlasts a restart of the daemon",
         {stuck("VolumeSnapshot", "SidecarAbsent"): "1x20 _x8 1x20 0x60", UP: "1x20 _x8 1x80"},
         {"10m": [STUCK], "27m": [STUCK], "45m": [STUCK], "65m": []}, up=""),
    Case("a snapshot that is stuck for as long as a failed scrape pages nobody",
         {stuck("VolumeSnapshot", "SidecarAbsent"): "0x10 1x3 0x30"}, {"12m": [], "14m": [], "20m": []}),
    Case("a throttled driver is told apart from a stuck snapshot",
         {stuck("VolumeSnapshotContent", "Throttled"): "0x5 1x40 0x60"},
         {"15m": [], "22m": [THROTTLED], "70m": []}),
    Case("a short burst of throttling warns nobody",
         {stuck("VolumeSnapshotContent", "Throttled"): "0x5 4x10 0x60"}, {"10m": [], "20m": []}),
    Case("a deletion that does not end warns, whatever kind it is of",
         {stuck("VolumeSnapshot", "FinalizerStuck"): "0x5 1x30 0x60",
          stuck("PersistentVolumeClaim", "FinalizerStuck"): "0x5 1x30 0x60"},
         {"15m": [], "23m": [DELETION], "50m": []}),
    Case("a restore that is stuck pages as a restore",
         {stuck("PersistentVolumeClaim", "SizeTooSmall"): "0x5 1x20 0x60"}, {"10m": [], "13m": [RESTORE], "40m": []}),
    Case("a snapshot in error pages once the driver had time to try again",
         {snapshots("Error"): "0x5 2x30 0x60", snapshots("Ready"): "40x100"}, {"15m": [], "23m": [ERROR], "55m": []}),
    Case("an error whose cause is known is one page, that of the cause",
         {snapshots("Error"): "0x5 2x40 0x60", stuck("VolumeSnapshot", "SidecarAbsent"): "0x5 2x40 0x60"},
         {"25m": [STUCK], "40m": [STUCK], "60m": []}),
    Case("an error pages beside a deletion of the same driver that does not end: that is not its cause",
         {snapshots("Error"): "0x5 2x40 0x60", stuck("VolumeSnapshotContent", "FinalizerStuck"): "0x5 1x40 0x60"},
         {"15m": [], "30m": [DELETION, ERROR], "75m": []}),
    Case("an error pages beside a restore of the same driver that is stuck, for the same reason",
         {snapshots("Error"): "0x5 2x40 0x60", stuck("PersistentVolumeClaim", "SizeTooSmall"): "0x5 1x40 0x60"},
         {"15m": [RESTORE], "30m": [ERROR, RESTORE], "75m": []}),
    Case("an error of a driver that is throttled has its alert, and the throttling has its own",
         {snapshots("Error"): "0x5 2x40 0x60", stuck("VolumeSnapshotContent", "Throttled"): "0x5 1x40 0x60"},
         {"15m": [], "30m": [THROTTLED, ERROR], "75m": []}),
    Case("a snapshot that was ready and no longer is pages",
         {snapshots("Broken"): "0x5 1x15 0x60"}, {"8m": [], "13m": [BROKEN], "40m": []}),
    Case("a backup's snapshots that come, are ready and go raise nothing",
         {snapshots("Creating"): "0x60 20x3 0x60", snapshots("Uploading"): "0x62 20x12 0x60",
          snapshots("Ready"): "0x75 20x3 0x60",
          snapshots("Deleting"): "0x78 20x2 0x60", finished("snapshots", "volumesnapshotclass", "ready"): "0x75 20x80",
          finished("snapshots", "volumesnapshotclass", "failed"): "0x200", availability("synced"): "1x200",
          availability("syncing"): "0x200", availability("failing"): "0x200", availability("forbidden"): "0x200",
          availability("absent", "backups"): "1x200", "snaptrail_ledger_failing{cluster=\"c1\"}": "0x200",
          "snaptrail_epoch{cluster=\"c1\"}": "1x200",
          "snaptrail_config_last_reload_successful{cluster=\"c1\"}": "1x200",
          LAST_RECOVERABLE: "1700000000x200", VIOLATIONS: "0x200", SKIPS % 0: "0x200"},
         {f"{minute}m": [] for minute in (5, 59, 61, 65, 70, 76, 79, 81, 90, 120, 150)}),
    Case("a nightly backup of which a fifth fails pages until a good one",
         {finished("snapshots", "volumesnapshotclass", "ready"): "0x6 16x144 32x144 52x200 72x300",
          finished("snapshots", "volumesnapshotclass", "failed"): "0x6 4x144 8x144 8x500"},
         {"50m": [], "2h": [FAILING], "26h": [FAILING], "40h": [FAILING], "60h": []}, interval="10m"),
    Case("two failures among many snapshots page nobody",
         {finished("snapshots", "volumesnapshotclass", "ready"): "0x6 100x144",
          finished("snapshots", "volumesnapshotclass", "failed"): "0x6 2x144"},
         {"2h": [], "20h": []}, interval="10m"),
    Case("restores that fail warn until the window has passed",
         {finished("restores", "storageclass", "bound"): "0x6 10x400",
          finished("restores", "storageclass", "failed"): "0x6 5x400"},
         {"50m": [], "2h": [RESTORES_FAILING], "40h": []}, interval="10m"),
    # One snapshot an hour of some seconds for two weeks, then for two days each takes some minutes, then it is as before.
    Case("an upload that takes much longer than this driver's ever did warns",
         {upload_bucket("5"): "0+1x360 360x48 361+1x100", upload_bucket("30"): "0+1x360 360x48 361+1x100",
          upload_bucket("120"): "0+1x360 360x48 361+1x100", upload_bucket("300"): "0+1x508",
          upload_bucket("+Inf"): "0+1x508"},
         {"14d": [], "16d": [SLOW], "17d": [SLOW], "19d12h": []}, interval="1h", up="1x600"),
    Case("an upload that has always been slow does not",
         {upload_bucket("120"): "0x500", upload_bucket("300"): "0+1x500", upload_bucket("+Inf"): "0+1x500"},
         {"15d": [], "18d": []}, interval="1h", up="1x600"),
    Case("a hazard to the last copy pages at once", {hazard("LastCopyAtRisk"): "0x5 1x10 0x60"},
         {"4m": [], "7m": [AT_RISK], "50m": []}),
    Case("a hazard that can wait warns after an hour",
         {hazard("GitOpsOwned"): "0x5 3x90 0x60"}, {"50m": [], "70m": [HAZARD], "140m": []}),
    Case("orphaned contents as such are no hazard", {hazard("OrphanedContent"): "9x200"}, {"30m": [], "150m": []}),
    Case("orphans that pile up over a week warn until they are gone",
         {ORPHANED: "5x167 5+4x10 45x240 0x100"}, {"5d": [], "9d": [ORPHANS], "19d12h": []}, interval="1h", up="1x520"),
    Case("the first orphans of a driver count where the cluster was watched before",
         {ORPHANED: "_x200 20x70"}, {"7d": [], "10d": [ORPHANS]}, interval="1h", up="1x270"),
    Case("orphans that were there at the installation warn nobody",
         {ORPHANED: "60x270"}, {"2d": [], "8d": [], "10d": []}, interval="1h", up="1x270"),
    Case("a missed recovery point warns until the next backup",
         {VIOLATIONS: "0x5 2x60 0x90"}, {"15m": [], "22m": [RPO], "110m": []}),
    Case("a target that is missed for as long as a late backup takes its time warns nobody",
         {VIOLATIONS: "0x5 2x13 0x90"}, {"12m": [], "18m": [], "25m": [], "60m": []}),
    Case("a volume that was never protected warns until it is, and once",
         {LAST_RECOVERABLE: "_x10 0x100 1700000000x90", VIOLATIONS: "0x10 1x100 0x90"},
         {"60m": [], "75m": [NEVER], "150m": []}),
    Case("a volume without any point and one with an old one are told apart",
         {LAST_RECOVERABLE: "_x10 0x200", SECOND_RECOVERABLE: "1700000000x210", VIOLATIONS: "0x10 2x200"},
         {"20m": [], "40m": [RPO], "90m": [NEVER, RPO]}),
    Case("without series of single claims both are told as missed",
         {VIOLATIONS: "0x10 2x200"}, {"20m": [], "40m": [RPO], "90m": [RPO]}),
    Case("volumes that nobody has watched for long enough warn nobody",
         {VIOLATIONS: "0x200", SKIPS % 0: "0x200"}, {"30m": [], "150m": []}),
    Case("volumes that a Completed backup left out warn until one takes them, however many namespaces",
         {SKIPS % number: "0x10 3x100 0x90" for number in range(40)}, {"60m": [], "75m": [SKIPPED], "150m": []}),
    Case("a backup's storage that is away pages until it is back, and is no stuck snapshot",
         {UNAVAILABLE: "0x5 1x30 0x60"}, {"15m": [], "22m": [LOCATION], "50m": []}),
    Case("one look at the storage that fails pages nobody", {UNAVAILABLE: "0x5 1x2 0x60"}, {"7m": [], "15m": []}),
    Case("a daemon that is gone pages until it is back", {UP: "1x20 _x60 1x60"},
         {"20m": [], "33m": [], "37m": [DOWN], "70m": [DOWN], "90m": []},
         up=""),
    Case("a kind whose list does not get complete warns",
         {availability("failing"): "0x5 1x40 0x40", availability("syncing"): "1x5 0x80"},
         {"14m": [], "22m": [NOT_SYNCED], "50m": [NOT_SYNCED], "60m": []}),
    Case("a restart does not end the warning of a list that does not get complete before it or after it",
         {availability("failing"): "0x5 1x30 _x8 0x60", availability("syncing"): "0x36 _x8 1x10 0x60",
          UP: "1x36 _x8 1x60"},
         {"25m": [NOT_SYNCED], "43m": [NOT_SYNCED], "50m": [NOT_SYNCED], "75m": []}, up=""),
    Case("an API server that is away for ten minutes warns nobody", {availability("failing"): "0x5 1x10 0x40"},
         {"14m": [], "25m": []}),
    Case("rights that are missing are one warning, however many kinds they are of",
         {availability("forbidden", "persistentvolumes"): "0x5 1x30 0x40",
          availability("forbidden", "leases"): "0x5 1x30 0x40"}, {"10m": [], "17m": [BLIND], "50m": []}),
    Case("a restart, which lists before it knows that it may not, does not end the warning of missing rights",
         {availability("forbidden", "leases"): "0x5 1x20 _x8 0x1 1x20 0x60", availability("syncing", "leases"): "0x26 _x8 1x1 0x80",
          UP: "1x26 _x8 1x90"},
         {"10m": [], "20m": [BLIND], "33m": [BLIND], "36m": [BLIND], "40m": [BLIND], "57m": [BLIND], "75m": []}, up=""),
    Case("a cluster without the snapshot API warns",
         {availability("absent"): "1x30 0x40"}, {"5m": [], "12m": [BLIND], "50m": []}),
    Case("a ledger that can not be written pages",
         {'snaptrail_ledger_failing{cluster="c1"}': "0x5 1x20 0x40"}, {"8m": [], "12m": [LEDGER], "40m": []}),
    Case("rows that are dropped page for an hour",
         {'snaptrail_ledger_dropped_rows_total{cluster="c1"}': "0x5 40x100"}, {"4m": [], "8m": [DROPPED], "100m": []}),
    Case("a connection that does not hold warns",
         {GAP % "disconnected": "0x5 1+1x10 11x900"}, {"5m": [], "40m": [GAPS], "8h": []}),
    Case("restarts of the daemon are no such thing",
         {GAP % "restarted": "0x5 1+1x10 11x900", GAP % "disconnected": "0x5 2x900"},
         {"20m": [], "60m": []}),
    Case("a history that went back warns for an hour", {'snaptrail_epoch{cluster="c1"}': "1x70 2x100"},
         {"65m": [], "75m": [REWOUND], "140m": []}),
    Case("a configuration that can't be used warns",
         {'snaptrail_config_last_reload_successful{cluster="c1"}': "1x5 0x20 1x40"},
         {"8m": [], "12m": [CONFIG], "40m": []}),
    Case("scrapes that fail do not end the warning of a configuration that can't be used",
         {'snaptrail_config_last_reload_successful{cluster="c1"}': "1x5 0x20 _x8 0x20 1x40", UP: "1x26 _x8 1x70"},
         {"12m": [CONFIG], "33m": [CONFIG], "38m": [CONFIG], "75m": []}, up=""),
    Case("metrics that had to be folded are told",
         {'snaptrail_metric_label_sets_folded_total{cluster="c1", metric="snaptrail_snapshots"}': "0x5 1+1x40 41x200"},
         {"10m": [], "30m": [FOLDED], "230m": []}),
]
