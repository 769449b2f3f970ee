#include "controller/ledger_reads.hpp"

#include <boost/asio/post.hpp>
#include <memory>
#include <utility>

namespace snaptrail::controller {
namespace {

serving::Response failure_response(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const ledger::Error& error) {
    return serving::ledger_failure(error);
  } catch (const std::exception& error) {
    return serving::json_error(500, error.what());
  }
}

}  // namespace

LedgerReads::LedgerReads(boost::asio::any_io_executor executor, std::filesystem::path file,
                         ledger::ReaderOptions options)
    : executor_(std::move(executor)), reader_(std::move(file), options) {}

void LedgerReads::answer(Query query, serving::Reply reply) {
  const auto response = std::make_shared<serving::Response>();
  const bool taken =
      reader_.ask([response, query = std::move(query)](const ledger::Ledger& ledger) { *response = query(ledger); },
                  [executor = executor_, response, reply](const std::exception_ptr& failure) {
                    if (failure) *response = failure_response(failure);
                    boost::asio::post(executor, [response, reply] { reply(std::move(*response)); });
                  });
  if (!taken) reply(serving::ledger_busy());
}

}  // namespace snaptrail::controller
