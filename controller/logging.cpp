#include "controller/logging.hpp"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

#include "objects/utf8.hpp"

namespace snaptrail::controller {
namespace {

/// `%*` in a pattern: the message as a JSON string.
class JsonMessage : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& out) override {
    const std::string_view text(message.payload.data(), message.payload.size());
    const std::string quoted = boost::json::serialize(boost::json::string(objects::to_valid_utf8(text)));
    out.append(quoted.data(), quoted.data() + quoted.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<JsonMessage>(); }
};

spdlog::level::level_enum level_of(LogLevel level) {
  switch (level) {
    case LogLevel::Debug: return spdlog::level::debug;
    case LogLevel::Info: return spdlog::level::info;
    case LogLevel::Warn: return spdlog::level::warn;
    case LogLevel::Error: return spdlog::level::err;
  }
  return spdlog::level::info;
}

}  // namespace

Log::Log(const Config::Log& settings) {
  logger_ = std::make_shared<spdlog::logger>("snaptrail", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
  if (settings.format == LogFormat::Json) {
    formatter->add_flag<JsonMessage>('*').set_pattern(R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","message":%*})");
  } else {
    formatter->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %-7l %v");
  }
  logger_->set_formatter(std::move(formatter));
  logger_->set_level(level_of(settings.level));
  logger_->flush_on(spdlog::level::info);
}

Log::~Log() = default;

void Log::set_level(LogLevel level) const { logger_->set_level(level_of(level)); }

void Log::debug(std::string_view message) const { logger_->debug("{}", objects::to_printable(message)); }
void Log::info(std::string_view message) const { logger_->info("{}", objects::to_printable(message)); }
void Log::warn(std::string_view message) const { logger_->warn("{}", objects::to_printable(message)); }
void Log::error(std::string_view message) const { logger_->error("{}", objects::to_printable(message)); }

}  // namespace snaptrail::controller
