#include "client.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "kube/status_error.hpp"

namespace snaptrail::simulation {

using informers::Input;
using std::chrono::milliseconds;

namespace command = informers::command;
namespace input = informers::input;

namespace {

constexpr std::int64_t kSilence = 150'000;  // as the daemon's limit on a silent watch
constexpr std::size_t kLongestLine = 8192;

kube::Error failure(kube::Errc code) {
  kube::Error error;
  error.code = code;
  error.message = "simulated";
  return error;
}

/// The error that a connection makes of an answer; none of a success.
std::optional<kube::Error> error_of(const Answer& answer) {
  if (answer.end == Answer::End::Refused) return failure(kube::Errc::unreachable);
  if (answer.end == Answer::End::Silent) return failure(kube::Errc::timed_out);
  if (answer.status != 200) {
    return kube::status_error({answer.status, answer.retry_after, "", answer.body}, {"GET /", "simulated", "simulated"},
                              std::chrono::sys_seconds(std::chrono::hours(24 * 365 * 56)));
  }
  if (answer.end == Answer::End::Cut) return failure(kube::Errc::disconnected);
  return std::nullopt;
}

std::string in_words(const informers::Command& command) {
  if (const auto* page = std::get_if<command::ListPage>(&command))
    return "lists a page after '" + page->continue_token + "'";
  if (const auto* list = std::get_if<command::StreamList>(&command))
    return "streams a list not older than " + list->resource_version;
  if (const auto* check = std::get_if<command::Check>(&command))
    return "asks whether the history reaches " + check->resource_version;
  if (const auto* watch = std::get_if<command::Watch>(&command)) return "watches from " + watch->resource_version;
  if (const auto* wait = std::get_if<command::Wait>(&command))
    return "waits " + std::to_string(wait->duration.count()) + " ms";
  return "stops";
}

/// Small pages, so that lists have several.
informers::WatchTimings timings() {
  informers::WatchTimings timings;
  timings.page_limit = 3;
  return timings;
}

}  // namespace

Client::Client(World& world, Faults& faults, std::size_t resource, informers::Target target, informers::Intake& intake,
               std::optional<informers::Position> stored, std::uint64_t seed)
    : world_(world),
      faults_(faults),
      resource_(resource),
      fsm_(target.name, timings(), std::move(stored), seed),
      receiver_(std::move(target), fsm_, intake,
                {kLongestLine, milliseconds(kSilence), [this] { return moment(); }, {}}),
      due_(world.now) {}

informers::Moment Client::moment() const {
  return {objects::Instant(milliseconds(world_.now + world_.wall_offset + 1'700'000'000'000)),
          std::chrono::steady_clock::time_point{} + milliseconds(world_.now)};
}

void Client::give(Input input) {
  informers::Step step = fsm_.resume(input, moment());
  receiver_.report(input, step);
  start(std::move(step.next));
}

void Client::count_request() {
  requests_.push_back(world_.now);
  while (requests_.front() < world_.now - 60'000) requests_.pop_front();
  busiest_ = std::max(busiest_, requests_.size());
}

void Client::start(informers::Command command) {
  command_ = std::move(command);
  if (world_.tells) world_.tell(receiver_.target().name + ": ", in_words(command_));
  if (const auto* wait = std::get_if<command::Wait>(&command_)) {
    mode_ = Mode::Idle;
    due_ = world_.now + wait->duration.count();
    return;
  }
  const auto* page = std::get_if<command::ListPage>(&command_);
  if (page == nullptr || page->continue_token.empty()) count_request();
  call(command_);
}

/// Asks the cluster; the answer arrives a little later.
void Client::call(const informers::Command& command) {
  Chance& chance = world_.chance();
  const auto api = static_cast<std::size_t>(chance.below(2));
  auto fault = faults_.of_request();
  mode_ = Mode::Call;
  due_ = world_.now + 5 + chance.below(80);
  if (const auto* page = std::get_if<command::ListPage>(&command)) {
    if (page->continue_token.empty()) receiver_.start_list();
    answer_ = world_.list(resource_, api, {page->limit, page->continue_token, ""});
  } else if (const auto* check = std::get_if<command::Check>(&command)) {
    answer_ = world_.list(resource_, api, {1, "", check->resource_version});
  } else {
    const auto* list = std::get_if<command::StreamList>(&command);
    if (list != nullptr) receiver_.start_list();
    if (fault == Fault::ListWithoutVersion) fault.reset();
    const auto question = list != nullptr ? WatchQuestion{list->resource_version, true, "NotOlderThan"}
                                          : WatchQuestion{std::get<command::Watch>(command).resource_version};
    auto refusal = world_.watch(resource_, api, question, stream_);
    if (fault && !refusal) refusal = faults_.spoil(*fault, {200, "", "{}\n", Answer::End::Complete});
    if (fault) faults_.note(*fault);
    const auto timeout = list != nullptr ? list->timeout : std::get<command::Watch>(command).timeout;
    return open_stream(std::move(refusal), timeout.count());
  }
  if (answer_.end == Answer::End::Silent) due_ += 30'000;
  if (fault) {
    faults_.note(*fault);
    answer_ = faults_.spoil(*fault, std::move(answer_));
  }
}

void Client::open_stream(std::optional<Answer> refusal, std::int64_t timeout_s) {
  receiver_.start_stream(std::holds_alternative<command::StreamList>(command_));
  last_byte_ = world_.now;
  if (refusal) {
    answer_ = std::move(*refusal);
    return;
  }
  stream_.deadline = world_.now + timeout_s * 1000;
  mode_ = Mode::Stream;
}

void Client::act() {
  if (mode_ == Mode::Stream) return poll();
  if (mode_ == Mode::Call) return finish_call();
  if (std::holds_alternative<command::Wait>(command_)) return give(input::TimerFired{});
  give(input::Started{});
}

void Client::finish_call() {
  const auto error = error_of(answer_);
  const bool is_list = std::holds_alternative<command::ListPage>(command_);
  if (is_list || std::holds_alternative<command::Check>(command_)) {
    informers::Receiver::Page page(receiver_, is_list);
    if (answer_.status == 200) {
      for (std::size_t at = 0; at < answer_.body.size(); at += 300) {
        if (!page.take(std::string_view(answer_.body).substr(at, 300))) break;
      }
    }
    return give(page.ended(error));
  }
  if (answer_.status == 200 && !answer_.body.empty()) receiver_.take(answer_.body);
  end_stream(error);
}

void Client::end_stream(const std::optional<kube::Error>& error) {
  mode_ = Mode::Call;
  give(receiver_.stream_ended(error));
}

void Client::flush() {
  if (mode_ == Mode::Stream && !stream_.silent) poll();
}

void Client::cut(bool cleanly) {
  if (mode_ == Mode::Stream) {
    if (stream_.cut) return;  // what it held back, of a history that may be gone, is lost
    stream_.cut = !cleanly;
    stream_.ended = cleanly;
    stream_.silent = false;
    due_ = world_.now + 1;
  } else if (mode_ == Mode::Call) {
    answer_ = {200, "", "", Answer::End::Cut};
  }
}

void Client::poll() {
  const bool over = stream_.ended || stream_.cut;
  if (!over && stream_.silent) {
    if (world_.now - last_byte_ >= kSilence) return end_stream(failure(kube::Errc::timed_out));
    due_ = last_byte_ + kSilence;
    return;
  }
  std::vector<std::string> lines;
  std::optional<Fault> fault;
  if (!stream_.cut) {
    const bool was_ended = stream_.ended && stream_.pending.empty();
    if (!was_ended) {
      lines = world_.poll(stream_);
      fault = faults_.of_stream();
    }
  }
  for (const std::string& piece : faults_.spoil(fault, std::move(lines), stream_)) {
    last_byte_ = world_.now;
    if (!receiver_.take(piece)) return end_stream(failure(kube::Errc::cancelled));
  }
  if (stream_.cut) return end_stream(failure(kube::Errc::disconnected));
  if (stream_.ended) return end_stream(std::nullopt);
  if (world_.now - last_byte_ >= kSilence) return end_stream(failure(kube::Errc::timed_out));
  due_ = world_.now + 200 + world_.chance().below(faults_.on ? 8'000 : 20'000);
}

}  // namespace snaptrail::simulation
