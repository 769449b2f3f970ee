#include "cmd/snaptrail/daemon_service.hpp"

#include <yaml-cpp/yaml.h>
#include <boost/json/parse.hpp>
#include <catch2/catch_test_macros.hpp>

using namespace snaptrail::cmd;

namespace {

std::vector<DaemonService> read(const char* json) { return services_in(boost::json::parse(json).as_object()); }

DaemonService service(const char* ns, const char* name, const char* instance = "", bool headless = false,
                      std::vector<ServicePort> ports = {{"http", 8080, ""}}) {
  return {ns, name, instance, headless, std::move(ports)};
}

/// `NAMESPACE SEGMENT`, or the message.
std::string chosen(const std::vector<DaemonService>& services, const ServiceWish& wish = {}) {
  const auto result = choose_service(services, wish);
  if (const auto* choice = std::get_if<ServiceChoice>(&result)) return choice->ns + " " + choice->segment;
  return std::get<std::string>(result);
}

std::string wish(const char* text, const char* ns = "") {
  const auto result = parse_service(text, ns);
  if (const auto* parsed = std::get_if<ServiceWish>(&result)) {
    return parsed->ns + "|" + parsed->name + "|" + parsed->port;
  }
  return std::get<std::string>(result);
}

}  // namespace

TEST_CASE("services are read from a list and from one of them", "[daemon_service]") {
  const auto list = read(R"({"items":[{"metadata":{"namespace":"ops","name":"st","labels":{
      "app.kubernetes.io/instance":"one"}},"spec":{"clusterIP":"None","ports":[
      {"name":"http","port":8080,"protocol":"TCP","appProtocol":"https"},{"name":"dns","port":53,"protocol":"UDP"}]}}]})");
  REQUIRE(list.size() == 1);
  CHECK(list[0].ns == "ops");
  CHECK(list[0].instance == "one");
  CHECK(list[0].headless);
  REQUIRE(list[0].ports.size() == 1);
  CHECK(list[0].ports[0].app_protocol == "https");
  CHECK(read(R"({"kind":"Service","metadata":{"namespace":"a","name":"b"},"spec":{}})").size() == 1);
}

TEST_CASE("what is no service is left out", "[daemon_service]") {
  for (const char* json : {R"({})", R"({"items":null})", R"({"items":[1,{},{"metadata":5,"spec":{}}]})",
                           R"({"items":[{"metadata":{"namespace":"a/../b","name":"c"},"spec":{}}]})",
                           R"({"items":[{"metadata":{"namespace":"a","name":"x?y"},"spec":{}}]})",
                           R"({"items":[{"metadata":{"namespace":"a","name":7},"spec":{}}]})"}) {
    CAPTURE(json);
    CHECK(read(json).empty());
  }
  const auto odd_ports = read(R"({"items":[{"metadata":{"namespace":"a","name":"b"},"spec":{"ports":[
      "x",{"port":"80"},{"name":"A/B","port":1},{"port":8080}]}}]})");
  REQUIRE(odd_ports.size() == 1);
  CHECK(odd_ports[0].ports.size() == 1);
}

TEST_CASE("the one service is chosen, by its port named http", "[daemon_service]") {
  CHECK(chosen({service("ops", "snaptrail")}) == "ops http:snaptrail:http");
  CHECK(chosen({service("ops", "st", "", false, {{"metrics", 9090, ""}, {"http", 80, ""}})}) == "ops http:st:http");
  CHECK(chosen({service("ops", "st", "", false, {{"", 8080, ""}})}) == "ops http:st:8080");
  CHECK(chosen({service("ops", "st", "", false, {{"web", 8443, "https"}})}) == "ops https:st:web");
  CHECK(chosen({service("ops", "st", "", false, {{"https", 443, ""}, {"x", 1, ""}})}) == "ops https:st:https");
}

TEST_CASE("a headless service steps back behind the ordinary one of its release only", "[daemon_service]") {
  CHECK(chosen({service("ops", "st-pods", "st", true), service("ops", "st", "st")}) == "ops http:st:http");
  CHECK(chosen({service("ops", "st", "st", true)}) == "ops http:st:http");
  CHECK(chosen({service("ops", "a", "a", true), service("ops", "b", "b")}).starts_with("there are several"));
}

TEST_CASE("several services are named, and the flags choose between them", "[daemon_service]") {
  const std::vector<DaemonService> two{service("ops", "snaptrail"), service("test", "snaptrail")};
  const std::string message = chosen(two);
  CHECK(message.find("ops/snaptrail, test/snaptrail") != std::string::npos);
  CHECK(message.find("--daemon-namespace") != std::string::npos);
  CHECK(chosen(two, {"test", "", ""}) == "test http:snaptrail:http");
  CHECK(chosen({service("ops", "a"), service("ops", "b")}, {"", "b", ""}) == "ops http:b:http");
}

TEST_CASE("no service, and no such port, are said with what there is", "[daemon_service]") {
  CHECK(chosen({}).find("app.kubernetes.io/name=snaptrail") != std::string::npos);
  CHECK(chosen({service("ops", "a")}, {"test", "", ""}).find("in namespace test") != std::string::npos);
  const std::vector<DaemonService> unclear{service("ops", "a", "", false, {{"web", 1, ""}, {"admin", 2, ""}})};
  CHECK(chosen(unclear).find("no port named http; its ports are web, admin") != std::string::npos);
  CHECK(chosen(unclear, {"", "", "2"}) == "ops http:a:admin");
  CHECK(chosen(unclear, {"", "", "http"}).find("no port http") != std::string::npos);
  CHECK(chosen({service("ops", "a", "", false, {})}).find("its ports are none") != std::string::npos);
}

TEST_CASE("the flag names a service with or without namespace and port", "[daemon_service]") {
  CHECK(wish("") == "||");
  CHECK(wish("", "ops") == "ops||");
  CHECK(wish("st", "ops") == "ops|st|");
  CHECK(wish("st:http") == "|st|http");
  CHECK(wish("ops/st:8080") == "ops|st|8080");
  CHECK(wish("ops/st", "ops") == "ops|st|");
  CHECK(wish("ops/st", "test").find("different namespaces") != std::string::npos);
  for (const char* text : {"a b", "a/b/c", "st:", "../x", "st:a/b", "ST", "a?x=1"}) {
    CAPTURE(text);
    CHECK(wish(text).find("write NAME") != std::string::npos);
  }
}

TEST_CASE("a daemon that asks for a token is asked directly, by TLS as its Service's certificate has it",
          "[daemon_service]") {
  const std::string plain = direct_way({"ops", "trail", "http:trail:8080"});
  CHECK(plain.find("kubectl -n ops port-forward svc/trail 18080:8080") != std::string::npos);
  CHECK(plain.find("--daemon http://127.0.0.1:18080 --token") != std::string::npos);
  const std::string secure = direct_way({"ops", "trail", "https:trail:https"});
  CHECK(secure.find("svc/trail 18080:https") != std::string::npos);
  CHECK(secure.find("--daemon https://127.0.0.1:18080 --tls-server-name trail.ops.svc --certificate-authority") !=
        std::string::npos);
}

TEST_CASE("the role that is printed is YAML of a Role and its RoleBinding", "[daemon_service]") {
  const auto documents = YAML::LoadAll(reader_role("ops", "http:snaptrail:http"));
  REQUIRE(documents.size() == 2);
  CHECK(documents[0]["kind"].as<std::string>() == "Role");
  CHECK(documents[0]["metadata"]["namespace"].as<std::string>() == "ops");
  CHECK(documents[0]["rules"][1]["resources"][0].as<std::string>() == "services/proxy");
  CHECK(documents[0]["rules"][1]["resourceNames"][0].as<std::string>() == "http:snaptrail:http");
  CHECK(documents[1]["kind"].as<std::string>() == "RoleBinding");
  CHECK(documents[1]["roleRef"]["name"].as<std::string>() == documents[0]["metadata"]["name"].as<std::string>());
}
