#include "reconcilers/chain.hpp"

#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/uuid.hpp>
#include <boost/uuid/uuid_io.hpp>

namespace snaptrail::reconcilers {
namespace {

constexpr boost::uuids::uuid kChainNamespace = {
    {0x8f, 0x6f, 0x5b, 0x0a, 0x2f, 0x1b, 0x5a, 0x53, 0x9d, 0x52, 0x3d, 0x6d, 0x7b, 0x1c, 0x4e, 0x10}};

}  // namespace

std::string pre_provisioned_chain(std::string_view snapshot_ns, std::string_view snapshot_name,
                                  std::string_view content_name) {
  std::string text(snapshot_ns);
  text.append("/").append(snapshot_name).append("/").append(content_name);
  return boost::uuids::to_string(boost::uuids::name_generator_sha1(kChainNamespace)(text));
}

std::string chain_of(const objects::VolumeSnapshot& snapshot) {
  if (snapshot.source_content.empty()) return snapshot.meta.uid.str();
  return pre_provisioned_chain(snapshot.meta.ns.get(), snapshot.meta.name, snapshot.source_content);
}

std::string chain_of(const objects::VolumeSnapshotContent& content) {
  if (content.source_snapshot_handle.empty()) return content.snapshot.uid.str();
  return pre_provisioned_chain(content.snapshot.ns.get(), content.snapshot.name, content.meta.name);
}

}  // namespace snaptrail::reconcilers
