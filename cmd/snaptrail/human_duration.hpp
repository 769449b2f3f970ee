#pragma once

#include <string>

#include "objects/instant.hpp"

namespace snaptrail::cmd {

/// A duration as kubectl prints ages, by the rules of k8s.io/apimachinery's duration.HumanDuration: `12s`, `4m10s`, `3h`, `2d5h`, `3y12d`.
/// Up to a second below zero is `0s` (two clocks differ); what is further below is `<invalid>`.
std::string human_duration(objects::Millis duration);

}  // namespace snaptrail::cmd
