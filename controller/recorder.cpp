#include "controller/recorder.hpp"

#include <fmt/format.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>

#include "informers/request_path.hpp"

namespace snaptrail::controller {

namespace asio = boost::asio;
namespace json = boost::json;
using asio::awaitable;

namespace {

constexpr unsigned kPageLimit = 500;
constexpr std::chrono::seconds kWatchTimeout{300};
/// Between tries after a failure: a recording is watched by a person who wants it to go on, not to hammer the server.
constexpr std::chrono::milliseconds kRetry{2'000};
constexpr std::chrono::milliseconds kRetryAbsent{15'000};
constexpr std::size_t kMaxPage = 256u << 20;

objects::Instant wall_clock() { return std::chrono::floor<objects::Millis>(std::chrono::system_clock::now()); }

kube::Error malformed_list(const informers::Target& target) {
  return {kube::Errc::protocol, fmt::format("the list of {} is no Kubernetes list", target.name), 200, {}, {}, {}, {}};
}

}  // namespace

Recorder::Recorder(asio::any_io_executor executor, std::shared_ptr<const kube::ClusterConfig> config,
                   informers::Target target, informers::RecordingWriter& writer, const Log& log)
    : target_(std::move(target)),
      writer_(writer),
      log_(log),
      connection_(executor, std::move(config)),
      decoder_(target_.kind),
      timer_(executor) {}

void Recorder::stop() {
  stopped_ = true;
  timer_.cancel();
}

awaitable<void> Recorder::run() {
  Next next = Next::List;
  while (!stopped_ && next != Next::Stop) {
    if (next == Next::List) {
      next = co_await list();
    } else {
      next = co_await watch();
    }
  }
}

awaitable<Recorder::Next> Recorder::list() {
  std::string continue_token;
  do {
    const auto page = co_await get_page(continue_token);
    if (page.has_error()) co_return co_await failed(page.error());
    const auto written = write_page(page.value());
    if (written.has_error()) co_return co_await failed(written.error());
    continue_token = written.value();
  } while (!continue_token.empty() && !stopped_);
  if (stopped_) co_return Next::Stop;
  if (!stats_.synced) write_end_of_list();
  if (!is_polled()) co_return Next::Watch;
  writer_.flush();
  co_await pause(target_.poll);
  co_return Next::List;
}

/// A first page is asked for in each version of the resource's API until one is served.
awaitable<kube::Result<std::string>> Recorder::get_page(const std::string& continue_token) {
  const objects::Resource& resource = objects::resource_of(target_.kind);
  if (continue_token.empty()) version_ = resource.version;
  for (std::size_t next = 1;; ++next) {
    const std::string path =
        informers::request_path(target_, informers::command::ListPage{kPageLimit, continue_token}, version_);
    auto page = co_await connection_.get_text(path, kube::Limits{}, kMaxPage);
    const bool unserved = page.has_error() && page.error().code == kube::Errc::not_found && continue_token.empty();
    if (!unserved || resource.version_at(next).empty()) co_return page;
    version_ = resource.version_at(next);
  }
}

std::string Recorder::api_version() const {
  const auto& resource = objects::resource_of(target_.kind);
  return resource.group.empty() ? std::string(version_) : fmt::format("{}/{}", resource.group, version_);
}

kube::Result<std::string> Recorder::write_page(const std::string& page) {
  boost::system::error_code error;
  const json::value parsed = json::parse(page, error);
  const json::object* list = error ? nullptr : parsed.if_object();
  const json::value* items = list ? list->if_contains("items") : nullptr;
  const json::value* meta = list ? list->if_contains("metadata") : nullptr;
  if (!meta || !meta->is_object()) return malformed_list(target_);
  if (items && items->is_array()) {
    for (const json::value& item : items->get_array()) {
      if (!item.is_object()) continue;
      json::object object = item.get_object();
      object["apiVersion"] = api_version();
      object["kind"] = std::string(objects::resource_of(target_.kind).kind_name);
      Next next = Next::Watch;
      take_line(json::serialize(json::object{{"type", "ADDED"}, {"object", std::move(object)}}), next);
    }
  }
  const auto text = [&](std::string_view name) {
    const auto* value = meta->get_object().if_contains(name);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
  };
  resource_version_ = text("resourceVersion");
  return text("continue");
}

void Recorder::write_end_of_list() {
  const json::object bookmark{
      {"type", "BOOKMARK"},
      {"object",
       {{"kind", std::string(objects::resource_of(target_.kind).kind_name)},
        {"apiVersion", api_version()},
        {"metadata",
         {{"resourceVersion", resource_version_}, {"annotations", {{"k8s.io/initial-events-end", "true"}}}}}}}};
  writer_.event(wall_clock(), objects::resource_of(target_.kind).plural, json::serialize(bookmark));
  writer_.flush();
  stats_.synced = true;
}

awaitable<Recorder::Next> Recorder::watch() {
  Next next = Next::Watch;
  informers::LineSplitter splitter;
  kube::Limits limits;
  limits.idle = std::chrono::seconds{150};  // a server sends a bookmark about every minute
  limits.total = kWatchTimeout + std::chrono::seconds{15};
  const auto started = std::chrono::steady_clock::now();
  const std::string path =
      informers::request_path(target_, informers::command::Watch{resource_version_, kWatchTimeout}, version_);
  const kube::BodySink sink = [this, &splitter, &next](std::string_view piece) {
    const bool go_on = splitter.write(piece, [&](std::string_view line) { return take_line(line, next); });
    writer_.flush();
    return go_on && !stopped_;
  };
  const auto ended = co_await connection_.get(path, limits, sink);
  if (stopped_) co_return Next::Stop;
  if (next == Next::List) {
    log_.warn(fmt::format("record resource={}: history expired, listing again", target_.name));
    writer_.gap(wall_clock(), objects::resource_of(target_.kind).plural, objects::GapCause::Expired);
    ++stats_.gaps;
    co_return Next::List;
  }
  const bool broke_off = ended.has_error() && ended.error().code != kube::Errc::disconnected &&
                         ended.error().code != kube::Errc::timed_out;
  if (broke_off) co_return co_await failed(ended.error());
  if (std::chrono::steady_clock::now() - started < std::chrono::seconds{1}) co_await pause(kRetry);
  co_return Next::Watch;
}

bool Recorder::take_line(std::string_view line, Next& next) {
  const auto decoded = decoder_.decode(line);
  if (std::holds_alternative<informers::WatchError>(decoded)) {
    next = Next::List;
    return false;
  }
  if (const auto* event = std::get_if<informers::ObjectEvent>(&decoded)) {
    resource_version_ = objects::meta_of(event->object).resource_version;
    if (!is_of_concern(*event)) return true;
  } else if (const auto* bookmark = std::get_if<informers::Bookmark>(&decoded)) {
    if (!bookmark->resource_version.empty()) resource_version_ = bookmark->resource_version;
  }
  if (writer_.event(wall_clock(), objects::resource_of(target_.kind).plural, line)) ++stats_.events;
  return true;
}

bool Recorder::is_of_concern(const informers::ObjectEvent& event) const {
  const auto* kubernetes_event = std::get_if<objects::Event>(&event.object);
  if (!kubernetes_event) return true;
  const std::string& kind = kubernetes_event->about_kind.get();
  return kind == "VolumeSnapshot" || kind == "VolumeSnapshotContent" || kind == "PersistentVolumeClaim";
}

awaitable<Recorder::Next> Recorder::failed(const kube::Error& error) {
  if (stopped_ || error.code == kube::Errc::cancelled) co_return Next::Stop;
  log_.warn(fmt::format("record resource={}: {}", target_.name, error.message));
  const bool unseen = error.code == kube::Errc::not_found || error.code == kube::Errc::forbidden ||
                      error.code == kube::Errc::unauthorized;
  const bool must_list = unseen || error.code == kube::Errc::gone || !stats_.synced;
  if (must_list && stats_.synced && !is_polled()) {
    const auto cause = error.code == kube::Errc::gone ? objects::GapCause::Expired
                       : unseen                       ? objects::GapCause::Forbidden
                                                      : objects::GapCause::Disconnected;
    writer_.gap(wall_clock(), objects::resource_of(target_.kind).plural, cause);
    writer_.flush();
    ++stats_.gaps;
    stats_.synced = false;
  }
  co_await pause(unseen ? kRetryAbsent : kRetry);
  co_return must_list || is_polled() ? Next::List : Next::Watch;
}

awaitable<void> Recorder::pause(std::chrono::milliseconds duration) {
  boost::system::error_code stopped;
  timer_.expires_after(duration);
  if (!stopped_) co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, stopped));
}

}  // namespace snaptrail::controller
