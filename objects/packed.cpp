#include "objects/packed.hpp"

#include <boost/pfr.hpp>
#include <concepts>
#include <type_traits>
#include <utility>
#include <vector>

#include "objects/packed_bytes.hpp"

namespace snaptrail::objects {
namespace {

template <class T>
concept Leaf = !std::is_aggregate_v<T>;

/// The fields that are walked, those of parts that are structures themselves one by one.
template <class T>
constexpr std::size_t leaf_count() {
  if constexpr (Leaf<T>) {
    return 1;
  } else {
    return []<std::size_t... I>(std::index_sequence<I...>) {
      return (leaf_count<boost::pfr::tuple_element_t<I, T>>() + ... + 0);
    }(std::make_index_sequence<boost::pfr::tuple_size_v<T>>());
  }
}

/// Calls visit(field, field of `blank`) for each of them, in the order of declaration.
template <class T, class Visit>
void for_each_leaf(T& object, const std::remove_const_t<T>& blank, Visit& visit) {
  if constexpr (Leaf<std::remove_const_t<T>>) {
    visit(object, blank);
  } else {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (for_each_leaf(boost::pfr::get<I>(object), boost::pfr::get<I>(blank), visit), ...);
    }(std::make_index_sequence<boost::pfr::tuple_size_v<std::remove_const_t<T>>>());
  }
}

/// What a field is compared with: one that is as in an empty object takes no more than its bit of the mask.
template <class T>
const T& blank() {
  static const T kBlank{};
  return kBlank;
}

constexpr std::size_t mask_size(std::size_t leaves) { return (leaves + 7) / 8; }

class Packer {
 public:
  Packer(std::string& out, std::size_t leaves) : out_(out), mask_(out.size()), bytes_(out) {
    out_.append(mask_size(leaves), '\0');
  }

  template <class T>
  void operator()(const T& field, const T& blank) {
    const std::size_t leaf = leaf_++;
    if (field == blank) return;
    char& mask = out_[mask_ + leaf / 8];
    mask = static_cast<char>(mask | (1 << (leaf % 8)));
    // Of two values the other one.
    if constexpr (!std::same_as<T, bool>) put(field);
  }

 private:
  template <class T>
    requires std::is_enum_v<T>
  void put(T value) {
    bytes_.byte(static_cast<std::uint8_t>(value));
  }
  void put(std::int64_t value) { bytes_.signed_number(value); }
  void put(std::uint64_t hash) { bytes_.hash(hash); }
  void put(MaybeInstant at) { bytes_.instant(at); }
  void put(const Uid& uid) { bytes_.uid(uid); }
  void put(const std::string& text) { bytes_.text(text); }
  template <class T>
  void put(const Interned<T>& value) {
    bytes_.number(value.keep());
  }
  template <class T>
  void put(const std::vector<T>& list) {
    bytes_.number(list.size());
    for (const T& element : list) {
      if constexpr (Leaf<T>) {
        put(element);
      } else {
        boost::pfr::for_each_field(element, [this](const auto& field) { this->put(field); });
      }
    }
  }

  std::string& out_;
  std::size_t mask_;  ///< where in `out_` it begins
  std::size_t leaf_ = 0;
  ByteWriter bytes_;
};

/// Which fields differ from a blank object's, and their bytes.
class LeafReader {
 public:
  LeafReader(const char* bytes, std::size_t leaves) : mask_(bytes), bytes_(bytes + mask_size(leaves)) {}

  /// Of the next field. If so it is to be read.
  bool differs() {
    const std::size_t leaf = leaf_++;
    return (mask_[leaf / 8] >> (leaf % 8) & 1) != 0;
  }
  ByteReader& bytes() { return bytes_; }

 private:
  const char* mask_;
  ByteReader bytes_;
  std::size_t leaf_ = 0;
};

/// `kTake`: the object becomes a user of the interned values in place of the bytes.
template <bool kTake>
class Unpacker {
 public:
  Unpacker(const char* bytes, std::size_t leaves) : reader_(bytes, leaves) {}

  template <class T>
  void operator()(T& field, const T& blank) {
    if (!reader_.differs()) {
      field = blank;
    } else if constexpr (std::same_as<T, bool>) {
      field = !blank;
    } else {
      get(field);
    }
  }

 private:
  ByteReader& bytes() { return reader_.bytes(); }

  template <class T>
    requires std::is_enum_v<T>
  void get(T& value) {
    value = static_cast<T>(bytes().byte());
  }
  void get(std::int64_t& value) { value = bytes().signed_number(); }
  void get(std::uint64_t& hash) { hash = bytes().hash(); }
  void get(MaybeInstant& at) { at = bytes().instant(); }
  void get(Uid& uid) { uid = bytes().uid(); }
  void get(std::string& text) {
    text.clear();
    bytes().text().append_to(text);
  }
  template <class T>
  void get(Interned<T>& value) {
    const auto id = static_cast<std::uint32_t>(bytes().number());
    value = kTake ? Interned<T>::take_kept(id) : Interned<T>::of_kept(id);
  }
  template <class T>
  void get(std::vector<T>& list) {
    list.resize(bytes().number());
    for (T& element : list) {
      if constexpr (Leaf<T>) {
        get(element);
      } else {
        boost::pfr::for_each_field(element, [this](auto& field) { this->get(field); });
      }
    }
  }

  LeafReader reader_;
};

/// Reads the first fields of an object, in the order in which Meta declares them.
class HeadReader {
 public:
  HeadReader(const char* bytes, std::size_t leaves) : reader_(bytes, leaves) {}

  Uid uid() { return reader_.differs() ? reader_.bytes().uid() : Uid(); }
  std::string_view ns() {
    if (!reader_.differs()) return {};
    return InternTable<std::string>::instance().at(static_cast<std::uint32_t>(reader_.bytes().number()));
  }
  PackedText text() { return reader_.differs() ? reader_.bytes().text() : PackedText(); }

 private:
  LeafReader reader_;
};

}  // namespace

template <class T>
void pack(const T& object, std::string& out) {
  Packer packer(out, leaf_count<T>());
  for_each_leaf(object, blank<T>(), packer);
}

template <class T>
void unpack(const char* bytes, T& object) {
  Unpacker<false> unpacker(bytes, leaf_count<T>());
  for_each_leaf(object, blank<T>(), unpacker);
}

template <class T>
void take(const char* bytes, T& object) {
  Unpacker<true> unpacker(bytes, leaf_count<T>());
  for_each_leaf(object, blank<T>(), unpacker);
}

template <class T>
Uid packed_uid(const char* bytes) {
  return HeadReader(bytes, leaf_count<T>()).uid();
}

template <class T>
PackedName packed_name(const char* bytes, std::string& scratch) {
  HeadReader reader(bytes, leaf_count<T>());
  reader.uid();
  const std::string_view ns = reader.ns();
  const PackedText name = reader.text();
  if (name.form == TextForm::Plain) return {ns, name.text};
  scratch.clear();
  name.append_to(scratch);
  return {ns, scratch};
}

template <class T>
std::string packed_resource_version(const char* bytes) {
  HeadReader reader(bytes, leaf_count<T>());
  reader.uid();
  reader.ns();
  reader.text();
  std::string version;
  reader.text().append_to(version);
  return version;
}

// NOLINTBEGIN(bugprone-macro-parentheses): T is a type
#define SNAPTRAIL_PACKED(T)                                      \
  template void pack(const T& object, std::string&);             \
  template void unpack(const char* bytes, T& object);            \
  template void take(const char* bytes, T& object);              \
  template Uid packed_uid<T>(const char*);                       \
  template PackedName packed_name<T>(const char*, std::string&); \
  template std::string packed_resource_version<T>(const char*)
// NOLINTEND(bugprone-macro-parentheses)

SNAPTRAIL_PACKED(VolumeSnapshot);
SNAPTRAIL_PACKED(VolumeSnapshotContent);
SNAPTRAIL_PACKED(PersistentVolumeClaim);
SNAPTRAIL_PACKED(PersistentVolume);

}  // namespace snaptrail::objects
