#pragma once

#include <vector>

#include "cmd/snaptrail/output.hpp"
#include "cmd/snaptrail/table.hpp"
#include "objects/row.hpp"

namespace snaptrail::cmd {

/// One row as a line of a table: time, kind, object, what happened, and what else is worth a word; with `wide` also driver, actor,
/// resourceVersion and uid. No control character of a stranger's string gets through.
Line row_line(const objects::Row& row, Zone zone, bool wide);

/// Prints rows in any format. A table's first rows are held back until their columns are known: finish() or settle() prints them.
class RowPrinter {
 public:
  /// `hold`: how many rows a table holds back at most; 0: every row is printed as it comes.
  RowPrinter(const OutputOptions& options, std::size_t hold);

  void print(const objects::Row& row);
  /// A row that is JSON already; only where no table is printed.
  void print_item(std::string_view json) { items_.print(json); }
  /// From now on rows are printed as they come. What was held back is printed and flushed.
  void settle();
  void finish();

 private:
  OutputOptions options_;
  Format format_;
  std::size_t hold_;
  Table table_;
  ItemPrinter items_;
  std::vector<Line> held_;
  bool settled_ = false;
};

}  // namespace snaptrail::cmd
