#include "objects/shift.hpp"

namespace snaptrail::objects {
namespace {

void shift(MaybeInstant& at, Millis by) {
  if (at) at = *at + by;
}

void shift(Meta& meta, Millis by) {
  shift(meta.created, by);
  shift(meta.deleted, by);
  for (auto& entry : meta.managed_fields) shift(entry.time, by);
}

}  // namespace

void shift_times(Object& object, Millis by) {
  std::visit(
      [by](auto& it) {
        shift(it.meta, by);
        if constexpr (requires { it.cut; }) shift(it.cut, by);
        if constexpr (requires { it.error.time; }) shift(it.error.time, by);
        if constexpr (requires { it.phase_since; }) shift(it.phase_since, by);
        if constexpr (requires { it.last; }) shift(it.last, by);
        if constexpr (requires { it.started; }) shift(it.started, by);
        if constexpr (requires { it.completed; }) shift(it.completed, by);
        if constexpr (requires { it.expires; }) shift(it.expires, by);
        if constexpr (requires { it.renewed; }) shift(it.renewed, by);
        if constexpr (requires { it.validated; }) shift(it.validated, by);
        if constexpr (requires { it.last_backup; }) shift(it.last_backup, by);
      },
      object);
}

}  // namespace snaptrail::objects
