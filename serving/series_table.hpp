#pragma once

#include <boost/unordered/unordered_flat_set.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "objects/instant.hpp"
#include "serving/series_writer.hpp"

namespace snaptrail::serving {

/// The gauge families of objects that each have a series in most of them, written family by family, as the exposition format asks,
/// a piece at a time: what is kept meanwhile is each object's labels once and its numbers, a tenth of the text.
class SeriesTable {
 public:
  struct Family {
    std::string_view name;
    std::string_view help;
  };
  /// About so many bytes a piece.
  static constexpr std::size_t kPiece = 128u << 10;

  explicit SeriesTable(std::initializer_list<Family> families);

  /// A further object, by the labels that all its series have; false, and nothing is to be put, if there is one with them already:
  /// two series alike would cost the whole scrape. It has a series in those families into which something is put after that.
  bool add(std::initializer_list<LabelText> labels);
  /// `family`: its place in the constructor's list. What a family takes is of one kind: numbers, moments or further labels.
  void put(std::size_t family, std::int64_t value);
  /// As SeriesWriter::add(); nothing where there is no moment.
  void put(std::size_t family, objects::MaybeInstant at);
  /// 1, with further labels.
  void put(std::size_t family, std::initializer_list<LabelText> further);

  /// The next piece of the text; nullopt at its end. After the first call nothing may be added.
  std::optional<std::string> take();

 private:
  static constexpr std::int64_t kNothing = std::numeric_limits<std::int64_t>::min();

  using Numbers = std::vector<std::int64_t>;
  using Moments = std::vector<objects::Instant>;
  using Furthers = std::vector<std::string_view>;

  /// An entry for each object up to the last one of which something was put; those in between that have none have `nothing`.
  struct Column {
    Family family;
    std::variant<std::monostate, Numbers, Moments, Furthers> entries;  ///< as what was put first
  };

  static bool is_nothing(std::int64_t number) { return number == kNothing; }
  static bool is_nothing(objects::Instant at) { return at == objects::Instant::min(); }
  static bool is_nothing(std::string_view further) { return further.data() == nullptr; }

  template <class T>
  void put_entry(std::size_t family, T value, T nothing);
  std::string_view keep(std::string_view text);
  void append_series(std::string& out, const Family& family, std::size_t row, std::string_view further) const;
  void append_line(std::string& out, const Family& family, std::size_t row, std::int64_t number) const;
  void append_line(std::string& out, const Family& family, std::size_t row, objects::Instant at) const;
  void append_line(std::string& out, const Family& family, std::size_t row, std::string_view further) const;

  std::deque<std::string> blocks_;  ///< what the views below look into; each stays where it is
  std::vector<std::string_view> labels_;
  boost::unordered_flat_set<std::string_view> known_;
  std::vector<Column> columns_;
  std::string scratch_;
  std::size_t column_ = 0;
  std::size_t row_ = 0;
};

}  // namespace snaptrail::serving
