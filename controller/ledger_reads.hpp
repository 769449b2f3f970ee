#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <filesystem>

#include "ledger/reader.hpp"
#include "serving/ledger_reads.hpp"

namespace snaptrail::controller {

/// The API's reads on the ledger reader's thread, answered on the server's executor. answer() on that executor.
class LedgerReads : public serving::LedgerReads {
 public:
  LedgerReads(boost::asio::any_io_executor executor, std::filesystem::path file, ledger::ReaderOptions options = {});

  void answer(Query query, serving::Reply reply) override;
  /// Ends the thread; queries that wait are answered by a 504.
  void stop() { reader_.stop(); }

 private:
  boost::asio::any_io_executor executor_;
  ledger::Reader reader_;
};

}  // namespace snaptrail::controller
