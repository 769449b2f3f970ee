#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "informers/audit.hpp"
#include "informers/backoff.hpp"
#include "informers/intake.hpp"
#include "informers/stream_traffic.hpp"
#include "kube/client.hpp"

namespace snaptrail::informers {

/// How an audit of one stream ended.
struct Audited {
  AuditResult result = AuditResult::Inconclusive;
  bool rewound = false;          ///< inconsistent, since history went back
  std::string resource_version;  ///< of the list; empty if there was none
  objects::Instant at;           ///< when the list was asked for: what was delivered up to then is in it
  std::vector<std::string> why;  ///< the first differences, or why it was inconclusive
};

/// Those whose streams an Auditor looks at.
class AuditSubject {
 public:
  virtual ~AuditSubject() = default;

  /// The streams that are watched, listed completely, and kept in a store.
  virtual std::vector<Target> to_audit() const = 0;
  /// How far a stream has come; empty if it is not one of those any more.
  virtual std::string version(const Target& stream) const = 0;
  virtual AuditDifferences compare(const Target& stream, const AuditList& list) const = 0;
  virtual void audited(const Target& stream, Audited audited) = 0;
};

struct AuditorOptions {
  /// Between two rounds through all streams, a tenth less or more by chance. 0: none.
  std::chrono::milliseconds period{std::chrono::hours{6}};
  /// So long a stream may take to come as far as the list. Servers that tell of a quiet resource's progress only as often as etcd does
  /// by itself need ten minutes.
  std::chrono::milliseconds patience{std::chrono::minutes{15}};
  std::chrono::milliseconds look{std::chrono::seconds{1}};  ///< between looks whether it has
  unsigned page_limit = 500;                                ///< items a page
  kube::Limits limits{.connect = std::chrono::seconds(10),
                      .head = std::chrono::seconds(30),
                      .idle = std::chrono::seconds(30),
                      .total = std::chrono::minutes(5)};  ///< of a page
  std::function<objects::Instant()> clock;
};

/// Lists one stream after the other consistently, over a connection of its own, and has the store compared with that: the proof that informers
/// lack. One list at a time, of which UIDs and versions are kept. What fails is inconclusive and comes again in the next round.
///
/// Threading: everything on `executor`, one strand. `subject` must outlive run().
class Auditor {
 public:
  Auditor(boost::asio::any_io_executor executor, std::shared_ptr<const kube::ClusterConfig> config,
          AuditSubject& subject, std::uint64_t seed, AuditorOptions options);

  /// Goes on until cancelled (terminal), which ends it without an exception. Throws only what the subject throws.
  boost::asio::awaitable<void> run();
  /// One round, at once.
  boost::asio::awaitable<void> round();

 private:
  using Why = std::optional<std::string>;

  boost::asio::awaitable<void> audit(const Target& stream);
  boost::asio::awaitable<Audited> examine(const Target& stream);
  boost::asio::awaitable<Why> list(const Target& stream, AuditList& into);
  boost::asio::awaitable<Why> list_pages(const Target& stream, std::string_view version, AuditList& into, bool& absent);
  boost::asio::awaitable<bool> reaches(const Target& stream, const std::string& resource_version);
  boost::asio::awaitable<void> sleep(std::chrono::milliseconds duration);

  boost::asio::any_io_executor executor_;
  AuditSubject& subject_;
  AuditorOptions options_;
  Random random_;
  kube::Connection connection_;
};

}  // namespace snaptrail::informers
