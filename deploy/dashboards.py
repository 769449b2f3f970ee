#!/usr/bin/env python3
"""Makes the Grafana dashboards in charts/snaptrail/dashboards.

    deploy/dashboards.py [FOLDER]

Queries name the label of the application's namespace as `namespace`, and that bare word is nowhere else in the files: the chart replaces
it where metrics.namespaceLabel is another one.
"""
import json
import pathlib
import sys

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "charts" / "snaptrail" / "dashboards"
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
ALL = 'cluster=~"$cluster"'
# 0 where nothing is found, but only if the daemon sees: what is not known must not look like nothing.
OR_ZERO = f' or 0 * max(snaptrail_informer_synced{{{ALL}, resource="volumesnapshots"}} == 1)'
GREEN, YELLOW, RED = "green", "yellow", "red"


def query(expr, legend="", **more):
    return {"datasource": SOURCE, "editorMode": "code", "expr": expr, "legendFormat": legend or "__auto", "range": True,
            **more}


def panel(kind, title, queries, width, height=8, unit="short", description="", options=None, defaults=None, **more):
    queries = [queries] if isinstance(queries, dict) else queries
    return {"type": kind, "title": title, "description": description, "datasource": SOURCE,
            "targets": [{**one, "refId": chr(ord("A") + number)} for number, one in enumerate(queries)],
            "gridPos": {"w": width, "h": height}, "options": options or {},
            "fieldConfig": {"defaults": {"unit": unit, **(defaults or {})}, "overrides": []}, **more}


def stat(title, expr, unit="short", bad=None, description="", width=4, text_mode="auto"):
    """One number; `bad`: the colour from 1 on."""
    steps = [{"color": GREEN, "value": None}] + ([{"color": bad, "value": 1}] if bad else [])
    return panel("stat", title, query(expr, instant=True, range=False), width, 4, unit, description,
                 {"reduceOptions": {"calcs": ["lastNotNull"]}, "colorMode": "value", "graphMode": "none",
                  "textMode": text_mode},
                 {"thresholds": {"mode": "absolute", "steps": steps}})


def lines(title, queries, unit="short", description="", width=12, stacked=False, **more):
    custom = {"fillOpacity": 20 if stacked else 0, "stacking": {"mode": "normal" if stacked else "none"},
              "showPoints": "never"}
    options = {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi", "sort": "desc"}}
    return panel("timeseries", title, queries, width, 8, unit, description, options, {"custom": custom, "min": 0},
                 **more)


def heatmap(title, expr, description="", width=12):
    options = {"calculate": False, "yAxis": {"unit": "s"}, "color": {"mode": "scheme", "scheme": "Oranges"},
               "cellGap": 1,
               "tooltip": {"mode": "single"}}
    return panel("heatmap", title, query(expr, "{{le}}", format="heatmap"), width, 9, "s", description, options)


def table(title, expr, unit="short", description="", width=12, hide=(), rename=None):
    hidden = ("Time", "__name__", "instance", "job", "endpoint", "pod", "service", "container", *hide)
    organize = {"id": "organize", "options": {"excludeByName": {name: True for name in hidden},
                                              "renameByName": rename or {}}}
    return panel("table", title, query(expr, instant=True, range=False, format="table"), width, 9, unit, description,
                 {"showHeader": True}, transformations=[organize])


def row(title):
    return {"type": "row", "title": title, "collapsed": False, "panels": [], "gridPos": {"w": 24, "h": 1}}


def label_variable(name, label, metric, title):
    return {"type": "query", "name": name, "label": title, "datasource": SOURCE,
            "definition": f"label_values({metric}, {label})",
            "query": {"query": f"label_values({metric}, {label})", "refId": name}, "refresh": 2, "sort": 1,
            "multi": True,
            "includeAll": True, "allValue": ".*", "current": {"selected": True, "text": ["All"], "value": ["$__all"]}}


def choice(name, title, values, current):
    return {"type": "custom", "name": name, "label": title, "query": ",".join(values), "multi": False,
            "includeAll": False,
            "options": [{"text": value, "value": value, "selected": value == current} for value in values],
            "current": {"selected": True, "text": current, "value": current}}


CLUSTER = label_variable("cluster", "cluster", "snaptrail_build_info", "Cluster")
DRIVER = label_variable("driver", "driver", f"snaptrail_snapshots_finished_total{{{ALL}}}", "Driver")
WINDOW = choice("window", "Window", ["1h", "6h", "1d", "7d"], "1d")


def place(panels):
    """Gives every panel its place, from left to right, line by line."""
    x = y = tallest = 0
    for number, one in enumerate(panels, 1):
        size = one["gridPos"]
        if x + size["w"] > 24:
            x, y, tallest = 0, y + tallest, 0
        one["id"] = number
        size.update(x=x, y=y)
        x, tallest = x + size["w"], max(tallest, size["h"])
    return panels


def dashboard(name, title, description, variables, panels, since="now-24h"):
    source = {"type": "datasource", "name": "datasource", "label": "Data source", "query": "prometheus", "refresh": 1,
              "current": {"selected": False, "text": "default", "value": "default"}}
    return {
        "uid": f"snaptrail-{name}", "title": f"snaptrail / {title}", "description": description,
        "tags": ["snaptrail", "backup"], "id": None,
        "schemaVersion": 41, "version": 1, "editable": True, "graphTooltip": 1, "refresh": "1m", "timezone": "browser",
        "time": {"from": since, "to": "now"}, "annotations": {"list": []},
        "links": [{"type": "dashboards", "title": "snaptrail", "tags": ["snaptrail"], "asDropdown": True,
                   "includeVars": True, "keepTime": True}],
        "templating": {"list": [source, *variables]}, "panels": place(panels)}


def overview():
    return dashboard("overview", "Overview", "What is protected, what is stuck, what is about to be lost.", [CLUSTER], [
        stat("Snapshots ready", f'sum(snaptrail_snapshots{{{ALL}, state="Ready"}}){OR_ZERO}',
             description="VolumeSnapshots that can be restored. Velero deletes its own at the end of a good backup: 0 is no bad sign there."),
        stat("Snapshots under way", f'sum(snaptrail_snapshots{{{ALL}, state=~"Pending|Creating|Uploading"}}){OR_ZERO}'),
        stat("Stuck objects", f"sum(snaptrail_stuck_objects{{{ALL}}}){OR_ZERO}", bad=RED),
        stat("Hazards", f"sum(snaptrail_hazards{{{ALL}}}){OR_ZERO}", bad=YELLOW),
        stat("Volumes beyond their RPO", f"sum(snaptrail_rpo_violations{{{ALL}}}){OR_ZERO}", bad=RED),
        stat("Orphaned contents", f"sum(snaptrail_orphaned_contents{{{ALL}}}){OR_ZERO}", bad=YELLOW),
        table("Alerts that fire", f'ALERTS{{{ALL}, alertname=~"Snaptrail.+", alertstate="firing"}}',
              hide=("Value", "alertstate"), width=24),
        lines("Snapshots by state", query(f"sum by (state) (snaptrail_snapshots{{{ALL}}})", "{{state}}"), stacked=True,
              description="Snapshots that live for seconds are between the scrapes: the counters beside have them."),
        lines("Snapshots finished an hour",
              query(f"sum by (outcome) (increase(snaptrail_snapshots_finished_total{{{ALL}}}[1h]))", "{{outcome}}")),
        lines("Stuck objects by reason",
              query(f"sum by (driver, reason) (snaptrail_stuck_objects{{{ALL}}})", "{{driver}} {{reason}}"),
              stacked=True),
        lines("Objects that wait, as they should",
              query(f"sum by (driver, reason) (snaptrail_waiting_objects{{{ALL}}})", "{{driver}} {{reason}}"),
              stacked=True,
              description="For a consumer, a slow upload, the next try of a component."),
        lines("Hazards by kind", query(f"sum by (hazard) (snaptrail_hazards{{{ALL}}})", "{{hazard}}"), stacked=True),
        lines("Age of the oldest snapshot that is not ready",
              query(f"time() - min by (driver, state) (snaptrail_oldest_unready_snapshot_timestamp_seconds{{{ALL}}})",
                    "{{driver}} {{state}}"), "s"),
        lines("Restores finished an hour",
              query(f"sum by (outcome) (increase(snaptrail_restores_finished_total{{{ALL}}}[1h]))", "{{outcome}}")),
        lines("What became of deleted snapshots, an hour",
              query(f"sum by (outcome) (increase(snaptrail_snapshot_deletions_total{{{ALL}}}[1h]))", "{{outcome}}"),
              description="Leaked: the backend was never told to delete it. Retained: it is meant to stay."),
        lines("Logical size of orphaned contents",
              query(f"sum by (driver) (snaptrail_orphaned_contents_restore_size_bytes{{{ALL}}})", "{{driver}}"),
              "bytes"),
        table("Findings of before the first start", f"sum by (cluster, reason) (snaptrail_baseline_findings{{{ALL}}})",
              description="What was so when the daemon looked for the first time, and has not changed since: it pages nobody."),
        table("Volumes beyond their RPO", f"sum by (cluster, namespace) (snaptrail_rpo_violations{{{ALL}}}) > 0",
              hide=()),
        table("Age of the oldest last recoverable point",
              f"max by (cluster, namespace) (time() - (snaptrail_persistentvolumeclaim_last_recoverable_timestamp_seconds{{{ALL}}} > 0))", "s"),
        table("Volumes without a recoverable point",
              f"count by (cluster, namespace) (snaptrail_persistentvolumeclaim_last_recoverable_timestamp_seconds{{{ALL}}} == 0)",
              description="Watched for as long as their target, and nothing that they could be restored from."),
        table("Volumes that a Completed backup left out",
              f"sum by (cluster, namespace) (snaptrail_backup_skipped_persistentvolumeclaims{{{ALL}}}) > 0"),
    ])


def quantiles(metric, selector, by=""):
    group = f"{by}, le" if by else "le"
    legend = "{{" + by + "}}" if by else ""
    if by:
        return [query(f"histogram_quantile(0.9, sum by ({group}) (increase({metric}_bucket{{{selector}}}[$window])))",
                      legend)]
    return [query(f"histogram_quantile({value}, sum by ({group}) (increase({metric}_bucket{{{selector}}}[$window])))",
                  f"p{round(value * 100)}")
            for value in (0.5, 0.9, 0.99)]


def mean(metric, selector, by):
    return query(f"sum by ({by}) (increase({metric}_sum{{{selector}}}[$window])) / sum by ({by}) (increase({metric}_count{{{selector}}}[$window]))",
                 "{{" + by + "}}")


def backups():
    phase, ready = "snaptrail_snapshot_phase_duration_seconds", "snaptrail_snapshot_ready_duration_seconds"
    mine = f'{ALL}, driver=~"$driver"'
    chosen = f'{mine}, phase="$phase"'
    phases = choice("phase", "Phase", ["bind", "create", "upload", "mirror", "delete"], "upload")
    return dashboard("backup-latency", "Backup latency", "Where the time of a snapshot goes: phase, driver, class.",
                     [CLUSTER, DRIVER, phases, WINDOW], [
        lines("Time to ready", quantiles(ready, f'{mine}, outcome="ready"'), "s",
              "From the VolumeSnapshot's creation to its first ready. Velero waits 10 minutes."),
        heatmap("Time to ready",
                f'sum by (le) (increase({ready}_bucket{{{mine}, outcome="ready"}}[$__rate_interval]))'),
        lines("Phases, 90th percentile", quantiles(phase, mine, "phase"), "s",
              "bind: controller. create: the driver's call. upload: the backend copies. mirror: controller. delete: the driver's call."),
        lines("Phases, mean, stacked", mean(phase, f'{mine}, phase!="delete"', "phase"), "s", stacked=True),
        heatmap("Phase $phase", f"sum by (le) (increase({phase}_bucket{{{chosen}}}[$__rate_interval]))"),
        lines("Phase $phase, quantiles", quantiles(phase, chosen), "s"),
        lines("Phase $phase by driver, 90th percentile", quantiles(phase, chosen, "driver"), "s"),
        lines("Phase $phase by class, 90th percentile", quantiles(phase, chosen, "volumesnapshotclass"), "s"),
        lines("Snapshots by outcome",
              query(f"sum by (outcome) (increase(snaptrail_snapshots_finished_total{{{mine}}}[$window]))",
                    "{{outcome}}")),
        lines("Against the driver's own history",
              [query(f"{'cluster_driver_phase:' + phase}:p90_1d{{{chosen}}}", "{{driver}} last day"),
               query(f"{'cluster_driver_phase:' + phase}:p90_history{{{chosen}}}", "{{driver}} two weeks before")], "s",
              "90th percentiles, as the alert SnaptrailSnapshotSlow compares them."),
        lines("Backups by Velero, mean duration", mean("snaptrail_backup_duration_seconds", ALL, "schedule"), "s",
              "Without a schedule: made by hand."),
        lines("Backups by Velero, by outcome",
              query(f"sum by (outcome) (increase(snaptrail_backup_duration_seconds_count{{{ALL}}}[$window]))",
                    "{{outcome}}")),
    ], "now-7d")


def restores():
    phase, ready = "snaptrail_restore_phase_duration_seconds", "snaptrail_restore_ready_duration_seconds"
    mine = f'{ALL}, driver=~"$driver"'
    return dashboard("restore-latency", "Restore latency",
                     "Where the time of a restored claim goes: phase, driver, class.", [CLUSTER, DRIVER, WINDOW], [
        lines("Time to bound", quantiles(ready, f'{mine}, outcome="bound"'), "s",
              "From the claim's creation to its first Bound."),
        heatmap("Time to bound",
                f'sum by (le) (increase({ready}_bucket{{{mine}, outcome="bound"}}[$__rate_interval]))'),
        lines("Phases, 90th percentile", quantiles(phase, mine, "phase"), "s",
              "wait: for the snapshot, or for the first pod. provision: the driver makes the volume. bind: the controller binds it."),
        lines("Phases, mean, stacked", mean(phase, mine, "phase"), "s", stacked=True),
        lines("Time to bound by driver, 90th percentile", quantiles(ready, f'{mine}, outcome="bound"', "driver"), "s"),
        lines("Time to bound by class, 90th percentile", quantiles(ready, f'{mine}, outcome="bound"', "storageclass"),
              "s"),
        lines("Restores by outcome",
              query(f"sum by (outcome) (increase(snaptrail_restores_finished_total{{{mine}}}[$window]))",
                    "{{outcome}}")),
        lines("Restores that are stuck",
              query(f'sum by (driver, reason) (snaptrail_stuck_objects{{{mine}, kind="PersistentVolumeClaim"}})',
                    "{{driver}} {{reason}}"),
              stacked=True),
        lines("Restores by Velero, mean duration", mean("snaptrail_restore_duration_seconds", ALL, "initiator"), "s"),
        lines("Restores by Velero, by outcome",
              query(f"sum by (outcome) (increase(snaptrail_restore_duration_seconds_count{{{ALL}}}[$window]))",
                    "{{outcome}}")),
    ], "now-7d")


def one_namespace():
    mine = f'{ALL}, namespace=~"$app"'
    app = {**label_variable("app", "namespace", f"snaptrail_snapshots{{{ALL}}}", "Namespaces"), "multi": True}
    return dashboard("application", "Namespace", "The snapshots of an application, one by one.", [CLUSTER, app], [
        stat("Snapshots", f"sum(snaptrail_snapshots{{{mine}}}){OR_ZERO}"),
        stat("Stuck objects", f"sum(snaptrail_stuck_objects{{{mine}}}){OR_ZERO}", bad=RED),
        stat("Hazards", f"sum(snaptrail_hazards{{{mine}}}){OR_ZERO}", bad=YELLOW),
        stat("Volumes beyond their RPO", f"sum(snaptrail_rpo_violations{{{mine}}}){OR_ZERO}", bad=RED),
        stat("Restore size of all snapshots", f"sum(kube_volumesnapshot_status_restore_size_bytes{{{mine}}})", "bytes",
             width=8,
             description="The logical size of the volumes, not what the backend stores."),
        lines("Snapshots by state", query(f"sum by (state) (snaptrail_snapshots{{{mine}}})", "{{state}}"),
              stacked=True),
        lines("Stuck objects by reason",
              query(f"sum by (kind, reason) (snaptrail_stuck_objects{{{mine}}})", "{{kind}} {{reason}}"), stacked=True),
        table("Snapshots, age",
              f"time() - max by (cluster, namespace, volumesnapshot) (kube_volumesnapshot_created{{{mine}}})", "s"),
        table("Snapshots that are not ready, or of which it is not known",
              f"kube_volumesnapshot_status_ready_to_use{{{mine}}} == 0", hide=("Value",)),
        table("Snapshots by class and claim", f"kube_volumesnapshot_info{{{mine}}}", hide=("Value",)),
        table("Snapshots in error", f"kube_volumesnapshot_status_error{{{mine}}} == 1", hide=("Value",)),
        table("Age of the last recoverable point by claim",
              f"time() - (snaptrail_persistentvolumeclaim_last_recoverable_timestamp_seconds{{{mine}}} > 0)", "s"),
        table("Claims beyond their target, age of the last recoverable point",
              f"time() - (snaptrail_persistentvolumeclaim_last_recoverable_timestamp_seconds{{{mine}}} > 0)"
              f" > on (cluster, namespace, persistentvolumeclaim) snaptrail_persistentvolumeclaim_rpo_target_seconds{{{mine}}}",
              "s"),
        table("Claims without a recoverable point",
              f"snaptrail_persistentvolumeclaim_last_recoverable_timestamp_seconds{{{mine}}} == 0", hide=("Value",)),
        table("Hazards", f"snaptrail_hazards{{{mine}}} > 0", width=24),
    ], "now-6h")


def daemon():
    return dashboard("daemon", "The daemon", "Whether what the other dashboards show is complete.", [CLUSTER], [
        stat("Version", f"snaptrail_build_info{{{ALL}}}", text_mode="name", width=6),
        stat("Runs since", f"min(process_start_time_seconds{{{ALL}}}) * 1000", "dateTimeFromNow", width=6),
        stat("Kinds that are not seen",
             f'count(snaptrail_informer_availability{{{ALL}, availability=~"syncing|failing|forbidden"}} == 1){OR_ZERO}', bad=YELLOW),
        stat("Ledger fails", f"max(snaptrail_ledger_failing{{{ALL}}})", bad=RED),
        stat("Epoch", f"max(snaptrail_epoch{{{ALL}}})", description="Rises when the cluster's history went back."),
        table("Availability by kind",
              f"max by (cluster, resource, availability) (snaptrail_informer_availability{{{ALL}}} == 1)",
              hide=("Value",)),
        lines("Objects in memory", query(f"sum by (resource) (snaptrail_informer_objects{{{ALL}}})", "{{resource}}"),
              stacked=True),
        lines("Watch events a second",
              query(f"sum by (resource) (rate(snaptrail_informer_events_total{{{ALL}}}[$__rate_interval]))",
                    "{{resource}}")),
        lines("Gaps an hour",
              query(f"sum by (resource, cause) (increase(snaptrail_watch_gaps_total{{{ALL}}}[1h])) > 0",
                    "{{resource}} {{cause}}")),
        lines("Lists anew an hour",
              query(f"sum by (resource) (increase(snaptrail_informer_relists_total{{{ALL}}}[1h]))", "{{resource}}")),
        lines("Quiet since",
              query(f"time() - max by (resource) (snaptrail_informer_last_receive_timestamp_seconds{{{ALL}}})",
                    "{{resource}}"), "s",
              "Bookmarks come about once a minute: much longer is a watch that hangs."),
        lines("From delivery to commit",
              [query(f"histogram_quantile({value}, sum by (le) (rate(snaptrail_event_to_recorded_seconds_bucket{{{ALL}}}[$__rate_interval])))", name)
               for value, name in ((0.5, "p50"), (0.99, "p99"))], "s"),
        lines("Rows a second",
              query(f"sum by (cluster) (rate(snaptrail_ledger_committed_rows_total{{{ALL}}}[$__rate_interval]))",
                    "committed {{cluster}}")),
        lines("Rows that wait, or were dropped",
              [query(f"sum(snaptrail_ledger_queued_rows{{{ALL}}})", "waiting"),
               query(f"sum(increase(snaptrail_ledger_dropped_rows_total{{{ALL}}}[1h]))", "dropped an hour")]),
        lines("Commits", [query(f"sum(rate(snaptrail_ledger_commits_total{{{ALL}}}[$__rate_interval]))", "good"),
                          query(f"sum(rate(snaptrail_ledger_failed_commits_total{{{ALL}}}[$__rate_interval]))",
                                "failed")], "ops"),
        lines("Memory",
              query(f"process_resident_memory_bytes{{{ALL}}} and on (instance) snaptrail_build_info",
                    "{{cluster}} {{instance}}"), "bytes"),
        lines("CPU",
              query(f"rate(process_cpu_seconds_total{{{ALL}}}[$__rate_interval]) and on (instance) snaptrail_build_info", "{{cluster}} {{instance}}"), "percentunit"),
        lines("HTTP answers a second",
              query(f"sum by (code) (rate(snaptrail_http_requests_total{{{ALL}}}[$__rate_interval]))", "{{code}}")),
        lines("Open files",
              [query(f"process_open_fds{{{ALL}}} and on (instance) snaptrail_build_info", "{{instance}} open"),
                             query(f"process_max_fds{{{ALL}}} and on (instance) snaptrail_build_info",
                                   "{{instance}} limit")]),
        lines("Values that went to \"other\"",
              query(f"sum by (metric) (increase(snaptrail_metric_label_sets_folded_total{{{ALL}}}[1h])) > 0",
                    "{{metric}}"),
              description="Metrics that have reached their limit of label sets."),
    ], "now-6h")


def dashboards():
    """{name of the file: its text} of all dashboards."""
    made = {"overview": overview(), "backup-latency": backups(), "restore-latency": restores(),
            "application": one_namespace(), "daemon": daemon()}
    return {f"{name}.json": json.dumps(one, indent=1) + "\n" for name, one in made.items()}


def main():
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    for name, text in dashboards().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
