#include "controller/recorder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <utility>
#include <variant>

#include "informers/request_path.hpp"

namespace snaptrail::controller {

namespace asio = boost::asio;
namespace json = boost::json;
using asio::awaitable;

namespace {

constexpr unsigned kPageLimit = 500;
constexpr std::chrono::milliseconds kRetryAbsent{15'000};
constexpr std::size_t kMaxPage = 256u << 20;

objects::Instant wall_clock() { return std::chrono::floor<objects::Millis>(std::chrono::system_clock::now()); }

kube::Error malformed_list(const informers::Target& target) {
  return {kube::Errc::protocol, fmt::format("the list of {} is no Kubernetes list", target.name), 200, {}, {}, {}, {}};
}

bool is_unseen(kube::Errc code) {
  return code == kube::Errc::not_found || code == kube::Errc::forbidden || code == kube::Errc::unauthorized;
}

}  // namespace

Recorder::Recorder(asio::any_io_executor executor, const std::shared_ptr<const kube::ClusterConfig>& config,
                   informers::Target target, informers::RecordingWriter& writer, const Log& log,
                   RecorderOptions options)
    : executor_(std::move(executor)),
      target_(std::move(target)),
      writer_(writer),
      log_(log),
      options_(std::move(options)),
      decoder_(target_.kind),
      joined_(executor_) {
  const bool by_namespace = !options_.namespaces.empty() && objects::resource_of(target_.kind).namespaced;
  for (const std::string& ns : by_namespace ? options_.namespaces : std::vector<std::string>{""}) {
    informers::Target one = target_;
    one.ns = ns;
    streams_.push_back(std::make_unique<Stream>(executor_, config, std::move(one)));
  }
}

void Recorder::stop() {
  stopped_ = true;
  end_watches();
}

void Recorder::end_watches() {
  for (const auto& stream : streams_) {
    stream->timer.cancel();
    stream->cancel.emit(asio::cancellation_type::terminal);
  }
}

awaitable<void> Recorder::run() {
  // stop() is asked for after each wait; a cancellation that was thrown would leave the watches behind.
  co_await asio::this_coro::throw_if_cancelled(false);
  Next next = Next::List;
  while (!stopped_ && next != Next::Stop) {
    if (next == Next::List) {
      next = co_await list();
    } else {
      next = co_await watch_all();
    }
  }
}

awaitable<Recorder::Next> Recorder::list() {
  for (const auto& stream : streams_) {
    if (!co_await list(*stream)) co_return stopped_ ? Next::Stop : Next::List;
  }
  if (std::ranges::all_of(streams_, [](const auto& stream) { return stream->left_out; })) {
    co_await pause(*streams_.front(), kRetryAbsent);
    co_return stopped_ ? Next::Stop : Next::List;
  }
  if (!stats_.synced) write_end_of_list();
  if (stopped_) co_return Next::Stop;
  if (!is_polled()) co_return Next::Watch;
  flush();
  co_await pause(*streams_.front(), target_.poll);
  co_return Next::List;
}

awaitable<bool> Recorder::list(Stream& stream) {
  stream.left_out = false;
  std::string continue_token;
  do {
    const auto page = co_await get_page(stream, continue_token);
    if (stopped_) co_return false;
    kube::Result<std::string> written =
        page.has_error() ? kube::Result<std::string>(page.error()) : write_page(stream, page.value());
    if (written.has_error() && is_unseen(written.error().code) && streams_.size() > 1) {
      log_.warn(fmt::format("record resource={} namespace={} is left out: {}", target_.name, stream.target.ns,
                            written.error().message));
      stream.left_out = true;
      co_return !stopped_;
    }
    if (written.has_error()) {
      co_await failed(stream, written.error());
      co_return false;
    }
    continue_token = std::move(written.value());
  } while (!continue_token.empty() && !stopped_);
  co_return !stopped_;
}

/// A first page is asked for in each version of the resource's API until one is served.
awaitable<kube::Result<std::string>> Recorder::get_page(Stream& stream, const std::string& continue_token) {
  const objects::Resource& resource = objects::resource_of(target_.kind);
  if (continue_token.empty()) stream.version = resource.version;
  for (std::size_t next = 1;; ++next) {
    const std::string path = informers::request_path(
        stream.target, informers::command::ListPage{kPageLimit, continue_token}, stream.version);
    auto page = co_await stream.connection.get_text(path, kube::Limits{}, kMaxPage);
    const bool unserved = page.has_error() && page.error().code == kube::Errc::not_found && continue_token.empty();
    if (!unserved || resource.version_at(next).empty()) co_return page;
    stream.version = resource.version_at(next);
  }
}

std::string Recorder::api_version(const Stream& stream) const {
  const auto& resource = objects::resource_of(target_.kind);
  return resource.group.empty() ? std::string(stream.version) : fmt::format("{}/{}", resource.group, stream.version);
}

kube::Result<std::string> Recorder::write_page(Stream& stream, const std::string& page) {
  boost::system::error_code error;
  const json::value parsed = json::parse(page, error);
  const json::object* list = error ? nullptr : parsed.if_object();
  const json::value* items = list ? list->if_contains("items") : nullptr;
  const json::value* meta = list ? list->if_contains("metadata") : nullptr;
  if (!meta || !meta->is_object()) return malformed_list(stream.target);
  if (items && items->is_array()) {
    for (const json::value& item : items->get_array()) {
      if (!item.is_object()) continue;
      json::object object = item.get_object();
      object["apiVersion"] = api_version(stream);
      object["kind"] = std::string(objects::resource_of(target_.kind).kind_name);
      const auto taken =
          take_line(stream, json::serialize(json::object{{"type", "ADDED"}, {"object", std::move(object)}}));
      if (const auto* malformed = std::get_if<informers::Malformed>(&taken)) {
        log_.warn(fmt::format("record resource={}: skipped an item of a list ({})", target_.name, malformed->why));
      }
    }
  }
  flush();
  const auto text = [&](std::string_view name) {
    const auto* value = meta->get_object().if_contains(name);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
  };
  stream.resource_version = text("resourceVersion");
  return text("continue");
}

void Recorder::write_end_of_list() {
  const json::object bookmark{{"type", "BOOKMARK"},
                              {"object",
                               {{"kind", std::string(objects::resource_of(target_.kind).kind_name)},
                                {"apiVersion", api_version(*streams_.back())},
                                {"metadata",
                                 {{"resourceVersion", streams_.back()->resource_version},
                                  {"annotations", {{"k8s.io/initial-events-end", "true"}}}}}}}};
  writer_.event(wall_clock(), objects::resource_of(target_.kind).plural, json::serialize(bookmark));
  ++stats_.lists;
  flush();
  stats_.synced = true;
}

void Recorder::write_gap(objects::GapCause cause) {
  writer_.gap(wall_clock(), objects::resource_of(target_.kind).plural, cause);
  flush();
  ++stats_.gaps;
  stats_.synced = false;
}

void Recorder::flush() {
  writer_.flush();
  if (options_.on_written) options_.on_written();
}

/// Writes an event or bookmark that is of concern, and nothing else: a replay would refuse it. Returns what the line is.
informers::Decoded Recorder::take_line(Stream& stream, std::string_view line) {
  auto decoded = decoder_.decode(line);
  if (const auto* event = std::get_if<informers::ObjectEvent>(&decoded)) {
    stream.resource_version = objects::meta_of(event->object).resource_version;
    if (!is_of_concern(event->object)) return decoded;
  } else if (const auto* bookmark = std::get_if<informers::Bookmark>(&decoded)) {
    if (!bookmark->resource_version.empty()) stream.resource_version = bookmark->resource_version;
  } else {
    return decoded;
  }
  if (!writer_.event(wall_clock(), objects::resource_of(target_.kind).plural, line)) {
    return informers::Malformed{"it can't be redacted"};
  }
  ++stats_.events;
  return decoded;
}

bool Recorder::is_named(std::string_view ns) const {
  return options_.namespaces.empty() || std::ranges::find(options_.namespaces, ns) != options_.namespaces.end();
}

bool Recorder::is_of_concern(const objects::Object& object) const {
  if (const auto* event = std::get_if<objects::Event>(&object)) {
    const std::string& kind = event->about_kind.get();
    return kind == "VolumeSnapshot" || kind == "VolumeSnapshotContent" || kind == "PersistentVolumeClaim";
  }
  if (const auto* content = std::get_if<objects::VolumeSnapshotContent>(&object)) {
    return is_named(content->snapshot.ns.get());
  }
  if (const auto* content = std::get_if<objects::VolumeGroupSnapshotContent>(&object)) {
    return is_named(content->group_snapshot.ns.get());
  }
  if (const auto* volume = std::get_if<objects::PersistentVolume>(&object)) return is_named(volume->claim.ns.get());
  if (std::holds_alternative<objects::Namespace>(object)) return is_named(objects::meta_of(object).name);
  return true;
}

awaitable<Recorder::Next> Recorder::failed(Stream& stream, const kube::Error& error) {
  if (stopped_ || error.code == kube::Errc::cancelled) co_return Next::Stop;
  log_.warn(fmt::format("record resource={}{}{}: {}", target_.name,
                        stream.target.ns.empty() ? "" : " namespace=", stream.target.ns, error.message));
  const bool unseen = is_unseen(error.code);
  const bool must_list = unseen || error.code == kube::Errc::gone || !stats_.synced;
  if (must_list && stats_.synced && !is_polled()) {
    write_gap(error.code == kube::Errc::gone ? objects::GapCause::Expired
              : unseen                       ? objects::GapCause::Forbidden
                                             : objects::GapCause::Disconnected);
  }
  co_await pause(stream, unseen ? kRetryAbsent : options_.retry);
  co_return must_list || is_polled() ? Next::List : Next::Watch;
}

awaitable<void> Recorder::pause(Stream& stream, std::chrono::milliseconds duration) {
  boost::system::error_code stopped;
  stream.timer.expires_after(duration);
  if (!stopped_) co_await stream.timer.async_wait(asio::redirect_error(asio::use_awaitable, stopped));
}

}  // namespace snaptrail::controller
