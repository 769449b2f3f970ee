// Answers whose body comes in pieces: what would be a hundred megabytes at once is never in memory (but for who takes no chunks), and
// events are taken in between.
#include <fmt/format.h>

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "serving/gzip.hpp"
#include "serving/http_session.hpp"

namespace snaptrail::serving {

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

std::optional<GzipPacker> packer_for(const http::fields& asked) {
  const auto accepted = asked[http::field::accept_encoding];
  std::optional<GzipPacker> packer;
  if (names_acceptable(std::string_view(accepted.data(), accepted.size()), "gzip")) packer.emplace();
  return packer;
}

void add_encoding(Response& response, bool packed) {
  response.headers.emplace_back("Vary", "Accept-Encoding");
  if (packed) response.headers.emplace_back("Content-Encoding", "gzip");
}

/// What the next piece adds to the body; `last`: there is none after it.
std::string next_bytes(BodyPieces& pieces, std::optional<GzipPacker>& packer, bool& last) {
  std::optional<std::string> piece = pieces.take();
  last = !piece;
  std::string bytes = std::move(piece).value_or(std::string());
  if (packer) bytes = packer->pack(bytes, last);
  return bytes;
}

}  // namespace

asio::awaitable<bool> HttpSession::write_chunk(std::string_view bytes, Deadline deadline) {
  if (bytes.empty()) co_return true;  // an empty chunk would be the last one
  const std::string framed = fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes);
  const boost::system::error_code failed = co_await write_all(framed, deadline);
  co_return !failed;
}

asio::awaitable<bool> HttpSession::send_pieces(Response response, const Parser& parser, bool keep_alive) {
  const auto& asked = parser.get();
  if (asked.version() < 11) co_return co_await send_joined(std::move(response), parser, keep_alive);
  ++context_->stats.answers[response.status];
  std::optional<GzipPacker> packer = packer_for(asked);
  add_encoding(response, packer.has_value());
  const std::string head = unsized_head(response, true, keep_alive);
  // Or else whoever takes a piece just before each one's time is over would keep all that the others are made of for long.
  const Deadline deadline = std::chrono::steady_clock::now() + context_->options.pieces_timeout;
  const boost::system::error_code failed = co_await write_all(head, deadline);
  if (failed) co_return false;
  if (asked.method() == http::verb::head) co_return true;

  for (bool last = false; !last;) {
    const std::string bytes = next_bytes(*response.pieces, packer, last);
    if (!co_await write_chunk(bytes, deadline)) co_return false;
  }
  const boost::system::error_code unfinished = co_await write_all("0\r\n\r\n", deadline);
  co_return !unfinished;
}

asio::awaitable<bool> HttpSession::send_joined(Response response, const Parser& parser, bool keep_alive) {
  const auto pieces = std::move(response.pieces);
  std::optional<GzipPacker> packer = packer_for(parser.get());
  add_encoding(response, packer.has_value());
  response.body.clear();
  for (bool last = false; !last;) {
    response.body += next_bytes(*pieces, packer, last);
    co_await asio::post(stream_.executor(), asio::use_awaitable);  // others are not to wait for all of it
  }
  co_return co_await send(std::move(response), &parser, keep_alive);
}

}  // namespace snaptrail::serving
