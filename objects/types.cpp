#include "objects/types.hpp"

#include <utility>

namespace snaptrail::objects {

static_assert(std::variant_size_v<Object> == kAllKinds.size());

const Meta& meta_of(const Object& object) {
  return std::visit([](const auto& typed) -> const Meta& { return typed.meta; }, object);
}

Meta& meta_of(Object& object) {
  return std::visit([](auto& typed) -> Meta& { return typed.meta; }, object);
}

namespace {

template <std::size_t... Index>
Object make_object_of(std::size_t wanted, std::index_sequence<Index...>) {
  Object object;
  static_cast<void>(((wanted == Index && (object.emplace<Index>(), true)) || ...));
  return object;
}

}  // namespace

Object make_object(Kind kind) {
  return make_object_of(static_cast<std::size_t>(kind), std::make_index_sequence<std::variant_size_v<Object>>());
}

}  // namespace snaptrail::objects
