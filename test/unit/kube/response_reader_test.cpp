#include "kube/response_reader.hpp"

#include "kube/status_error.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <vector>

namespace snaptrail::kube {
namespace {

/// Feeds in pieces of `size`, keeping what is not consumed, as a connection does.
struct Read {
  std::string body;
  std::string left;
  std::optional<Errc> failed;
  bool done = false;
  bool keep_alive = false;
  int status = 0;
};

Read read_in_pieces(const std::string& stream, std::size_t size) {
  Read read;
  const ResponseReader::Sink sink = [&](std::string_view piece) {
    read.body += piece;
    return true;
  };
  ResponseReader reader(sink);
  std::size_t at = 0;
  while (at < stream.size() && !reader.done() && !read.failed) {
    read.left += stream.substr(at, size);
    at += size;
    const auto fed = reader.feed(read.left);
    read.failed = fed.failed;
    read.left.erase(0, fed.consumed);
  }
  read.done = reader.done();
  read.keep_alive = read.done && reader.keep_alive();
  read.status = reader.status();
  return read;
}

}  // namespace

TEST_CASE("an answer in chunks is the same however its bytes are cut", "[response_reader]") {
  const std::string stream =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nWiki\r\n6;name=value\r\npedia \r\nB\r\nin "
      "\r\nchunks\r\n"
      "0\r\nTrailer: x\r\n\r\n";
  for (std::size_t size = 1; size <= stream.size(); ++size) {
    INFO(size);
    const Read read = read_in_pieces(stream, size);
    CHECK(read.body == "Wikipedia in \r\nchunks");
    CHECK(read.done);
    CHECK(read.keep_alive);
    CHECK(read.left.empty());
    CHECK_FALSE(read.failed);
  }
}

TEST_CASE("informational answers are passed over however they are cut", "[response_reader]") {
  const std::string stream =
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 "
      "OK\r\nContent-Length: 2\r\n\r\nok";
  for (std::size_t size = 1; size <= stream.size(); ++size) {
    INFO(size);
    const Read read = read_in_pieces(stream, size);
    CHECK(read.status == 200);
    CHECK(read.body == "ok");
    CHECK(read.done);
  }
}

TEST_CASE("informational answers without end are refused", "[response_reader]") {
  std::string stream;
  for (int i = 0; i < 100; ++i) stream += "HTTP/1.1 102 Processing\r\n\r\n";
  CHECK(read_in_pieces(stream, 1000).failed == Errc::protocol);
}

TEST_CASE("slices of the body point into what was fed", "[response_reader]") {
  const std::string stream = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody";
  const char* seen = nullptr;
  const ResponseReader::Sink sink = [&](std::string_view piece) {
    seen = piece.data();
    return true;
  };
  ResponseReader reader(sink);
  CHECK(reader.feed(stream).consumed == stream.size());
  CHECK(seen == stream.data() + stream.size() - 4);
}

TEST_CASE("an answer without a body is done with its head", "[response_reader]") {
  for (const char* head : {"HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"}) {
    const Read read = read_in_pieces(head, 7);
    CHECK(read.done);
    CHECK(read.keep_alive);
    CHECK(read.body.empty());
  }
}

TEST_CASE("bytes after the answer are left over", "[response_reader]") {
  const Read read = read_in_pieces("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1", 1000);
  CHECK(read.body == "ok");
  CHECK(read.left == "HTTP/1.1");
}

TEST_CASE("of an error's body only the beginning is kept", "[response_reader]") {
  const ResponseReader::Sink sink = [](std::string_view) -> bool { throw std::logic_error("not for the sink"); };
  ResponseReader reader(sink);
  std::string stream = "HTTP/1.1 500 Oops\r\nRetry-After: 3\r\nLocation: /x\r\n\r\n" + std::string(200'000, 'e');
  const auto fed = reader.feed(stream);
  CHECK_FALSE(fed.failed);
  CHECK(reader.done());
  CHECK_FALSE(reader.keep_alive());
  CHECK(reader.error_body() == std::string(kErrorBodyLimit, 'e'));
  CHECK(reader.retry_after() == "3");
  CHECK(reader.location() == "/x");
}

TEST_CASE("the stream's end ends only an answer of no stated length", "[response_reader]") {
  const std::vector<std::pair<std::string, bool>> cases = {
      {"", false},
      {"HTTP/1.1 200", false},
      {"HTTP/1.1 200 OK\r\nA: b\r\n", false},
      {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", false},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", false},
      {"HTTP/1.1 200 OK\r\n\r\n", true},
      {"HTTP/1.0 200 OK\r\n\r\nab", true}};
  for (const auto& [stream, complete] : cases) {
    INFO(stream);
    const ResponseReader::Sink sink = [](std::string_view) { return true; };
    ResponseReader reader(sink);
    if (!stream.empty()) CHECK_FALSE(reader.feed(stream).failed);
    CHECK(reader.feed_end() == complete);
  }
}

TEST_CASE("no truncation or flipped byte of an answer makes the reader fail in an undefined way", "[response_reader]") {
  const std::string good =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: "
      "a/b\r\n\r\n5\r\nhello\r\n1;e=\"x\"\r\n!\r\n0\r\n\r\n";
  std::size_t refused = 0;
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (const char c : {'\0', '\xff', '\r', '\n', ' ', ':', '9', 'f'}) {
      std::string bad = good;
      bad[i] = c;
      const Read whole = read_in_pieces(bad, bad.size());
      const Read pieces = read_in_pieces(bad, 3);
      CHECK(whole.failed == pieces.failed);
      CHECK(whole.done == pieces.done);
      if (whole.failed) ++refused;
    }
  }
  CHECK(refused > 100);
}

}  // namespace snaptrail::kube
