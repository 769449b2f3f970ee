// Answers whose body comes in pieces: what would be a hundred megabytes at once is never in memory, and events are taken in between.
#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "serving/gzip.hpp"
#include "serving/http_session.hpp"

namespace snaptrail::serving {

namespace asio = boost::asio;
namespace http = boost::beast::http;

asio::awaitable<bool> HttpSession::write_chunk(std::string_view bytes, bool chunked, Deadline deadline) {
  if (bytes.empty()) co_return true;  // an empty chunk would be the last one
  const std::string framed = chunked ? fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes) : std::string();
  const boost::system::error_code failed = co_await write_all(chunked ? std::string_view(framed) : bytes, deadline);
  co_return !failed;
}

asio::awaitable<bool> HttpSession::send_pieces(Response response, const Parser& parser, bool keep_alive) {
  ++context_->stats.answers[response.status];
  const auto& asked = parser.get();
  const bool chunked = asked.version() >= 11;
  const auto accepted = asked[http::field::accept_encoding];
  std::optional<GzipPacker> packer;
  if (names_acceptable(std::string_view(accepted.data(), accepted.size()), "gzip")) packer.emplace();

  response.headers.emplace_back("Vary", "Accept-Encoding");
  if (packer) response.headers.emplace_back("Content-Encoding", "gzip");
  const std::string head = unsized_head(response, chunked, keep_alive && chunked);
  // Or else whoever takes a piece just before each one's time is over would keep all that the others are made of for long.
  const Deadline deadline = std::chrono::steady_clock::now() + context_->options.pieces_timeout;
  const boost::system::error_code failed = co_await write_all(head, deadline);
  if (failed) co_return false;
  if (asked.method() == http::verb::head) co_return chunked;

  for (bool last = false; !last;) {
    std::optional<std::string> piece = response.pieces->take();
    last = !piece;
    std::string bytes = std::move(piece).value_or(std::string());
    if (packer) bytes = packer->pack(bytes, last);
    if (!co_await write_chunk(bytes, chunked, deadline)) co_return false;
  }
  if (!chunked) co_return false;
  const boost::system::error_code unfinished = co_await write_all("0\r\n\r\n", deadline);
  co_return !unfinished;
}

}  // namespace snaptrail::serving
