#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "informers/audit.hpp"

namespace snaptrail::informers {

/// What an audit's list is asked for as: the objects' metadata, which a few lines tell of each; whole ones from a server that can't.
inline constexpr std::string_view kAcceptMetadata =
    "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

/// Reads one page of an audit's list from pieces as they arrive: UIDs and resourceVersions, whatever represents the objects. One
/// thread. Never throws on any input.
class AuditPageDecoder {
 public:
  /// Items are added to `into`, which must outlive it.
  explicit AuditPageDecoder(AuditList& into);
  ~AuditPageDecoder();
  AuditPageDecoder(const AuditPageDecoder&) = delete;
  AuditPageDecoder& operator=(const AuditPageDecoder&) = delete;

  /// Takes the next piece; false once the bytes are known to be no such list (error() says why).
  bool write(std::string_view piece);
  /// Ends the page; false if it is incomplete or no such list.
  bool finish();
  /// Items without a UID or resourceVersion: not added.
  std::size_t malformed() const;
  const std::string& resource_version() const;  ///< the list's
  const std::string& continue_token() const;    ///< empty on the last page
  const std::string& error() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace snaptrail::informers
