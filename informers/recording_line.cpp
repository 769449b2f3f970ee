#include "informers/recording_line.hpp"

#include <cmath>
#include <stdexcept>

#include "informers/path_handler.hpp"

namespace snaptrail::informers {
namespace {

using Tree = PathTree<RecordingFields>;

constexpr double kLatestSecond = 253402300799.0;  // end of the year 9999

std::optional<objects::Instant> instant_of(const Scalar& value) {
  double seconds = -1;
  if (value.type == Scalar::Type::Integer) seconds = static_cast<double>(value.integer);
  if (value.type == Scalar::Type::Number) seconds = value.number;
  if (!(seconds >= 0 && seconds <= kLatestSecond)) return std::nullopt;
  return objects::Instant(objects::Millis(std::llround(seconds * 1000)));
}

/// A text; empty for a value of another type.
template <auto Member>
void text(RecordingFields& fields, const Scalar& value) {
  fields.*Member = value.text;
}

Tree make_tree() {
  Tree tree;
  tree.at({"recording"}).set = [](RecordingFields& fields, const Scalar& value) {
    fields.has_recording = true;
    fields.recording.reset();
    if (value.type == Scalar::Type::Integer) fields.recording = value.integer;
  };
  tree.at({"cluster"}).set = text<&RecordingFields::cluster>;
  tree.at({"server"}).set = text<&RecordingFields::server>;
  tree.at({"startedAt"}).set = text<&RecordingFields::started_at>;
  tree.at({"at"}).set = [](RecordingFields& fields, const Scalar& value) { fields.at = instant_of(value); };
  tree.at({"resource"}).set = text<&RecordingFields::resource>;
  tree.at({"event"}).enter = [](RecordingFields& fields) {
    fields.has_event = true;
    fields.event_type.clear();
    fields.api_version.reset();
  };
  tree.at({"event"}).set = [](RecordingFields& fields, const Scalar&) { fields.has_event = false; };
  tree.at({"event", "type"}).set = text<&RecordingFields::event_type>;
  tree.at({"event", "object", "apiVersion"}).set = [](RecordingFields& fields, const Scalar& value) {
    fields.api_version.reset();
    if (value.type == Scalar::Type::Text) fields.api_version = value.text;
  };
  tree.at({"gap"}).enter = [](RecordingFields& fields) {
    fields.has_gap = true;
    fields.cause.clear();
  };
  tree.at({"gap"}).set = [](RecordingFields& fields, const Scalar&) { fields.has_gap = false; };
  tree.at({"gap", "cause"}).set = text<&RecordingFields::cause>;
  return tree;
}

constexpr std::string_view kSpace = " \t\r\n";

std::size_t skip_space(std::string_view json, std::size_t pos) {
  pos = json.find_first_not_of(kSpace, pos);
  return pos == std::string_view::npos ? json.size() : pos;
}

/// The position after the text that begins at `pos`.
std::size_t skip_text(std::string_view json, std::size_t pos) {
  for (++pos; pos < json.size() && json[pos] != '"'; ++pos) {
    if (json[pos] == '\\') ++pos;
  }
  return pos + 1;
}

/// The position after the value that begins at `pos`.
std::size_t skip_value(std::string_view json, std::size_t pos) {
  std::size_t depth = 0;
  while (pos < json.size()) {
    const char c = json[pos];
    if (c == '"') {
      pos = skip_text(json, pos);
      if (depth == 0) return pos;
      continue;
    }
    if (depth == 0 && (c == ',' || c == '}' || kSpace.find(c) != std::string_view::npos)) return pos;
    ++pos;
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && --depth == 0) return pos;
  }
  return json.size();
}

/// The bytes of member `key` of an object that is known to be valid JSON; the last one, if there are several.
std::string_view member_bytes(std::string_view json, std::string_view key) {
  std::string_view found;
  std::size_t pos = skip_space(json, skip_space(json, 0) + 1);
  while (pos < json.size() && json[pos] == '"') {
    const std::size_t key_begin = pos + 1;
    pos = skip_text(json, pos);
    const std::string_view name = json.substr(key_begin, pos - 1 - key_begin);
    const std::size_t begin = skip_space(json, skip_space(json, pos) + 1);  // behind the colon
    pos = skip_value(json, begin);
    if (name == key) found = json.substr(begin, pos - begin);
    pos = skip_space(json, pos);
    if (pos < json.size() && json[pos] == ',') pos = skip_space(json, pos + 1);
  }
  return found;
}

}  // namespace

RecordingFields read_recording_line(std::string_view line) {
  static const Tree tree = make_tree();
  if (const std::size_t first = skip_space(line, 0); first == line.size() || line[first] != '{') {
    throw std::runtime_error("no JSON object");
  }
  RecordingFields fields;
  PathParser<RecordingFields> parser(strict_json(), tree, fields);
  boost::json::error_code error;
  const std::size_t taken = parser.write_some(false, line.data(), line.size(), error);
  if (error == boost::json::error::incomplete) throw std::runtime_error("the line is cut off");
  if (error) throw std::runtime_error("no valid JSON: " + error.message());
  if (taken < line.size()) throw std::runtime_error("more bytes after the line's JSON object");
  if (fields.has_event) {
    fields.event = member_bytes(line, "event");
    if (!fields.event.starts_with('{')) throw std::runtime_error("the key \"event\" is not written plainly");
  }
  return fields;
}

}  // namespace snaptrail::informers
