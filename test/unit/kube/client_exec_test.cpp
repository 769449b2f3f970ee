#include "certificates.hpp"
#include "client_fixture.hpp"
#include "kube/child_process.hpp"
#include "kube/exec_source.hpp"
#include "temp_dir.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace snaptrail::kube::test {
namespace {

using Catch::Matchers::ContainsSubstring;
using std::chrono::milliseconds;

const std::string kOk = answer("200 OK", "fine");
const std::string kRefused = answer("401 Unauthorized", "");
const std::string kVersion = "client.authentication.k8s.io/v1";

std::string contents(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

/// A plugin in a folder: a shell script that counts its runs in the file `runs`.
struct ExecFixture : ClientFixture {
  TempDir folder;

  ExecPlugin plugin(const std::string& script) const {
    ExecPlugin made;
    made.user = "user u in FILE";
    made.command = folder.write("plugin", "#!/bin/sh\ncd '" + folder.path().string() + "'\necho >> runs\n" + script);
    ::chmod(made.command.c_str(), 0700);
    made.api_version = kVersion;
    made.exec_info = "{}";
    return made;
  }
  /// A script that prints a credential; `status` in the shell's double quotes.
  static std::string printing(const std::string& status) {
    return "run=$(wc -l < runs)\ncat <<END\n{\"kind\":\"ExecCredential\",\"apiVersion\":\"" + kVersion +
           "\",\"status\":" + status + "}\nEND\n";
  }
  std::size_t runs() const { return contents(folder.path() / "runs").size(); }

  ClusterConfig config_with(const ScriptedServer& server, ExecPlugin made) {
    ClusterConfig config = config_for(server);
    config.exec = std::make_shared<ExecSource>(std::move(made));
    return config;
  }
  ChildResult run_shell(const std::string& script, milliseconds deadline = std::chrono::seconds(20)) {
    ChildCommand command;
    command.program = "/bin/sh";
    command.args = {"-c", script};
    command.environment = {"PATH=/usr/bin:/bin", "NAME=value"};
    command.deadline = deadline;
    return run(run_child(command));
  }
  Error fail_with(ExecPlugin made) {
    ScriptedServer server(context, {});
    Connection connection = connection_to(config_with(server, std::move(made)));
    const auto result = fetch(connection);
    REQUIRE_FALSE(result.has_value());
    CHECK(server.accepted == 0);
    return result.error();
  }
};

}  // namespace

TEST_CASE_METHOD(ExecFixture, "a child's outputs, exit code and environment are its own", "[child_process]") {
  const auto result = run_shell("cat; echo \"$NAME $HOME\"; echo words >&2; exit 3");
  CHECK(result.end == ChildResult::End::exited);
  CHECK(result.code == 3);
  CHECK(result.out == "value \n");
  CHECK(result.err_end == "words\n");
}

TEST_CASE_METHOD(ExecFixture, "a child gets none of our open files, and SIGPIPE as programs expect it",
                 "[child_process]") {
  const auto old = ::signal(SIGPIPE, SIG_IGN);
  ScriptedServer server(context, {});                          // a listening socket
  CHECK(run_shell("ls /proc/self/fd").out == "0\n1\n2\n3\n");  // 3 is the folder that ls reads
  CHECK(run_shell("kill -PIPE $$; echo alive").end == ChildResult::End::signalled);
  ::signal(SIGPIPE, old);
}

TEST_CASE_METHOD(ExecFixture, "both outputs are read at once, whatever their size", "[child_process]") {
  const auto result = run_shell("head -c 300000 /dev/zero >&2; head -c 300000 /dev/zero; echo end >&2");
  CHECK(result.end == ChildResult::End::exited);
  CHECK(result.out.size() == 300'000);
  CHECK(result.err_end.size() == 4096);
  CHECK_THAT(result.err_end, Catch::Matchers::EndsWith("end\n"));
  CHECK(run_shell("head -c 2000000 /dev/zero; sleep 60").end == ChildResult::End::too_much);
}

TEST_CASE_METHOD(ExecFixture, "a child that hangs is killed with all that it started", "[child_process]") {
  const std::string pid_file = (folder.path() / "pid").string();
  CHECK(run_shell("sleep 60 & echo $! > " + pid_file + "; wait", milliseconds(300)).end == ChildResult::End::timed_out);
  const auto stat = "/proc/" + contents(pid_file).substr(0, contents(pid_file).find('\n')) + "/stat";
  // Killed, it may stay a zombie where nobody adopts orphans.
  const auto is_gone = [&stat] { return contents(stat).empty() || contents(stat).find(") Z ") != std::string::npos; };
  for (int tries = 0; tries < 1000 && !is_gone(); ++tries) context.run_for(milliseconds(10));
  CHECK(is_gone());
  CHECK(run_shell("exec >&- 2>&-; sleep 60", milliseconds(300)).end == ChildResult::End::timed_out);
}

TEST_CASE_METHOD(ExecFixture, "a child that can't be started is an error, not a crash", "[child_process]") {
  ChildCommand command;
  command.program = "/nowhere/at-all";
  CHECK(run(run_child(command)).end == ChildResult::End::not_found);
  command.program = folder.write("no-program", "text").string();
  const auto result = run(run_child(command));
  CHECK(result.end == ChildResult::End::not_started);
  CHECK(result.why == "Permission denied");
}

TEST_CASE_METHOD(ExecFixture, "a plugin is given its variables, its arguments and the exec info", "[exec]") {
  ExecPlugin made = plugin("printf '%s|%s|%s|%s' \"$A\" \"$1\" \"$2\" \"$KUBERNETES_EXEC_INFO\" > got\n" +
                           printing(R"({"token":"abc"})"));
  made.env = {{"A", "x y"}};
  made.args = {"get token", "--flag"};
  made.exec_info = R"({"spec":{}})";
  ScriptedServer server(context, {{expect(), send(kOk), hold()}});
  Connection connection = connection_to(config_with(server, made));
  REQUIRE(fetch(connection).value() == 200);
  CHECK_THAT(server.requests.at(0), ContainsSubstring("Authorization: Bearer abc\r\n"));
  CHECK(contents(folder.path() / "got") == R"(x y|get token|--flag|{"spec":{}})");
}

TEST_CASE_METHOD(ExecFixture, "a plugin runs once for many requests and connections", "[exec]") {
  ScriptedServer server(context, {{expect(), send(kOk), expect(), send(kOk), close()}, {expect(), send(kOk), hold()}});
  const ClusterConfig config = config_with(server, plugin(printing(R"({"token":"abc"})")));
  Connection first = connection_to(config);
  REQUIRE(fetch(first).value() == 200);
  REQUIRE(fetch(first).value() == 200);
  Connection second = connection_to(config);
  REQUIRE(fetch(second).value() == 200);
  CHECK(runs() == 1);
}

TEST_CASE_METHOD(ExecFixture, "a plugin runs again once its credential has expired", "[exec]") {
  ScriptedServer server(context, {{expect(), send(kOk), expect(), send(kOk), hold()}});
  Connection connection = connection_to(
      config_with(server, plugin(printing(R"({"token":"t$run","expirationTimestamp":"2020-01-01T00:00:00Z"})"))));
  REQUIRE(fetch(connection).value() == 200);
  REQUIRE(fetch(connection).value() == 200);
  CHECK_THAT(server.requests.at(0), ContainsSubstring("Bearer t1\r\n"));
  CHECK_THAT(server.requests.at(1), ContainsSubstring("Bearer t2\r\n"));
  CHECK(server.accepted == 1);
}

TEST_CASE_METHOD(ExecFixture, "a 401 runs the plugin once more, and no more than that", "[exec]") {
  ScriptedServer server(context, {{expect(), send(kRefused), expect(), send(kOk), expect(), send(kRefused), expect(),
                                   send(kRefused), hold()}});
  Connection connection = connection_to(config_with(server, plugin(printing(R"({"token":"t$run"})"))));
  REQUIRE(fetch(connection).value() == 200);
  CHECK_THAT(server.requests.at(0), ContainsSubstring("Bearer t1\r\n"));
  CHECK_THAT(server.requests.at(1), ContainsSubstring("Bearer t2\r\n"));
  const auto refused = fetch(connection);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == Errc::unauthorized);
  CHECK(runs() == 3);
}

TEST_CASE_METHOD(ExecFixture, "a plugin's client certificate is presented, and a new one on a new connection",
                 "[exec]") {
  const Identity ca = make_ca("CA");
  std::string script = "run=$(wc -l < runs)\ncat credential$run\n";
  for (int run = 1; run <= 2; ++run) {
    const Identity user = issue(ca, {.common_name = fmt::format("user{}", run)});
    const boost::json::value credential = {{"kind", "ExecCredential"},
                                           {"apiVersion", kVersion},
                                           {"status",
                                            {{"clientCertificateData", user.cert_pem},
                                             {"clientKeyData", user.key_pem},
                                             {"expirationTimestamp", "2020-01-01T00:00:00Z"}}}};
    folder.write(fmt::format("credential{}", run), boost::json::serialize(credential));
  }
  ScriptedServer server(context, {{expect(), send(kOk), hold()}, {expect(), send(kOk), hold()}}, issue(ca, {}));
  server.client_ca = ca;
  ClusterConfig config = config_with(server, plugin(script));
  config.scheme = "https";
  config.ca_pem = ca.cert_pem;
  Connection connection = connection_to(config);
  REQUIRE(fetch(connection).value() == 200);
  REQUIRE(fetch(connection).value() == 200);
  CHECK(server.client_names == std::vector<std::string>{"user1", "user2"});
  CHECK_THAT(server.requests.at(0), !ContainsSubstring("Authorization"));
}

TEST_CASE_METHOD(ExecFixture, "a plugin that fails is an error with its own words, escaped and cut", "[exec]") {
  const Error error = fail_with(plugin("echo '{\"token\":\"s3cret\"}'; printf 'log in \\033[1mfirst\\n' >&2; exit 7"));
  CHECK(error.code == Errc::credentials);
  CHECK_THAT(error.message,
             ContainsSubstring("no credentials from the exec plugin " + (folder.path() / "plugin").string() +
                               " of user u in FILE: exit code 7; it said: log in \\x1b[1mfirst") &&
                 !ContainsSubstring("s3cret"));
  const Error long_words = fail_with(plugin("head -c 100000 /dev/zero | tr '\\0' x >&2; exit 1"));
  CHECK(long_words.message.size() < 1000);
  CHECK_THAT(fail_with(plugin("kill -9 $$")).message, ContainsSubstring("signal 9 ended it"));
  CHECK_THAT(fail_with(plugin("echo s3cret; echo hint >&2")).message,
             ContainsSubstring("its standard output is no JSON object; it said: hint") && !ContainsSubstring("s3cret"));
}

TEST_CASE_METHOD(ExecFixture, "a plugin that is not installed is answered with its install hint", "[exec]") {
  ExecPlugin made = plugin("");
  made.command = "no-such-program-anywhere";
  made.install_hint = "get it from\nexample.com";
  CHECK_THAT(
      fail_with(made).message,
      ContainsSubstring("there is no such program; install it, or put it on the PATH: get it from\\nexample.com"));
}

TEST_CASE_METHOD(ExecFixture, "a plugin that hangs is killed at its deadline", "[exec]") {
  ExecPlugin made = plugin("echo 'open this page' >&2\nsleep 60\n");
  made.deadline = milliseconds(300);
  CHECK_THAT(fail_with(made).message,
             ContainsSubstring("did not end within 1 s") && ContainsSubstring("open this page"));
}

TEST_CASE_METHOD(ExecFixture, "a failed plugin is not run again at once", "[exec]") {
  ScriptedServer server(context, {});
  Connection connection = connection_to(config_with(server, plugin("exit 1")));
  CHECK_FALSE(fetch(connection).has_value());
  CHECK_FALSE(fetch(connection).has_value());
  CHECK(runs() == 1);
}

TEST_CASE_METHOD(ExecFixture, "the whole call's limit and a cancellation end a wait for a plugin", "[exec]") {
  ScriptedServer server(context, {});
  Connection connection = connection_to(config_with(server, plugin("exec sleep 60")));
  SECTION("limit") {
    Limits limits = patient();
    limits.total = milliseconds(300);
    const auto result = fetch(connection, "/api", limits);
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().code == Errc::timed_out);
  }
  SECTION("cancellation") {
    // The call waits when the first of these runs, the plugin has not started yet; in the other order, it has.
    const bool started = GENERATE(false, true);
    boost::asio::post(context, [this, started] {
      if (started) boost::asio::post(context, [this] { cancel_soon(); });
      if (!started) cancel_soon();
    });
    const auto result = fetch(connection);
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().code == Errc::cancelled);
  }
  context.restart();
  context.run_for(std::chrono::seconds(20));
  CHECK(context.stopped());  // nothing waits for the plugin any more: it was killed
}

}  // namespace snaptrail::kube::test
