#include "kube/response_reader.hpp"

#include "kube/status_error.hpp"

#include <fmt/format.h>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

namespace snaptrail::kube {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using Code = boost::beast::error_code;
using View = boost::beast::string_view;

// A proxy may send a few 1xx; a stream of them is an attack.
constexpr int kMostInformational = 8;
constexpr std::string_view kStart = "HTTP/1.";

}  // namespace

/// Beast's parser with slices of the input handed on as they are.
class ResponseReader::Parser final : public http::basic_parser<false> {
 public:
  explicit Parser(const Sink& sink) : sink_(sink) {
    header_limit(static_cast<std::uint32_t>(kHeadLimit));
    body_limit(boost::none);
    eager(true);
  }

  int status = 0;
  std::string retry_after;
  std::string location;
  std::string encoding;
  std::string error_body;
  bool stopped = false;

  bool error_body_full() const { return error_body.size() >= kErrorBodyLimit; }

 private:
  void on_request_impl(http::verb, View, View, int, Code&) override {}
  void on_response_impl(int code, View, int, Code&) override { status = code; }

  void on_field_impl(http::field name, View, View value, Code&) override {
    if (name == http::field::retry_after) retry_after.assign(value.data(), value.size());
    if (name == http::field::location) location.assign(value.data(), value.size());
    if (name == http::field::content_encoding) encoding.assign(value.data(), value.size());
  }

  void on_header_impl(Code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, Code&) override {}
  std::size_t on_body_impl(View body, Code& error) override { return take(body, error); }
  void on_chunk_header_impl(std::uint64_t, View, Code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, View body, Code& error) override { return take(body, error); }
  void on_finish_impl(Code&) override {}

  std::size_t take(View view, Code& error) {
    const std::string_view piece(view.data(), view.size());
    if (status >= 200 && status < 300) {
      stopped = !piece.empty() && !sink_(piece);
      if (stopped) error = asio::error::operation_aborted;
      return piece.size();
    }
    error_body.append(piece.substr(0, kErrorBodyLimit - error_body.size()));
    if (error_body_full()) error = asio::error::operation_aborted;
    return piece.size();
  }

  const Sink& sink_;
};

ResponseReader::ResponseReader(const Sink& sink) : sink_(sink), parser_(std::make_unique<Parser>(sink)) {}
ResponseReader::~ResponseReader() = default;

ResponseReader::Fed ResponseReader::feed(std::string_view bytes) {
  Fed fed;
  while (fed.consumed < bytes.size() && !done()) {
    const std::string_view rest = bytes.substr(fed.consumed);
    const bool had_head = has_head();
    // An encoding is refused before any of the body is handed on, so the head is parsed on its own.
    parser_->eager(had_head);
    // Beast waits for a whole line, which a server of another protocol may never send.
    if (!had_head && !started_) {
      const std::string_view start = rest.substr(0, kStart.size());
      if (!kStart.starts_with(start))
        return {fed.consumed, Errc::protocol, "it does not begin with " + std::string(kStart)};
      started_ = start.size() == kStart.size();
    }
    Code error;
    fed.consumed += parser_->put(asio::const_buffer(rest.data(), rest.size()), error);
    if (parser_->stopped) return {fed.consumed, Errc::cancelled, "its receiver wants no more of the body"};
    if (parser_->error_body_full()) return fed;
    if (error == http::error::need_more) break;
    if (error) return {fed.consumed, Errc::protocol, error.message()};
    if (had_head || !has_head()) continue;
    if (status() >= 100 && status() < 200) {
      if (status() == 101 || ++informational_ > kMostInformational) {
        return {fed.consumed, Errc::protocol, fmt::format("an unexpected HTTP {}", status())};
      }
      parser_ = std::make_unique<Parser>(sink_);
      started_ = false;
    } else if (is_success() && !parser_->encoding.empty() && parser_->encoding != "identity") {
      return {fed.consumed, Errc::protocol, "a Content-Encoding that was not asked for: " + parser_->encoding};
    }
  }
  return fed;
}

bool ResponseReader::feed_end() {
  if (!parser_->got_some()) return false;
  Code error;
  parser_->put_eof(error);
  return !error;
}

bool ResponseReader::has_head() const { return parser_->is_header_done(); }
bool ResponseReader::done() const { return parser_->is_done() || parser_->error_body_full(); }
bool ResponseReader::keep_alive() const { return parser_->is_done() && parser_->keep_alive(); }
int ResponseReader::status() const { return parser_->status; }
std::string_view ResponseReader::retry_after() const { return parser_->retry_after; }
std::string_view ResponseReader::location() const { return parser_->location; }
std::string_view ResponseReader::error_body() const { return parser_->error_body; }

}  // namespace snaptrail::kube
