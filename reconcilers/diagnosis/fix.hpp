#pragma once

#include <map>
#include <string>
#include <string_view>

#include "reconcilers/diagnosis/finding.hpp"

namespace snaptrail::reconcilers {

/// Values of a fix's placeholders by name.
using FixValues = std::map<std::string_view, std::string>;

/// For a POSIX shell: as it is if it is harmless, else in single quotes, in printable form.
std::string shell_quoted(std::string_view text);

/// The catalogue's fix of that reason with its placeholders filled in. A value that is missing or empty becomes the
/// placeholder's own name in angle brackets, for the reader to fill in; `-n` and its value are left out where the
/// namespace is empty because the object has none. Braces around anything but a known placeholder's name are left as
/// they are.
Fix fill_fix(Reason reason, const FixValues& values);

}  // namespace snaptrail::reconcilers
