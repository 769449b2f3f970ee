#pragma once

#include "kube/client.hpp"
#include "scripted_server.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace snaptrail::kube::test {

/// Runs calls to their end on one thread; a call that hangs fails the test.
struct ClientFixture {
  boost::asio::io_context context;
  boost::asio::cancellation_signal cancel;
  std::string body;  ///< what the sink got in the last fetch()

  /// Long enough for a machine under sanitizers and load, so that only the limit under test can run out.
  static Limits patient() {
    using std::chrono::seconds;
    return {seconds(20), seconds(20), seconds(20), seconds(0)};
  }

  static ClusterConfig config_for(const ScriptedServer& server, std::string scheme = "http") {
    ClusterConfig config;
    config.context = "here";
    config.cluster = "loopback";
    config.scheme = std::move(scheme);
    config.host = "127.0.0.1";
    config.port = server.port();
    return config;
  }

  Connection connection_to(ClusterConfig config) {
    return Connection(context.get_executor(), std::make_shared<const ClusterConfig>(std::move(config)));
  }

  template <class T>
  T run(boost::asio::awaitable<T> call) {
    std::optional<T> result;
    std::exception_ptr thrown;
    auto on_end = [&](std::exception_ptr failed, T value) {
      thrown = failed;
      result.emplace(std::move(value));
    };
    boost::asio::co_spawn(context, std::move(call), boost::asio::bind_cancellation_slot(cancel.slot(), on_end));
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!result && std::chrono::steady_clock::now() < give_up) {
      context.restart();
      context.run_one_for(std::chrono::seconds(1));
    }
    if (!result) FAIL("the call hangs");
    if (thrown) std::rethrow_exception(thrown);
    return std::move(*result);
  }

  Result<int> fetch(Connection& connection, std::string target = "/api/v1/things", Limits limits = patient()) {
    body.clear();
    return run(connection.get(std::move(target), limits, [this](std::string_view piece) {
      body += piece;
      return true;
    }));
  }

  void cancel_soon() {
    boost::asio::post(context, [this] { cancel.emit(boost::asio::cancellation_type::terminal); });
  }
};

}  // namespace snaptrail::kube::test
